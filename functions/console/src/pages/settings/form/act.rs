//! What the buttons of a form do to the settings besides saving: take an element in, take it out, move it up, set what is not
//! set, and leave it unset.

use serde_json::{Map, Value};

use super::pointer::{html_id, place, put, step, steps};
use super::read::{Sent, blank};
use super::schema::{Kind, Node};

/// Behind the name of a map: the key of a new entry.
pub(super) const NEW: &str = "#new";

/// Which button was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Only save.
    Save,
    /// A new element or entry of a list or map.
    Add(String),
    /// Take an element or an entry out.
    Remove(String),
    /// Put an element before the one above it.
    Up(String),
    /// Set what may be missing.
    Set(String),
    /// Have it missing.
    Unset(String),
}

impl Act {
    /// Reads the button's value.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("add", pointer)) => Self::Add(pointer.to_owned()),
            Some(("remove", pointer)) => Self::Remove(pointer.to_owned()),
            Some(("up", pointer)) => Self::Up(pointer.to_owned()),
            Some(("set", pointer)) => Self::Set(pointer.to_owned()),
            Some(("unset", pointer)) => Self::Unset(pointer.to_owned()),
            _ => Self::Save,
        }
    }

    /// Whose place is changed.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Save => None,
            Self::Add(pointer)
            | Self::Remove(pointer)
            | Self::Up(pointer)
            | Self::Set(pointer)
            | Self::Unset(pointer) => Some(pointer),
        }
    }

    /// Does it, and says where in the page it is to be seen. A place that is not there any more is passed over.
    pub fn perform(&self, schema: &Node, value: &mut Value, sent: &Sent) -> Option<String> {
        let pointer = self.pointer().filter(|pointer| !pointer.is_empty())?;
        let node = node(schema, value, pointer)?;
        match self {
            Self::Save => None,
            Self::Add(_) => add(node, pointer, value, sent),
            Self::Set(_) => {
                put(value, pointer, Some(blank(node)));
                Some(html_id(pointer))
            }
            Self::Remove(_) | Self::Unset(_) => {
                put(value, pointer, None);
                let (parent, _) = pointer.rsplit_once('/')?;
                Some(html_id(if matches!(self, Self::Unset(_)) { pointer } else { parent }))
            }
            Self::Up(_) => {
                let (parent, index) = pointer.rsplit_once('/')?;
                let index: usize = index.parse().ok()?;
                let list = value.pointer_mut(parent)?.as_array_mut()?;
                let above = index.checked_sub(1).filter(|_| index < list.len())?;
                list.swap(index, above);
                Some(html_id(&step(parent, &above.to_string())))
            }
        }
    }
}

fn add(node: &Node, pointer: &str, value: &mut Value, sent: &Sent) -> Option<String> {
    match &node.kind {
        Kind::List { element, .. } => {
            let list = place(value, pointer)?;
            if !list.is_array() {
                *list = Value::Array(Vec::new());
            }
            let list = list.as_array_mut()?;
            list.push(blank(element));
            Some(html_id(&step(pointer, &(list.len() - 1).to_string())))
        }
        Kind::Map { value: each, .. } => {
            let key = sent.get(&format!("{pointer}{NEW}"))?.trim();
            if key.is_empty() {
                return Some(html_id(pointer));
            }
            let map = place(value, pointer)?;
            if !map.is_object() {
                *map = Value::Object(Map::new());
            }
            map.as_object_mut()?.entry(key).or_insert_with(|| blank(each));
            Some(html_id(&step(pointer, key)))
        }
        _ => None,
    }
}

/// What a place may be.
#[must_use]
pub fn node<'a>(schema: &'a Node, value: &Value, pointer: &str) -> Option<&'a Node> {
    let (mut node, mut here) = (schema, Some(value));
    for step in steps(pointer) {
        node = node.child(&step, here)?;
        here = here.and_then(|here| match here {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            Value::Object(object) => object.get(&step),
            _ => None,
        });
    }
    Some(node)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::workspace;
    use super::*;

    fn done(act: &str, value: Value, pairs: &[(&str, &str)]) -> Value {
        let sent = Sent::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut value = value;
        Act::parse(act).perform(workspace(), &mut value, &sent);
        value
    }

    #[test]
    fn elements_are_taken_in_moved_and_taken_out() {
        let procedures = |steps: Value| json!({"procedures": [{"steps": steps}]});
        assert_eq!(done("add:/procedures/0/steps", procedures(json!(["a"])), &[]), procedures(json!(["a", ""])));
        assert_eq!(done("up:/procedures/0/steps/1", procedures(json!(["a", "b"])), &[]), procedures(json!(["b", "a"])));
        assert_eq!(done("up:/procedures/0/steps/0", procedures(json!(["a", "b"])), &[]), procedures(json!(["a", "b"])));
        assert_eq!(done("remove:/procedures/0/steps/0", procedures(json!(["a", "b"])), &[]), procedures(json!(["b"])));
    }

    #[test]
    fn an_entry_needs_a_key_and_does_not_overwrite() {
        let before = json!({"escalation": {"departments": {"vip": "1"}}});
        let act = "add:/escalation/departments";
        assert_eq!(done(act, before.clone(), &[("/escalation/departments#new", " ")]), before);
        assert_eq!(done(act, before.clone(), &[("/escalation/departments#new", "vip")]), before);
        let added = done(act, before, &[("/escalation/departments#new", "legal")]);
        assert_eq!(added, json!({"escalation": {"departments": {"vip": "1", "legal": ""}}}));
    }

    #[test]
    fn what_may_be_missing_is_set_and_unset() {
        let set = done("set:/identity/signed", json!({}), &[]);
        assert_eq!(set, json!({"identity": {"signed": {"field": "player_token", "longest_s": 900, "secrets": []}}}));
        assert_eq!(done("unset:/identity/signed", set, &[]), json!({"identity": {}}));
    }

    #[test]
    fn a_place_that_is_not_there_changes_nothing() {
        for act in ["add:/nowhere", "remove:/procedures/7", "up:/a/b/c", "set:", "fly:/a"] {
            assert_eq!(done(act, json!({"brands": []}), &[]), json!({"brands": []}), "{act}");
        }
    }
}
