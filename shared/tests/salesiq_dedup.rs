//! Which delivery is the same, and in which order: each row of the rule is a test.

#![allow(clippy::unwrap_used, missing_docs)]

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use shared::domain::event::InboxEvent;
use shared::salesiq::webhook::{Parsed, parse};

const RECEIVED_MS: i64 = 1_700_000_000_123;
const EVENT_TIME: &str = "1566841905380";

fn read_at(payload: &Value, event: Option<&str>, received_ms: i64) -> InboxEvent {
    let received_at = Timestamp::from_millisecond(received_ms).unwrap();
    match parse(payload.to_string().as_bytes(), event, received_at).unwrap().parsed {
        Parsed::Conversation(event) => event,
        Parsed::Other(other) => panic!("taken as an event of no conversation: {other:?}"),
    }
}

fn read(payload: &Value, event: &str) -> InboxEvent {
    read_at(payload, Some(event), RECEIVED_MS)
}

/// The same event twice as flat payloads, a minute apart.
fn again(payload: &Value, event: &str) -> (InboxEvent, InboxEvent) {
    (read(payload, event), read_at(payload, Some(event), RECEIVED_MS + 60_000))
}

fn hash(text: &str) -> String {
    let first: [u8; 16] = digest(&SHA256, text.as_bytes()).as_ref()[..16].try_into().unwrap();
    format!("{:032x}", u128::from_be_bytes(first))
}

fn wrapped(event: &str, entity: &Value) -> Value {
    json!({"event": event, "entity_id": "19", "event_time": EVENT_TIME, "attempt": 1, "webhook": {"id": "7"}, "entity": entity})
}

fn line(text: &str, msgid: &str) -> Value {
    json!({"id": "19", "message": {"text": text, "msgid": msgid, "sender": {"id": "$5", "type": "visitor"}}})
}

fn order_ms(event: &InboxEvent) -> i64 {
    event.order.as_millisecond()
}

#[test]
fn a_message_is_known_by_event_conversation_sender_and_msgid() {
    let event = read(&line("hello", "1566841905333"), "conversation.visitor.replied");
    assert_eq!(event.dedup.as_str(), hash("conversation.visitor.replied|19|$5|1566841905333"));
}

#[test]
fn a_message_that_a_webhook_and_a_workflow_both_deliver_is_one() {
    let entity = line("hello", "1566841905333");
    let by_webhook = read_at(&wrapped("conversation.visitor.replied", &entity), None, RECEIVED_MS);
    let by_workflow = read_at(&entity, Some("visitor_replied"), RECEIVED_MS + 500);
    assert_eq!(by_webhook.dedup, by_workflow.dedup);
}

#[test]
fn another_msgid_another_sender_or_another_event_is_another_message() {
    let one = read(&line("hello", "1566841905333"), "conversation.visitor.replied").dedup;
    assert_ne!(one, read(&line("hello", "1566841905334"), "conversation.visitor.replied").dedup);
    assert_ne!(one, read(&line("hello", "1566841905333"), "conversation.operator.replied").dedup);
    let mut other_sender = line("hello", "1566841905333");
    other_sender["message"]["sender"]["id"] = json!("$6");
    assert_ne!(one, read(&other_sender, "conversation.visitor.replied").dedup);
}

#[test]
fn an_edit_is_known_by_its_event_time_too() {
    for name in ["conversation.message.edited", "conversation.message.deleted"] {
        let event = read_at(&wrapped(name, &line("hello", "1566841905333")), None, RECEIVED_MS);
        assert_eq!(event.dedup.as_str(), hash(&format!("{name}|19|$5|1566841905333|{EVENT_TIME}")));
    }
}

#[test]
fn an_edit_without_event_time_is_known_by_its_text() {
    let name = "conversation.message.edited";
    let (first, second) = again(&line("helo", "1566841905333"), name);
    assert_eq!(first.dedup, second.dedup);
    assert_eq!(first.dedup.as_str(), hash(&format!("{name}|19|$5|1566841905333|{}", hash("helo"))));
    assert_ne!(first.dedup, read(&line("hello", "1566841905333"), name).dedup);
}

#[test]
fn other_events_are_known_by_their_event_time() {
    for name in ["conversation.created", "conversation.transfer.accepted", "conversation.rated", "conversation.frozen"]
    {
        let event = read_at(&wrapped(name, &json!({"id": "19", "opened_time": "1556866331533"})), None, RECEIVED_MS);
        assert_eq!(event.dedup.as_str(), hash(&format!("{name}|19|{EVENT_TIME}")));
    }
}

#[test]
fn other_events_without_event_time_are_known_by_the_entitys_own_time() {
    let table = [
        ("conversation.created", "opened_time"),
        ("conversation.completed", "end_time"),
        ("conversation.missed", "missed_time"),
    ];
    for (name, key) in table {
        let entity = json!({"id": "19", key: "1556866331533", "owner": {"id": "3"}});
        let (first, second) = again(&entity, name);
        assert_eq!(first.dedup, second.dedup, "{name}");
        assert_eq!(first.dedup.as_str(), hash(&format!("{name}|19|1556866331533")));
    }
}

#[test]
fn a_change_of_attender_without_event_time_is_known_by_the_attended_time_and_the_attender() {
    let name = "conversation.attender.updated";
    let entity = json!({"id": "19", "attended_time": "1556866331533", "owner": {"id": "3"}});
    let (first, second) = again(&entity, name);
    assert_eq!(first.dedup, second.dedup);
    let human = json!({"id": "19", "attended_time": "1556866331533", "owner": {"id": "4"}});
    assert_ne!(first.dedup, read(&human, name).dedup);
}

#[test]
fn an_event_without_any_time_of_its_own_is_never_taken_for_a_repetition() {
    let entity = json!({"id": "19", "opened_time": "1556866331533", "attended_time": "1556866331553"});
    for name in ["conversation.transfer.initiated", "conversation.rated", "conversation.reopened"] {
        let (first, second) = again(&entity, name);
        assert_ne!(first.dedup, second.dedup, "{name}");
    }
}

#[test]
fn a_message_without_msgid_is_known_by_its_whole_entity_whatever_the_order_of_its_keys() {
    let name = Some("conversation.visitor.replied");
    let body = |text: &[u8]| match parse(text, name, Timestamp::from_millisecond(RECEIVED_MS).unwrap()).unwrap().parsed
    {
        Parsed::Conversation(event) => event.dedup,
        Parsed::Other(other) => panic!("{other:?}"),
    };
    let one = body(br#"{"id":"19","message":{"text":"a","sender":{"id":"$5"}}}"#);
    let other = body(br#"{ "message": {"sender":{"id":"$5"}, "text":"a"}, "id":"19" }"#);
    assert_eq!(one, other);
    assert_ne!(one, body(br#"{"id":"19","message":{"text":"b","sender":{"id":"$5"}}}"#));
}

#[test]
fn neither_attempt_nor_webhook_nor_layout_change_the_key() {
    let first = wrapped("conversation.completed", &json!({"id": "19"}));
    let mut second = first.clone();
    second["attempt"] = json!(3);
    second["webhook"] = json!({"id": "8"});
    second["version"] = json!(1);
    assert_eq!(read_at(&first, None, RECEIVED_MS).dedup, read_at(&second, None, RECEIVED_MS + 60_000).dedup);
}

#[test]
fn the_order_is_that_of_the_event_times() {
    let event = read_at(&wrapped("conversation.visitor.replied", &line("a", "1566841905333")), None, RECEIVED_MS);
    assert_eq!(order_ms(&event), 1_566_841_905_380);
}

#[test]
fn without_event_time_the_order_is_that_of_13_digit_msgids() {
    let mut entity = line("a", "1566841905333");
    entity["opened_time"] = json!("1566841900000");
    assert_eq!(order_ms(&read(&entity, "conversation.visitor.replied")), 1_566_841_905_333);
}

#[test]
fn without_either_the_order_is_that_of_the_entitys_times() {
    let entity = json!({"id": "19", "opened_time": "1556866331533", "attended_time": "1556866331553", "end_time": "1556866331929"});
    assert_eq!(order_ms(&read(&entity, "conversation.created")), 1_556_866_331_533);
    assert_eq!(order_ms(&read(&entity, "conversation.attender.updated")), 1_556_866_331_553);
    assert_eq!(order_ms(&read(&entity, "conversation.completed")), 1_556_866_331_929);
    assert_eq!(order_ms(&read(&entity, "conversation.rated")), 1_556_866_331_929);
}

#[test]
fn without_any_time_the_order_is_that_of_receipt() {
    assert_eq!(order_ms(&read(&line("a", "m-1"), "conversation.visitor.replied")), RECEIVED_MS);
}
