//! Compares what we know with SalesIQ, since webhooks get lost (ARCHITECTURE.md, "The sentinel").
//!
//! What is found goes the way of a webhook: into the conversation's inbox, under a key by which it is known again, and the
//! conversation is woken. So a comparison may be repeated or be cut off at any time, and two may run at once.
//!
//! In the order of what presses: failed deliveries are run again; then the *pass* goes through the lists of waiting and of
//! attended chats, and reads by themselves those open conversations of ours that no list showed; then messages are
//! compared. A pass may take several runs; where it stands is a document.

mod cursor;
mod executions;
mod lines;
mod pass;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::event::InboxEvent;
use crate::domain::finding::Finding;
use crate::domain::id::ConversationId;
use crate::domain::reconcile::{Compare, Open};
use crate::engine::portal::ShownChat;
use crate::findings;
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::Principal;
use crate::store::{ConversationKey, DocumentWrite, Expected, Recorded, Store, StoreError};
use crate::telemetry::Chain;

use super::{Report, Sentinel, Watch};
use cursor::Cursor;

/// The attempts of one call at the most: it is repeated twice when SalesIQ fails (`salesiq::client::Limits`).
const ATTEMPTS_OF_A_CALL: u64 = 3;

/// How many open conversations one query gives.
const LIVE_PAGE: u32 = 1_000;

/// How many wake-ups are gathered before they are sent.
const WOKEN_AT_ONCE: usize = 100;

/// How long it is remembered how a chat stood when its messages were compared. Each comparison begins it anew.
const COMPARED_FOR: SignedDuration = SignedDuration::from_hours(48);

/// What is refused when our operator may not see chats at all.
const CHATS: &str = "chats";

/// Why a run ends before it is through. The next one goes on where it stopped.
#[derive(Debug)]
enum Stop {
    /// The calls or the time of the run are used up.
    Spent,
    /// SalesIQ does not answer, or wants to be left alone.
    Salesiq(SalesiqError),
    /// The table failed.
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One run for one workspace.
struct Run<'r, S> {
    sentinel: &'r Sentinel<S>,
    watch: &'r Watch<S>,
    report: &'r mut Report,
    cursor: Cursor,
    /// The open conversations.
    live: BTreeMap<ConversationId, Open>,
    /// How each chat stood when its messages were last compared.
    compared: BTreeMap<ConversationId, Timestamp>,
    /// Chats whose messages are to be compared, the most pressing first.
    wanted: BTreeSet<Wanted>,
    news: Vec<ConversationKey>,
}

/// A chat whose messages are to be compared: the most pressing first, then the one that changed first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    why: Compare,
    changed_at: Timestamp,
    conversation: ConversationId,
}

impl<S: Store + Clone> Sentinel<S> {
    /// Compares with SalesIQ as far as calls and time allow.
    pub(super) async fn reconcile(&self, watch: &Watch<S>, report: &mut Report) {
        let workspace = &watch.workspace.settings.workspace;
        let cursor = match cursor::read(&self.store, workspace).await {
            Ok(cursor) => cursor,
            Err(error) => {
                tracing::error!(%workspace, error = %Chain(&error), "nothing is compared with SalesIQ: the table failed");
                report.failed += 1;
                return;
            }
        };
        let mut run = Run {
            sentinel: self,
            watch,
            report,
            cursor,
            live: BTreeMap::new(),
            compared: BTreeMap::new(),
            wanted: BTreeSet::new(),
            news: Vec::new(),
        };
        let stopped = run.through().await;
        run.wake().await;
        match stopped {
            Ok(()) | Err(Stop::Spent) => {}
            Err(Stop::Salesiq(error)) if is_refusal(&error) => run.refused(CHATS, &error).await,
            Err(Stop::Salesiq(error)) => {
                tracing::warn!(%workspace, error = %Chain(&error), "the comparison with SalesIQ goes on in the next run");
            }
            Err(Stop::Store(error)) => {
                tracing::error!(%workspace, error = %Chain(&error), "the comparison with SalesIQ goes on in the next run");
                run.report.failed += 1;
            }
        }
        if let Err(error) = cursor::write(&self.store, workspace, &run.cursor).await {
            // The next run begins where this one did.
            tracing::warn!(%workspace, error = %Chain(&error), "where the comparison with SalesIQ stands was not kept");
        }
    }
}

impl<S: Store + Clone> Run<'_, S> {
    async fn through(&mut self) -> Result<(), Stop> {
        match self.retry_executions().await {
            // What fails here need not fail below.
            Err(Stop::Salesiq(error @ (SalesiqError::Server { .. } | SalesiqError::Unreadable { .. }))) => {
                tracing::warn!(workspace = %self.watch.workspace.settings.workspace, error = %Chain(&error), "failed deliveries could not be run again");
            }
            retried => retried?,
        }
        self.read_what_is_known().await?;
        match self.pass().await {
            // Its part of the calls is used up; the rest is for messages.
            Ok(()) | Err(Stop::Spent) => self.compare_messages().await,
            stopped => stopped,
        }
    }

    async fn read_what_is_known(&mut self) -> Result<(), Stop> {
        let (store, workspace) = (&self.sentinel.store, &self.watch.workspace.settings.workspace);
        let mut last = None;
        loop {
            let page = store.live(workspace, last.as_ref(), LIVE_PAGE).await?;
            let more = u32::try_from(page.len()).is_ok_and(|rows| rows >= LIVE_PAGE);
            last = page.last().cloned();
            for (conversation, entry) in page {
                match serde_json::from_str(&entry.body) {
                    Ok(open) => drop(self.live.insert(conversation, open)),
                    Err(error) => {
                        tracing::error!(%workspace, %conversation, %error, "an open conversation's entry can't be read");
                    }
                }
            }
            if !more {
                break;
            }
        }
        for document in store.documents(&compared_partition(workspace), "").await? {
            let at = document.body.parse().ok().and_then(|at| Timestamp::from_millisecond(at).ok());
            if let (Ok(conversation), Some(at)) = (ConversationId::parse(&document.name), at) {
                self.compared.insert(conversation, at);
            }
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.sentinel.clock.now()
    }

    fn key(&self, conversation: &ConversationId) -> ConversationKey {
        ConversationKey {
            workspace: self.watch.workspace.settings.workspace.clone(),
            conversation: conversation.clone(),
        }
    }

    /// Whether another call may be made that leaves `reserve` for later.
    fn may_call(&self, reserve: u64) -> Result<(), Stop> {
        let spent = self.watch.calls_left() < ATTEMPTS_OF_A_CALL + reserve || self.now() >= self.watch.until;
        if spent { Err(Stop::Spent) } else { Ok(()) }
    }

    /// Puts what was found into the conversation's inbox; tells whether it is new.
    async fn record(&mut self, event: &InboxEvent) -> Result<bool, Stop> {
        let key = self.key(&event.event.conversation);
        let event = InboxEvent { received_at: self.now(), ..event.clone() };
        let recorded = self.sentinel.store.record(&key, &event).await?;
        if recorded != Recorded::AlreadyRead && self.news.last() != Some(&key) {
            self.news.push(key);
        }
        if self.news.len() >= WOKEN_AT_ONCE {
            self.wake().await;
        }
        Ok(recorded == Recorded::New)
    }

    /// Wakes the conversations that something was recorded for. A wake-up that is lost is made up for by the sweep.
    async fn wake(&mut self) {
        let news = std::mem::take(&mut self.news);
        if news.is_empty() {
            return;
        }
        if let Err(error) = self.sentinel.bus.conversation_news(&news).await {
            let workspace = &self.watch.workspace.settings.workspace;
            tracing::warn!(%workspace, count = news.len(), error = %Chain(&error), "what was found waits for the next sweep");
        }
    }

    /// Reads a chat as our operator, else as the facilitator, who sees all departments; none: it is not to be seen.
    async fn look_at(&self, conversation: &ConversationId) -> Result<Option<ShownChat>, Stop> {
        for asked_by in self.eyes() {
            match self.watch.portal.chat(conversation, asked_by, self.now()).await {
                Ok(chat) => return Ok(Some(chat)),
                Err(error) if is_unseen(asked_by, &error) => {}
                Err(error) => return Err(Stop::Salesiq(error)),
            }
        }
        tracing::debug!(workspace = %self.watch.workspace.settings.workspace, %conversation, "SalesIQ does not show the chat");
        Ok(None)
    }

    /// In whose name a chat can be read.
    fn eyes(&self) -> impl Iterator<Item = Principal> + use<S> {
        let facilitator = self.watch.portal.has_facilitator().then_some(Principal::Facilitator);
        [Principal::Bot].into_iter().chain(facilitator)
    }

    /// Something is refused that needs a person to allow it: reported once, until it worked again.
    async fn refused(&mut self, what: &str, error: &SalesiqError) {
        let workspace = self.watch.workspace.settings.workspace.clone();
        tracing::warn!(%workspace, what, error = %Chain(error), "SalesIQ refuses what the comparison needs");
        if self.cursor.refused.insert(what.to_owned()) {
            let now = self.now();
            findings::report(&self.sentinel.store, &workspace, None, Finding::ReconciliationRefused, now).await;
        }
    }

    async fn remember_compared(&mut self, conversation: &ConversationId, at: Timestamp) -> Result<(), Stop> {
        let write = DocumentWrite {
            partition: compared_partition(&self.watch.workspace.settings.workspace),
            name: conversation.to_string(),
            expected: Expected::Anything,
            body: at.as_millisecond().to_string(),
            expires_at: Some(self.now() + COMPARED_FOR),
        };
        self.sentinel.store.put_document(&write).await?;
        self.compared.insert(conversation.clone(), at);
        Ok(())
    }
}

/// The partition of when each conversation's messages were last compared with SalesIQ's.
#[must_use]
pub fn compared_partition(workspace: &crate::domain::id::WorkspaceId) -> String {
    format!("COMPARED#{workspace}")
}

/// Whether a refusal is about one chat or department only, and says nothing of the next.
fn is_of_one(error: &SalesiqError) -> bool {
    matches!(
        error,
        SalesiqError::NotFound { .. }
            | SalesiqError::Forbidden { .. }
            | SalesiqError::WrongState { .. }
            | SalesiqError::Invalid { .. }
            | SalesiqError::Unreadable { .. }
    )
}

/// Whether a chat is not shown to one who asked, so that another may ask, and the next chat may be.
fn is_unseen(asked_by: Principal, error: &SalesiqError) -> bool {
    is_of_one(error) || asked_by == Principal::Facilitator && is_refusal(error)
}

/// Whether somebody has to allow it first: a scope, a role, or a connection is missing.
fn is_refusal(error: &SalesiqError) -> bool {
    matches!(error, SalesiqError::Scope { .. } | SalesiqError::Forbidden { .. } | SalesiqError::Auth { .. })
}
