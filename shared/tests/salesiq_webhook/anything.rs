//! Anything else that may come: it is read, or refused, but never lost or a panic.

use proptest::prelude::*;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{1,20}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        3 => prop::sample::select(vec![
            "entity", "event", "event_time", "entity_id", "entity_type", "app_id", "message", "sender", "id", "type", "text", "msgid",
            "owner", "visitor", "transfer", "question", "chat_status", "rating", "file", "attachments", "department",
        ])
        .prop_map(str::to_owned),
        1 => ".{0,8}".prop_map(String::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..10)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn paths(value: &Value, prefix: &str, found: &mut Vec<String>) {
    if let Value::Object(map) = value {
        for (key, inner) in map {
            let path = format!("{prefix}/{key}");
            found.push(path.clone());
            paths(inner, &path, found);
        }
    }
}

fn event_name() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        prop::sample::select(vec!["conversation.visitor.replied", "message.edited", "missed", "operator.created", ""])
            .prop_map(|name| Some(name.to_owned())),
        ".{0,12}".prop_map(Some),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), event in event_name()) {
        let _ = parse(&body, event.as_deref(), received());
    }

    #[test]
    fn every_json_object_is_read_and_always_the_same_way(payload in any_json(), event in event_name()) {
        let body = payload.to_string();
        let first = parse(body.as_bytes(), event.as_deref(), received());
        prop_assert_eq!(first.is_ok(), payload.is_object());
        if let Ok(first) = first {
            prop_assert_eq!(first, parse(body.as_bytes(), event.as_deref(), received()).unwrap());
        }
    }

    #[test]
    fn a_sample_with_one_field_changed_is_still_read(
        which in 0usize..3, at in any::<prop::sample::Index>(), to in any_json(), event in event_name(),
    ) {
        let mut payload = sample([CREATED, VISITOR_UPDATED, OPERATOR_REPLIED][which]);
        let mut found = Vec::new();
        paths(&payload, "", &mut found);
        *payload.pointer_mut(at.get::<String>(&found)).unwrap() = to;
        prop_assert!(parse(payload.to_string().as_bytes(), event.as_deref(), received()).is_ok());
    }

    #[test]
    fn another_attempt_by_another_webhook_is_the_same_delivery(entity in any_json(), attempt in 1u8..5, webhook in any::<u64>()) {
        let first = envelope("conversation.visitor.replied", &line(&entity));
        let again = with(&first, |payload| {
            payload["attempt"] = json!(attempt);
            payload["webhook"] = json!({"id": webhook.to_string()});
        });
        prop_assert_eq!(inbox(&first, None).dedup, inbox(&again, None).dedup);
    }
}
