//! Payload to domain event: the samples, their variants, and anything else that may come.

#![allow(clippy::unwrap_used, missing_docs)]

mod anything;

use jiff::Timestamp;
use serde_json::{Value, json};

use shared::domain::event::{EndedBy, EventKind, InboxEvent, TransferStep};
use shared::domain::id::{MessageId, OperatorId};
use shared::domain::message::{Content, Message, Sender, TEXT_LIMIT_BYTES};
use shared::salesiq::webhook::{Delivery, OtherEvent, Parsed, PayloadError, parse};

const CREATED: &str = include_str!("../fixtures/payloads/webhook.conversation.created.entity.json");
const VISITOR_UPDATED: &str = include_str!("../fixtures/payloads/webhook.visitor.updated.case1-lead.entity.json");
const OPERATOR_REPLIED: &str =
    include_str!("../fixtures/payloads/assumed.webhook.conversation.operator.replied.envelope.json");

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

fn received() -> Timestamp {
    at(1_700_000_000_123)
}

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn read(payload: &Value, event: Option<&str>) -> Delivery {
    parse(payload.to_string().as_bytes(), event, received()).unwrap()
}

fn inbox(payload: &Value, event: Option<&str>) -> InboxEvent {
    match read(payload, event).parsed {
        Parsed::Conversation(event) => event,
        Parsed::Other(other) => panic!("taken as an event of no conversation: {other:?}"),
    }
}

fn other(payload: &Value, event: Option<&str>) -> OtherEvent {
    match read(payload, event).parsed {
        Parsed::Other(other) => other,
        Parsed::Conversation(event) => panic!("taken as an event of a conversation: {event:?}"),
    }
}

fn envelope(event: &str, entity: &Value) -> Value {
    json!({
        "entity_type": "conversation", "webhook": {"id": "19367000000120011"}, "org_id": "55778119", "event": event,
        "entity_id": "19000000033103", "attempt": 1, "version": "1", "app_id": "19367000000002043",
        "event_time": "1566841905380", "entity": entity,
    })
}

fn line(message: &Value) -> Value {
    json!({"id": "19000000033103", "message": message})
}

fn message(event: InboxEvent) -> Message {
    match event.event.kind {
        EventKind::VisitorReplied { message } | EventKind::OperatorReplied { message } => message,
        other => panic!("no message in {other:?}"),
    }
}

fn with(payload: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = payload.clone();
    change(&mut payload);
    payload
}

// The samples

#[test]
fn an_operators_line_in_an_envelope() {
    let delivery = read(&sample(OPERATOR_REPLIED), None);
    assert_eq!(delivery.org_id.as_deref(), Some("55778119"));
    assert_eq!(delivery.app_id.unwrap().as_str(), "19367000000002043");
    let event = inbox(&sample(OPERATOR_REPLIED), None);
    assert_eq!(event.event.conversation.as_str(), "19367000000130079");
    assert_eq!(event.order, at(1_566_841_905_380));
    assert_eq!(event.event.time, Some(at(1_566_841_905_380)));
    assert_eq!(event.received_at, received());
    assert_eq!(event.raw, None);
    let visitor = event.event.told.visitor.clone().unwrap();
    assert_eq!(visitor.email.as_deref(), Some("james@zylker.com"));
    assert_eq!(visitor.name.as_deref(), Some("James"));
    let message = message(event);
    assert_eq!(message.id.as_str(), "1566841905333");
    assert_eq!(message.time, at(1_566_841_905_333));
    assert_eq!(message.content, Content::text("hello"));
    let id = OperatorId::parse("19367000000002079").unwrap();
    assert_eq!(message.sender, Sender::Operator { id, name: Some("Tricia".to_owned()) });
}

#[test]
fn a_flat_created_is_named_by_the_url() {
    for name in ["conversation.created", "conversation_created", "created"] {
        let event = inbox(&sample(CREATED), Some(name));
        assert_eq!(event.event.kind, EventKind::Created);
        assert_eq!(event.event.conversation.as_str(), "17000000004021");
        assert_eq!(event.event.told.brand.unwrap().as_str(), "30185567778889");
        assert_eq!(event.event.told.department.unwrap().as_str(), "301050000004");
        assert_eq!(event.event.told.opened_at, Some(at(1_556_866_331_533)));
        assert_eq!(event.event.told.attender.unwrap().id.as_str(), "30102333033335");
        assert_eq!(event.event.told.question.unwrap(), "Hi, I need some assistance in buying a dining set.");
        assert_eq!(event.event.told.visitor.unwrap().phone.as_deref(), Some("1234354"));
        assert_eq!(event.order, at(1_556_866_331_533));
    }
}

#[test]
fn a_visitors_update_belongs_to_no_conversation() {
    for event in [None, Some("visitor.updated"), Some("visitor_updated")] {
        let other = other(&sample(VISITOR_UPDATED), event);
        assert_eq!(other.entity_id.as_deref(), Some("30000000095001"));
        assert_eq!(other.name.as_deref(), event.map(|_| "visitor.updated"));
        // What the page told may be a token, and is not kept.
        let mut kept = sample(VISITOR_UPDATED);
        kept.as_object_mut().unwrap().remove("customer_info").unwrap();
        assert_eq!(sample(&other.body), kept);
    }
}

#[test]
fn what_the_page_told_comes_with_the_event_and_is_kept_nowhere_else() {
    let info = json!({
        "player_token": "v1.a.b", "vip": true, "level": 7, "nested": {"a": 1}, "list": [1], "none": null, " ": "x",
        "long": "x".repeat(2_001),
    });
    let known =
        json!({"id": "19000000033103", "status": "Live", "opened_time": "1556866331533", "customer_info": info});
    let event = inbox(&known, Some("conversation.created"));
    let custom = event.event.told.visitor.unwrap().custom;
    assert_eq!(custom.iter().collect::<Vec<_>>(), [("level", "7"), ("player_token", "v1.a.b"), ("vip", "true")]);

    let strange = json!({
        "event": "conversation.sung", "entity_id": "19000000033103", "entity_type": "conversation",
        "entity": {"id": "19000000033103", "more": [{"customer_info": info}], "custom_info": info, "tune": "do re mi"},
    });
    let event = inbox(&strange, None);
    let raw = event.raw.unwrap();
    assert!(raw.contains("do re mi") && !raw.contains("v1.a.b"), "{raw}");
    let printed = format!("{:?}", event.event);
    assert!(!printed.contains("v1.a.b"), "{printed}");
}

#[test]
fn a_completed_chat_as_a_live_portal_sent_it() {
    let entity = json!({
        "id": "19000000033103", "conversation_id": "19000000033103", "visitor_conversation_id": "siq580c5", "reference_id": "12",
        "ended_by": "visitor", "status": "Attended Online", "question": "Hi", "department_id": "301050000004",
        "thread_number": 2, "app_id": "30185567778889", "chat_initiated_url": "https://zylker.com/pricing",
        "opened_time": "1556866331533", "end_time": "1556866331929", "visitor": {"name": "Visitor 51234", "channel": "website"},
        "owner": {"name": "Patricia", "email_id": "p@zylker.com", "id": "30102333033335", "type": "operator"},
        "customer_info": {"Branch": "California"}, "_meta": {},
    });
    for event in [None, Some("conversation.completed"), Some("conversation.ended")] {
        let event = inbox(&entity, event);
        assert_eq!(event.event.kind, EventKind::Completed { ended_by: Some(EndedBy::Visitor) });
        assert_eq!(event.event.told.thread_number, Some(2));
        assert_eq!(event.order, at(1_556_866_331_929));
        let page = event.event.told.visitor.unwrap().page_url.unwrap();
        assert_eq!(page, "https://zylker.com/pricing");
    }
}

// Variants

#[test]
fn every_event_of_a_conversation_becomes_its_kind() {
    let entity = line(&json!({"msgid": "1566841905333", "text": "a", "sender": {"id": "$1"}}));
    let id = MessageId::parse("1566841905333").unwrap();
    let transfer = |step| EventKind::Transfer { step, operator: None, department: None };
    let table = [
        ("conversation.created", EventKind::Created),
        ("conversation.attender.updated", EventKind::AttenderUpdated),
        ("conversation.missed", EventKind::Missed),
        ("conversation.completed", EventKind::Completed { ended_by: None }),
        ("conversation.rated", EventKind::Rated { rating: None, feedback: None }),
        ("conversation.transfer.initiated", transfer(TransferStep::Initiated)),
        ("conversation.transfer.accepted", transfer(TransferStep::Accepted)),
        ("conversation.transfer.rejected", transfer(TransferStep::Rejected)),
        ("conversation.participants.added", EventKind::ParticipantsChanged),
        ("conversation.participants.deleted", EventKind::ParticipantsChanged),
        ("conversation.supervisor.added", EventKind::SupervisorAdded),
        ("conversation.message.edited", EventKind::MessageEdited { message: id.clone(), text: Some("a".to_owned()) }),
        ("conversation.message.deleted", EventKind::MessageDeleted { message: id }),
        ("conversation.metrics", EventKind::Metrics),
        ("conversation.reopened", EventKind::Reopened),
        ("conversation.frozen", EventKind::Unknown { name: Some("conversation.frozen".to_owned()) }),
    ];
    for (name, kind) in table {
        assert_eq!(inbox(&envelope(name, &entity), None).event.kind, kind, "{name}");
        assert_eq!(inbox(&entity, Some(name)).event.kind, kind, "{name} flat");
    }
}

#[test]
fn ids_and_times_may_be_numbers() {
    let strings = envelope("conversation.created", &json!({"id": "19000000033103", "opened_time": "1566841905000"}));
    let numbers = with(&strings, |payload| {
        payload["entity_id"] = json!(19_000_000_033_103_u64);
        payload["app_id"] = json!(19_367_000_000_002_043_u64);
        payload["org_id"] = json!(55_778_119);
        payload["event_time"] = json!(1_566_841_905_380_u64);
        payload["version"] = json!(1);
        payload["entity"]["opened_time"] = json!(1_566_841_905_000_u64);
    });
    assert_eq!(read(&strings, None), read(&numbers, None));
}

#[test]
fn what_is_missing_or_of_the_wrong_type_is_left_out_and_what_is_unknown_is_ignored() {
    let event = inbox(
        &json!({
            "event": "conversation.attender.updated", "entity_id": "1", "event_time": {}, "app_id": [], "surprise": 1,
            "entity": {
                "id": true, "owner": 7.5, "visitor": "James", "department": null, "question": 5, "chat_status": {"state": ["1,2"]},
                "thread_number": "many", "opened_time": "soon",
            },
        }),
        None,
    );
    assert_eq!(event.event.kind, EventKind::AttenderUpdated);
    assert_eq!(event.event.time, None);
    assert_eq!(event.order, received());
    assert_eq!(event.event.told, shared::domain::event::Told::default());
}

#[test]
fn senders_are_told_apart_by_type_and_else_by_id() {
    let sender =
        |name: &str, sender: Value| message(inbox(&envelope(name, &line(&json!({"sender": sender}))), None)).sender;
    let (visitor, operator) = ("conversation.visitor.replied", "conversation.operator.replied");
    let is_visitor = |sender: Sender| matches!(sender, Sender::Visitor { .. });
    let is_operator = |sender: Sender| matches!(sender, Sender::Operator { .. });
    assert!(is_visitor(sender(visitor, json!({"type": "visitor", "id": "30000000090034"}))));
    assert!(is_visitor(sender(operator, json!({"id": "$3403221679883552585"}))));
    assert!(is_visitor(sender(visitor, json!({"id": "30000000090034"}))));
    assert!(is_visitor(sender(visitor, json!("James"))));
    assert!(is_operator(sender(operator, json!({"id": 19_367_000_000_002_079_u64}))));
    assert!(is_operator(sender(operator, json!({"id": "1", "type": "something new"}))));
    assert!(is_operator(sender(visitor, json!({"id": "1", "type": "operator"}))));
    assert!(matches!(sender(operator, json!({"id": "1", "type": "Zobot"})), Sender::Bot { .. }));
    assert!(matches!(sender(operator, json!({"id": "1", "is_bot": "true"})), Sender::Bot { .. }));
    assert_eq!(sender(operator, json!({"name": "Tricia"})), Sender::Unknown);
}

#[test]
fn a_line_may_be_text_a_file_or_nothing() {
    let content = |entity: &Value| message(inbox(&envelope("conversation.visitor.replied", entity), None)).content;
    assert_eq!(content(&line(&json!({"text": "Grüße 👋 &amp; <b>"}))), Content::text("Grüße 👋 &amp; <b>"));
    assert_eq!(content(&line(&json!({"text": ""}))), Content::text(""));
    assert_eq!(content(&line(&json!({"message": {"text": "nested"}}))), Content::text("nested"));
    assert_eq!(content(&line(&json!("bare"))), Content::text("bare"));
    assert_eq!(content(&json!({"id": "1"})), Content::text(""));
    assert_eq!(content(&line(&json!(null))), Content::text(""));
    let file = Content::File {
        name: "a.png".to_owned(),
        mime: Some("image/png".to_owned()),
        url: Some("/f/1".to_owned()),
        attachment_id: Some("77".to_owned()),
        comment: Some("see".to_owned()),
    };
    let described = json!({"attachment_id": 77, "name": "a.png", "type": "image/png", "url": "/f/1"});
    assert_eq!(content(&line(&json!({"type": "file", "text": "see", "message": {"file": described}}))), file);
    assert_eq!(content(&line(&json!({"file": described, "text": "see"}))), file);
    assert!(matches!(content(&line(&json!({"type": "file", "text": "a.png"}))), Content::File { .. }));
}

#[test]
fn a_long_line_is_clipped_on_a_characters_edge() {
    let entity = line(&json!({"text": "ü".repeat(TEXT_LIMIT_BYTES)}));
    let message = message(inbox(&envelope("conversation.visitor.replied", &entity), None));
    assert_eq!(message.content.readable().len(), TEXT_LIMIT_BYTES);
}

#[test]
fn a_msgid_with_odd_characters_is_hashed() {
    let id = |msgid: Value| {
        let entity = line(&json!({"msgid": msgid, "text": "a"}));
        message(inbox(&envelope("conversation.visitor.replied", &entity), None)).id
    };
    assert_eq!(id(json!(1_566_841_905_333_u64)).as_str(), "1566841905333");
    assert_eq!(id(json!("a#b c")).as_str().len(), 32);
    assert_eq!(id(json!("a#b c")), id(json!("a#b c")));
    assert_ne!(id(json!("a#b c")), id(json!("a#b d")));
}

#[test]
fn a_transfer_tells_who_is_rung_and_who_took_it_when_it_can_be_read() {
    let event = inbox(
        &envelope(
            "conversation.transfer.accepted",
            &json!({"id": "1", "department": {"id": "5"}, "transfer_details": {"accepted_by": {"id": "9", "name": "Ann"}, "department_id": "6"}}),
        ),
        None,
    );
    let EventKind::Transfer { step, operator, department } = event.event.kind else { panic!("no transfer") };
    assert_eq!(step, TransferStep::Accepted);
    assert_eq!(operator.unwrap().id.as_str(), "9");
    assert_eq!(department.unwrap().as_str(), "6");
    assert_eq!(event.event.told.department.unwrap().as_str(), "5");
}

#[test]
fn a_flat_payload_without_a_name_is_inferred_or_kept_as_it_came() {
    let kind = |entity: &Value| inbox(entity, None).event.kind;
    assert_eq!(kind(&sample(CREATED)), EventKind::Created);
    let visitor = json!({"id": "1", "message": {"text": "a", "sender": {"id": "$2"}}});
    assert!(matches!(kind(&visitor), EventKind::VisitorReplied { .. }));
    let operator = json!({"id": "1", "message": {"text": "a", "sender": {"id": "2", "type": "operator"}}});
    assert!(matches!(kind(&operator), EventKind::OperatorReplied { .. }));
    let rated = json!({"id": "1", "rating": 4, "feedback": "Good support", "visitor": {}, "question": "a"});
    assert_eq!(kind(&rated), EventKind::Rated { rating: Some(4), feedback: Some("Good support".to_owned()) });
    let missed = json!({"id": "1", "question": "a", "status": "Missed"});
    assert_eq!(kind(&missed), EventKind::Missed);
    let attended = json!({"id": "1", "attended_time": "1556866331553", "owner": {"id": "2", "type": "operator"}, "chat_status": {}});
    assert_eq!(kind(&attended), EventKind::AttenderUpdated);
    let unclear = json!({"id": "1", "message": {"text": "whose?"}});
    let event = inbox(&unclear, None);
    assert_eq!(event.event.kind, EventKind::Unknown { name: None });
    assert_eq!(sample(&event.raw.unwrap()), unclear);
}

#[test]
fn a_conversations_event_without_a_readable_id_is_kept_outside() {
    let payload = with(&envelope("conversation.created", &json!({"id": "not an id"})), |payload| {
        payload["entity_id"] = json!({});
    });
    let other = other(&payload, None);
    assert_eq!(other.name.as_deref(), Some("conversation.created"));
    assert_eq!(other.time, Some(at(1_566_841_905_380)));
}

#[test]
fn an_id_that_lost_digits_is_not_taken_for_another_conversation() {
    let body = br#"{"event":"conversation.created","entity_id":123456789012345678901234,"entity":{}}"#;
    assert!(matches!(parse(body, None, received()).unwrap().parsed, Parsed::Other(_)));
}

#[test]
fn events_of_operators_departments_brands_and_tags_belong_to_no_conversation() {
    for name in [
        "operator.created",
        "operator.departments.dissociated",
        "department.updated",
        "brands.disabled",
        "tag.deleted",
        "lead.tag.action",
    ] {
        let payload = with(&envelope(name, &json!({"id": "5"})), |payload| payload["entity_type"] = json!("operator"));
        assert_eq!(other(&payload, None).name.as_deref(), Some(name));
    }
    assert_eq!(other(&json!({"id": "5", "colour": "red"}), None).name, None);
    assert_eq!(other(&json!({}), Some("something.new")).name.as_deref(), Some("something.new"));
}

#[test]
fn a_big_payload_is_kept_as_small_json() {
    let filler = "\u{1}ü".repeat(200_000);
    let other = other(&json!({"id": "5", "event": "tag.created", "entity": {"x": filler}}), None);
    assert!(other.body.len() <= 64 * 1024);
    assert_eq!(sample(&other.body)["clipped"], json!(true));
    let raw = inbox(&envelope("conversation.frozen", &json!({"x": filler})), None).raw.unwrap();
    assert!(raw.len() <= 32 * 1024);
    assert_eq!(sample(&raw)["clipped"], json!(true));
}

#[test]
fn only_what_is_no_json_object_is_refused() {
    assert!(matches!(parse(b"", None, received()), Err(PayloadError::NotJson { .. })));
    assert!(matches!(parse(b"{\"a\":\xff}", None, received()), Err(PayloadError::NotJson { .. })));
    assert!(matches!(parse(b"[1]", None, received()), Err(PayloadError::NotAnObject)));
    assert!(parse(b"\xef\xbb\xbf{}", None, received()).is_ok());
}
