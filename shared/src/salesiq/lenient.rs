//! Reading JSON whose types SalesIQ doesn't keep to: ids as strings or numbers, times as strings, booleans as strings
//! (api.md §1.6). What has the wrong type is as good as absent; nothing here fails.

use jiff::Timestamp;
use ring::digest;
use serde_json::{Map, Value};

use crate::domain::custom_info::CustomInfo;
use crate::domain::id::{BrandId, DepartmentId, OperatorId, VisitorId};
use crate::domain::message::{Visitor, clip};

use super::assumptions::CUSTOM_INFO_KEYS;
use crate::domain::event::OperatorRef;

/// The longest name, address or label that is kept, in bytes.
pub(super) const LABEL_LIMIT_BYTES: usize = 1024;

/// The longest URL that is kept, in bytes.
pub(super) const URL_LIMIT_BYTES: usize = 4096;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The object under `key`.
pub(super) fn object<'a>(from: &'a Object, key: &str) -> Option<&'a Object> {
    from.get(key)?.as_object()
}

/// The text under `key`, unless it is blank.
pub(super) fn text<'a>(from: &'a Object, key: &str) -> Option<&'a str> {
    from.get(key)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A short text under `key`, trimmed and clipped.
pub(super) fn label(from: &Object, key: &str) -> Option<String> {
    text(from, key).map(|text| clip(text.trim(), LABEL_LIMIT_BYTES).to_owned())
}

/// A URL under `key`, trimmed; one that is too long would be useless when clipped, so it is left out.
pub(super) fn url(from: &Object, key: &str) -> Option<String> {
    text(from, key).map(str::trim).filter(|url| url.len() <= URL_LIMIT_BYTES).map(str::to_owned)
}

/// An id as text: a string, or a whole number with all its digits. A number that has lost digits on the way is no id.
pub(super) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// The id under the first of `keys` that has one.
pub(super) fn first_id(from: &Object, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| id_text(from.get(*key)?))
}

/// The id under `key` as a typed id.
pub(super) fn id<T>(from: &Object, key: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
    parse(&id_text(from.get(key)?)?)
}

/// A whole number: a number, or a string of digits.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The whole number under `key`.
pub(super) fn integer_at(from: &Object, key: &str) -> Option<i64> {
    integer(from.get(key)?)
}

// Above 2^53 a float may have lost digits.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// A boolean: `true`, or the string `"true"`.
pub(super) fn boolean(from: &Object, key: &str) -> Option<bool> {
    match from.get(key)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A time in epoch milliseconds. Anything but 13 digits (the years 2001 to 2286) is not a time of a chat.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let milliseconds = integer(value)?;
    (1_000_000_000_000..10_000_000_000_000)
        .contains(&milliseconds)
        .then(|| Timestamp::from_millisecond(milliseconds).ok())
        .flatten()
}

/// The time under `key`.
pub(super) fn time_at(from: &Object, key: &str) -> Option<Timestamp> {
    time(from.get(key)?)
}

/// The rows of an array, or nothing.
pub(super) fn array<'a>(from: &'a Object, key: &str) -> &'a [Value] {
    from.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// An operator: an object with an id, or a bare id.
pub(super) fn operator(value: &Value) -> Option<OperatorRef> {
    if let Some(from) = value.as_object() {
        let id = OperatorId::parse(&first_id(from, &["id", "operator_id"])?).ok()?;
        let name = label(from, "name").or_else(|| label(from, "nick_name"));
        return Some(OperatorRef { id, name, is_bot: is_bot(from) });
    }
    Some(OperatorRef { id: OperatorId::parse(&id_text(value)?).ok()?, name: None, is_bot: false })
}

/// Whether an operator is a Zobot.
pub(super) fn is_bot(from: &Object) -> bool {
    boolean(from, "is_bot").unwrap_or(false) || text(from, "type").is_some_and(is_bot_type)
}

/// Whether SalesIQ's type of a person is one of a Zobot.
pub(super) fn is_bot_type(kind: &str) -> bool {
    super::assumptions::BOT_SENDER_TYPES.contains(&kind.trim().to_ascii_lowercase().as_str())
}

/// The department: `department_id`, or `department` as an id or as an object with one.
pub(super) fn department(from: &Object) -> Option<DepartmentId> {
    let found = from.get("department_id").and_then(id_text).or_else(|| match from.get("department")? {
        Value::Object(department) => first_id(department, &["id", "department_id"]),
        other => id_text(other),
    })?;
    DepartmentId::parse(&found).ok()
}

/// The brand under `app_id`, or in `app`.
pub(super) fn brand(from: &Object) -> Option<BrandId> {
    let found = first_id(from, &["app_id"]).or_else(|| first_id(object(from, "app")?, &["id"]))?;
    BrandId::parse(&found).ok()
}

/// The visitor (`email_id` in webhooks, `email` in REST), with the page the chat was started on.
pub(super) fn visitor(from: &Object) -> Option<Visitor> {
    let page_url = url(from, "chat_initiated_url");
    let custom = custom_info(from);
    let visitor = match object(from, "visitor") {
        Some(told) => Visitor {
            id: id(told, "id", |text| VisitorId::parse(text).ok()),
            name: label(told, "name").or_else(|| full_name(told)),
            email: label(told, "email_id").or_else(|| label(told, "email")),
            phone: label(told, "phone"),
            country: label(told, "country_code").or_else(|| label(told, "country")),
            page_url,
            custom,
        },
        None => Visitor { page_url, custom, ..Visitor::default() },
    };
    (visitor != Visitor::default()).then_some(visitor)
}

/// What the page told (`customer_info`, api.md §5.6 and §8): texts, numbers and booleans; other values tell nothing.
fn custom_info(from: &Object) -> CustomInfo {
    let told = CUSTOM_INFO_KEYS.iter().find_map(|key| object(from, key)).into_iter().flatten();
    CustomInfo::of(told.filter_map(|(key, value)| {
        let value = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some((key.clone(), value))
    }))
}

/// Takes custom information out wherever it stands; false if there is none.
pub(super) fn forget_custom_info(value: &mut Value) -> bool {
    match value {
        Value::Object(from) => {
            let mut forgot = false;
            for key in CUSTOM_INFO_KEYS {
                forgot |= from.remove(key).is_some();
            }
            from.values_mut().fold(forgot, |forgot, value| forget_custom_info(value) | forgot)
        }
        Value::Array(rows) => rows.iter_mut().fold(false, |forgot, row| forget_custom_info(row) | forgot),
        _ => false,
    }
}

fn full_name(told: &Object) -> Option<String> {
    let parts: Vec<String> = ["first_name", "last_name"].iter().filter_map(|key| label(told, key)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Lower-case hexadecimal SHA-256 of `parts` joined by `|`, the first 32 characters.
pub(super) fn hash(parts: &[&str]) -> String {
    let digest = digest::digest(&digest::SHA256, parts.join("|").as_bytes());
    digest.as_ref()[..16].iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
}

fn hex(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0')
}

/// The one text of a JSON value whatever the order of its keys was.
pub(super) fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(from) => {
                let mut keys: Vec<&String> = from.keys().collect();
                keys.sort();
                Value::Object(
                    keys.into_iter().map(|key| (key.clone(), from.get(key).map_or(Value::Null, sorted))).collect(),
                )
            }
            Value::Array(from) => Value::Array(from.iter().map(sorted).collect()),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

/// `json` itself, or a small JSON object with its beginning when it has more than `limit` bytes.
pub(super) fn small_json(json: &str, limit: usize) -> String {
    if json.len() <= limit {
        return json.to_owned();
    }
    // Escaping makes a byte up to six.
    serde_json::json!({ "clipped": true, "bytes": json.len(), "head": clip(json, limit / 8) }).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_a_string_or_a_whole_number_with_all_its_digits() {
        assert_eq!(id_text(&json!(" 19000000033103 ")).unwrap(), "19000000033103");
        assert_eq!(id_text(&json!(9_876_543_210_987_654_321_u64)).unwrap(), "9876543210987654321");
        let lossy: Value = serde_json::from_str("98765432109876543210").unwrap();
        assert_eq!(id_text(&lossy), None);
        assert_eq!(id_text(&json!(1.5)), None);
        assert_eq!(id_text(&json!(true)), None);
        assert_eq!(id_text(&json!("  ")), None);
    }

    #[test]
    fn a_time_has_thirteen_digits() {
        let expected = Timestamp::from_millisecond(1_566_841_905_380).unwrap();
        assert_eq!(time(&json!("1566841905380")).unwrap(), expected);
        assert_eq!(time(&json!(1_566_841_905_380_u64)).unwrap(), expected);
        assert_eq!(time(&json!(1.566_841_905_38e12)).unwrap(), expected);
        assert_eq!(time(&json!("1566841905")), None);
        assert_eq!(time(&json!("-1")), None);
        assert_eq!(time(&json!("")), None);
    }

    #[test]
    fn the_order_of_keys_does_not_change_the_canonical_text() {
        let one: Value = serde_json::from_str(r#"{"b":[{"y":1,"x":2}],"a":null}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":null,"b":[{"x":2,"y":1}]}"#).unwrap();
        assert_eq!(canonical(&one), canonical(&other));
    }

    #[test]
    fn a_hash_has_32_lower_case_hexadecimal_characters() {
        let hash = hash(&["a", "b"]);
        assert_eq!(hash.len(), 32);
        assert!(hash.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
    }

    #[test]
    fn clipped_json_is_json_and_small() {
        let big = format!("{{\"a\":\"{}\"}}", "\\u0000ü".repeat(50_000));
        let small = small_json(&big, 32 * 1024);
        assert!(small.len() <= 32 * 1024);
        assert!(serde_json::from_str::<Value>(&small).is_ok());
    }
}
