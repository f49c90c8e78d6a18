//! A chat that a person has in the console: we attend, and they speak under our operator's account.

use jiff::Timestamp;

use crate::domain::action::{ActionKind, ActionState, Holder};
use crate::domain::ask::Person;
use crate::domain::conversation::{Attendance, Conversation, Phase, Terms, Via};
use crate::domain::escalation::{AttemptEnd, Stage};
use crate::domain::id::OperatorId;
use crate::domain::plan::Claimed;
use crate::domain::router::Target;

impl Conversation {
    /// A person has it in the console.
    #[must_use]
    pub fn is_held_in_console(&self) -> bool {
        matches!(self.phase, Phase::WithHuman { via: Via::Console, .. })
    }

    /// We serve the visitor, be it the AI or a person under our account: its end is ours.
    #[must_use]
    pub fn is_ours_to_end(&self) -> bool {
        self.phase == Phase::Assisting || self.is_held_in_console()
    }

    /// What a person was about to say is void where the chat is not theirs any more. Changes nothing when called again.
    pub(in crate::domain) fn let_go(&mut self, now: Timestamp) {
        if !self.is_held_in_console() {
            self.held_by = None;
            self.give_up(|action| action.kind.is_persons_line(), now);
        }
    }

    /// Somebody has it in the console, and we can't speak in it yet.
    pub(in crate::domain) fn needs_pickup(&self, us: &OperatorId) -> bool {
        let attendance = self.attendance(us);
        let may_be_had = matches!(attendance, Attendance::Nobody | Attendance::Zobot) || self.rings_to_us(us);
        self.is_held_in_console() && attendance != Attendance::Us && may_be_had && !self.is_being_picked_up()
    }

    fn is_being_picked_up(&self) -> bool {
        self.open_action(|kind| matches!(kind, ActionKind::Pickup)).is_some()
    }

    /// Claims the pickup of a chat that can be had.
    pub(in crate::domain) fn claim_pickup(
        &mut self,
        us: &OperatorId,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Option<Claimed> {
        let may_be_had = matches!(self.attendance(us), Attendance::Nobody | Attendance::Zobot) || self.rings_to_us(us);
        let ours = self.attendance(us) == Attendance::Us;
        if ours || !may_be_had || self.is_being_picked_up() {
            return None;
        }
        let state = ActionState::Claimed { by: holder.clone(), since: now, until: now + terms.claim() };
        let id = self.add_action(ActionKind::Pickup, state);
        Some(Claimed { id, unsure_since: None })
    }

    /// A person takes it: the AI keeps out, nobody is rung any more.
    pub(super) fn take_for(&mut self, by: &Person, now: Timestamp) {
        if let Phase::WithHuman { via: via @ (Via::Line | Via::Console), since } = &mut self.phase {
            (*via, *since) = (Via::Console, now);
            self.epoch += 1;
        } else {
            let rings = self.may_ring();
            self.hand_to_human(Via::Console, now);
            if let Some(target) = rings {
                self.add_action(ActionKind::TakeBack { target }, ActionState::Waiting { not_before: now });
            }
        }
        self.held_by = Some(by.clone());
    }

    /// Whose ring may still go on.
    pub(super) fn may_ring(&self) -> Option<Target> {
        let taken_back = self.open_action(|kind| matches!(kind, ActionKind::TakeBack { .. }));
        if let Some(ActionKind::TakeBack { target }) = taken_back.map(|action| &action.kind) {
            return Some(target.clone());
        }
        let search = match &self.phase {
            Phase::Escalating(escalation) => Some(&**escalation),
            Phase::Unattended { .. } => self.last_escalation.as_ref(),
            _ => None,
        }?;
        let transfer = self.open_action(|kind| matches!(kind, ActionKind::Transfer { .. }));
        let never_rang = transfer.is_some_and(|action| !action.may_have_happened());
        match &search.stage {
            Stage::Ringing { target, .. } if !never_rang => Some(target.clone()),
            _ => search.attempts.last().filter(|last| last.end == AttemptEnd::NoAnswer).map(|last| last.target.clone()),
        }
    }

    /// What a person wrote has arrived: it answers what the visitor had written when they did.
    pub(in crate::domain) fn person_said(&mut self, answers_up_to: Timestamp) {
        self.counts.human_lines += 1;
        self.waits.human = true;
        self.epoch += 1;
        self.answered_up_to(answers_up_to);
    }
}
