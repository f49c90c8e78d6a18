//! Webhooks, their keys, and the executions that failed for good (api.md 5.1 to 5.3).

use super::State;
use super::deliveries::{Attempt, Delivery};
use super::error::{ApiError, LIMIT_REACHED, UNKNOWN_RESOURCE};
use crate::keys::KeyNumber;
use serde::{Deserialize, Serialize};

/// Every event a webhook can be subscribed to (api.md 5.4).
pub(crate) const EVENTS: [&str; 35] = [
    "conversation.created",
    "conversation.attender.updated",
    "conversation.missed",
    "conversation.operator.replied",
    "conversation.visitor.replied",
    "conversation.completed",
    "conversation.rated",
    "conversation.transfer.initiated",
    "conversation.transfer.accepted",
    "conversation.transfer.rejected",
    "conversation.participants.added",
    "conversation.participants.deleted",
    "conversation.supervisor.added",
    "conversation.message.edited",
    "conversation.message.deleted",
    "conversation.metrics",
    "conversation.reopened",
    "visitor.updated",
    "contact.tag.action",
    "lead.tag.action",
    "operator.created",
    "operator.updated",
    "operator.deleted",
    "operator.departments.associated",
    "operator.departments.dissociated",
    "operator.departments.disassociated",
    "department.created",
    "department.updated",
    "department.deleted",
    "brands.enabled",
    "brands.disabled",
    "tag.created",
    "tag.updated",
    "tag.deleted",
    "conversation.ended",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Data,
    Administration,
}

#[derive(Clone, Debug)]
pub(crate) struct PublicKey {
    pub(crate) id: String,
    pub(crate) number: KeyNumber,
    pub(crate) creator: String,
    pub(crate) created_time: i64,
}

/// An execution that failed for the last time.
#[derive(Clone, Debug)]
pub(crate) struct FailedExecution {
    pub(crate) id: String,
    pub(crate) delivery: Delivery,
    pub(crate) failed_time: i64,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) kind: Kind,
    pub(crate) enabled: bool,
    pub(crate) secured: bool,
    pub(crate) events: Vec<String>,
    /// Empty: every brand.
    pub(crate) app_ids: Vec<String>,
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) creator: String,
    pub(crate) modifier: String,
    pub(crate) created_time: i64,
    pub(crate) modified_time: i64,
    pub(crate) expiry_ms: i64,
    pub(crate) failed: Vec<FailedExecution>,
    /// Bodies without the envelope, as a workflow sends them; the portal's setting when absent.
    pub(crate) flat: Option<bool>,
    /// Ids as numbers; the portal's setting when absent.
    pub(crate) numeric_ids: Option<bool>,
}

/// The most keys a webhook can have (api.md 5.3).
const MOST_KEYS: usize = 2;
/// How often one failed execution can be run again (api.md 5.2).
const MOST_RUNS: u32 = 99;

impl Webhook {
    pub(crate) fn wants(&self, event: &str, app_id: Option<&str>) -> bool {
        let brand = app_id.is_none_or(|id| self.app_ids.is_empty() || self.app_ids.iter().any(|a| a == id));
        brand && self.events.iter().any(|e| e == event)
    }

    /// The key in use: always the oldest.
    pub(crate) fn signing_key(&self) -> Option<KeyNumber> {
        self.keys.first().map(|k| k.number).filter(|_| self.secured)
    }
}

/// How one attempt went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) answer: String,
    pub(crate) sent: String,
    pub(crate) duration_ms: u64,
    /// A fault swallowed it: it neither arrived nor counts as failed.
    pub(crate) dropped: bool,
}

impl State {
    pub(crate) fn webhook(&self, id: &str) -> Result<&Webhook, ApiError> {
        self.webhooks.iter().find(|w| w.id == id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
    }

    pub(crate) fn webhook_mut(&mut self, id: &str) -> Result<&mut Webhook, ApiError> {
        self.webhooks.iter_mut().find(|w| w.id == id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
    }

    /// Adds a public key. The first a webhook gets is always the portal's first, so that tests can know it beforehand.
    pub(crate) fn add_key(&mut self, now: i64, webhook_id: &str, creator: &str) -> Result<(), ApiError> {
        let id = self.ids.time_id(now);
        let webhook = self.webhook_mut(webhook_id)?;
        if webhook.keys.len() >= MOST_KEYS {
            return Err(ApiError::new(LIMIT_REACHED));
        }
        let unused = KeyNumber::PORTAL.into_iter().find(|n| webhook.keys.iter().all(|k| k.number != *n));
        let number = unused.unwrap_or(KeyNumber::FIRST);
        webhook.keys.push(PublicKey { id, number, creator: creator.to_owned(), created_time: now });
        webhook.modified_time = now;
        Ok(())
    }

    pub(crate) fn delete_key(&mut self, now: i64, webhook_id: &str, key_id: &str) -> Result<(), ApiError> {
        let webhook = self.webhook_mut(webhook_id)?;
        let before = webhook.keys.len();
        webhook.keys.retain(|k| k.id != key_id);
        if webhook.keys.len() == before {
            return Err(ApiError::new(UNKNOWN_RESOURCE));
        }
        webhook.modified_time = now;
        Ok(())
    }

    /// Runs failed executions again; answers those that were skipped (unknown, or run too often).
    pub(crate) fn retry_executions(&mut self, webhook_id: &str, ids: &[String]) -> Result<Vec<String>, ApiError> {
        let webhook = self.webhook_mut(webhook_id)?;
        let mut again = Vec::new();
        let mut skipped = Vec::new();
        for id in ids {
            match webhook.failed.iter().position(|f| f.id == *id && f.delivery.runs < MOST_RUNS) {
                Some(index) => again.push(webhook.failed.remove(index)),
                None => skipped.push(id.clone()),
            }
        }
        for failed in again {
            let mut delivery = failed.delivery;
            delivery.attempt += 1;
            delivery.runs += 1;
            delivery.execution_id = Some(failed.id);
            self.deliveries.push(delivery);
        }
        Ok(skipped)
    }

    /// Books one attempt: done, to be tried again later, or listed as failed.
    pub(crate) fn delivered(&mut self, now: i64, delivery: Delivery, outcome: Outcome) {
        if self.webhook(&delivery.webhook_id).is_err() {
            // Deleted, or reset away, while it was on its way.
            self.deliveries.finish(&delivery, false);
            return;
        }
        let arrived = outcome.status.is_some_and(|s| (200..300).contains(&s)) && outcome.error.is_none();
        let last = delivery.execution_id.is_some() || delivery.attempt >= self.settings.webhook_attempts;
        let result = match (outcome.dropped, arrived, last) {
            (true, ..) => "dropped",
            (_, true, _) => "delivered",
            (_, _, false) => "failed",
            (_, _, true) => "listed",
        };
        self.deliveries.record(Attempt {
            seq: 0,
            at_ms: now,
            webhook_id: delivery.webhook_id.clone(),
            conversation: delivery.entity_id.clone(),
            event: delivery.event.clone(),
            attempt: delivery.attempt,
            outcome: result,
            status: outcome.status,
            error: outcome.error.clone(),
            duration_ms: outcome.duration_ms,
            sent: outcome.sent,
            body: outcome.answer,
        });
        self.deliveries.finish(&delivery, true);
        match result {
            "failed" => {
                let due = now + self.settings.webhook_retry_ms;
                self.deliveries.push_later(due, Delivery { attempt: delivery.attempt + 1, fault: None, ..delivery });
            }
            "listed" => {
                let id = delivery.execution_id.clone().unwrap_or_else(|| self.ids.uuid());
                let Outcome { status, error, .. } = outcome;
                let webhook_id = delivery.webhook_id.clone();
                if let Ok(webhook) = self.webhook_mut(&webhook_id) {
                    webhook.failed.push(FailedExecution { id, delivery, failed_time: now, status, error });
                }
            }
            _ => {}
        }
    }
}
