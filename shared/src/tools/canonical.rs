//! By which name a repeated call is known to be the same.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Number, Value, json};

use super::Context;
use crate::domain::fingerprint::hex;
use crate::domain::id::ToolName;
use crate::domain::tool::IdempotencyKey;

/// The largest whole number up to which every one can be told apart as a floating-point number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The key of a call: SHA-256 over where it is made, for whom, what is called, and with what. The thread's beginning is part
/// of it: who comes back later may ask for the same thing anew.
pub(super) fn key(context: &Context<'_>, tool: &ToolName, arguments: &Value) -> IdempotencyKey {
    let thread = context.thread.map(Timestamp::as_millisecond);
    let Context { settings, conversation, player, .. } = context;
    let of = json!([settings.workspace, conversation, thread, player.id, tool, arguments]);
    IdempotencyKey(hex(digest(&SHA256, text(&of).as_bytes()).as_ref()))
}

/// JSON of which there is one text only: keys sorted, no white space, `1.0` as `1`.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, into: &mut String) {
    match value {
        Value::Array(values) => {
            list(into, ['[', ']'], values, write);
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            list(into, ['{', '}'], fields, |(name, value), into| {
                write(&json!(name), into);
                into.push(':');
                write(value, into);
            });
        }
        Value::Number(number) => into.push_str(&whole(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => into.push_str(&value.to_string()),
    }
}

fn list<T>(
    into: &mut String,
    [open, close]: [char; 2],
    of: impl IntoIterator<Item = T>,
    each: impl Fn(T, &mut String),
) {
    into.push(open);
    for (index, item) in of.into_iter().enumerate() {
        if index > 0 {
            into.push(',');
        }
        each(item, into);
    }
    into.push(close);
}

fn whole(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() <= EXACT => format!("{value:.0}"),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::{ConversationId, PlayerId};
    use crate::domain::player::Player;
    use crate::tools::specimen::{brand, settings};

    fn key_of(conversation: &str, thread: Option<i64>, player: &str, tool: &str, arguments: &Value) -> String {
        let settings = settings();
        let conversation = ConversationId::parse(conversation).unwrap();
        let player = Player { id: PlayerId::parse(player).ok(), ..Player::default() };
        let context = Context {
            settings: &settings,
            brand: brand(&settings),
            player: &player,
            writes: &[],
            approvals: &[],
            conversation: &conversation,
            thread: thread.map(|ms| Timestamp::from_millisecond(ms).unwrap()),
            allowed: None,
        };
        key(&context, &ToolName::parse(tool).unwrap(), arguments).0
    }

    #[test]
    fn the_same_call_has_the_same_key_and_no_other_has() {
        let arguments = json!({"a": 10, "b": ["x", {"c": 1, "d": 2}]});
        let first = key_of("1", None, "p1", "refund", &arguments);
        let spelled = serde_json::from_str(r#"{"b":["x",{"d":2.0,"c":1}],"a":10.0}"#).unwrap();
        assert_eq!(first, key_of("1", None, "p1", "refund", &spelled));
        assert_eq!(first.len(), 64);
        let others = [
            key_of("2", None, "p1", "refund", &arguments),
            key_of("1", Some(1), "p1", "refund", &arguments),
            key_of("1", None, "p2", "refund", &arguments),
            key_of("1", None, "p1", "pay", &arguments),
            key_of("1", None, "p1", "refund", &json!({"a": 10, "b": [{"c": 1, "d": 2}, "x"]})),
            key_of("1", None, "p1", "refund", &json!({"a": "10", "b": ["x", {"c": 1, "d": 2}]})),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_is_json_and_reading_it_gives_the_same_text(value in any_json()) {
            let once = text(&value);
            let read: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(text(&read), once);
        }
    }
}
