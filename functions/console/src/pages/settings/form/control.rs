//! A field as it stands in the page.

use askama::Template;
use askama::filters::HtmlSafe;

use super::names::Opt;
use super::problems::Found;

/// A field, or several that belong together. It renders itself, escaped: what it holds is never taken as HTML.
#[derive(Template)]
#[template(path = "settings/control.html")]
pub struct Control {
    /// The place: the name of the field.
    pub name: String,
    /// The `id` in the page.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// What it is for.
    pub hint: String,
    /// What is wrong with it.
    pub found: Vec<Found>,
    /// It has to be there.
    pub required: bool,
    /// Its name is plain from where it stands.
    pub compact: bool,
    /// Where it stands among others.
    pub order: usize,
    /// How it is edited.
    pub widget: Widget,
}

impl HtmlSafe for Control {}

/// How a value is edited.
pub enum Widget {
    /// A text of one line.
    Line {
        /// `text` or `date`.
        kind: &'static str,
        /// What is there.
        value: String,
        /// The most characters.
        most: Option<u64>,
        /// The list that it may be chosen from.
        list: Option<&'static str>,
        /// Whether it is blank on purpose; none where that is no question.
        blank: Option<bool>,
        /// What holds, or how it may be written.
        placeholder: String,
    },
    /// A text of several lines.
    Lines {
        /// What is there.
        value: String,
        /// How many lines are shown.
        rows: usize,
        /// Whether it is blank on purpose; none where that is no question.
        blank: Option<bool>,
        /// It is JSON that stands in the place of something else.
        raw: bool,
        /// It is JSON.
        code: bool,
    },
    /// A number.
    Number {
        /// What is there.
        value: String,
        /// The least.
        least: Option<u64>,
        /// The most.
        most: Option<u64>,
        /// What holds otherwise.
        placeholder: String,
    },
    /// A box to tick.
    Tick {
        /// It is.
        on: bool,
    },
    /// One of several.
    Pick {
        /// Which there are.
        options: Vec<Opt>,
    },
    /// Some of several.
    Ticks {
        /// Which there are, the chosen ones in front, in their order.
        options: Vec<Opt>,
        /// It may be left unset.
        unset: bool,
    },
    /// Fields with names.
    Group {
        /// Which.
        fields: Vec<Control>,
        /// It may be left unset.
        unset: bool,
        /// It is a week of hours.
        week: bool,
    },
    /// It is not set, and can be.
    Unset {
        /// What holds instead.
        instead: String,
    },
    /// As many as are wanted.
    Elements {
        /// Which.
        elements: Vec<Control>,
        /// What one is called.
        noun: String,
        /// It may be left unset.
        unset: bool,
    },
    /// Values by their names.
    Entries {
        /// Names and values.
        entries: Vec<Entry>,
        /// The names that can be added; none: any.
        keys: Option<Vec<Opt>>,
        /// What a name is.
        key: &'static str,
        /// It may be left unset.
        unset: bool,
    },
}

/// A value by its name.
pub struct Entry {
    /// The name.
    pub key: String,
    /// The value.
    pub control: Control,
    /// It has fields of its own.
    pub nested: bool,
    /// It is shown unfolded.
    pub open: bool,
}

impl Control {
    /// Which elements of the page say more of it.
    fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let found = (!self.found.is_empty()).then(|| format!("{}-found", self.id));
        [hint, found].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn is_wrong(&self) -> bool {
        self.found.iter().any(|one| !one.warns)
    }

    /// Whether anything is to be said of it or of what is in it.
    pub(super) fn has_found(&self) -> bool {
        let within: Vec<&Self> = match &self.widget {
            Widget::Group { fields, .. } => fields.iter().collect(),
            Widget::Elements { elements, .. } => elements.iter().collect(),
            Widget::Entries { entries, .. } => entries.iter().map(|entry| &entry.control).collect(),
            _ => Vec::new(),
        };
        !self.found.is_empty() || within.into_iter().any(Self::has_found)
    }

    fn set_noun(&self) -> String {
        self.label.to_lowercase()
    }

    /// What has fields of its own comes last.
    pub(super) fn rank(&self) -> u8 {
        match self.widget {
            Widget::Group { .. }
            | Widget::Unset { .. }
            | Widget::Elements { .. }
            | Widget::Entries { .. }
            | Widget::Ticks { .. } => 1,
            _ => 0,
        }
    }
}
