//! The operators and their loads as SalesIQ tells them, read once in a few seconds for all who route: ten escalations
//! must not make ten listings, since a throttle locks the address (api.md §1.5).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::clock::Clock;
use crate::domain::id::{ConversationId, DepartmentId, OperatorId, WorkspaceId};
use crate::domain::router::{Colleague, Loads, Presence, Reserved, Roster};
use crate::domain::settings::WorkspaceSettings;
use crate::salesiq::client::{Availability, Conversation, Operator};
use crate::salesiq::error::SalesiqError;
use crate::store::{Document, DocumentWrite, Expected, Store, StoreError};

use super::portal::Portal;
use super::ring::reservations_of;
use super::session::Session;

/// How long a roster serves.
const FRESH: SignedDuration = SignedDuration::from_secs(5);
/// How long who reads it is waited for; after that another does.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// How often is looked meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(200);

const ROSTER: &str = "ROSTER";
const READER: &str = "READER";

/// Who reads the roster anew, and until when the others wait.
#[derive(Debug, Serialize, Deserialize)]
struct Reader {
    until: Timestamp,
}

fn partition(workspace: &WorkspaceId) -> String {
    format!("ROSTER#{workspace}")
}

/// Where rosters come from: the table, or SalesIQ.
pub struct Rosters<'a, S> {
    /// Where the last one is kept.
    pub store: &'a S,
    /// SalesIQ.
    pub portal: &'a Portal<S>,
    /// Whose operators.
    pub settings: &'a WorkspaceSettings,
    /// What time it is.
    pub clock: &'a Clock,
}

/// A call that SalesIQ did not answer, by its name.
pub type Failure = (SalesiqError, &'static str);

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// The roster, not older than a few seconds.
    pub(super) async fn roster(&mut self) -> Roster {
        let rosters = Rosters {
            store: &self.engine.store,
            portal: &self.portal,
            settings: &self.workspace.settings,
            clock: &self.engine.clock,
        };
        let (roster, failures) = rosters.newest().await;
        for (error, call) in failures {
            self.note_failure(&error, call);
        }
        roster
    }
}

impl<S: Store> Rosters<'_, S> {
    /// The roster, not older than a few seconds, and what SalesIQ did not tell.
    pub async fn newest(&self) -> (Roster, Vec<Failure>) {
        let give_up = self.clock.now() + PATIENCE;
        loop {
            if let Some(roster) = self.kept().await {
                return (roster, Vec::new());
            }
            if self.clock.now() >= give_up || self.may_read().await {
                return self.read().await;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn kept(&self) -> Option<Roster> {
        let document = self.store.document(&partition(&self.settings.workspace), ROSTER).await.ok()??;
        let roster: Roster = serde_json::from_str(&document.body).ok()?;
        (roster.taken_at + FRESH > self.clock.now()).then_some(roster)
    }

    /// Of many who find no fresh roster one reads it.
    async fn may_read(&self) -> bool {
        let now = self.clock.now();
        let partition = partition(&self.settings.workspace);
        let expected = match self.store.document(&partition, READER).await {
            Ok(None) => Expected::Absent,
            Ok(Some(document)) => match serde_json::from_str::<Reader>(&document.body) {
                Ok(reader) if reader.until > now => return false,
                _ => Expected::Version(document.version),
            },
            Err(_) => return true,
        };
        let Ok(body) = serde_json::to_string(&Reader { until: now + PATIENCE }) else { return true };
        let write = DocumentWrite { partition, name: READER.to_owned(), expected, body, expires_at: None };
        self.store.put_document(&write).await.is_ok()
    }

    async fn read(&self) -> (Roster, Vec<Failure>) {
        let mut failures = Vec::new();
        let roster = self.ask_salesiq(&mut failures).await;
        let partition = partition(&self.settings.workspace);
        let free = serde_json::to_string(&Reader { until: roster.taken_at });
        let documents = [(ROSTER, serde_json::to_string(&roster)), (READER, free)];
        for (name, body) in documents {
            let Ok(body) = body else { continue };
            let (partition, name) = (partition.clone(), name.to_owned());
            let write = DocumentWrite { partition, name, expected: Expected::Anything, body, expires_at: None };
            if let Err(error) = self.store.put_document(&write).await {
                tracing::warn!(workspace = %self.settings.workspace, %error, "the roster could not be kept; the next escalation reads it again");
            }
        }
        (roster, failures)
    }

    async fn ask_salesiq(&self, failures: &mut Vec<Failure>) -> Roster {
        // Reservations first: what is taken between the two readings is then counted rather twice than not at all.
        let reserved = reservations(self.store, &self.settings.workspace).await.unwrap_or_default();
        let reserved: BTreeSet<ConversationId> =
            reserved.into_values().flat_map(|held| held.until.into_keys()).collect();
        let taken_at = self.clock.now();
        let mut roster =
            Roster { taken_at, loads: Loads::Unknown, operators: Vec::new(), closed_departments: Vec::new() };
        let operators = match self.portal.colleagues().await {
            Ok(operators) => operators,
            Err(error) => {
                failures.push((error, "list operators"));
                return roster;
            }
        };
        let named = self.settings.departments();
        match self.portal.closed_departments(&named).await {
            Ok(closed) => roster.closed_departments = closed,
            Err(error) => failures.push((error, "list departments")),
        }
        if operators.iter().all(|operator| operator.departments.is_empty()) {
            // Who serves what is not known: SalesIQ chooses within the department.
            return roster;
        }
        // All departments of those who may be rung: each listing is a call, and a load is one over all of them.
        let may_be_rung = operators.iter().filter(|operator| {
            let ours = operator.bot || operator.id == self.settings.bot_operator;
            !ours && operator.departments.iter().any(|department| named.contains(department))
        });
        let departments: BTreeSet<DepartmentId> =
            may_be_rung.flat_map(|operator| operator.departments.iter().cloned()).collect();
        let (loads, open) = match self.portal.open_chats(&departments).await {
            Ok((chats, loads)) => (loads, chats),
            Err(error) => {
                let refused = matches!(
                    error,
                    SalesiqError::Auth { .. } | SalesiqError::Scope { .. } | SalesiqError::Forbidden { .. }
                );
                let refused = refused && self.settings.escalation.facilitator.is_some();
                failures.push((error, "list open chats"));
                (if refused { Loads::Refused } else { Loads::Unknown }, Vec::new())
            }
        };
        roster.loads = loads;
        roster.taken_at = self.clock.now();
        roster.operators = colleagues(operators, &open, &reserved);
        roster
    }
}

/// The chats that each operator is being rung for.
///
/// # Errors
/// The table can't be reached.
pub async fn reservations(
    store: &impl Store,
    workspace: &WorkspaceId,
) -> Result<BTreeMap<OperatorId, Reserved>, StoreError> {
    let documents = store.documents(&reservations_of(workspace), "").await?;
    let read = |document: &Document| {
        Some((OperatorId::parse(&document.name).ok()?, serde_json::from_str(&document.body).ok()?))
    };
    Ok(documents.iter().filter_map(read).collect())
}

/// The operators with the chats that are open with each.
fn colleagues(operators: Vec<Operator>, open: &[Conversation], reserved: &BTreeSet<ConversationId>) -> Vec<Colleague> {
    let mut chats: BTreeMap<&OperatorId, BTreeMap<&ConversationId, Option<Timestamp>>> = BTreeMap::new();
    for chat in open {
        if let Some(attender) = &chat.attender {
            chats.entry(&attender.id).or_default().insert(&chat.id, chat.attended_at);
        }
    }
    let colleague = |operator: Operator| {
        let with = chats.get(&operator.id);
        let open_chats = with.map_or(0, |with| u32::try_from(with.len()).unwrap_or(u32::MAX));
        let known = with.into_iter().flat_map(BTreeMap::keys).filter(|chat| reserved.contains(**chat));
        let open_and_reserved = known.map(|chat| (*chat).clone()).collect();
        let took_last_at = with.into_iter().flat_map(BTreeMap::values).flatten().max().copied();
        Colleague {
            presence: match operator.availability {
                Some(Availability::Available) => Presence::Available,
                Some(Availability::Busy) => Presence::Busy,
                Some(Availability::Other(word)) => Presence::Other(word),
                None => Presence::Untold,
            },
            id: operator.id,
            name: operator.name,
            bot: operator.bot,
            enabled: operator.enabled,
            confirmed: operator.confirmed,
            chat_enabled: operator.chat_enabled,
            deleted: operator.deleted,
            limit: operator.chat_limit,
            departments: operator.departments,
            open_chats,
            open_and_reserved,
            took_last_at,
        }
    };
    operators.into_iter().map(colleague).collect()
}
