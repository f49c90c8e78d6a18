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

/// `detail-type` of what SES told of a mail, when a person sends it on again. Its detail is SES' own, as far as it matters.
pub const MAIL_RETURNED: &str = "MailReturned";

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
    /// A mail that came back, told once more.
    MailReturned {
        /// Its detail.
        detail: serde_json::Value,
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

    /// Tells once more that a mail came back.
    ///
    /// # Errors
    /// EventBridge did not take it.
    pub async fn mail_returned(&self, detail: &serde_json::Value) -> Result<(), BusError> {
        match self {
            Self::Memory(sent) => {
                let returned = Sent::MailReturned { detail: detail.clone() };
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(returned);
                Ok(())
            }
            Self::Aws { events, bus_name, .. } => {
                let entry = PutEventsRequestEntry::builder().event_bus_name(bus_name).source(SOURCE);
                let entry = entry.detail_type(MAIL_RETURNED).detail(detail.to_string()).build();
                put_events(events, vec![entry]).await
            }
        }
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
mod tests;
