//! Wakes functions: EventBridge for news, SQS as the alarm clock. Events carry ids, never content (ARCHITECTURE.md, "The way of a message").
//! Mails that SES refused for good are the exception: they are put aside in a queue with all they hold.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dead_letter::{DeadLetter, LONGEST_BODY};
use crate::domain::id::{ConversationId, WorkspaceId};
use crate::store::ConversationKey;

/// What EventBridge rules match as the source.
pub const SOURCE: &str = "salesiq-operator";
/// `detail-type` of a wake-up.
pub const CONVERSATION_NEWS: &str = "ConversationNews";
/// `detail-type` of a request to find a human.
pub const ESCALATION_REQUESTED: &str = "EscalationRequested";
/// `detail-type` of a request to mail a conversation's transcript.
pub const TRANSCRIPT_REQUESTED: &str = "TranscriptRequested";

/// The most entries of one `PutEvents`.
const ENTRIES_PER_CALL: usize = 10;

/// The longest delay of an SQS message.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// A wake-up: which conversation has news. The detail of events and the body of alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeUp {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// For an alarm: when it is meant to ring. An early one is set again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// For a transcript: a person asks that a mail which was given up be tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redrive: bool,
}

impl WakeUp {
    /// Which conversation.
    #[must_use]
    pub fn key(&self) -> ConversationKey {
        ConversationKey { workspace: self.workspace.clone(), conversation: self.conversation.clone() }
    }
}

impl From<&ConversationKey> for WakeUp {
    fn from(key: &ConversationKey) -> Self {
        Self { workspace: key.workspace.clone(), conversation: key.conversation.clone(), due_at: None, redrive: false }
    }
}

/// What was put on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// An event.
    Event {
        /// Its `detail-type`.
        detail_type: &'static str,
        /// Its detail.
        wake_up: WakeUp,
    },
    /// An alarm.
    Alarm {
        /// Its body.
        wake_up: WakeUp,
    },
    /// A mail that was given up.
    DeadLetter {
        /// The queue.
        url: String,
        /// Its body.
        letter: Box<DeadLetter>,
    },
}

/// The bus of a deployment, or one in memory for the simulation and in-process tests.
#[derive(Debug, Clone)]
pub enum Bus {
    /// EventBridge and SQS.
    Aws {
        /// The client.
        events: aws_sdk_eventbridge::Client,
        /// The bus.
        bus_name: String,
        /// The client.
        queues: aws_sdk_sqs::Client,
        /// The alarm clock.
        alarm_clock_url: String,
    },
    /// A list that its owner empties.
    Memory(Arc<Mutex<Vec<Sent>>>),
}

/// The bus did not take something. The sweep covers a lost wake-up.
#[derive(Debug, Error)]
pub enum BusError {
    /// EventBridge did not answer.
    #[error("EventBridge did not take {count} events")]
    Unreachable {
        /// How many.
        count: usize,
        /// What the client said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// EventBridge answered, but refused entries.
    #[error("EventBridge refused {refused} of {count} events: {code}")]
    Refused {
        /// How many.
        refused: i32,
        /// Of how many.
        count: usize,
        /// The first error code.
        code: String,
    },
    /// The alarm could not be set.
    #[error("SQS did not take the alarm of conversation {conversation}")]
    Alarm {
        /// Whose.
        conversation: ConversationId,
        /// What the client said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A mail that was given up could not be put aside.
    #[error("SQS did not take the dead letter of conversation {conversation}")]
    DeadLetter {
        /// Whose.
        conversation: ConversationId,
        /// What the client said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Ids could not be written as JSON, which can't happen.
    #[error("a wake-up could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Bus {
    /// Tells that conversations have news.
    ///
    /// # Errors
    /// EventBridge did not take all of them.
    pub async fn conversation_news(&self, keys: &[ConversationKey]) -> Result<(), BusError> {
        self.put(CONVERSATION_NEWS, keys.iter().map(WakeUp::from).collect()).await
    }

    /// Asks for a human.
    ///
    /// # Errors
    /// EventBridge did not take it.
    pub async fn escalation_requested(&self, key: &ConversationKey) -> Result<(), BusError> {
        self.put(ESCALATION_REQUESTED, vec![WakeUp::from(key)]).await
    }

    /// Asks for the transcript to be mailed; with `redrive`, for a mail that was given up to be tried again.
    ///
    /// # Errors
    /// EventBridge did not take it.
    pub async fn transcript_requested(&self, key: &ConversationKey, redrive: bool) -> Result<(), BusError> {
        self.put(TRANSCRIPT_REQUESTED, vec![WakeUp { redrive, ..WakeUp::from(key) }]).await
    }

    async fn put(&self, detail_type: &'static str, wake_ups: Vec<WakeUp>) -> Result<(), BusError> {
        match self {
            Self::Memory(sent) => {
                let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                sent.extend(wake_ups.into_iter().map(|wake_up| Sent::Event { detail_type, wake_up }));
                Ok(())
            }
            Self::Aws { events, bus_name, .. } => {
                for wake_ups in wake_ups.chunks(ENTRIES_PER_CALL) {
                    let entries = wake_ups
                        .iter()
                        .map(|wake_up| {
                            Ok(PutEventsRequestEntry::builder()
                                .event_bus_name(bus_name)
                                .source(SOURCE)
                                .detail_type(detail_type)
                                .detail(serde_json::to_string(wake_up)?)
                                .build())
                        })
                        .collect::<Result<Vec<_>, serde_json::Error>>()?;
                    put_events(events, entries).await?;
                }
                Ok(())
            }
        }
    }

    /// Sets the alarm clock of a conversation.
    ///
    /// # Errors
    /// SQS did not take it.
    pub async fn set_alarm(&self, key: &ConversationKey, due_at: Timestamp, now: Timestamp) -> Result<(), BusError> {
        let wake_up = WakeUp { due_at: Some(due_at), ..WakeUp::from(key) };
        match self {
            Self::Memory(sent) => {
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(Sent::Alarm { wake_up });
                Ok(())
            }
            Self::Aws { queues, alarm_clock_url, .. } => {
                let delay = due_at.duration_since(now).clamp(SignedDuration::ZERO, LONGEST_DELAY);
                // Rounded up, so that it does not ring before the time.
                let seconds = delay.as_secs() + i64::from(delay.subsec_nanos() > 0);
                queues
                    .send_message()
                    .queue_url(alarm_clock_url)
                    .delay_seconds(i32::try_from(seconds.min(LONGEST_DELAY.as_secs())).unwrap_or(900))
                    .message_body(serde_json::to_string(&wake_up)?)
                    .send()
                    .await
                    .map_err(|error| BusError::Alarm {
                        conversation: key.conversation.clone(),
                        source: error.into(),
                    })?;
                Ok(())
            }
        }
    }

    /// Puts a mail aside that SES refused for good; what SQS can't hold of it is left out.
    ///
    /// # Errors
    /// SQS did not take it.
    pub async fn dead_letter(&self, url: &str, letter: &DeadLetter) -> Result<(), BusError> {
        let letter = letter.clone().fit(LONGEST_BODY);
        match self {
            Self::Memory(sent) => {
                let dead_letter = Sent::DeadLetter { url: url.to_owned(), letter: Box::new(letter) };
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(dead_letter);
                Ok(())
            }
            Self::Aws { queues, .. } => {
                let send = queues.send_message().queue_url(url).message_body(letter.body()?).send();
                send.await.map_err(|error| BusError::DeadLetter {
                    conversation: letter.conversation,
                    source: error.into(),
                })?;
                Ok(())
            }
        }
    }
}

async fn put_events(events: &aws_sdk_eventbridge::Client, entries: Vec<PutEventsRequestEntry>) -> Result<(), BusError> {
    let count = entries.len();
    let answer = events
        .put_events()
        .set_entries(Some(entries))
        .send()
        .await
        .map_err(|error| BusError::Unreachable { count, source: error.into() })?;
    let refused = answer.failed_entry_count();
    if refused == 0 {
        return Ok(());
    }
    let code = answer.entries().iter().find_map(|entry| entry.error_code()).unwrap_or("no code").to_owned();
    Err(BusError::Refused { refused, count, code })
}

#[cfg(test)]
mod tests {
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
}
