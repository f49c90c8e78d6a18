//! Places in the settings: JSON pointers, which are the names of the fields of forms, and what leads to them.

use serde_json::{Map, Value};

use super::schema::{Kind, Node};

/// A pointer, one step further down.
#[must_use]
pub fn step(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// The steps of a pointer.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// The `id` of a field in the page.
#[must_use]
pub fn html_id(pointer: &str) -> String {
    let letter = |c: char| match c {
        '/' => "-".to_owned(),
        c if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
        c => format!("-x{:x}-", u32::from(c)),
    };
    std::iter::once("f".to_owned()).chain(pointer.chars().map(letter)).collect()
}

/// The pointer of a field as `check` names it, such as `brands[1].texts.pt-BR`.
#[must_use]
pub fn of_field(field: &str, schema: &Node, value: &Value) -> String {
    let (mut node, mut here, mut rest, mut pointer) = (Some(schema), Some(value), field, String::new());
    while !rest.is_empty() {
        let (name, behind) = if let Some(index) = rest.strip_prefix('[') {
            index.split_once(']').unwrap_or((index, ""))
        } else {
            named(rest.trim_start_matches('.'), node, here)
        };
        let below = node.and_then(|node| node.child(name, here));
        if below.is_none() {
            break;
        }
        pointer = step(&pointer, name);
        node = below;
        here = here.and_then(|here| match here {
            Value::Array(list) => list.get(name.parse::<usize>().ok()?),
            Value::Object(object) => object.get(name),
            _ => None,
        });
        rest = behind.trim_start_matches('.');
    }
    pointer
}

/// The first name of a path, and what is behind it. Keys of maps may have dots in them.
fn named<'a>(rest: &'a str, node: Option<&Node>, here: Option<&Value>) -> (&'a str, &'a str) {
    if matches!(node.map(|node| &node.kind), Some(Kind::Map { .. }))
        && let Some(Value::Object(map)) = here
        && let Some(key) = map.keys().filter(|key| rest.starts_with(key.as_str())).max_by_key(|key| key.len())
    {
        return rest.split_at(key.len());
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    rest.split_at(end)
}

/// What is at a pointer, made as needed: objects, and no elements of lists.
pub fn place<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Value> {
    let mut here = value;
    for step in steps(pointer) {
        here = match here {
            Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?)?,
            other => {
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                other.as_object_mut()?.entry(step).or_insert(Value::Null)
            }
        };
    }
    Some(here)
}

/// Puts a value at a pointer, or takes away what is there.
pub fn put(value: &mut Value, pointer: &str, new: Option<Value>) {
    if let Some(new) = new {
        if let Some(place) = place(value, pointer) {
            *place = new;
        }
        return;
    }
    let Some((parent, _)) = pointer.rsplit_once('/') else { return };
    let Some(last) = steps(pointer).last() else { return };
    match value.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.remove(&last);
        }
        Some(Value::Array(elements)) => {
            if let Some(index) = last.parse::<usize>().ok().filter(|index| *index < elements.len()) {
                elements.remove(index);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pages::settings::form::schema::workspace;

    #[test]
    fn a_field_is_found_as_check_names_it() {
        let value = json!({
            "procedures": [{"run": {"arguments": {"a.b": "x"}}}],
            "agent": {"backends": [{"api": {"type": "openai"}}]},
        });
        for (field, pointer) in [
            ("default_department", "/default_department"),
            ("brands[1].escalation.departments.vip", "/brands/1/escalation/departments/vip"),
            ("brands[0].texts.pt-BR.countdown", "/brands/0/texts/pt-BR/countdown"),
            ("brands[0].business_hours.holidays[2].open", "/brands/0/business_hours/holidays/2/open"),
            ("procedures[0].run.arguments.a.b", "/procedures/0/run/arguments/a.b"),
            ("agent.backends[0].api.base_url", "/agent/backends/0/api/base_url"),
            ("brands[1].nonsense", "/brands/1"),
            ("the file", ""),
        ] {
            assert_eq!(of_field(field, workspace(), &value), pointer, "{field}");
        }
    }

    #[test]
    fn ids_in_the_page_differ_where_pointers_do() {
        let ids = ["/a/b", "/a-b", "/a_b", "/a~1b", "/a.b"].map(html_id);
        let different: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(different.len(), ids.len(), "{ids:?}");
    }

    #[test]
    fn what_is_put_makes_its_way() {
        let mut value = json!({"list": [1, 2]});
        put(&mut value, "/a/b~1c", Some(json!(1)));
        put(&mut value, "/list/0", None);
        put(&mut value, "/list/7", None);
        assert_eq!(value, json!({"a": {"b/c": 1}, "list": [2]}));
    }
}
