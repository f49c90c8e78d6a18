//! SalesIQ as the engine sees it: a handful of calls about one conversation, and what a failed one means.

mod account;
mod chats;
mod directory;
mod files;
mod names;
mod place;
mod tags;
mod team;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::clock::Clock;
use crate::domain::drain::Operators;
use crate::domain::event::{DedupKey, Event, EventKind, InboxEvent, OperatorRef, ReadStatus, Told};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ConversationId, DepartmentId, MessageId, SecretName, WorkspaceId};
use crate::domain::message::{Message, Sender};
use crate::domain::settings::WorkspaceSettings;
use crate::named_secrets::NamedSecrets;
use crate::salesiq::client::{Carrier, Client, Conversation, EndpointError, Endpoints as Servers, Model, Sent, Tag};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::secret::{SecretError, Secrets};
use crate::salesiq::oauth::{Principal, TokenSource};
use crate::store::Store;

pub use account::cause_of;
pub use chats::{ChatList, ShownChat, Shows};
pub use names::{Member, Names};
pub use directory::{Directory, Listed, Named};

/// How much SalesIQ's clock may be behind ours when a sent message is looked for.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Servers that take the place of the data centres', on a local stack.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// SalesIQ.
    pub api: Option<Url>,
    /// Zoho's accounts server.
    pub accounts: Option<Url>,
}

/// The portals of a deployment, one per workspace.
pub struct Portals<S> {
    store: Arc<S>,
    secrets: Secrets,
    named_secrets: NamedSecrets,
    http: reqwest::Client,
    carrier: Carrier,
    endpoints: Endpoints,
    clock: Clock,
    process: String,
    by_workspace: Mutex<HashMap<WorkspaceId, Portal<S>>>,
}

/// A workspace's portal. Cheap to clone.
pub struct Portal<S>(Arc<Inner<S>>);

impl<S> Clone for Portal<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Inner<S> {
    settings: WorkspaceSettings,
    client: Client<Arc<TokenSource<S>>>,
    secrets: Secrets,
    named_secrets: NamedSecrets,
    operators: Mutex<Option<(Timestamp, Operators)>>,
    own_departments: Mutex<BTreeSet<DepartmentId>>,
    tags: Mutex<Option<(Timestamp, Vec<Tag>)>>,
    names: Mutex<Option<(Timestamp, Arc<Names>)>>,
    directory: Mutex<Option<(Timestamp, Directory)>>,
    identity_key: tokio::sync::OnceCell<Option<Arc<hmac::Key>>>,
}

impl<S: Store + Clone> Portals<S> {
    /// Portals on one HTTP client. `process` names this process in token leases.
    pub fn new(
        store: S,
        secrets: Secrets,
        http: reqwest::Client,
        endpoints: Endpoints,
        clock: Clock,
        process: String,
    ) -> Self {
        let carrier = Carrier::Http(http.clone());
        let store = Arc::new(store);
        let named_secrets = NamedSecrets::new(secrets.clone());
        Self { store, secrets, named_secrets, http, carrier, endpoints, clock, process, by_workspace: Mutex::default() }
    }

    /// The same portals, but their SalesIQ is a model in this process. Access tokens are still taken from the secrets:
    /// one that lives long enough is never renewed.
    #[must_use]
    pub fn answered_by(self, model: Arc<dyn Model>) -> Self {
        Self { carrier: Carrier::Model(model), ..self }
    }

    /// The portal of a workspace; made anew when what it depends on was changed.
    ///
    /// # Errors
    /// The data centre has no servers.
    pub fn of(&self, settings: &WorkspaceSettings) -> Result<Portal<S>, EndpointError> {
        let mut portals = self.by_workspace.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(portal) = portals.get(&settings.workspace) {
            let held = &portal.0.settings;
            let same = (&held.screen_name, held.data_centre, &held.bot_operator, &held.escalation.facilitator)
                == (
                    &settings.screen_name,
                    settings.data_centre,
                    &settings.bot_operator,
                    &settings.escalation.facilitator,
                );
            if same {
                return Ok(portal.clone());
            }
        }
        let portal = self.portal(settings)?;
        portals.insert(settings.workspace.clone(), portal.clone());
        Ok(portal)
    }

    fn portal(&self, settings: &WorkspaceSettings) -> Result<Portal<S>, EndpointError> {
        let servers = self.servers(settings.data_centre)?;
        let client = self.client(&settings.workspace, servers, settings.screen_name.clone());
        Ok(Portal(Arc::new(Inner {
            settings: settings.clone(),
            client,
            secrets: self.secrets.clone(),
            named_secrets: self.named_secrets.clone(),
            operators: Mutex::default(),
            own_departments: Mutex::default(),
            tags: Mutex::default(),
            names: Mutex::default(),
            directory: Mutex::default(),
            identity_key: tokio::sync::OnceCell::new(),
        })))
    }

    /// The secrets that the settings of the workspaces name.
    #[must_use]
    pub fn named_secrets(&self) -> &NamedSecrets {
        &self.named_secrets
    }

    /// The calls that this process made to SalesIQ so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        let portals = self.by_workspace.lock().unwrap_or_else(PoisonError::into_inner);
        portals.values().map(|portal| portal.0.client.calls_made()).sum()
    }
}

impl<S: Store> Portal<S> {
    /// The calls that this process made to this portal so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.0.client.calls_made()
    }

    /// Reads how a conversation stands.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn read(&self, conversation: &ConversationId, now: Timestamp) -> Result<InboxEvent, SalesiqError> {
        let read = self.0.client.conversation(Principal::Bot, conversation).await?;
        Ok(as_event(&read, now))
    }

    /// The same, and when the visitor wrote the last line, if the last line is theirs.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn read_with_last_line(
        &self,
        conversation: &ConversationId,
        now: Timestamp,
    ) -> Result<(InboxEvent, Option<Timestamp>), SalesiqError> {
        let read = self.0.client.conversation(Principal::Bot, conversation).await?;
        let last = read.last_message.as_ref().filter(|last| matches!(last.sender, Sender::Visitor { .. }));
        Ok((as_event(&read, now), last.and_then(|last| last.time)))
    }

    /// Becomes the attender.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn pick_up(&self, conversation: &ConversationId, now: Timestamp) -> Result<InboxEvent, SalesiqError> {
        let read = self.0.client.pickup(Principal::Bot, conversation).await?;
        let mut event = match &read {
            Some(read) => as_event(read, now),
            None => bare_event(conversation, ReadStatus::Connected, Timestamp::UNIX_EPOCH, now),
        };
        // A success means that the attender is us, whether the answer says it or not.
        let us = OperatorRef { id: self.0.settings.bot_operator.clone(), name: None, is_bot: false };
        event.event.kind = EventKind::Read { status: ReadStatus::Connected };
        event.event.told.attender = Some(us);
        Ok(event)
    }

    /// Says something; gives what SalesIQ tells of the message.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn send_text(&self, conversation: &ConversationId, text: &str) -> Result<Sent, SalesiqError> {
        self.0.client.send_text(Principal::Bot, conversation, text).await
    }

    /// Looks whether a text of ours has arrived since `since`. SalesIQ's list may name no ids (api.md §2.5), and we may
    /// have said the same before: `said_at` are the times of those lines, and one more than these must be there.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn find_said(
        &self,
        conversation: &ConversationId,
        print: &Fingerprint,
        since: Timestamp,
        said_at: &[Timestamp],
    ) -> Result<Option<MessageId>, SalesiqError> {
        let from = since - CLOCK_SKEW;
        let rows = self.0.client.messages(Principal::Bot, conversation, Some(from)).await?;
        let us = &self.0.settings.bot_operator;
        let mut same: Vec<_> = rows
            .into_iter()
            .map(|row| row.into_message(since))
            .filter(|message| {
                matches!(&message.sender, Sender::Operator { id, .. } if id == us)
                    && message.time >= from
                    && &message.content.print() == print
            })
            .collect();
        same.sort_by_key(|message| message.time);
        let known = said_at.iter().filter(|time| **time >= from).count();
        Ok(same.pop().filter(|_| same.len() >= known).map(|message| message.id))
    }

    /// The lines of a conversation as SalesIQ has them.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn lines(
        &self,
        conversation: &ConversationId,
        from: Option<Timestamp>,
        otherwise: Timestamp,
    ) -> Result<Vec<Message>, SalesiqError> {
        let rows = self.0.client.messages(Principal::Bot, conversation, from).await?;
        Ok(rows.into_iter().map(|row| row.into_message(otherwise)).collect())
    }

    /// Closes the chat. `otherwise` is when, if SalesIQ does not tell.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn close(&self, conversation: &ConversationId, otherwise: Timestamp) -> Result<InboxEvent, SalesiqError> {
        let read = self.0.client.close(Principal::Bot, conversation).await?;
        let bare = || bare_event(conversation, ReadStatus::Closed, otherwise, otherwise);
        Ok(read.map_or_else(bare, |read| as_event(&read, otherwise)))
    }

    /// The operators, as far as they are known without asking.
    #[must_use]
    pub fn known_operators(&self) -> Operators {
        let kept = self.0.operators.lock().unwrap_or_else(PoisonError::into_inner);
        // Not complete: who joined since is a stranger, and strangers are asked for.
        kept.as_ref().map(|(_, operators)| Operators { complete: false, ..operators.clone() }).unwrap_or_default()
    }

    /// The operators as they are after `not_before`: a list read earlier may lack one who wrote since.
    ///
    /// # Errors
    /// SalesIQ did not tell.
    pub async fn operators(&self, not_before: Timestamp, now: Timestamp) -> Result<Operators, SalesiqError> {
        {
            let kept = self.0.operators.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, operators)) = kept.as_ref().filter(|(read_at, _)| *read_at > not_before) {
                return Ok(operators.clone());
            }
        }
        let rows = self.0.client.operators(Principal::Bot).await?;
        let operators = Operators { humans: rows.into_iter().map(|row| row.id).collect(), complete: true };
        *self.0.operators.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, operators.clone()));
        Ok(operators)
    }

    /// A secret that the workspace's settings name; none if there is none of that name.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn named_secret(&self, name: &SecretName, now: Timestamp) -> Result<Option<SecretString>, SecretError> {
        self.0.named_secrets.get(&self.0.settings.workspace, name, now).await
    }

    /// The key under which visitors' identities are hashed. Without one, visitors can't be found again.
    pub async fn identity_key(&self) -> Option<Arc<hmac::Key>> {
        let workspace = &self.0.settings.workspace;
        let read = self.0.identity_key.get_or_try_init(|| async {
            let secret = self.0.secrets.read_identity_key(workspace).await?;
            if secret.is_none() {
                tracing::warn!(%workspace, "there is no identity key; a visitor's earlier conversations can't be found");
            }
            Ok::<_, SecretError>(
                secret.map(|secret| Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()))),
            )
        });
        match read.await {
            Ok(key) => key.clone(),
            Err(error) => {
                tracing::warn!(%workspace, %error, "the identity key can't be read");
                None
            }
        }
    }
}

fn as_event(read: &Conversation, now: Timestamp) -> InboxEvent {
    let event = read.to_event();
    // SalesIQ's own time: ours may be ahead, and would outrank what happens next.
    InboxEvent { dedup: no_dedup(), order: event.time.unwrap_or(now), received_at: now, event, raw: None }
}

fn bare_event(conversation: &ConversationId, status: ReadStatus, order: Timestamp, now: Timestamp) -> InboxEvent {
    let event = Event {
        conversation: conversation.clone(),
        time: None,
        kind: EventKind::Read { status },
        told: Told::default(),
    };
    InboxEvent { dedup: no_dedup(), order, received_at: now, event, raw: None }
}

/// What was read never lies in an inbox.
fn no_dedup() -> DedupKey {
    DedupKey::from_hex(String::new())
}

/// What a failed call means for the action behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It can't be done as the conversation stands, or not at all.
    WrongState,
    /// Nothing happened; a later try may succeed.
    DidNothing,
    /// It may have happened.
    NobodyKnows,
}

/// What a failed call means.
pub(super) fn outcome(error: &SalesiqError) -> Outcome {
    match error {
        SalesiqError::WrongState { .. }
        | SalesiqError::NotFound { .. }
        | SalesiqError::Forbidden { .. }
        | SalesiqError::Invalid { .. } => Outcome::WrongState,
        SalesiqError::Auth { .. }
        | SalesiqError::Scope { .. }
        | SalesiqError::Throttled { .. }
        | SalesiqError::Token { .. }
        | SalesiqError::Transport { may_have_landed: false, .. } => Outcome::DidNothing,
        SalesiqError::Server { .. } | SalesiqError::Transport { .. } | SalesiqError::Unreadable { .. } => {
            Outcome::NobodyKnows
        }
    }
}

/// How long to wait at least, when SalesIQ or the token source told.
pub(super) fn retry_after(error: &SalesiqError) -> Option<SignedDuration> {
    let wait = match error {
        SalesiqError::Throttled { retry_after, .. } => Some(*retry_after),
        SalesiqError::Token { source, .. } | SalesiqError::Auth { source: Some(source), .. } => source.retry_after(),
        _ => None,
    };
    wait.and_then(|wait| SignedDuration::try_from(wait).ok())
}
