//! The shape of rows as SalesIQ writes them. Only keys, types and counts are told of them, never what visitors wrote.

use std::collections::BTreeSet;

use crate::domain::event::ReadStatus;
use crate::salesiq::assumptions::{
    BOT_SENDER_TYPES, MESSAGE_ID_KEYS, OPERATOR_SENDER_TYPES, VISITOR_SENDER_PREFIX, VISITOR_SENDER_TYPES,
    status_of_label, status_of_state,
};
use serde_json::Value;

/// What rows say of an assumption: it holds, it does not, or they say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    Yes(String),
    /// The client copes, but it is not as assumed.
    Partly(String),
    No(String),
    Unknown(String),
}

use Holds::{No, Partly, Unknown, Yes};

/// Ids are strings of digits (api.md §1.6).
pub(super) fn ids(lists: &[(&str, &[Value])]) -> Holds {
    let (mut count, mut numbers, mut odd) = (0, Vec::new(), Vec::new());
    for (list, rows) in lists {
        for row in *rows {
            count += 1;
            match &row["id"] {
                Value::String(id) if (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()) => {}
                Value::Number(_) => numbers.push(*list),
                _ => odd.push(*list),
            }
        }
    }
    let named =
        |lists: Vec<&str>| lists.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    match (count, odd.is_empty(), numbers.is_empty()) {
        (0, ..) => Unknown("no row was listed".to_owned()),
        (_, true, true) => Yes(format!("{count} rows with strings of digits")),
        (_, true, false) => Partly(format!("numbers in {}: digits may be lost on the way", named(numbers))),
        _ => No(format!("no string of digits as id in {}", named(odd))),
    }
}

/// Each tag has an id and a name.
pub(super) fn tags(rows: &[Value]) -> Holds {
    let whole = |row: &&Value| !row["id"].is_null() && row["name"].is_string();
    match (rows.len(), rows.iter().filter(whole).count()) {
        (0, _) => Unknown("no tag was listed".to_owned()),
        (all, whole) if whole == all => Yes(format!("{all} with id and name")),
        (all, whole) => No(format!("{} of {all} have no id or no name", all - whole)),
    }
}

/// Times are strings of epoch milliseconds (api.md §1.6).
pub(super) fn times(rows: &[Value]) -> Holds {
    let keys = ["start_time", "attended_time", "end_time", "missed_time", "last_modified_time"];
    let values: Vec<&Value> =
        rows.iter().flat_map(|row| keys.iter().map(|key| &row[*key])).filter(|value| !value.is_null()).collect();
    let thirteen = |text: &str| text.len() == 13 && text.bytes().all(|b| b.is_ascii_digit());
    let strings = values.iter().filter(|value| value.as_str().is_some_and(thirteen)).count();
    let numbers = values.iter().filter(|value| value.is_u64() && thirteen(&value.to_string())).count();
    match values.len() {
        0 => Unknown("no conversation was listed".to_owned()),
        all if strings == all => Yes(format!("{all} times of 13 digits")),
        all if strings + numbers == all => Partly(format!("{numbers} of {all} times are numbers")),
        all => No(format!("{} of {all} times are not epoch milliseconds", all - strings - numbers)),
    }
}

/// The number of a state and its word mean the same, and so do the times that are there.
pub(super) fn states(rows: &[Value]) -> Holds {
    let (mut known, mut odd) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let status = &row["chat_status"];
        let number = status["state"].as_i64().or_else(|| status["state"].as_str()?.parse().ok());
        let Some(number) = number else {
            odd.insert("a row has no chat_status.state".to_owned());
            continue;
        };
        let ended = !row["end_time"].is_null();
        match status_of_state(number) {
            None => {
                odd.insert(format!("state {number} is not known"));
            }
            // A chat that was opened again may show when it ended before.
            Some(ReadStatus::Closed) if !ended => {
                odd.insert(format!("state {number} without an end_time"));
            }
            Some(_) => {
                known.insert(number);
            }
        }
    }
    told(rows, &known.into_iter().map(|state| state.to_string()).collect::<Vec<_>>(), odd, "states")
}

/// The words of states are known, and mean what the number means.
pub(super) fn labels(rows: &[Value]) -> Holds {
    let (mut known, mut odd) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let status = &row["chat_status"];
        let by_number = status["state"].as_i64().and_then(status_of_state);
        for key in ["state_key", "label"] {
            let Some(word) = status[key].as_str() else { continue };
            match (status_of_label(word), by_number) {
                (None, _) => {
                    odd.insert(format!("{key} {word:?} is not known"));
                }
                (Some(word_means), Some(number_means)) if word_means != number_means => {
                    odd.insert(format!("{key} {word:?} means something else than its number"));
                }
                _ => {
                    known.insert(word.to_owned());
                }
            }
        }
    }
    told(rows, &known.into_iter().collect::<Vec<_>>(), odd, "words")
}

fn told(rows: &[Value], known: &[String], odd: BTreeSet<String>, what: &str) -> Holds {
    if rows.is_empty() {
        return Unknown("no conversation was listed".to_owned());
    }
    if !odd.is_empty() {
        return No(odd.into_iter().collect::<Vec<_>>().join(", "));
    }
    if known.is_empty() { Unknown(format!("no {what} were seen")) } else { Yes(format!("{what} {}", known.join(", "))) }
}

/// Whether rows of operators have this key.
pub(super) fn operators_have(rows: &[Value], key: &str, is: fn(&Value) -> bool) -> Holds {
    let having = rows.iter().filter(|row| is(&row[key])).count();
    match rows.len() {
        0 => Unknown("no operator was listed".to_owned()),
        all if having == all => Yes(format!("{key} in {all} rows")),
        all if having > 0 => Partly(format!("{key} in {having} of {all} rows")),
        _ => No(format!("no row has {key}")),
    }
}

/// One row a page, the second page going on after the first.
pub(super) fn pages(whole: usize, first: &[Value], second: &[Value]) -> Holds {
    if whole < 2 {
        return Unknown("there are fewer than two conversations".to_owned());
    }
    if first.len() != 1 || second.len() != 1 {
        return No(format!("pages of one row had {} and {} rows", first.len(), second.len()));
    }
    if first[0]["id"] == second[0]["id"] {
        return No("page 2 is page 1 again".to_owned());
    }
    Yes(format!("99 rows may be asked for ({whole} came), and page 2 goes on after page 1"))
}

/// Messages of a conversation have an id, or at least a number within it.
pub(super) fn message_ids(rows: &[Value]) -> Holds {
    if rows.is_empty() {
        return Unknown(NO_MESSAGES.to_owned());
    }
    let has = |row: &Value, key: &str| row.get(key).is_some_and(|value| !value.is_null());
    let found: Vec<&str> = MESSAGE_ID_KEYS.into_iter().filter(|key| rows.iter().all(|row| has(row, key))).collect();
    let keys: BTreeSet<&str> =
        rows.iter().filter_map(Value::as_object).flatten().map(|(key, _)| key.as_str()).collect();
    let keys = keys.into_iter().collect::<Vec<_>>().join(", ");
    if let Some(key) = found.first() {
        return Yes(format!("{key}; the rows have {keys}"));
    }
    if rows.iter().all(|row| has(row, "sequence_id")) {
        return Partly(format!("only sequence_id, which deliveries do not name; the rows have {keys}"));
    }
    No(format!("neither an id nor a number; the rows have {keys}"))
}

const NO_MESSAGES: &str = "there is no conversation that is over";

/// Visitors' sender ids begin with a sign, operators' do not.
pub(super) fn sender_prefix(rows: &[Value]) -> Holds {
    let ids: Vec<&str> = rows.iter().filter_map(|row| row["sender"]["id"].as_str()).collect();
    let marked = ids.iter().filter(|id| id.starts_with(VISITOR_SENDER_PREFIX)).count();
    match ids.len() {
        0 if rows.is_empty() => Unknown(NO_MESSAGES.to_owned()),
        0 => No("no message tells its sender's id".to_owned()),
        _ if marked > 0 => Yes(format!("{marked} of {} senders begin with {VISITOR_SENDER_PREFIX}", ids.len())),
        all => {
            Partly(format!("none of {all} senders begins with {VISITOR_SENDER_PREFIX}: are there a visitor's lines?"))
        }
    }
}

/// The types of senders that messages name are known ones.
pub(super) fn sender_types(rows: &[Value], wanted: &[&str]) -> Holds {
    let types = rows.iter().filter_map(|row| row["sender"]["type"].as_str());
    let types: BTreeSet<String> = types.map(|kind| kind.trim().to_ascii_lowercase()).collect();
    if rows.is_empty() {
        return Unknown(NO_MESSAGES.to_owned());
    }
    if types.is_empty() {
        return Unknown("the rows name no type of their senders".to_owned());
    }
    let all = BOT_SENDER_TYPES.iter().chain(&VISITOR_SENDER_TYPES).chain(&OPERATOR_SENDER_TYPES);
    let all: BTreeSet<&str> = all.copied().collect();
    let strange: Vec<&str> = types.iter().map(String::as_str).filter(|kind| !all.contains(kind)).collect();
    if !strange.is_empty() {
        return No(format!("not known: {}", strange.join(", ")));
    }
    let seen: Vec<&str> = wanted.iter().copied().filter(|kind| types.contains(*kind)).collect();
    if seen.is_empty() { Unknown("none of these wrote in it".to_owned()) } else { Yes(seen.join(", ")) }
}

/// The newest is first.
pub(super) fn newest_first(rows: &[Value]) -> Holds {
    let time = |row: &Value| row["time"].as_str().and_then(|text| text.parse::<i64>().ok()).or(row["time"].as_i64());
    let times: Vec<i64> = rows.iter().filter_map(time).collect();
    if rows.is_empty() {
        return Unknown(NO_MESSAGES.to_owned());
    }
    if times.len() < rows.len() {
        return No("not every message tells its time".to_owned());
    }
    match (times.first(), times.last()) {
        (Some(first), Some(last)) if first > last && times.is_sorted_by(|a, b| a >= b) => {
            Yes(format!("{} messages, the newest first", times.len()))
        }
        (Some(first), Some(last)) if first == last => Unknown("all messages have the same time".to_owned()),
        _ => No("the messages are in another order".to_owned()),
    }
}
