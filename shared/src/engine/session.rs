//! One wake-up of one conversation.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::agent::Agent;
use crate::domain::action::Holder;
use crate::domain::conversation::Conversation;
use crate::domain::drain::{DrainContext, Finding, LogEntry, Operators};
use crate::domain::event::{EventKind, InboxEvent};
use crate::domain::message::Sender;
use crate::domain::plan::Step;
use crate::store::{
    Commit, ConversationKey, DocumentWrite, EVENTS_PER_COMMIT, Loaded, LogLine, ReadEvent, Store, StoreError,
};
use crate::telemetry::Chain;
use crate::workspace::Workspace;

use super::deliberate::Thinking;
use super::effect::Effect;
use super::portal::Portal;
use super::{Engine, EngineError, Nudge, Woken, fault_point, item};

/// How many commits in a row may be lost to other wakers.
const CONFLICTS_IN_A_ROW: usize = 40;
/// How many steps one wake-up takes at the most; what is left is woken by its `wake_at`.
const STEPS: usize = 60;

/// Whether a commit went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Committed {
    /// It did.
    Yes,
    /// Another waker was ahead; the state was reloaded.
    Conflict,
}

/// One wake-up.
pub(super) struct Session<'e, S, A> {
    pub(super) engine: &'e Engine<S, A>,
    pub(super) key: &'e ConversationKey,
    pub(super) workspace: Arc<Workspace>,
    pub(super) holder: Holder,
    pub(super) conversation: Conversation,
    pub(super) portal: Portal<S>,
    pub(super) woken: Woken,
    loaded: Conversation,
    version: Option<u64>,
    log: Vec<(Timestamp, LogEntry)>,
    pub(super) unread: VecDeque<InboxEvent>,
    read: Vec<ReadEvent>,
    lines: Vec<LogLine>,
    pub(super) effects: Vec<Effect>,
    pub(super) findings: Vec<Finding>,
    /// Written with the next commit; gone with a reload, since they were decided on what was loaded.
    pub(super) documents: Vec<DocumentWrite>,
    operators: Operators,
    pub(super) echo_matched: bool,
    /// The alarm that was set before this wake-up.
    pub(super) alarm_before: Option<Timestamp>,
    lost_in_a_row: usize,
    commit_number: usize,
    /// How often the running turn was thought again.
    pub(super) rethinks: u8,
    /// What thinking has taken in the running turn, and until when it may go on.
    pub(super) thinking: Option<Thinking>,
    pub(super) began: Instant,
    /// Tags that the agent asked for by a call.
    pub(super) tags_asked: Vec<String>,
}

impl<'e, S: Store + Clone, A: Agent> Session<'e, S, A> {
    pub(super) fn new(
        engine: &'e Engine<S, A>,
        key: &'e ConversationKey,
        workspace: Arc<Workspace>,
        holder: Holder,
    ) -> Result<Self, EngineError> {
        let portal = engine.portals.of(&workspace.settings)?;
        Ok(Self {
            engine,
            key,
            workspace,
            holder,
            portal,
            conversation: Conversation::default(),
            woken: Woken::default(),
            loaded: Conversation::default(),
            version: None,
            log: Vec::new(),
            unread: VecDeque::new(),
            read: Vec::new(),
            lines: Vec::new(),
            effects: Vec::new(),
            findings: Vec::new(),
            documents: Vec::new(),
            operators: Operators::default(),
            echo_matched: false,
            alarm_before: None,
            lost_in_a_row: 0,
            commit_number: 0,
            rethinks: 0,
            thinking: None,
            began: Instant::now(),
            tags_asked: Vec::new(),
        })
    }

    pub(super) async fn run(mut self, nudge: Nudge) -> Result<Woken, EngineError> {
        self.load().await?;
        self.alarm_before = self.conversation.alarm_at;
        self.reached(fault_point::Step::Loaded).await;
        if self.version.is_none() && self.unread.is_empty() {
            tracing::debug!(workspace = %self.key.workspace, conversation = %self.key.conversation, "woken for nothing");
            return Ok(self.woken);
        }
        self.take_nudge(nudge);
        let mut thought = false;
        for _ in 0..STEPS {
            self.take_in();
            let step = if self.unread.is_empty() { self.plan() } else { Step::Rest };
            if self.commit_if_changed().await? == Committed::Conflict || !self.unread.is_empty() {
                continue;
            }
            if std::mem::take(&mut thought) {
                self.reached(fault_point::Step::Ticked).await;
            }
            match step {
                Step::Rest => break,
                Step::Read => self.read_portal().await,
                Step::Act(actions) => self.carry_out(&actions).await,
                Step::Route => self.route().await?,
                Step::Remind(reminder) => self.remind(reminder).await?,
                Step::Think { pickup } => {
                    thought = true;
                    Box::pin(self.think(pickup)).await?;
                }
            }
        }
        // Only where the steps ran out: what was done outside must not be forgotten.
        self.commit_if_changed().await?;
        self.wake_others().await;
        self.report().await;
        Ok(self.woken)
    }

    /// What it is woken for survives a lost race like anything that happened outside.
    fn take_nudge(&mut self, nudge: Nudge) {
        match nudge {
            Nudge::News => {}
            Nudge::Redrive => self.happened(Effect::Redriven),
            Nudge::Returned { message_id, complaint, to_last_resort } => {
                self.found(Finding::MailReturned);
                if !to_last_resort {
                    self.happened(Effect::MailReturned { message_id, complaint });
                }
            }
        }
    }

    fn plan(&mut self) -> Step {
        let now = self.now();
        let (settings, duty) = (&self.workspace.settings, self.engine.work.duty());
        let plan = self.conversation.plan(settings, duty, &self.holder, &self.engine.terms, now);
        self.findings.extend(plan.finding);
        plan.step
    }

    pub(super) fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    pub(super) async fn reached(&self, step: fault_point::Step) {
        self.engine.fault_points.reached(&self.key.conversation, step).await;
    }

    /// Reads state, inbox and log anew; what was done outside since the last commit is applied again.
    pub(super) async fn load(&mut self) -> Result<(), EngineError> {
        let (loaded, conversation) = self.fetch().await?;
        self.adopt(loaded, conversation).await;
        Ok(())
    }

    async fn fetch(&self) -> Result<(Loaded, Conversation), EngineError> {
        let loaded = self.engine.store.load(self.key).await.map_err(|source| self.store_error(source))?;
        let conversation = match &loaded.state {
            Some(state) => item::read(&self.key.conversation, state)?,
            None => Conversation::default(),
        };
        Ok((loaded, conversation))
    }

    async fn adopt(&mut self, loaded: Loaded, conversation: Conversation) {
        self.version = loaded.state.as_ref().map(|state| state.version);
        self.conversation = conversation;
        self.loaded = self.conversation.clone();
        self.log.clear();
        for line in &loaded.log {
            match serde_json::from_str(&line.body) {
                Ok(entry) => self.log.push((line.time, entry)),
                Err(error) => {
                    tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, %error, "a log line is not readable");
                }
            }
        }
        self.unread = loaded.unread.into();
        self.read.clear();
        self.lines.clear();
        self.documents.clear();
        self.learn_operators().await;
        self.learn_identity().await;
        for effect in self.effects.clone() {
            self.apply(&effect);
        }
    }

    /// Asks SalesIQ who the operators are when a line is by one that is not known.
    async fn learn_operators(&mut self) {
        let us = &self.workspace.settings.bot_operator;
        self.operators = self.portal.known_operators();
        let strangers = self.unread.iter().filter(|inbox| match &inbox.event.kind {
            EventKind::OperatorReplied { message } | EventKind::LineFound { message, .. } => match &message.sender {
                Sender::Operator { id, .. } => id != us && !self.operators.knows(id),
                _ => false,
            },
            _ => false,
        });
        if let Some(received_at) = strangers.map(|inbox| inbox.received_at).max() {
            match self.portal.operators(received_at, self.now()).await {
                Ok(operators) => self.operators = operators,
                Err(error) => {
                    tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "operators could not be read; strangers count as human");
                }
            }
        }
    }

    /// Drains as many events as one commit takes.
    pub(super) fn take_in(&mut self) {
        while self.read.len() < EVENTS_PER_COMMIT {
            let Some(inbox) = self.unread.pop_front() else { break };
            let workspace = Arc::clone(&self.workspace);
            let now = self.now();
            let context = context(&workspace, &self.operators, now);
            let drained = self.conversation.drain(&inbox, &context);
            self.findings.extend(drained.finding);
            self.echo_matched |= drained.echo_matched;
            let keep = drained.keep.then(|| inbox.raw.clone()).flatten();
            self.read.push(ReadEvent { dedup: inbox.dedup.clone(), keep });
            if let Some(entry) = drained.log {
                let time = match &entry {
                    LogEntry::Line { message, .. } => message.time,
                    _ => inbox.order,
                };
                self.append(time, inbox.dedup, entry);
            }
        }
    }

    fn append(&mut self, time: Timestamp, dedup: crate::domain::event::DedupKey, entry: LogEntry) {
        // Our own lines are no events; those that are were masked when they were drained.
        let entry = entry.redacted(&self.workspace.settings.redaction);
        match serde_json::to_string(&entry) {
            Ok(body) => {
                let expires_at = Some(item::retained_until(&self.workspace.settings, self.now()));
                self.lines.push(LogLine { time, dedup, body, expires_at });
                self.log.push((time, entry));
            }
            Err(error) => {
                tracing::error!(workspace = %self.key.workspace, conversation = %self.key.conversation, %error, "a log line can't be written");
            }
        }
    }

    /// The log as it stands, oldest first as far as it was stored in order.
    pub(super) fn log(&self) -> impl Iterator<Item = (Timestamp, &LogEntry)> {
        self.log.iter().map(|(time, entry)| (*time, entry))
    }

    /// Takes up what acting outside came to; it survives reloads until a commit holds it.
    pub(super) fn happened(&mut self, effect: Effect) {
        self.apply(&effect);
        self.effects.push(effect);
    }

    fn apply(&mut self, effect: &Effect) {
        let workspace = Arc::clone(&self.workspace);
        let context = context(&workspace, &self.operators, self.engine.clock.now());
        let us = &workspace.settings.bot_operator;
        let line = effect.apply(&mut self.conversation, &self.key.conversation, us, &self.engine.terms, &context);
        if let Some(line) = line {
            self.append(line.time, line.dedup, line.entry);
        }
    }

    pub(super) fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Events were seen that no commit has read away yet.
    pub(super) fn has_news(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Commits what changed since the last load or commit, if anything did.
    pub(super) async fn commit_if_changed(&mut self) -> Result<Committed, EngineError> {
        let changed = !self.read.is_empty()
            || !self.lines.is_empty()
            || !self.documents.is_empty()
            || self.conversation != self.loaded;
        if changed { self.commit().await } else { Ok(Committed::Yes) }
    }

    async fn commit(&mut self) -> Result<Committed, EngineError> {
        let now = self.now();
        let version = self.version.unwrap_or(0) + 1;
        self.commit_number += 1;
        self.conversation.prune_actions();
        let alarm_at = self.alarm_to_set(now);
        self.conversation.alarm_at = alarm_at;
        self.conversation.last_commit = format!("{}-{}", self.holder.0, self.commit_number);
        let identity_key = self.portal.identity_key().await;
        let state = item::write(
            &self.key.conversation,
            &self.conversation,
            version,
            &self.workspace.settings,
            identity_key.as_deref(),
            now,
        )?;
        let commit = Commit {
            key: self.key.clone(),
            expected: self.version,
            state,
            read: std::mem::take(&mut self.read),
            log: std::mem::take(&mut self.lines),
            documents: std::mem::take(&mut self.documents),
            now,
        };
        match self.engine.store.commit(&commit).await {
            Ok(()) => {
                self.committed(version, commit.read.len());
                Ok(Committed::Yes)
            }
            Err(StoreError::Conflict { .. } | StoreError::Busy { .. } | StoreError::Unreachable { .. }) => {
                self.lost(version, commit.read.len()).await
            }
            Err(source) => Err(self.store_error(source)),
        }
    }

    fn committed(&mut self, version: u64, events: usize) {
        self.version = Some(version);
        self.loaded = self.conversation.clone();
        self.effects.clear();
        self.woken.events += events;
        self.woken.commits += 1;
        self.lost_in_a_row = 0;
    }

    /// A commit did not go through, as far as was told: reloads, and finds out whether it did all the same, since an
    /// answer may be lost and a repeated request meets its own write.
    async fn lost(&mut self, version: u64, events: usize) -> Result<Committed, EngineError> {
        self.woken.conflicts += 1;
        self.lost_in_a_row += 1;
        if self.lost_in_a_row > CONFLICTS_IN_A_ROW {
            let conversation = self.key.conversation.clone();
            return Err(EngineError::Contended { conversation, conflicts: self.lost_in_a_row });
        }
        let longest_ms = 10 * self.lost_in_a_row.min(20) as u64;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=longest_ms))).await;
        let (loaded, conversation) = self.fetch().await?;
        let ours = loaded.state.as_ref().is_some_and(|state| state.version == version)
            && conversation.last_commit == self.conversation.last_commit;
        if ours {
            self.committed(version, events);
            // What came since is not overlooked: a human may be among it.
            self.unread = loaded.unread.into();
            self.learn_identity().await;
            return Ok(Committed::Yes);
        }
        self.adopt(loaded, conversation).await;
        Ok(Committed::Conflict)
    }

    pub(super) fn store_error(&self, source: StoreError) -> EngineError {
        EngineError::Store { conversation: self.key.conversation.clone(), source }
    }
}

fn context<'a>(workspace: &'a Workspace, operators: &'a Operators, now: Timestamp) -> DrainContext<'a> {
    DrainContext { settings: &workspace.settings, operators, echo_proven: workspace.echo_proven, now }
}
