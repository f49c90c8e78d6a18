use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn key(conversation: &str) -> ConversationKey {
    ConversationKey {
        workspace: WorkspaceId::parse("demo").unwrap(),
        conversation: ConversationId::parse(conversation).unwrap(),
    }
}

/// A bus on a server that answers everything with `answer`.
async fn bus_that_answers(answer: Value) -> (Bus, MockServer) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(answer)).mount(&server).await;
    let aws = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(aws_sdk_eventbridge::config::SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .endpoint_url(server.uri())
        // Not the process's shared client: its connections end with the runtime of one test.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let bus = Bus::Aws {
        events: aws_sdk_eventbridge::Client::new(&aws),
        bus_name: "bus".to_owned(),
        queues: aws_sdk_sqs::Client::new(&aws),
        alarm_clock_url: format!("{}/alarm-clock", server.uri()),
    };
    (bus, server)
}

/// A letter whose whole mail is too long for SQS.
fn dead_letter() -> DeadLetter {
    DeadLetter {
        workspace: WorkspaceId::parse("demo").unwrap(),
        conversation: ConversationId::parse("9001").unwrap(),
        at: at(0),
        occasion: "nobody_available".to_owned(),
        reason: "MessageRejected".to_owned(),
        failures: 5,
        from: "support@lumen.example".to_owned(),
        to: vec!["team@lumen.example".to_owned()],
        reply_to: None,
        subject: "Chat with Mia".to_owned(),
        text: "Hello".to_owned(),
        mime_base64: None,
    }
    .with_mime(&vec![7; 300_000])
}

async fn requests(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| request.body_json().unwrap()).collect()
}

#[test]
fn a_wake_up_carries_ids_and_nothing_else() {
    let wake_up = serde_json::to_value(WakeUp::from(&key("9001"))).unwrap();
    assert_eq!(wake_up, json!({"workspace": "demo", "conversation": "9001"}));
    assert_eq!(serde_json::from_value::<WakeUp>(wake_up).unwrap().key(), key("9001"));
}

#[test]
fn a_redrive_says_so_and_nothing_else_does() {
    let redrive = WakeUp { redrive: true, ..WakeUp::from(&key("9001")) };
    let detail = json!({"workspace": "demo", "conversation": "9001", "redrive": true});
    assert_eq!(serde_json::to_value(&redrive).unwrap(), detail);
    assert_eq!(serde_json::from_value::<WakeUp>(detail).unwrap(), redrive);
    assert!(!WakeUp::from(&key("9001")).redrive);
}

#[tokio::test]
async fn the_bus_in_memory_keeps_what_it_was_given_in_order() {
    let sent = Arc::default();
    let bus = Bus::Memory(Arc::clone(&sent));
    bus.conversation_news(&[key("1"), key("2")]).await.unwrap();
    bus.escalation_requested(&key("1")).await.unwrap();
    bus.set_alarm(&key("2"), at(60), at(0)).await.unwrap();
    bus.transcript_requested(&key("1"), false).await.unwrap();
    bus.transcript_requested(&key("1"), true).await.unwrap();
    bus.dead_letter("queue", &dead_letter()).await.unwrap();
    let event = |detail_type, conversation| Sent::Event { detail_type, wake_up: WakeUp::from(&key(conversation)) };
    assert_eq!(
        *sent.lock().unwrap(),
        [
            event(CONVERSATION_NEWS, "1"),
            event(CONVERSATION_NEWS, "2"),
            event(ESCALATION_REQUESTED, "1"),
            Sent::Alarm { wake_up: WakeUp { due_at: Some(at(60)), ..WakeUp::from(&key("2")) } },
            event(TRANSCRIPT_REQUESTED, "1"),
            Sent::Event {
                detail_type: TRANSCRIPT_REQUESTED,
                wake_up: WakeUp { redrive: true, ..WakeUp::from(&key("1")) },
            },
            Sent::DeadLetter {
                url: "queue".to_owned(),
                letter: Box::new(DeadLetter { mime_base64: None, ..dead_letter() }),
            },
        ]
    );
}

#[tokio::test]
async fn events_are_put_ten_at_a_time() {
    let (bus, server) = bus_that_answers(json!({"FailedEntryCount": 0, "Entries": []})).await;
    let keys: Vec<ConversationKey> = (1..=23).map(|number| key(&number.to_string())).collect();
    bus.conversation_news(&keys).await.unwrap();
    let requests = requests(&server).await;
    let entries: Vec<&Vec<Value>> = requests.iter().map(|request| request["Entries"].as_array().unwrap()).collect();
    assert_eq!(entries.iter().map(|entries| entries.len()).collect::<Vec<_>>(), [10, 10, 3]);
    assert_eq!(
        entries[2][2],
        json!({
            "EventBusName": "bus", "Source": SOURCE, "DetailType": CONVERSATION_NEWS,
            "Detail": r#"{"workspace":"demo","conversation":"23"}"#,
        })
    );
}

#[tokio::test]
async fn refused_entries_are_an_error_with_the_first_code() {
    let entries = json!([{"EventId": "1"}, {"ErrorCode": "ThrottlingException", "ErrorMessage": "slower"}]);
    let (bus, _server) = bus_that_answers(json!({"FailedEntryCount": 1, "Entries": entries})).await;
    let error = bus.conversation_news(&[key("1"), key("2")]).await.unwrap_err();
    assert_eq!(error.to_string(), "EventBridge refused 1 of 2 events: ThrottlingException");
}

#[tokio::test]
async fn an_alarm_never_rings_early_and_waits_as_long_as_sqs_lets_it() {
    let (bus, server) = bus_that_answers(json!({"MessageId": "1"})).await;
    for (due_after_ms, delay) in [(-5_000, 0), (0, 0), (1, 1), (59_001, 60), (60_000, 60), (86_400_000, 900)] {
        let due_at = at(0) + SignedDuration::from_millis(due_after_ms);
        bus.set_alarm(&key("1"), due_at, at(0)).await.unwrap();
        let request = requests(&server).await.pop().unwrap();
        assert_eq!(request["DelaySeconds"], delay, "{due_after_ms} ms");
        let body: WakeUp = serde_json::from_str(request["MessageBody"].as_str().unwrap()).unwrap();
        assert_eq!(body, WakeUp { due_at: Some(due_at), ..WakeUp::from(&key("1")) });
    }
}

#[tokio::test]
async fn a_dead_letter_goes_to_the_queue_it_is_meant_for_and_fits_it() {
    let (bus, server) = bus_that_answers(json!({"MessageId": "1"})).await;
    bus.dead_letter(&format!("{}/dead-letters", server.uri()), &dead_letter()).await.unwrap();
    let request = requests(&server).await.pop().unwrap();
    assert_eq!(request["QueueUrl"], format!("{}/dead-letters", server.uri()));
    let body: DeadLetter = serde_json::from_str(request["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(body, DeadLetter { mime_base64: None, ..dead_letter() });
}
