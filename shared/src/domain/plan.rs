//! What to do next, and when to look again.

use jiff::{SignedDuration, Timestamp};

use super::action::{Action, ActionId, ActionKind, ActionState, Duty, Holder};
use super::conversation::{Attendance, Conversation, Phase, Terms, Via};
use super::drain::Finding;
use super::idle::Reminder;
use super::settings::WorkspaceSettings;

/// The first and the longest pause after a failure.
const RETRY_FIRST: SignedDuration = SignedDuration::from_secs(5);
const RETRY_LONGEST: SignedDuration = SignedDuration::from_secs(60);
/// After so many failures in a row nobody expects the next minute to be better.
const RETRY_SELDOM_AFTER: u8 = 20;
const RETRY_SELDOM: SignedDuration = SignedDuration::from_mins(15);
/// What is due in a silence within this has an alarm of its own. What is further away is left to the sweep, which is a
/// minute late at the most: else each answer would set an alarm that hardly ever matters.
const ALARM_FOR_SILENCE: SignedDuration = SignedDuration::from_mins(2);

/// What to do next. Whatever is to be carried out is claimed in the same change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read the conversation from SalesIQ, then plan again.
    Read,
    /// Carry these out, in this order.
    Act(Vec<Claimed>),
    /// Decide whom to ring.
    Route,
    /// Think; pick the chat up meanwhile, when there is a pickup.
    Think {
        /// To be carried out first.
        pickup: Option<Claimed>,
    },
    /// Say something to a visitor who says nothing.
    Remind(Reminder),
    /// Nothing.
    Rest,
}

/// An action that is ours to carry out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// Which.
    pub id: ActionId,
    /// Another may have carried it out already: find out first.
    pub unsure_since: Option<Timestamp>,
}

/// A plan: the step, and what an operations person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What to do.
    pub step: Step,
    /// What to report.
    pub finding: Option<Finding>,
}

impl Conversation {
    /// Decides what `holder` does next, and claims it. What only another function may do is left to that one
    /// ([`Conversation::work_for`]).
    pub fn plan(
        &mut self,
        settings: &WorkspaceSettings,
        duty: Duty,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Plan {
        self.follow_switch(settings, now);
        let finding = self.let_time_pass(settings, now);
        self.let_go(now);
        Plan { step: self.next_step(settings, duty, holder, terms, now), finding }
    }

    fn next_step(
        &mut self,
        settings: &WorkspaceSettings,
        duty: Duty,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Step {
        let over = self.is_out_of_hand();
        let paused = self.is_paused(now);
        if self.must_read && !over && !paused {
            return Step::Read;
        }
        self.mail_what_waits(now);
        self.close_when_mailed(now);
        let attends = self.attendance(&settings.bot_operator) == Attendance::Us;
        let due = self.claim_due(duty, attends, paused || over, holder, terms, now);
        if !due.is_empty() {
            return Step::Act(due);
        }
        if paused || over {
            return Step::Rest;
        }
        match self.phase {
            Phase::Escalating(_) if duty == Duty::Escalation && self.ring_ends_at().is_none() => Step::Route,
            Phase::Escalating(_) if duty == Duty::Conversation && self.may_react(settings, now) => {
                self.start_turn(holder, terms, now);
                Step::Think { pickup: None }
            }
            Phase::Assisting if duty == Duty::Conversation => self.assist(settings, holder, terms, now),
            Phase::WithHuman { via: Via::Console, .. } => self.attend_for(settings, duty, holder, terms, now),
            _ => Step::Rest,
        }
    }

    /// SalesIQ is left alone after a failure.
    fn is_paused(&self, now: Timestamp) -> bool {
        self.retry_at.is_some_and(|at| at > now)
    }

    /// There is nothing for us to say or do in the chat. What outlives it is still done.
    fn is_out_of_hand(&self) -> bool {
        matches!(self.phase, Phase::Observed | Phase::Bridged | Phase::Closed { .. })
    }

    /// The visitor wrote while a human is looked for. When SalesIQ names nobody as the attender, nothing is said.
    fn may_react(&self, settings: &WorkspaceSettings, now: Timestamp) -> bool {
        self.can_react(settings) && self.has_something_to_think_about(now)
    }

    fn can_react(&self, settings: &WorkspaceSettings) -> bool {
        self.brand(settings).is_some() && self.attendance(&settings.bot_operator) == Attendance::Us
    }

    fn has_something_to_think_about(&self, now: Timestamp) -> bool {
        !self.unheard().is_empty()
            && !self.is_thinking(now)
            && !self.reply_on_its_way()
            && !self.awaits_an_earlier_reply()
    }

    fn assist(&mut self, settings: &WorkspaceSettings, holder: &Holder, terms: &Terms, now: Timestamp) -> Step {
        let pickup = self.claim_pickup(&settings.bot_operator, holder, terms, now);
        let attending = pickup.is_some() || self.attendance(&settings.bot_operator) == Attendance::Us;
        let may_think = attending && self.has_something_to_think_about(now) && self.brand(settings).is_some();
        if may_think {
            self.start_turn(holder, terms, now);
            return Step::Think { pickup };
        }
        match (pickup, self.reminder_due(settings, now)) {
            (Some(pickup), _) => Step::Act(vec![pickup]),
            (None, Some(reminder)) => Step::Remind(reminder),
            (None, None) => Step::Rest,
        }
    }

    /// A person has it: we become the attender so that they can speak, and say what they asked to be said.
    fn attend_for(
        &mut self,
        settings: &WorkspaceSettings,
        duty: Duty,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Step {
        if let Some(pickup) = self.claim_pickup(&settings.bot_operator, holder, terms, now) {
            return Step::Act(vec![pickup]);
        }
        let reminder = self.reminder_due(settings, now).filter(|_| duty == Duty::Conversation);
        reminder.map_or(Step::Rest, Step::Remind)
    }

    /// What other functions have to do now.
    #[must_use]
    pub fn work_for(&self, settings: &WorkspaceSettings, now: Timestamp) -> Vec<Duty> {
        let mut duties = Vec::new();
        let paused = self.is_paused(now) || self.is_out_of_hand();
        for action in self.actions.iter().filter(|action| !paused || action.kind.outlives_the_chat()) {
            let due = match &action.state {
                ActionState::Waiting { not_before } => *not_before <= now,
                ActionState::Claimed { until, .. } => *until <= now,
                _ => false,
            };
            duties.extend(action.kind.duty().filter(|_| due));
        }
        if self.escalation().is_some() && self.ring_ends_at().is_none() && !paused {
            duties.push(Duty::Escalation);
        }
        let thinks = match self.phase {
            Phase::Assisting => self.brand(settings).is_some(),
            Phase::Escalating(_) => self.can_react(settings),
            _ => false,
        };
        let reminds = self.reminder_due(settings, now).is_some();
        if !paused && (reminds || thinks && self.has_something_to_think_about(now)) {
            duties.push(Duty::Conversation);
        }
        duties.sort_unstable();
        duties.dedup();
        duties
    }

    /// What the clock alone changes: a human who went silent, a visitor who waits, a ring that nobody answered, silence.
    fn let_time_pass(&mut self, settings: &WorkspaceSettings, now: Timestamp) -> Option<Finding> {
        self.let_ring_time_pass(now);
        // Whose holder died: the line it was about may be gone, and then nobody would take it over.
        self.turn = self.turn.take().filter(|turn| turn.until > now);
        self.watch_silence(settings, now);
        let waited_long = self.human_awaited_until(settings).is_some_and(|until| until <= now);
        match &mut self.phase {
            Phase::WithHuman { via: Via::Line | Via::Console, .. } if waited_long && !self.unanswered.is_empty() => {
                self.epoch += 1;
                self.phase = Phase::Assisting;
                Some(Finding::VisitorWaitsForHuman)
            }
            Phase::WithHuman { via: Via::Attender, .. } if waited_long && !self.wait_reported => {
                self.wait_reported = true;
                Some(Finding::VisitorWaitsForHuman)
            }
            _ => None,
        }
    }

    /// Until when the human who has the chat is waited for: a visitor who waits has waited for this human only since
    /// they came.
    fn human_awaited_until(&self, settings: &WorkspaceSettings) -> Option<Timestamp> {
        let Phase::WithHuman { since, .. } = &self.phase else { return None };
        Some(self.waiting_since?.max(*since) + seconds(settings.human_silence_s))
    }

    /// The same, as long as it was not reported.
    fn human_awaited(&self, settings: &WorkspaceSettings) -> Option<Timestamp> {
        self.human_awaited_until(settings).filter(|_| !self.wait_reported)
    }

    /// Claims what nobody holds: actions that wait, and those whose claim has run out.
    fn claim_due(
        &mut self,
        duty: Duty,
        attends: bool,
        only_what_outlives: bool,
        holder: &Holder,
        terms: &Terms,
        now: Timestamp,
    ) -> Vec<Claimed> {
        let mut due = Vec::new();
        // The chat is closed only after what is to be said was said, a ring was stopped, and the mail is out.
        let before_close =
            |kind: &ActionKind| kind.speaks() || matches!(kind, ActionKind::TakeBack { .. } | ActionKind::Mail { .. });
        // The parts of a reply are said in their order, and so is what a person writes.
        let first = |is: fn(&ActionKind) -> bool| {
            self.actions.iter().find(|action| action.is_open() && is(&action.kind)).map(|one| one.id)
        };
        let (first_reply, first_line) = (first(ActionKind::is_reply), first(ActionKind::is_persons_line));
        let close_waits = self.actions.iter().any(|action| action.is_open() && before_close(&action.kind));
        for action in self.actions.iter_mut().filter(|action| action.is_open()) {
            let mine = action.kind.duty().is_none_or(|its| its == duty);
            if !mine || only_what_outlives && !action.kind.outlives_the_chat() {
                continue;
            }
            let must_wait = close_waits && action.kind == ActionKind::Close
                || action.kind.is_reply() && first_reply != Some(action.id)
                || action.kind.is_persons_line() && (first_line != Some(action.id) || !attends);
            let unsure_since = match &action.state {
                ActionState::Waiting { not_before } if *not_before <= now => None,
                ActionState::Claimed { since, until, .. } if *until <= now => Some(*since),
                _ => continue,
            };
            if must_wait {
                continue;
            }
            action.state = ActionState::Claimed { by: holder.clone(), since: now, until: now + terms.claim() };
            action.unsure = false;
            due.push(Claimed { id: action.id, unsure_since });
        }
        due
    }

    /// When somebody has to look at it again.
    #[must_use]
    pub fn wake_at(&self, settings: &WorkspaceSettings, now: Timestamp) -> Option<Timestamp> {
        let paused_until = |action: &Action, at: Timestamp| match self.retry_at {
            Some(pause) if !action.kind.outlives_the_chat() => at.max(pause),
            _ => at,
        };
        let actions = self.actions.iter().filter_map(|action| match &action.state {
            ActionState::Waiting { not_before } => Some(paused_until(action, *not_before)),
            ActionState::Claimed { until, .. } => Some(paused_until(action, *until)),
            _ => None,
        });
        let thinks = self.turn.is_none() && !self.unheard().is_empty() && !self.awaits_an_earlier_reply();
        let phase = match &self.phase {
            Phase::Assisting if thinks => Some(now),
            Phase::Assisting => self.reminder_at(settings, now),
            Phase::Escalating(_) if thinks && self.can_react(settings) => Some(now),
            Phase::Escalating(_) => Some(self.ring_ends_at().unwrap_or(now)),
            Phase::Observed | Phase::Bridged | Phase::Closed { .. } => return actions.min(),
            Phase::WithHuman { .. } => {
                let pickup = self.needs_pickup(&settings.bot_operator).then_some(now);
                [self.human_awaited(settings), self.reminder_at(settings, now), pickup].into_iter().flatten().min()
            }
            _ => None,
        };
        let turn = self.turn.as_ref().map(|turn| turn.until);
        let read = self.must_read.then_some(now);
        let other = phase.into_iter().chain(turn).chain(read).min();
        let other = other.map(|earliest| self.retry_at.map_or(earliest, |at| earliest.max(at)));
        actions.chain(other).min()
    }

    /// When something falls due that no running function sees to: what an alarm is set for.
    #[must_use]
    pub fn deadline(&self, settings: &WorkspaceSettings, now: Timestamp) -> Option<Timestamp> {
        let actions = self.actions.iter().filter_map(|action| match &action.state {
            ActionState::Waiting { not_before } => Some(*not_before),
            ActionState::Claimed { until, .. } if action.unsure => Some(*until),
            _ => None,
        });
        let phase = match &self.phase {
            Phase::Escalating(_) => self.ring_ends_at(),
            Phase::WithHuman { .. } => {
                self.human_awaited(settings).into_iter().chain(self.reminder_at(settings, now)).min()
            }
            // Most silences are broken long before; the others are on the index of waiting work.
            Phase::Assisting => self.reminder_at(settings, now).filter(|at| *at <= now + ALARM_FOR_SILENCE),
            _ => None,
        };
        actions.chain(phase).chain(self.retry_at).filter(|at| *at > now).min()
    }

    /// A failure that repeating may cure: nothing is tried for a while, each time longer.
    pub fn back_off(&mut self, now: Timestamp, at_least: Option<SignedDuration>) {
        self.failures = self.failures.saturating_add(1);
        let pause = pause_after(self.failures);
        self.retry_at = Some(now + at_least.map_or(pause, |least| least.max(pause)));
    }

    /// An action certainly did nothing: it is tried again after a while.
    pub fn action_failed(&mut self, id: ActionId, now: Timestamp, at_least: Option<SignedDuration>) {
        if let Some(action) = self.action_mut(id).filter(|action| action.is_open()) {
            action.failures = action.failures.saturating_add(1);
            let pause = pause_after(action.failures);
            let pause = at_least.map_or(pause, |least| least.max(pause));
            action.state = ActionState::Waiting { not_before: now + pause };
        }
    }

    /// Whether an action took place can't be told yet: another look once it must have landed.
    pub fn action_unsure(&mut self, id: ActionId, now: Timestamp, terms: &Terms) {
        if let Some(action) = self.action_mut(id)
            && let ActionState::Claimed { until, .. } = &mut action.state
        {
            *until = now + terms.landing;
            action.unsure = true;
            action.may_have_landed = true;
        }
    }

    /// Whether a mail was taken can't be told: it is sent again, each time after a longer while.
    pub fn mail_unsure(&mut self, id: ActionId, wait: Option<SignedDuration>, now: Timestamp, terms: &Terms) {
        self.action_unsure(id, now, terms);
        if let Some(action) = self.action_mut(id) {
            action.failures = action.failures.saturating_add(1);
            let pause = wait.unwrap_or_else(|| terms.landing.max(pause_after(action.failures)));
            if let ActionState::Claimed { until, .. } = &mut action.state {
                *until = now + pause;
            }
        }
    }

    /// An action that says nothing is done.
    pub fn action_done(&mut self, id: ActionId, now: Timestamp) {
        if let Some(action) = self.action_mut(id).filter(|action| action.is_open()) {
            action.settle(ActionState::Done { at: now, message: None });
        }
    }
}

fn pause_after(failures: u8) -> SignedDuration {
    if failures >= RETRY_SELDOM_AFTER {
        return RETRY_SELDOM;
    }
    let doublings = u32::from(failures.saturating_sub(1)).min(4);
    let pause = RETRY_FIRST * 2_i32.pow(doublings);
    pause.min(RETRY_LONGEST)
}

pub(super) fn seconds(seconds: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(seconds))
}
