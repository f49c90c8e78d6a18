//! Which of the open chats are shown, and in which order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::entry::{Group, Row};

/// How many rows are shown at first, and how many more at a time.
pub(super) const STEP: usize = 200;

/// A tab of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    /// Mine.
    Mine,
    /// The AI's.
    Ai,
    /// Those for whom a human is to come.
    Queued,
    /// Those that a human has.
    Humans,
    /// All, also those that are only watched.
    All,
}

impl Tab {
    pub(super) const ALL: [Self; 5] = [Self::All, Self::Mine, Self::Queued, Self::Ai, Self::Humans];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Ai => "ai",
            Self::Queued => "queued",
            Self::Humans => "humans",
            Self::All => "all",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Mine => "Mine",
            Self::Ai => "AI",
            Self::Queued => "Queued",
            Self::Humans => "With humans",
            Self::All => "All",
        }
    }

    /// What is said where it has no chats.
    pub(super) fn empty(self) -> &'static str {
        match self {
            Self::Mine => "You have no chat. Take one: open it from another tab and pick it up.",
            Self::Ai => "The AI serves nobody at the moment.",
            Self::Queued => "Nobody waits for a human.",
            Self::Humans => "No colleague has a chat at the moment.",
            Self::All => "No chat is open. A new one appears here by itself.",
        }
    }

    fn has(self, row: &Row) -> bool {
        match self {
            Self::Mine => row.mine,
            Self::Ai => row.group == Group::Ai,
            Self::Queued => row.group == Group::Queued,
            Self::Humans => row.group == Group::Human,
            Self::All => true,
        }
    }
}

/// What the address of the list asks for, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    tab: String,
    brand: String,
    department: String,
    language: String,
    q: String,
    sort: String,
    rows: String,
    /// What is shown already.
    pub(super) v: String,
}

/// The same, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) tab: Tab,
    pub(super) brand: String,
    pub(super) department: String,
    pub(super) language: String,
    pub(super) q: String,
    /// The newest first; else who waits longest.
    pub(super) newest: bool,
    pub(super) rows: usize,
}

impl Filter {
    pub(super) fn of(query: &Query) -> Self {
        let clipped = |text: &str| shared::domain::message::clip(text.trim(), 100).to_owned();
        Self {
            tab: Tab::ALL.into_iter().find(|tab| tab.name() == query.tab).unwrap_or(Tab::All),
            brand: clipped(&query.brand),
            department: clipped(&query.department),
            language: clipped(&query.language),
            q: clipped(&query.q),
            newest: query.sort == "newest",
            rows: query.rows.parse().unwrap_or(STEP).clamp(STEP, 1_000),
        }
    }

    /// The address of the same list with another tab, or with so many rows.
    pub(super) fn query(&self, tab: Tab, rows: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("tab", tab.name());
        let texts =
            [("brand", &self.brand), ("department", &self.department), ("language", &self.language), ("q", &self.q)];
        for (name, text) in texts {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        if self.newest {
            query.append_pair("sort", "newest");
        }
        if rows > STEP {
            query.append_pair("rows", &rows.to_string());
        }
        query.finish()
    }

    pub(super) fn narrows(&self) -> bool {
        [&self.brand, &self.department, &self.language, &self.q].into_iter().any(|text| !text.is_empty())
    }

    /// What is shown of the tab, in its order, and how many there are of each tab.
    pub(super) fn apply(&self, rows: Vec<Row>) -> (Vec<Row>, BTreeMap<&'static str, usize>) {
        let fitting: Vec<Row> = rows.into_iter().filter(|row| self.fits(row)).collect();
        let counts = Tab::ALL.map(|tab| (tab.name(), fitting.iter().filter(|row| tab.has(row)).count()));
        let mut shown: Vec<Row> = fitting.into_iter().filter(|row| self.tab.has(row)).collect();
        if self.newest {
            shown.sort_by(|a, b| (b.opened_at, &b.id).cmp(&(a.opened_at, &a.id)));
        } else {
            shown.sort_by(|a, b| waits(a).cmp(&waits(b)).then_with(|| a.id.cmp(&b.id)));
        }
        (shown, counts.into())
    }

    fn fits(&self, row: &Row) -> bool {
        let same = |wanted: &str, its: Option<&str>| wanted.is_empty() || its == Some(wanted);
        let q = self.q.to_lowercase();
        same(&self.brand, row.brand.as_deref())
            && same(&self.department, row.department.as_deref())
            && same(&self.language, row.language.as_deref())
            && (q.is_empty() || row.called().to_lowercase().contains(&q) || row.id.as_str() == q)
    }
}

/// Who waits comes first, the longest in front; then the oldest chat.
fn waits(row: &Row) -> (bool, Option<Timestamp>, Option<Timestamp>) {
    (row.waiting_since.is_none(), row.waiting_since, row.opened_at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::entry::tests::row;
    use super::*;

    fn rows() -> Vec<Row> {
        vec![
            row("1", &json!({"phase": "assisting", "visitor": "Mia", "brand": "100", "opened_at": 1_000})),
            row(
                "2",
                &json!({"phase": "escalating", "visitor": "Tom", "opened_at": 2_000, "waiting_since": 9_000, "language": "de"}),
            ),
            row("3", &json!({"phase": "with_human", "attender": "701", "opened_at": 3_000, "waiting_since": 5_000})),
            row("4", &json!({"phase": "observed", "opened_at": 4_000})),
        ]
    }

    fn shown(query: &Query) -> Vec<String> {
        Filter::of(query).apply(rows()).0.iter().map(|row| row.id.to_string()).collect()
    }

    #[test]
    fn who_waits_longest_comes_first_unless_the_newest_are_asked_for() {
        assert_eq!(shown(&Query::default()), ["3", "2", "1", "4"]);
        assert_eq!(shown(&Query { sort: "newest".into(), ..Query::default() }), ["4", "3", "2", "1"]);
    }

    #[test]
    fn tabs_show_whose_chats_they_are_and_count_them() {
        let tab = |tab: &str| shown(&Query { tab: tab.into(), ..Query::default() });
        assert_eq!([tab("mine"), tab("ai"), tab("queued"), tab("humans")], [["3"], ["1"], ["2"], ["3"]]);
        let counts = Filter::of(&Query::default()).apply(rows()).1;
        assert_eq!(counts, BTreeMap::from([("all", 4), ("mine", 1), ("queued", 1), ("ai", 1), ("humans", 1)]));
    }

    #[test]
    fn filters_narrow_and_the_name_is_looked_for_in_any_case() {
        assert_eq!(shown(&Query { q: " mIA ".into(), ..Query::default() }), ["1"]);
        assert_eq!(shown(&Query { q: "4".into(), ..Query::default() }), ["4"]);
        assert_eq!(shown(&Query { brand: "100".into(), ..Query::default() }), ["1"]);
        assert_eq!(shown(&Query { language: "de".into(), ..Query::default() }), ["2"]);
    }

    #[test]
    fn the_address_of_a_tab_keeps_the_filters_whatever_is_in_them() {
        let filter = Filter::of(&Query { q: "a&b=\"<".into(), sort: "newest".into(), ..Query::default() });
        assert_eq!(filter.query(Tab::Ai, 400), "tab=ai&q=a%26b%3D%22%3C&sort=newest&rows=400");
    }
}
