//! How often it was tried to be checked as somebody: counted for who is asked about, over all chats of a day, so that nobody
//! can go on guessing in the next one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agent::Agent;
use crate::domain::fingerprint::hex;
use crate::domain::id::WorkspaceId;
use crate::store::{DocumentWrite, Expected, Store, StoreError};

use super::session::Session;

/// How often somebody may be asked about in a day: a few chats of the usual three tries.
const TRIES_A_DAY: u32 = 10;

/// How often a lost race is repeated.
const CONFLICTS: usize = 5;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Tries {
    count: u32,
}

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Counts a try before it is made; false when there were too many.
    pub(super) async fn count_try(&self, told: &Value) -> Result<bool, StoreError> {
        let Some(who) = who(told) else { return Ok(true) };
        let now = self.now();
        let partition = partition(&self.key.workspace);
        let name = name(day(now), &who);
        let store = &self.engine.store;
        let mut conflicts = 0;
        loop {
            let kept = store.document(&partition, &name).await?;
            let expected = kept.as_ref().map_or(Expected::Absent, |kept| Expected::Version(kept.version));
            let tries: Tries = kept.and_then(|kept| serde_json::from_str(&kept.body).ok()).unwrap_or_default();
            if tries.count >= TRIES_A_DAY {
                return Ok(false);
            }
            let write = DocumentWrite {
                partition: partition.clone(),
                name: name.clone(),
                expected,
                body: format!(r#"{{"count":{}}}"#, tries.count + 1),
                expires_at: Some((now + SignedDuration::from_hours(48)).round(jiff::Unit::Second).unwrap_or(now)),
            };
            match store.put_document(&write).await {
                Err(StoreError::Conflict { .. }) if conflicts < CONFLICTS => conflicts += 1,
                other => return other.map(|()| true),
            }
        }
    }
}

/// The partition of a workspace's tries.
#[must_use]
pub fn partition(workspace: &WorkspaceId) -> String {
    format!("TRIES#{workspace}")
}

/// Under which names tries about somebody may be counted: they are kept for two days.
#[must_use]
pub fn names(value: &str, now: Timestamp) -> Vec<String> {
    let days = day(now) - 2..=day(now);
    days.flat_map(|day| WHO.map(|kind| name(day, &of(kind, value)))).collect()
}

/// By what players are told apart.
const WHO: [&str; 3] = ["email", "username", "phone"];

fn day(now: Timestamp) -> i64 {
    now.as_second().div_euclid(86_400)
}

fn name(day: i64, who: &str) -> String {
    hex(&ring::digest::digest(&ring::digest::SHA256, format!("{day}#{who}").as_bytes()).as_ref()[..16])
}

fn of(kind: &str, value: &str) -> String {
    format!("{kind}#{}", value.trim().to_lowercase())
}

/// Who is asked about: what tells players apart of what was told.
fn who(told: &Value) -> Option<String> {
    let name = WHO.into_iter().find(|name| told.get(name).is_some())?;
    told.get(name).and_then(Value::as_str).map(|value| of(name, value))
}
