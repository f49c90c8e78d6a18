//! Changes as people read them: by the names of settings and of what ids stand for.

use serde_json::Value;
use shared::domain::changes::Change;

use super::form::names::Names;
use super::form::pointer::step;
use super::form::schema::{Kind, Node, workspace};
use super::form::words::{Pattern, word};
use super::parts::path_of;
use super::text::{Format, write};

/// A change, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which setting.
    pub what: String,
    /// Where it is edited, behind the path of the settings.
    pub path: String,
    /// What was there.
    pub old: Option<String>,
    /// What is there now.
    pub new: Option<String>,
}

/// Tells changes. `value` is what they are edited in.
#[must_use]
pub fn tell(changes: &[Change], value: &Value, names: Names<'_>) -> Vec<Told> {
    changes.iter().map(|change| one(change, value, names)).collect()
}

/// Where a change is, in words.
#[must_use]
pub fn place(path: &[String], value: &Value) -> (String, String) {
    let walk = Walk::along(path, value);
    let what = if walk.words.is_empty() { "All settings".to_owned() } else { walk.words.join(" \u{203a} ") };
    (what, path_of(&walk.pointer))
}

fn one(change: &Change, value: &Value, names: Names<'_>) -> Told {
    let walk = Walk::along(&change.path, value);
    let (what, path) = place(&change.path, value);
    let tell = |value: &Value| shown(value, walk.node, &walk.pattern, names);
    Told { what, path, old: change.old.as_ref().map(tell), new: change.new.as_ref().map(tell) }
}

/// The way to a setting.
struct Walk<'a> {
    node: Option<&'a Node>,
    pattern: Pattern,
    pointer: String,
    words: Vec<String>,
}

impl Walk<'static> {
    fn along(path: &[String], value: &Value) -> Self {
        let mut walk =
            Self { node: Some(workspace()), pattern: Pattern::default(), pointer: String::new(), words: Vec::new() };
        let mut here = Some(value);
        for name in path {
            let element = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
            let is_field = element.is_none() && !matches!(walk.node.map(|node| &node.kind), Some(Kind::Map { .. }));
            let below = walk.node.and_then(|node| node.child(element.unwrap_or(name), here));
            walk.pattern = walk.pattern.step(is_field.then_some(name.as_str()));
            let place = element.map_or_else(|| name.clone(), |label| index_of(label, here).to_string());
            walk.words.push(match element {
                Some(label) => label.to_owned(),
                None if is_field => walk.pattern.label(),
                None => name.clone(),
            });
            walk.pointer = step(&walk.pointer, &place);
            here = here.and_then(|here| match here {
                Value::Array(list) => list.get(place.parse::<usize>().ok()?),
                here => here.get(&place),
            });
            walk.node = below;
        }
        walk
    }
}

/// Where an element stands, as changes name it: by name, id or date, else by its number.
fn index_of(label: &str, list: Option<&Value>) -> usize {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_it =
        |one: &Value| ["name", "id", "date"].iter().any(|key| one.get(key).and_then(Value::as_str) == Some(label));
    list.iter().position(is_it).or_else(|| label.parse::<usize>().ok()?.checked_sub(1)).unwrap_or_default()
}

/// A value, in words.
fn shown(value: &Value, node: Option<&Node>, pattern: &Pattern, names: Names<'_>) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "blank".to_owned(),
        Value::String(text) => match node.map(|node| &node.kind) {
            Some(Kind::Choice(_)) => word(text),
            _ => names.shown(pattern.refers(), text),
        },
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(_) | Value::Object(_) => write(value, Format::Yaml).unwrap_or_else(|_| value.to_string()),
    }
}
