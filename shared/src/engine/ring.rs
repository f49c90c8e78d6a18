//! Finding a human: decide whom to ring, reserve, note, transfer, take back (ARCHITECTURE.md, "Escalation").

use std::collections::BTreeMap;

use crate::agent::Agent;
use crate::agent::playbook::{emergency, nobody_available};
use crate::domain::action::{Action, ActionId, ActionKind};
use crate::domain::conversation::Attendance;
use crate::domain::drain::Finding;
use crate::domain::id::OperatorId;
use crate::domain::plan::Claimed;
use crate::domain::router::{
    self, Decision, Hours, Inquiry, Loads, NobodyWhy, Outcome as Routed, Reserved, Target, route,
};
use crate::domain::seek::Ring;
use crate::note::{self, NoteFacts, Tried};
use crate::salesiq::assumptions::NOTE_LIMIT;
use crate::salesiq::error::SalesiqError;
use crate::store::{DocumentWrite, Expected, Store, StoreError};
use crate::telemetry::Chain;

use super::effect::Effect;
use super::portal::{Outcome, outcome};
use super::session::{Committed, Session};
use super::{EngineError, decisions, item};

/// Further ahead a weekday alone would mislead.
const SIX_DAYS: jiff::SignedDuration = jiff::SignedDuration::from_hours(6 * 24);

/// How long the note of a transfer may be: it is read while the desk rings.
const SHORT_NOTE_LIMIT: usize = 250;

/// The partition of a workspace's reservations, one document an operator.
#[must_use]
pub(super) fn reservations_of(workspace: &crate::domain::id::WorkspaceId) -> String {
    format!("OPLOAD#{workspace}")
}

/// Reservations as they lie in the table, each with the version that a write must meet.
type Kept = BTreeMap<OperatorId, (u64, Reserved)>;

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Decides whom to ring and begins to, or finds that there is nobody. Reservation and decision are committed with
    /// the state: of two who pick the same operator one loses, and decides again.
    pub(super) async fn route(&mut self) -> Result<(), EngineError> {
        let kept = self.reservations().await?;
        let Some(decision) = self.decide_whom_to_ring(&kept).await else { return Ok(()) };
        self.record(&decision);
        let actions = match &decision.outcome {
            Routed::Ring { targets } if !targets.is_empty() => {
                self.sum_up();
                let told = self.tell_of_search();
                let ring = self.begin_ring(targets[0].clone());
                // Nobody can speak in a chat that is not ours yet: the ring takes it.
                if self.attends() {
                    told.into_iter().chain(ring).collect()
                } else {
                    ring.into_iter().chain(told).collect()
                }
            }
            Routed::Ring { .. } => self.give_up_search(&decision, NobodyWhy::NoDepartment),
            Routed::Nobody { why } => self.give_up_search(&decision, *why),
        };
        self.reserve(&kept);
        if self.commit_if_changed().await? == Committed::Yes {
            let claimed: Vec<Claimed> = actions.iter().map(|id| Claimed { id: *id, unsure_since: None }).collect();
            self.carry_out(&claimed).await;
        }
        Ok(())
    }

    /// Whom a person chose, else whom the rules give.
    async fn decide_whom_to_ring(&mut self, kept: &Kept) -> Option<Decision> {
        let search = self.conversation.escalation()?;
        if let Some(chosen) = search.chosen.as_ref().filter(|chosen| !chosen.rung) {
            let settings = &self.workspace.settings;
            let brand = self.conversation.brand(settings);
            return Some(router::chosen(chosen, &search.reason, settings, brand, self.now()));
        }
        let roster = self.roster().await;
        let reservations = kept.iter().map(|(operator, (_, reserved))| (operator.clone(), reserved.clone())).collect();
        let now = self.now();
        let escalation = self.conversation.escalation()?;
        let settings = &self.workspace.settings;
        let decision = route(&Inquiry {
            conversation: &self.key.conversation,
            settings,
            brand: self.conversation.brand(settings),
            reason: &escalation.reason,
            roster: &roster,
            reservations: &reservations,
            attempts: &escalation.attempts,
            now,
        });
        if roster.loads == Loads::Refused {
            self.found(Finding::FacilitatorRefused);
        }
        Some(decision)
    }

    fn begin_ring(&mut self, target: Target) -> Vec<ActionId> {
        tracing::info!(
            workspace = %self.key.workspace, conversation = %self.key.conversation,
            department = %target.department, operator = target.operator.as_ref().map(tracing::field::display),
            "ringing"
        );
        let facts = &self.conversation.facts;
        let knowledge = self.workspace.knowledge.iter();
        let used = knowledge.filter(|article| self.conversation.sources.contains(&article.id));
        let sources: Vec<(String, Option<String>)> =
            used.map(|article| (article.title.clone(), article.url.clone())).collect();
        let Some(escalation) = self.conversation.escalation() else { return Vec::new() };
        let counts = &self.conversation.counts;
        let tried = Tried {
            // Without the line that says that a colleague is looked for.
            answers: u32::try_from(counts.our_lines.saturating_sub(counts.reminders + 1)).unwrap_or(u32::MAX),
            clarifications: u32::from(self.conversation.clarifications),
        };
        let country = self.conversation.country(&self.workspace.settings);
        let told = NoteFacts {
            reason: &escalation.reason,
            summary: &escalation.summary,
            tried,
            writes: &self.conversation.writes,
            player: &self.conversation.player,
            country: country.as_ref(),
            sources: &sources,
            visitor: facts.visitor.name(),
            page: facts.visitor.page_url(),
            language: self.conversation.language.as_deref(),
        };
        let team = &self.workspace.settings.team_language;
        let (mut note, mut short_note) =
            (note::render(&told, team, NOTE_LIMIT), note::short(&told, team, SHORT_NOTE_LIMIT));
        if let Some(chosen) = escalation.chosen.as_ref().filter(|chosen| !chosen.note.is_empty()) {
            let words = format!("{} — {}", chosen.note, chosen.by.name);
            let room = NOTE_LIMIT.saturating_sub(words.chars().count() + 1);
            note = format!("{words}\n{}", note::render(&told, team, room));
            short_note = words.chars().take(SHORT_NOTE_LIMIT).collect();
        }
        let now = self.now();
        let (settings, terms) = (&self.workspace.settings, &self.engine.terms);
        self.conversation.ring(Ring { holder: &self.holder, target, note, short_note, settings, terms, now })
    }

    fn give_up_search(&mut self, decision: &Decision, why: NobodyWhy) -> Vec<ActionId> {
        if why == NobodyWhy::NoDepartment {
            self.found(Finding::EscalationUnsettled);
        }
        let settings = &self.workspace.settings;
        let opens_at = match decision.hours {
            Hours::Closed { opens_at } => opens_at,
            Hours::Always | Hours::Open => None,
        };
        // It is told by its weekday alone.
        let opens_at = opens_at.filter(|at| *at < decision.at + SIX_DAYS);
        let notice = self.conversation.brand(settings).map_or_else(String::new, |brand| {
            let language = self.conversation.language.as_deref().unwrap_or(&brand.language);
            let zone = brand.time_zone.as_deref().unwrap_or(&settings.time_zone);
            let reachable = self.conversation.is_reachable();
            let told = nobody_available(brand, language, why == NobodyWhy::OutOfHours, opens_at, zone, reachable);
            let reason = self.conversation.escalation().map(|escalation| &escalation.reason);
            match reason.and_then(|reason| emergency(brand, language, reason)) {
                Some(first) => format!("{first} {told}"),
                None => told,
            }
        });
        let now = self.now();
        self.conversation.nobody_found(why, notice, &self.holder, &self.engine.terms, now)
    }

    fn record(&mut self, decision: &Decision) {
        let expires_at = item::retained_until(&self.workspace.settings, decision.at);
        self.documents.extend(decisions::document(self.key, decision, expires_at));
    }

    async fn reservations(&self) -> Result<Kept, EngineError> {
        let documents = self.engine.store.documents(&reservations_of(&self.key.workspace), "").await;
        let documents = documents.map_err(|source| self.store_error(source))?;
        let read = |document: &crate::store::Document| {
            let operator = OperatorId::parse(&document.name).ok()?;
            Some((operator, (document.version, serde_json::from_str(&document.body).ok()?)))
        };
        Ok(documents.iter().filter_map(read).collect())
    }

    /// Puts this conversation on the list of the operator whom it rings, and takes it off all others'.
    fn reserve(&mut self, kept: &Kept) {
        let now = self.now();
        let rung = self.conversation.reserved_until();
        let mut changed: Vec<(OperatorId, Expected, Reserved)> = Vec::new();
        for (operator, (version, reserved)) in kept {
            let ours = rung.as_ref().is_some_and(|(rung, _)| rung == operator);
            if reserved.until.contains_key(&self.key.conversation) && !ours {
                changed.push((
                    operator.clone(),
                    Expected::Version(*version),
                    reserved.without(&self.key.conversation, now),
                ));
            }
        }
        if let Some((operator, until)) = rung {
            let (expected, before) = match kept.get(&operator) {
                Some((version, reserved)) => (Expected::Version(*version), reserved.clone()),
                None => (Expected::Absent, Reserved::default()),
            };
            changed.push((operator, expected, before.with(&self.key.conversation, until, now)));
        }
        for (operator, expected, reserved) in changed {
            self.documents.extend(self.reservation(&operator, expected, &reserved));
        }
    }

    fn reservation(&self, operator: &OperatorId, expected: Expected, reserved: &Reserved) -> Option<DocumentWrite> {
        Some(DocumentWrite {
            partition: reservations_of(&self.key.workspace),
            name: operator.as_str().to_owned(),
            expected,
            body: serde_json::to_string(reserved).ok()?,
            expires_at: None,
        })
    }

    /// Takes the conversation off an operator's list.
    pub(super) async fn release(&mut self, action: &Action, operator: &OperatorId) {
        let released = self.try_release(operator).await;
        match released {
            Ok(()) => self.happened(Effect::Done { id: action.id }),
            Err(error) => {
                tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "a reservation could not be freed; it runs out by itself");
                self.happened(Effect::Failed { id: action.id, at_least: None });
            }
        }
    }

    async fn try_release(&self, operator: &OperatorId) -> Result<(), StoreError> {
        let partition = reservations_of(&self.key.workspace);
        let Some(document) = self.engine.store.document(&partition, operator.as_str()).await? else { return Ok(()) };
        let Ok(reserved) = serde_json::from_str::<Reserved>(&document.body) else { return Ok(()) };
        if !reserved.until.contains_key(&self.key.conversation) {
            return Ok(());
        }
        let freed = reserved.without(&self.key.conversation, self.now());
        match self.reservation(operator, Expected::Version(document.version), &freed) {
            Some(write) => self.engine.store.put_document(&write).await,
            None => Ok(()),
        }
    }

    /// Puts the note on the chat. It never holds anything up.
    pub(super) async fn put_note(&mut self, action: &Action, text: &str) {
        if !self.is_valid(action) {
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        match self.portal.add_note(&self.key.conversation, text).await {
            Ok(()) => self.happened(Effect::Noted { id: action.id }),
            Err(error) => {
                self.note_failure(&error, "note");
                self.happened(Effect::NoteFailed { id: action.id });
            }
        }
    }

    /// Whether this very target is being rung.
    pub(super) fn is_rung(&self, target: &Target) -> bool {
        use crate::domain::escalation::{Escalation, Stage};
        matches!(
            self.conversation.escalation(),
            Some(Escalation { stage: Stage::Ringing { target: rung, .. }, .. }) if rung == target
        )
    }

    /// Rings. Whose ring may still go on is stopped first.
    pub(super) async fn transfer(
        &mut self,
        claimed: &Action,
        target: &Target,
        take_back: Option<&Target>,
        unsure: bool,
    ) {
        if unsure {
            self.read_portal().await;
        }
        // The note before it may have failed: its text goes along.
        let Some(action) = self.conversation.action(claimed.id).filter(|action| action.is_open()).cloned() else {
            return;
        };
        let ActionKind::Transfer { note, .. } = &action.kind else { return };
        if !self.is_valid(&action) {
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        if let Some(before) = take_back {
            self.stop_ring(before).await;
        }
        let us = &self.workspace.settings.bot_operator;
        if self.conversation.attendance(us) != Attendance::Us {
            if !self.take_the_chat().await {
                self.read_portal().await;
            }
            if !self.still_open(&action) {
                return;
            }
        }
        match self.portal.transfer(&self.key.conversation, target, note).await {
            Ok(()) => self.happened(Effect::Rung { id: action.id }),
            Err(error) => self.transfer_failed(&action, &error, unsure),
        }
    }

    fn transfer_failed(&mut self, action: &Action, error: &SalesiqError, unsure: bool) {
        let at_least = self.note_failure(error, "transfer");
        match outcome(error) {
            // It did land the first time: one transfer rings already.
            Outcome::WrongState if unsure && matches!(error, SalesiqError::WrongState { .. }) => {
                self.happened(Effect::Rung { id: action.id });
            }
            Outcome::WrongState => {
                self.happened(Effect::TransferRefused { id: action.id, code: error.code() });
                if !matches!(error, SalesiqError::Invalid { .. }) {
                    self.happened(Effect::MustRead);
                }
            }
            Outcome::DidNothing => self.happened(Effect::Failed { id: action.id, at_least }),
            Outcome::NobodyKnows => self.happened(Effect::Unsure { id: action.id }),
        }
    }

    /// Becomes the attender; a ring stops with that (assumption). Whether SalesIQ did it.
    pub(super) async fn take_the_chat(&mut self) -> bool {
        match self.portal.pick_up(&self.key.conversation, self.now()).await {
            Ok(mut event) => {
                event.order = event.order.max(self.after_all_known());
                self.happened(Effect::Read(Box::new(event)));
                true
            }
            Err(error) => {
                self.note_failure(&error, "pickup");
                false
            }
        }
    }

    /// Nobody needs to come any more.
    pub(super) async fn take_back(&mut self, action: &Action, target: &Target) {
        if !self.is_valid(action) {
            self.happened(Effect::Cancel { id: action.id });
            return;
        }
        if !self.stop_ring(target).await {
            let text = note::withdrawn(&self.workspace.settings.team_language);
            if let Err(error) = self.portal.add_note(&self.key.conversation, &text).await {
                self.note_failure(&error, "note");
            }
        }
        self.happened(Effect::Done { id: action.id });
    }

    /// SalesIQ has no documented cancel: the transfer is turned down in the name of who is rung (assumption), else the
    /// chat is picked up.
    async fn stop_ring(&mut self, target: &Target) -> bool {
        if let Some(operator) = &target.operator {
            match self.portal.reject_transfer(&self.key.conversation, operator).await {
                Ok(()) => return true,
                Err(error) => {
                    self.note_failure(&error, "reject");
                }
            }
        }
        self.take_the_chat().await
    }
}
