//! A queue of what no function took: looked at, taken out, or left for others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use jiff::Timestamp;
use thiserror::Error;

/// How long a message that was read is hidden from other readers, in seconds: enough to read the whole queue, and short
/// enough that a reader who was killed hides nothing for long.
const HIDDEN_S: i32 = 30;

/// A queue is asked on all its servers only when the caller waits, in seconds.
const WAIT_S: i32 = 1;

/// How many messages SQS gives at once.
pub const AT_ONCE: usize = 10;

/// SQS, or queues in memory for in-process tests.
#[derive(Debug, Clone)]
pub enum Queues {
    /// SQS.
    Aws(aws_sdk_sqs::Client),
    /// Messages by the queue's URL.
    Memory(Arc<Mutex<BTreeMap<String, Vec<Kept>>>>),
}

/// A message of a queue in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The message's id; its receipt too.
    pub id: String,
    /// What it holds.
    pub body: String,
    /// Somebody reads it.
    pub hidden: bool,
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message's id.
    pub id: String,
    /// With which SQS knows this reading of it.
    pub receipt: String,
    /// What it holds.
    pub body: String,
    /// When it came into this queue or the one before it.
    pub sent_at: Option<Timestamp>,
}

/// How much waits; SQS counts roughly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages to be read.
    pub waiting: u64,
    /// Messages that somebody reads now.
    pub hidden: u64,
}

/// A queue did not answer. Repeating helps, unless it is gone or we may not.
#[derive(Debug, Error)]
#[error("{what} of the queue {url} did not work")]
pub struct QueueError {
    what: &'static str,
    url: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl QueueError {
    fn of(what: &'static str, url: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { what, url: url.to_owned(), source: error.into() }
    }
}

impl Queues {
    /// How much waits.
    ///
    /// # Errors
    /// The queue did not answer.
    pub async fn depth(&self, url: &str) -> Result<Depth, QueueError> {
        match self {
            Self::Memory(queues) => {
                let queues = queues.lock().unwrap_or_else(PoisonError::into_inner);
                let all = queues.get(url).map(Vec::as_slice).unwrap_or_default();
                let hidden = all.iter().filter(|kept| kept.hidden).count();
                Ok(Depth { waiting: count(all.len() - hidden), hidden: count(hidden) })
            }
            Self::Aws(client) => {
                let names = [
                    QueueAttributeName::ApproximateNumberOfMessages,
                    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
                ];
                let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
                let answer = asked.send().await.map_err(|error| QueueError::of("counting", url, error))?;
                let number = |name| {
                    let text = answer.attributes().and_then(|attributes| attributes.get(&name));
                    text.and_then(|text| text.parse().ok()).unwrap_or(0)
                };
                let [waiting, hidden] = names.map(number);
                Ok(Depth { waiting, hidden })
            }
        }
    }

    /// Up to ten messages; they are hidden from then on, until released or half a minute is over.
    ///
    /// # Errors
    /// The queue did not answer.
    pub async fn receive(&self, url: &str) -> Result<Vec<Received>, QueueError> {
        match self {
            Self::Memory(queues) => {
                let mut queues = queues.lock().unwrap_or_else(PoisonError::into_inner);
                let all = queues.entry(url.to_owned()).or_default();
                let visible = all.iter_mut().filter(|kept| !kept.hidden).take(AT_ONCE);
                let read = visible.map(|kept| {
                    kept.hidden = true;
                    Received { id: kept.id.clone(), receipt: kept.id.clone(), body: kept.body.clone(), sent_at: None }
                });
                Ok(read.collect())
            }
            Self::Aws(client) => {
                let receive = client
                    .receive_message()
                    .queue_url(url)
                    .max_number_of_messages(10)
                    .visibility_timeout(HIDDEN_S)
                    .wait_time_seconds(WAIT_S)
                    .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
                let answer = receive.send().await.map_err(|error| QueueError::of("reading", url, error))?;
                Ok(answer.messages.unwrap_or_default().into_iter().map(received).collect())
            }
        }
    }

    /// Reads until nothing new comes.
    ///
    /// # Errors
    /// The queue did not answer.
    pub async fn receive_all(&self, url: &str) -> Result<Vec<Received>, QueueError> {
        let mut all: Vec<Received> = Vec::new();
        loop {
            let before = all.len();
            for message in self.receive(url).await? {
                // Again, since it was hidden too briefly: SQS knows the newest reading of it.
                if let Some(known) = all.iter_mut().find(|known| known.id == message.id) {
                    known.receipt = message.receipt;
                } else {
                    all.push(message);
                }
            }
            if all.len() == before {
                return Ok(all);
            }
        }
    }

    /// Takes a message out for good.
    ///
    /// # Errors
    /// The queue did not answer: the message may come again.
    pub async fn delete(&self, url: &str, receipt: &str) -> Result<(), QueueError> {
        match self {
            Self::Memory(queues) => {
                let mut queues = queues.lock().unwrap_or_else(PoisonError::into_inner);
                queues.entry(url.to_owned()).or_default().retain(|kept| kept.id != receipt);
                Ok(())
            }
            Self::Aws(client) => {
                let delete = client.delete_message().queue_url(url).receipt_handle(receipt);
                delete.send().await.map(drop).map_err(|error| QueueError::of("deleting", url, error))
            }
        }
    }

    /// Shows messages to others again; one that can't be is shown anyway in a while.
    pub async fn release(&self, url: &str, receipts: &[String]) {
        for receipt in receipts {
            match self {
                Self::Memory(queues) => {
                    let mut queues = queues.lock().unwrap_or_else(PoisonError::into_inner);
                    let all = queues.entry(url.to_owned()).or_default();
                    all.iter_mut().filter(|kept| kept.id == *receipt).for_each(|kept| kept.hidden = false);
                }
                Self::Aws(client) => {
                    let show = client.change_message_visibility().queue_url(url).receipt_handle(receipt);
                    let _ = show.visibility_timeout(0).send().await;
                }
            }
        }
    }
}

fn received(message: aws_sdk_sqs::types::Message) -> Received {
    let sent = message.attributes.as_ref().and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
    let sent_at = sent.and_then(|ms| ms.parse().ok()).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Received {
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        sent_at,
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
