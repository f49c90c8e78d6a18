//! What waits in the queues, as it can be told and sent on again.
//!
//! EventBridge puts the event itself aside, a function what it was woken with beside what went wrong (`requestPayload`).
//! SES' events can't be put on the default bus again, where only SES may speak as `aws.ses`: what matters of one goes on
//! our own bus ([`crate::bus::Bus::mail_returned`]).

use serde::Deserialize;
use serde_json::{Value, json};

use super::DeadLetter;
use super::queue::{QueueError, Queues, Received};
use crate::bus::{Bus, BusError, CONVERSATION_NEWS, ESCALATION_REQUESTED, TRANSCRIPT_REQUESTED, WakeUp};
use crate::domain::id::{ConversationId, WorkspaceId};
use crate::store::ConversationKey;
use crate::telemetry::Chain;

/// The four queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wake-ups that reached no function.
    WakeUps,
    /// Alarms that no function answered.
    Alarms,
    /// Batches of changes that the counters could not take in.
    Counters,
    /// Mails that SES refused for good.
    Transcripts,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::WakeUps, Self::Alarms, Self::Transcripts, Self::Counters];

    /// The name in paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WakeUps => "wake-ups",
            Self::Alarms => "alarms",
            Self::Counters => "counters",
            Self::Transcripts => "transcripts",
        }
    }

    /// Reads what [`Kind::name`] gives.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// A wake-up of a conversation.
    WakeUp {
        /// What for.
        detail_type: &'static str,
        /// Whom.
        wake_up: WakeUp,
    },
    /// SES told that a mail came back.
    MailEvent {
        /// About which conversation.
        key: ConversationKey,
        /// What of it matters: no address and no text.
        detail: Value,
    },
    /// A mail.
    Letter(Box<DeadLetter>),
    /// A part of the table's stream, by its positions: nothing of what changed.
    Batch {
        /// How many changes.
        size: Option<u64>,
        /// When the first of them was made.
        first: Option<String>,
    },
    /// Something else, and why it is.
    Unreadable(String),
}

impl Holds {
    /// Of which conversation it is.
    #[must_use]
    pub fn key(&self) -> Option<ConversationKey> {
        match self {
            Self::WakeUp { wake_up, .. } => Some(wake_up.key()),
            Self::MailEvent { key, .. } => Some(key.clone()),
            Self::Letter(letter) => Some(letter.key()),
            Self::Batch { .. } | Self::Unreadable(_) => None,
        }
    }

    /// Whether it can be sent on again.
    #[must_use]
    pub fn can_be_sent(&self) -> bool {
        self.key().is_some()
    }

    /// Reads a message's body.
    #[must_use]
    pub fn read(kind: Kind, body: &str) -> Self {
        let read = match kind {
            Kind::Transcripts => serde_json::from_str(body).map(Self::Letter),
            Kind::Alarms => {
                serde_json::from_str(body).map(|wake_up| Self::WakeUp { detail_type: CONVERSATION_NEWS, wake_up })
            }
            Kind::Counters => serde_json::from_str::<FailedBatch>(body).map(|failed| {
                let Batch { size, first } = failed.batch;
                Self::Batch { size, first }
            }),
            Kind::WakeUps => serde_json::from_str(body).and_then(Self::of_event),
        };
        read.unwrap_or_else(|error| Self::Unreadable(error.to_string()))
    }

    fn of_event(mut event: Value) -> Result<Self, serde_json::Error> {
        if let Some(payload) = event.get_mut("requestPayload") {
            event = payload.take();
        }
        let detail = event.get_mut("detail").map(Value::take).unwrap_or_default();
        let detail_type = event["detail-type"].as_str().unwrap_or_default();
        let known = [CONVERSATION_NEWS, ESCALATION_REQUESTED, TRANSCRIPT_REQUESTED];
        if let Some(detail_type) = known.into_iter().find(|known| *known == detail_type) {
            let wake_up = serde_json::from_value(detail)?;
            return Ok(Self::WakeUp { detail_type, wake_up });
        }
        let SesEvent { event_type, mail } = serde_json::from_value(detail)?;
        let id = |name: &str| mail.tags[name][0].as_str().unwrap_or_default().to_owned();
        let ids = (WorkspaceId::parse(&id("workspace")), ConversationId::parse(&id("conversation")));
        let (Ok(workspace), Ok(conversation)) = ids else {
            return Ok(Self::Unreadable("it is about a mail that is not ours".to_owned()));
        };
        let detail = json!({"eventType": event_type, "mail": {"messageId": mail.message_id, "tags": mail.tags}});
        Ok(Self::MailEvent { key: ConversationKey { workspace, conversation }, detail })
    }

    /// Puts it on the bus again. A repetition is harmless.
    ///
    /// # Errors
    /// The bus did not take it.
    async fn send(&self, bus: &Bus) -> Result<(), BusError> {
        match self {
            Self::WakeUp { detail_type, wake_up } => match *detail_type {
                ESCALATION_REQUESTED => bus.escalation_requested(&wake_up.key()).await,
                TRANSCRIPT_REQUESTED => bus.transcript_requested(&wake_up.key(), wake_up.redrive).await,
                _ => bus.conversation_news(&[wake_up.key()]).await,
            },
            Self::MailEvent { detail, .. } => bus.mail_returned(detail).await,
            Self::Letter(letter) => bus.transcript_requested(&letter.key(), true).await,
            Self::Batch { .. } | Self::Unreadable(_) => Ok(()),
        }
    }
}

#[derive(Deserialize)]
struct SesEvent {
    #[serde(rename = "eventType")]
    event_type: String,
    mail: SesMail,
}

#[derive(Deserialize)]
struct SesMail {
    #[serde(rename = "messageId")]
    message_id: String,
    #[serde(default)]
    tags: Value,
}

#[derive(Deserialize)]
struct FailedBatch {
    #[serde(rename = "DDBStreamBatchInfo")]
    batch: Batch,
}

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "batchSize")]
    size: Option<u64>,
    #[serde(rename = "approximateArrivalOfFirstRecord")]
    first: Option<String>,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The message as it was received.
    pub message: Received,
    /// What it holds.
    pub holds: Holds,
}

/// One of the four queues, and the bus on which its messages are sent on.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    /// Who asks SQS.
    pub queues: Queues,
    /// Where they are sent on.
    pub bus: Bus,
    /// Which queue.
    pub kind: Kind,
    /// Its URL.
    pub url: String,
}

/// What came of sending messages on, or of deleting them, by their ids.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Out of the queue; sent on before, if that was asked for.
    pub done: Vec<String>,
    /// Still in the queue, and why.
    pub failed: Vec<(String, String)>,
}

/// What is to be done with messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Send them on, then delete them.
    SendAgain,
    /// Delete them.
    Delete,
}

impl DeadLetters {
    /// Up to ten that wait; they stay, for others to see at once.
    ///
    /// # Errors
    /// The queue did not answer.
    pub async fn look(&self) -> Result<Vec<Waiting>, QueueError> {
        let waiting = self.read(self.queues.receive(&self.url).await?);
        self.release(&waiting).await;
        Ok(waiting)
    }

    /// All that wait, oldest first; they stay, for others to see at once.
    ///
    /// # Errors
    /// The queue did not answer.
    pub async fn list(&self) -> Result<Vec<Waiting>, QueueError> {
        let waiting = self.receive_all().await?;
        self.release(&waiting).await;
        Ok(waiting)
    }

    /// Does with those that `chosen` takes what is asked for: once the bus took what a message asks for, it leaves the queue. What is
    /// asked for twice is sent once. The others stay.
    ///
    /// # Errors
    /// The queue did not answer; nothing was done.
    pub async fn settle(&self, fate: Fate, chosen: impl Fn(&Waiting) -> bool) -> Result<Redriven, QueueError> {
        let (chosen, others): (Vec<Waiting>, Vec<Waiting>) = self.receive_all().await?.into_iter().partition(chosen);
        self.release(&others).await;
        let mut redriven = Redriven::default();
        let mut sent: Vec<&Holds> = Vec::new();
        let mut left: Vec<String> = Vec::new();
        for waiting in &chosen {
            let id = waiting.message.id.clone();
            let again = sent.iter().any(|sent| asks_the_same(sent, &waiting.holds));
            if fate == Fate::SendAgain && !again {
                let failure = match &waiting.holds {
                    Holds::Unreadable(error) => Some(format!("it is not readable: {error}")),
                    Holds::Batch { .. } => Some("it holds only positions in a stream".to_owned()),
                    holds => holds.send(&self.bus).await.err().map(|error| Chain(&error).to_string()),
                };
                if let Some(why) = failure {
                    redriven.failed.push((id, why));
                    left.push(waiting.message.receipt.clone());
                    continue;
                }
                sent.push(&waiting.holds);
            }
            match self.queues.delete(&self.url, &waiting.message.receipt).await {
                Ok(()) => redriven.done.push(id),
                Err(error) => {
                    let why = format!("it could not be taken from the queue ({})", Chain(&error));
                    redriven.failed.push((id, why));
                }
            }
        }
        self.queues.release(&self.url, &left).await;
        Ok(redriven)
    }

    async fn receive_all(&self) -> Result<Vec<Waiting>, QueueError> {
        let mut waiting = self.read(self.queues.receive_all(&self.url).await?);
        waiting.sort_by_key(|waiting| {
            let at = match &waiting.holds {
                Holds::Letter(letter) => Some(letter.at),
                _ => waiting.message.sent_at,
            };
            (at, waiting.message.id.clone())
        });
        Ok(waiting)
    }

    fn read(&self, received: Vec<Received>) -> Vec<Waiting> {
        let read = |message: Received| Waiting { holds: Holds::read(self.kind, &message.body), message };
        received.into_iter().map(read).collect()
    }

    async fn release(&self, waiting: &[Waiting]) {
        let receipts: Vec<String> = waiting.iter().map(|waiting| waiting.message.receipt.clone()).collect();
        self.queues.release(&self.url, &receipts).await;
    }
}

/// Whether one message asks for nothing that the other did not: two wake-ups, or two mails of one conversation.
fn asks_the_same(sent: &Holds, other: &Holds) -> bool {
    match (sent, other) {
        (Holds::Letter(sent), Holds::Letter(other)) => sent.key() == other.key(),
        (Holds::WakeUp { detail_type: sent_type, wake_up: sent }, Holds::WakeUp { detail_type, wake_up }) => {
            sent_type == detail_type && sent.key() == wake_up.key() && sent.redrive == wake_up.redrive
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
