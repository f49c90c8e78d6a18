//! How a search for a human goes on: whom to ring, what an answer or the clock makes of it, and how it ends
//! (ARCHITECTURE.md, "Escalation").

use jiff::{SignedDuration, Timestamp};

use super::action::{ActionId, ActionKind, ActionState, Holder};
use super::conversation::{Conversation, Phase, Terms};
use super::escalation::{Attempt, AttemptEnd, Escalation, MailOccasion, Stage};
use super::event::TransferStep;
use super::fingerprint::Fingerprint;
use super::id::OperatorId;
use super::router::{NobodyWhy, Target};
use super::settings::WorkspaceSettings;

/// How long a reservation counts beyond the deadline of its ring: by then who took the chat has it on SalesIQ's list.
const RESERVATION_GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Who rings whom, with which words: what a routing decision leads to.
#[derive(Debug, Clone)]
pub struct Ring<'a> {
    /// Who carries it out.
    pub holder: &'a Holder,
    /// Who is rung.
    pub target: Target,
    /// The note for the team.
    pub note: String,
    /// What is read while it rings.
    pub short_note: String,
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The deployment's periods.
    pub terms: &'a Terms,
    /// Now.
    pub now: Timestamp,
}

impl Conversation {
    /// The running search.
    #[must_use]
    pub fn escalation(&self) -> Option<&Escalation> {
        match &self.phase {
            Phase::Escalating(escalation) => Some(escalation),
            _ => None,
        }
    }

    /// Until when somebody is being rung; none while whom to ring is to be decided.
    #[must_use]
    pub fn ring_ends_at(&self) -> Option<Timestamp> {
        match &self.escalation()?.stage {
            Stage::Ringing { deadline, .. } => Some(*deadline),
            Stage::Routing => None,
        }
    }

    fn escalation_mut(&mut self) -> Option<&mut Escalation> {
        match &mut self.phase {
            Phase::Escalating(escalation) => Some(escalation),
            _ => None,
        }
    }

    /// Begins to ring: note and transfer are claimed, in this order.
    pub fn ring(&mut self, ring: Ring<'_>) -> Vec<ActionId> {
        let known = self.facts.transfer.time();
        let Some(escalation) = self.escalation_mut() else { return Vec::new() };
        let deadline = ring.now + ring_deadline(ring.settings, &ring.target);
        let goes_on = |last: &&Attempt| matches!(last.end, AttemptEnd::NoAnswer | AttemptEnd::TakenBack);
        let may_still_ring = escalation.attempts.last().filter(goes_on);
        let take_back = may_still_ring.map(|last| last.target.clone());
        let noted = escalation.noted;
        if let Some(chosen) = escalation.chosen.as_mut().filter(|chosen| chosen.target == ring.target) {
            chosen.rung = true;
        }
        escalation.stage =
            Stage::Ringing { target: ring.target.clone(), since: ring.now, deadline, known, heard_of: false };
        let claimed =
            ActionState::Claimed { by: ring.holder.clone(), since: ring.now, until: ring.now + ring.terms.claim() };
        let note_waits = self.open_action(|kind| matches!(kind, ActionKind::Note { .. })).is_some();
        let mut actions = Vec::new();
        if !noted && !note_waits {
            actions.push(self.add_action(ActionKind::Note { text: ring.note }, claimed.clone()));
        }
        let transfer = ActionKind::Transfer { target: ring.target, note: ring.short_note, take_back };
        actions.push(self.add_action(transfer, claimed));
        actions
    }

    /// Until when an operator counts as being rung.
    #[must_use]
    pub fn reserved_until(&self) -> Option<(OperatorId, Timestamp)> {
        match &self.escalation()?.stage {
            Stage::Ringing { target, deadline, .. } => Some((target.operator.clone()?, *deadline + RESERVATION_GRACE)),
            Stage::Routing => None,
        }
    }

    /// SalesIQ took the transfer: from now on it rings.
    pub fn rung(&mut self, id: ActionId, settings: &WorkspaceSettings, now: Timestamp) {
        self.action_done(id, now);
        if let Some(Escalation { stage: Stage::Ringing { target, deadline, .. }, .. }) = self.escalation_mut() {
            *deadline = now + ring_deadline(settings, target);
        }
    }

    /// The note is on the chat.
    pub fn noted(&mut self, id: ActionId, now: Timestamp) {
        self.action_done(id, now);
        if let Some(escalation) = self.escalation_mut() {
            escalation.noted = true;
        }
    }

    /// The note could not be put on the chat: its text goes with the transfer. It never holds anything up.
    pub fn note_failed(&mut self, id: ActionId, now: Timestamp) {
        let text = match self.action(id).map(|action| &action.kind) {
            Some(ActionKind::Note { text }) => text.clone(),
            _ => String::new(),
        };
        self.noted(id, now);
        let open = self.actions.iter_mut().filter(|action| action.is_open());
        for action in open {
            if let ActionKind::Transfer { note, .. } = &mut action.kind
                && !text.is_empty()
            {
                note.clone_from(&text);
            }
        }
    }

    /// Who is rung did not take it: the next is looked for.
    pub fn attempt_over(&mut self, end: AttemptEnd, now: Timestamp) {
        let Some(escalation) = self.escalation_mut() else { return };
        let Stage::Ringing { target, since, .. } = &escalation.stage else { return };
        let chosen = escalation.chosen.take_if(|chosen| chosen.rung).is_some();
        escalation.attempts.push(Attempt { target: target.clone(), at: *since, ended_at: now, end, chosen });
        escalation.stage = Stage::Routing;
        self.cancel_all(|kind| matches!(kind, ActionKind::Transfer { .. }), now);
    }

    /// What the clock makes of a search.
    pub(super) fn let_ring_time_pass(&mut self, now: Timestamp) {
        if self.ring_ends_at().is_none_or(|deadline| deadline > now) {
            return;
        }
        let transfer = self.open_action(|kind| matches!(kind, ActionKind::Transfer { .. }));
        let never_rang = transfer.is_some_and(|action| !action.may_have_happened());
        self.attempt_over(if never_rang { AttemptEnd::Refused { code: None } } else { AttemptEnd::NoAnswer }, now);
    }

    /// What SalesIQ told of a transfer. Only what is newer than the ring counts, and only of whom it rings.
    pub(super) fn follow_transfer(&mut self, now: Timestamp) {
        let told_at = self.facts.transfer.time();
        let Some(fact) = self.facts.transfer().cloned() else { return };
        let attempts = self.escalation().into_iter().flat_map(|escalation| &escalation.attempts);
        let rung_before: Vec<OperatorId> = attempts.filter_map(|attempt| attempt.target.operator.clone()).collect();
        let Some(Escalation { stage: Stage::Ringing { target, known, heard_of, .. }, .. }) = self.escalation_mut()
        else {
            return;
        };
        if *known >= told_at {
            return;
        }
        let of_department = fact.department.as_ref().is_none_or(|department| department == &target.department);
        let of_target = match (&target.operator, &fact.operator) {
            (Some(rung), Some(told)) => rung == told,
            // A rejection that names nobody, or one of a department's operators.
            (Some(_), None) => of_department,
            // Who was rung alone before may answer late for that; anybody else answers for the department.
            (None, told) => {
                of_department && (*heard_of || told.as_ref().is_some_and(|told| !rung_before.contains(told)))
            }
        };
        match fact.step {
            TransferStep::Initiated => *heard_of |= of_department,
            TransferStep::Rejected if of_target => self.attempt_over(AttemptEnd::Rejected, now),
            // Who accepted is the attender; where nobody is named, SalesIQ is asked.
            TransferStep::Accepted if fact.operator.is_none() => {
                *known = told_at;
                self.must_read = true;
            }
            TransferStep::Rejected | TransferStep::Accepted => {}
        }
    }

    /// The search is over, whatever came of it.
    pub(super) fn end_search(&mut self) -> Option<Escalation> {
        let Phase::Escalating(escalation) = &self.phase else { return None };
        let escalation = Escalation::clone(escalation);
        self.last_escalation = Some(escalation.clone());
        Some(escalation)
    }

    /// Who was being rung when the search ended, and still counts as busy with it.
    pub(super) fn rung_last(&self) -> Option<&OperatorId> {
        match &self.last_escalation.as_ref()?.stage {
            Stage::Ringing { target, .. } => target.operator.as_ref(),
            Stage::Routing => None,
        }
    }

    /// The operator who was rung is free again: somebody else took the chat, or it is over.
    pub(super) fn release_rung(&mut self, now: Timestamp) {
        let Some(operator) = self.rung_last().cloned() else { return };
        if let Some(escalation) = &mut self.last_escalation {
            escalation.stage = Stage::Routing;
        }
        self.add_action(ActionKind::Release { operator }, ActionState::Waiting { not_before: now });
    }

    /// No human could be found: the visitor is told, then the transcript is mailed, then the chat is closed.
    pub fn nobody_found(
        &mut self,
        why: NobodyWhy,
        notice: String,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Vec<ActionId> {
        if self.end_search().is_none() {
            return Vec::new();
        }
        self.release_rung(now);
        self.cancel_all(
            |kind| matches!(kind, ActionKind::Notice { .. } | ActionKind::Note { .. } | ActionKind::Transfer { .. }),
            now,
        );
        self.turn = None;
        self.epoch += 1;
        self.counts.unattended += 1;
        self.phase = Phase::Unattended { why, since: now, after: ActionId(self.last_action) };
        let claimed = ActionState::Claimed { by: holder.clone(), since: now, until: now + terms.claim() };
        let print = Fingerprint::of(&notice);
        let notice = self.add_action(ActionKind::Notice { text: notice, print }, claimed);
        self.mail(MailOccasion::Nobody { why }, now);
        vec![notice]
    }

    /// The visitor says that it is solved: nobody is looked for any more, and a ring is taken back.
    pub(super) fn search_is_void(&mut self, now: Timestamp) {
        let Some(escalation) = self.end_search() else { return };
        self.release_rung(now);
        self.cancel_all(
            |kind| matches!(kind, ActionKind::Notice { .. } | ActionKind::Note { .. } | ActionKind::Transfer { .. }),
            now,
        );
        self.phase = Phase::Assisting;
        if let Stage::Ringing { target, .. } = escalation.stage {
            self.add_action(ActionKind::TakeBack { target }, ActionState::Waiting { not_before: now });
        }
    }

    /// Gives up all open actions of some kinds.
    fn cancel_all(&mut self, is: impl Fn(&ActionKind) -> bool, now: Timestamp) {
        self.give_up(|action| is(&action.kind), now);
    }
}

/// How long a target is rung.
fn ring_deadline(settings: &WorkspaceSettings, target: &Target) -> SignedDuration {
    let seconds = match target.operator {
        Some(_) => settings.escalation.direct_deadline_s,
        None => settings.escalation.department_deadline_s,
    };
    SignedDuration::from_secs(i64::from(seconds))
}
