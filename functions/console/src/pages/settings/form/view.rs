//! The fields of a form, made of the schema and a value.

use serde_json::Value;

use super::control::{Control, Entry, Widget};
use super::names::{Names, Opt};
use super::pointer::{html_id, step};
use super::problems::Found;
use super::schema::{Kind, Node, Property};
use super::words::{Pattern, Refers, word};

/// From so many characters on a text gets several lines.
const LONG_FROM: usize = 80;

/// What a form is made of.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What ids stand for.
    pub names: Names<'a>,
    /// What is wrong with the settings.
    pub found: &'a [Found],
}

impl View<'_> {
    /// The field of a place.
    #[must_use]
    pub fn control(
        &self,
        node: &Node,
        value: Option<&Value>,
        pointer: &str,
        pattern: &Pattern,
        required: bool,
    ) -> Control {
        let value = value.filter(|value| !value.is_null());
        let widget = self.widget(node, value, pointer, pattern);
        let deepest = |one: &&Found| one.pointer == pointer || ends_at(&widget, pointer, &one.pointer);
        let found = self.found.iter().filter(deepest).cloned().collect();
        let label = pattern.label();
        // The settings often say in a sentence what the label says already.
        let hint = Some(node.description.replace('`', "")).filter(|hint| hint.trim_end_matches('.') != label);
        Control {
            name: pointer.to_owned(),
            id: html_id(pointer),
            label,
            hint: hint.unwrap_or_default(),
            found,
            required: required && !matches!(node.kind, Kind::Boolean | Kind::Object(_)),
            compact: false,
            order: pattern.order(),
            widget,
        }
    }

    fn widget(&self, node: &Node, value: Option<&Value>, pointer: &str, pattern: &Pattern) -> Widget {
        if let Some(value) = value
            && !fits(node, value)
        {
            return raw(value);
        }
        let instead = || self.instead(node, pattern);
        if value.is_none() && node.nullable && node.kind.is_compound() {
            return Widget::Unset { instead: instead() };
        }
        match &node.kind {
            Kind::Text { most, date, example, .. } => {
                let text = value.and_then(Value::as_str);
                if let Some(options) = pattern.refers().and_then(|refers| self.names.options(refers)) {
                    return Widget::Pick { options: picked(options, text, node.nullable.then(instead)) };
                }
                let blank = (node.nullable && (pattern.may_be_blank() || text == Some(""))).then(|| text == Some(""));
                let value = text.unwrap_or_default().to_owned();
                if pattern.is_long() || value.contains('\n') || value.chars().count() > LONG_FROM {
                    return Widget::Lines { rows: rows(&value), value, blank, raw: false, code: false };
                }
                let list = (pattern.refers() == Some(Refers::Zone)).then_some("zones");
                let placeholder = if node.nullable { self.inherited(node, pattern) } else { None };
                let placeholder = placeholder.or_else(|| example.clone()).unwrap_or_default();
                let kind = if *date { "date" } else { "text" };
                // What is no day would be lost in a field for days.
                let kind = if *date && !value.is_empty() && !is_day(&value) { "text" } else { kind };
                Widget::Line { kind, value, most: *most, list, blank, placeholder }
            }
            Kind::Boolean => Widget::Tick { on: value.and_then(Value::as_bool).unwrap_or_default() },
            Kind::Integer { least, most } => {
                let text = match value {
                    Some(Value::String(text)) => text.clone(),
                    Some(value) => value.to_string(),
                    None => String::new(),
                };
                let placeholder = self.inherited(node, pattern).unwrap_or_default();
                if !text.is_empty() && text.parse::<u64>().is_err() {
                    // What is no number would be lost in a field for numbers.
                    return Widget::Line {
                        kind: "text",
                        value: text,
                        most: None,
                        list: None,
                        blank: None,
                        placeholder,
                    };
                }
                Widget::Number { value: text, least: *least, most: *most, placeholder }
            }
            Kind::Choice(choices) => {
                let options = choices.iter().map(|choice| Opt {
                    value: choice.value.clone(),
                    label: word(&choice.value),
                    chosen: false,
                });
                let text = value.and_then(Value::as_str);
                Widget::Pick { options: picked(options.collect(), text, node.nullable.then(instead)) }
            }
            Kind::Json => {
                let value = value.map(pretty).unwrap_or_default();
                Widget::Lines { rows: rows(&value), value, blank: None, raw: false, code: true }
            }
            Kind::Object(properties) => Widget::Group {
                fields: self.fields(properties, value, pointer, pattern),
                unset: node.nullable,
                week: pattern.is_week(),
            },
            Kind::Variants { tag, variants } => {
                let told = value.and_then(|value| value.get(tag)).and_then(Value::as_str).unwrap_or_default();
                let options = variants.iter().map(|variant| Opt {
                    value: variant.value.clone(),
                    label: word(&variant.value),
                    chosen: false,
                });
                let name = step(pointer, tag);
                let kind = Control {
                    id: html_id(&name),
                    label: "Kind".to_owned(),
                    hint: "After another choice, save: then its fields are shown.".to_owned(),
                    found: Vec::new(),
                    required: true,
                    compact: false,
                    order: 0,
                    widget: Widget::Pick { options: picked(options.collect(), Some(told), None) },
                    name,
                };
                let own = variants.iter().find(|variant| variant.value == told);
                let own = own.map(|variant| variant.properties.as_slice()).unwrap_or_default();
                let fields = std::iter::once(kind).chain(self.fields(own, value, pointer, pattern)).collect();
                Widget::Group { fields, unset: node.nullable, week: false }
            }
            Kind::List { element, .. } => self.list(node, element, value, pointer, pattern),
            Kind::Map { keys, value: each } => self.map(node, keys.as_deref(), each, value, pointer, pattern),
        }
    }

    fn fields(&self, properties: &[Property], value: Option<&Value>, pointer: &str, pattern: &Pattern) -> Vec<Control> {
        let field = |property: &Property| {
            let there = value.and_then(|value| value.get(&property.name)).or(property.default.as_ref());
            let pattern = pattern.step(Some(&property.name));
            self.control(&property.node, there, &step(pointer, &property.name), &pattern, property.required)
        };
        let mut fields: Vec<Control> = properties.iter().map(field).collect();
        // What is simple is in front of what has fields of its own.
        fields.sort_by_key(|control| (control.rank(), control.order, !control.required));
        if pattern.is_week() {
            fields.sort_by_key(|control| DAYS.iter().position(|day| control.name.ends_with(day)));
        }
        fields
    }

    fn list(&self, node: &Node, element: &Node, value: Option<&Value>, pointer: &str, pattern: &Pattern) -> Widget {
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let below = pattern.step(None);
        let chosen: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        let distinct = chosen.as_ref().is_some_and(|chosen| {
            let different: std::collections::BTreeSet<&&str> = chosen.iter().collect();
            different.len() == chosen.len()
        });
        let options = match &element.kind {
            Kind::Choice(choices) => Some(
                choices
                    .iter()
                    .map(|choice| Opt { value: choice.value.clone(), label: word(&choice.value), chosen: false })
                    .collect(),
            ),
            _ => below.refers().and_then(|refers| self.names.options(refers)),
        };
        if let (Some(options), Some(chosen), true) = (options, chosen, distinct) {
            return Widget::Ticks { options: ticked(options, &chosen), unset: node.nullable };
        }
        let noun = below.label();
        let one = |(index, one): (usize, &Value)| {
            let control = self.control(element, Some(one), &step(pointer, &index.to_string()), &below, true);
            let label = match one.get("name").and_then(Value::as_str) {
                Some(name) if !name.is_empty() => format!("{noun} {name}"),
                _ => format!("{noun} {}", index + 1),
            };
            Control { label, hint: String::new(), required: false, compact: true, ..control }
        };
        let noun_of_one = noun.to_lowercase();
        Widget::Elements {
            elements: list.iter().enumerate().map(one).collect(),
            noun: noun_of_one,
            unset: node.nullable,
        }
    }

    fn map(
        &self,
        node: &Node,
        keys: Option<&[String]>,
        each: &Node,
        value: Option<&Value>,
        pointer: &str,
        pattern: &Pattern,
    ) -> Widget {
        let below = pattern.step(None);
        let nested = each.kind.is_compound();
        let map = value.and_then(Value::as_object);
        let mut entries: Vec<Entry> = Vec::new();
        for (key, one) in map.into_iter().flatten() {
            let control = self.control(each, Some(one), &step(pointer, key), &below, false);
            let label = if keys.is_some() { word(key) } else { key.clone() };
            let control = Control { label, hint: String::new(), ..control };
            let open = control.has_found() || map.is_some_and(|map| map.len() == 1);
            entries.push(Entry { key: key.clone(), control, nested, open });
        }
        let free = |key: &&String| map.is_none_or(|map| !map.contains_key(key.as_str()));
        let option = |key: &String| Opt { value: key.clone(), label: word(key), chosen: false };
        let key = if keys.is_some() { "a reason" } else { pattern.key() };
        let keys = keys.map(|keys| keys.iter().filter(free).map(option).collect());
        Widget::Entries { entries, keys, key, unset: node.nullable }
    }

    /// What holds where nothing is set, in words.
    fn instead(&self, node: &Node, pattern: &Pattern) -> String {
        match (pattern.inherits(), self.inherited(node, pattern)) {
            (_, Some(words)) => words,
            (Some(_), None) => "As in the workspace".to_owned(),
            (None, None) => "Not set".to_owned(),
        }
    }

    /// What holds in the workspace, if it can be told in a word.
    fn inherited(&self, node: &Node, pattern: &Pattern) -> Option<String> {
        let there = self.names.draft.pointer(pattern.inherits()?)?;
        let text = match there {
            Value::String(text) if matches!(node.kind, Kind::Choice(_)) => word(text),
            Value::String(text) => self.names.shown(pattern.refers(), text),
            Value::Number(number) => number.to_string(),
            Value::Array(list) if list.iter().all(Value::is_u64) => {
                list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            _ => return None,
        };
        let short: String = text.chars().take(LONG_FROM).collect();
        Some(format!("As in the workspace: {short}"))
    }
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Kind {
    /// Whether it has parts.
    #[must_use]
    pub fn is_compound(&self) -> bool {
        matches!(self, Self::Object(_) | Self::List { .. } | Self::Map { .. } | Self::Variants { .. })
    }
}

/// Whether what is said of a place further down is said here, since no field is below.
fn ends_at(widget: &Widget, pointer: &str, found: &str) -> bool {
    let below = found.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/'));
    below
        && match widget {
            Widget::Group { fields, .. } => !covers(fields.iter(), found),
            Widget::Elements { elements, .. } => !covers(elements.iter(), found),
            Widget::Entries { entries, .. } => !covers(entries.iter().map(|entry| &entry.control), found),
            _ => true,
        }
}

fn covers<'a>(mut fields: impl Iterator<Item = &'a Control>, found: &str) -> bool {
    fields.any(|field| {
        found.strip_prefix(field.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn fits(node: &Node, value: &Value) -> bool {
    match node.kind {
        Kind::Text { .. } | Kind::Choice(_) => value.is_string(),
        Kind::Boolean => value.is_boolean(),
        // What was typed in its place is kept as a text.
        Kind::Integer { .. } => value.is_u64() || value.is_string(),
        Kind::Object(_) | Kind::Map { .. } | Kind::Variants { .. } => value.is_object(),
        Kind::List { .. } => value.is_array(),
        Kind::Json => true,
    }
}

fn raw(value: &Value) -> Widget {
    let value = pretty(value);
    Widget::Lines { rows: rows(&value), value, blank: None, raw: true, code: true }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn rows(text: &str) -> usize {
    text.lines().count().max(text.chars().count() / LONG_FROM + 1).clamp(2, 20)
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The options of a single choice: what is chosen stays there, known or not.
fn picked(options: Vec<Opt>, chosen: Option<&str>, unset: Option<String>) -> Vec<Opt> {
    let chosen = chosen.unwrap_or_default();
    let mut all = Vec::with_capacity(options.len() + 2);
    if let Some(label) = unset {
        all.push(Opt { value: String::new(), label, chosen: chosen.is_empty() });
    } else if chosen.is_empty() {
        all.push(Opt { value: String::new(), label: "Choose\u{2026}".to_owned(), chosen: true });
    }
    let known = options.iter().any(|option| option.value == chosen);
    if !chosen.is_empty() && !known {
        all.push(Opt { value: chosen.to_owned(), label: format!("{chosen} (not there any more)"), chosen: true });
    }
    all.extend(options.into_iter().map(|option| Opt { chosen: option.value == chosen, ..option }));
    all
}

/// The options of a choice of several: those that are chosen in front, in their order.
fn ticked(options: Vec<Opt>, chosen: &[&str]) -> Vec<Opt> {
    let label = |value: &str| {
        let known = options.iter().find(|option| option.value == value);
        known.map_or_else(|| format!("{value} (not there any more)"), |option| option.label.clone())
    };
    let mut all: Vec<Opt> =
        chosen.iter().map(|value| Opt { value: (*value).to_owned(), label: label(value), chosen: true }).collect();
    all.extend(options.into_iter().filter(|option| !chosen.contains(&option.value.as_str())));
    all
}
