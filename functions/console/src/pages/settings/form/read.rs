//! What a form sends, read into JSON. Nothing is refused here: what does not fit is kept as it was typed, and told beside its
//! field.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::pointer::step;
use super::schema::{Kind, Node, Property};

/// A field's name with this behind it holds JSON, since what was there has another shape than it should.
pub(super) const RAW: &str = "#raw";
/// The number of a list's elements.
pub(super) const LENGTH: &str = "#length";
/// A key of a map.
pub(super) const KEY: &str = "#key";
/// Something that may be missing is there.
pub(super) const SET: &str = "#set";
/// A text that is blank on purpose.
pub(super) const BLANK: &str = "#blank";
/// A list that is told by ticked boxes.
pub(super) const TICKED: &str = "#ticked";

/// The most elements that a list can be said to have.
const MOST_ELEMENTS: usize = 2_000;

/// What a form has sent.
#[derive(Debug, Clone, Default)]
pub struct Sent(BTreeMap<String, Vec<String>>);

impl Sent {
    /// Takes the pairs of a form; lines end as we write them.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            sent.entry(name).or_default().push(value.replace("\r\n", "\n"));
        }
        Self(sent)
    }

    /// The first value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }

    /// All values of a name.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn marked(&self, pointer: &str, mark: &str) -> Option<&str> {
        self.get(&format!("{pointer}{mark}"))
    }
}

/// The value of a place; none if there is none. What was there before is asked for fields that no form shows.
#[must_use]
pub fn value(node: &Node, pointer: &str, sent: &Sent, before: Option<&Value>) -> Option<Value> {
    if let Some(text) = sent.marked(pointer, RAW) {
        return raw(text);
    }
    match &node.kind {
        Kind::Text { .. } => text(node, pointer, sent),
        Kind::Boolean => Some(Value::Bool(sent.get(pointer).is_some())),
        Kind::Integer { .. } => number(sent.get(pointer)?),
        Kind::Choice(_) => sent.get(pointer).filter(|text| !text.is_empty()).map(Value::from),
        Kind::Json => raw(sent.get(pointer)?),
        Kind::Object(properties) => {
            (!node.nullable || sent.marked(pointer, SET).is_some()).then(|| object(properties, pointer, sent, before))
        }
        Kind::Variants { tag, variants } => {
            let told = sent.get(&step(pointer, tag))?;
            let variant = variants.iter().find(|variant| variant.value == told);
            let properties = variant.map(|variant| variant.properties.as_slice()).unwrap_or_default();
            let known = |name: &String| name == tag || variants.iter().any(|one| has(&one.properties, name));
            let mut value = fields(properties, pointer, sent, before);
            let unknown = before.and_then(Value::as_object).into_iter().flatten().filter(|(name, _)| !known(name));
            value.extend(unknown.map(|(name, value)| (name.clone(), value.clone())));
            value.insert(tag.clone(), told.into());
            Some(Value::Object(value))
        }
        Kind::List { element, .. } => {
            if sent.marked(pointer, TICKED).is_some() {
                return Some(sent.all(pointer).iter().map(|text| Value::from(text.as_str())).collect());
            }
            let length = sent.marked(pointer, LENGTH)?.parse::<usize>().ok()?.min(MOST_ELEMENTS);
            let one = |index: usize| {
                let before = before.and_then(|before| before.get(index));
                value(element, &step(pointer, &index.to_string()), sent, before).unwrap_or_else(|| blank(element))
            };
            Some((0..length).map(one).collect())
        }
        Kind::Map { value: each, .. } => {
            (!node.nullable || sent.marked(pointer, SET).is_some()).then_some(())?;
            let one = |key: &String| {
                let before = before.and_then(|before| before.get(key));
                let value = value(each, &step(pointer, key), sent, before).unwrap_or_else(|| blank(each));
                (key.clone(), value)
            };
            Some(Value::Object(sent.all(&format!("{pointer}{KEY}")).iter().map(one).collect()))
        }
    }
}

/// What a new element is.
#[must_use]
pub fn blank(node: &Node) -> Value {
    match &node.kind {
        Kind::Object(properties) => fresh(properties),
        Kind::Variants { tag, variants } => {
            let Some(first) = variants.first() else { return Value::Object(Map::new()) };
            let mut value = fresh(&first.properties);
            value[tag.as_str()] = Value::from(first.value.as_str());
            value
        }
        Kind::Map { .. } | Kind::Json => Value::Object(Map::new()),
        Kind::List { .. } => Value::Array(Vec::new()),
        Kind::Boolean => Value::Bool(false),
        Kind::Text { .. } | Kind::Integer { .. } | Kind::Choice(_) => Value::String(String::new()),
    }
}

fn fresh(properties: &[Property]) -> Value {
    let fields = properties.iter().filter(|property| !property.node.nullable);
    let fields = fields.filter_map(|property| {
        let value = property.default.clone().or_else(|| property.required.then(|| blank(&property.node)))?;
        Some((property.name.clone(), value))
    });
    Value::Object(fields.collect())
}

fn object(properties: &[Property], pointer: &str, sent: &Sent, before: Option<&Value>) -> Value {
    let mut value = fields(properties, pointer, sent, before);
    let unknown =
        before.and_then(Value::as_object).into_iter().flatten().filter(|(name, _)| !has(properties, name.as_str()));
    value.extend(unknown.map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(value)
}

fn fields(properties: &[Property], pointer: &str, sent: &Sent, before: Option<&Value>) -> Map<String, Value> {
    let mut object = Map::new();
    for Property { name, node, required, default } in properties {
        let before = before.and_then(|before| before.get(name));
        let Some(value) = value(node, &step(pointer, name), sent, before) else { continue };
        // What is empty and may be missing is left out, as the settings are written.
        let empty = match &value {
            Value::String(text) => text.is_empty() && !node.nullable,
            Value::Array(list) => list.is_empty() && !node.nullable && default.is_none(),
            Value::Object(map) => map.is_empty() && !node.nullable && default.is_none(),
            _ => false,
        };
        if *required || !empty {
            object.insert(name.clone(), value);
        }
    }
    object
}

fn has(properties: &[Property], name: &str) -> bool {
    properties.iter().any(|property| property.name == name)
}

fn text(node: &Node, pointer: &str, sent: &Sent) -> Option<Value> {
    let text = sent.get(pointer)?;
    let nothing = node.nullable && text.is_empty() && sent.marked(pointer, BLANK).is_none();
    (!nothing).then(|| Value::from(text))
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from))
}

fn raw(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}
