//! How a conversation's phase follows what SalesIQ told: ends, new threads, the brand's switch, who attends.

use jiff::{SignedDuration, Timestamp};

use super::action::{ActionId, ActionKind, ActionState};
use super::conversation::{Attendance, Closed, Conversation, Phase, Via};
use super::escalation::MailOccasion;
use super::event::{EndedBy, TransferStep};
use super::facts::Ending;
use super::id::OperatorId;
use super::settings::{PickupMode, WorkspaceSettings};

/// How long a transfer to us is taken to ring, when nothing more is told of it.
const LONGEST_RING: SignedDuration = SignedDuration::from_mins(5);

/// Within what time SalesIQ may tell of the same end again, under another time.
pub(super) const SECOND_WORD: SignedDuration = SignedDuration::from_secs(2);

impl Conversation {
    /// Puts the phase in line with the facts. Called after each drain; changes nothing when called again.
    pub fn follow_facts(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        self.catch_up(settings, now);
        if let Some(ending) = self.facts.ending() {
            self.follow_ending(ending, settings, now);
            self.mail_what_waits(now);
            return;
        }
        if matches!(self.phase, Phase::Closed { .. }) {
            self.begin_thread(now);
        }
        if self.phase == Phase::Unplaced {
            self.place(settings, now);
            if self.phase == Phase::Unplaced {
                return;
            }
        }
        self.follow_switch(settings, now);
        self.follow_attender(settings, now);
        self.follow_transfer(now);
        self.mail_what_waits(now);
    }

    /// A thread may have ended, or come and gone, before we were told of any of it: its end and the visitor's next line
    /// arrive in any order. What it means is made up for.
    fn catch_up(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        let (Some(ended_at), Some(ending)) = (self.facts.ended.time(), self.facts.ended.value().copied()) else {
            return;
        };
        // A second word about the same end is none of another thread: the visitor wrote nothing in between.
        let closed = matches!(self.phase, Phase::Closed { .. });
        let followed = self.followed_end.or(closed.then_some(ended_at));
        let in_between = |time: Timestamp| Some(time) > followed && time <= ended_at;
        let wrote = self.facts.messages.iter().any(|line| line.by_visitor && in_between(line.time));
        let another = followed < Some(ended_at) && (wrote || followed.is_none());
        let long_after = followed.is_some_and(|followed| followed + SECOND_WORD < ended_at);
        if closed && !wrote && long_after && self.looked_back_for != Some(ended_at) && self.is_automated(settings) {
            // It ended again, and what it was opened for again is not known.
            self.looked_back_for = Some(ended_at);
            self.add_action(ActionKind::LookBack { after: None }, ActionState::Waiting { not_before: now });
        }
        if !another || closed != self.facts.is_closed() {
            return;
        }
        if closed {
            self.begin_thread(now);
            self.place(settings, now);
            let attender = self.facts.attender.after(followed);
            if attender.is_some_and(|attender| attender.id != settings.bot_operator && !attender.is_bot) {
                self.hand_to_human(Via::Attender, now);
            }
        } else if self.phase != Phase::Unplaced {
            // A human who wrote since then has the thread that follows.
            let wrote = match self.phase {
                Phase::WithHuman { via: via @ (Via::Line | Via::Console), since } if since > ended_at => Some(via),
                _ => None,
            };
            self.follow_ending(ending, settings, now);
            self.begin_thread(now);
            if let Some(via) = wrote {
                self.place(settings, now);
                self.hand_to_human(via, now);
            }
        }
    }

    fn is_automated(&self, settings: &WorkspaceSettings) -> bool {
        self.brand(settings).is_some_and(|brand| brand.automated)
    }

    /// A brand that is not automated any more is let go of.
    pub fn follow_switch(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        let ours = matches!(self.phase, Phase::Assisting | Phase::AwaitingHandoff);
        if ours && !self.is_automated(settings) {
            self.epoch += 1;
            self.stand_back(now);
            self.nothing_waits();
            self.phase = Phase::Observed;
        }
    }

    /// A human who has the chat transfers it to us, and it still rings as far as can be told.
    fn is_handed_to_us(&self, us: &OperatorId, now: Timestamp) -> bool {
        let told_at = self.facts.transfer.time();
        self.rings_to_us(us)
            && told_at > self.facts.attender.time()
            && told_at.is_some_and(|told_at| told_at + LONGEST_RING > now)
    }

    /// A transfer rings to us. It is taken by picking the chat up: no accept endpoint is known (api.md §2 row 11).
    pub(super) fn rings_to_us(&self, us: &OperatorId) -> bool {
        self.facts
            .transfer()
            .is_some_and(|transfer| transfer.step == TransferStep::Initiated && transfer.operator.as_ref() == Some(us))
    }

    fn follow_ending(&mut self, ending: Ending, settings: &WorkspaceSettings, now: Timestamp) {
        if matches!(self.phase, Phase::Closed { .. }) {
            if let (false, Some(ended_at)) = (self.mails_what_waits, self.facts.ended.time()) {
                // A line that is told late, of a chat that others had.
                self.answered_up_to(ended_at);
            }
            return;
        }
        // Heard of only now that it is over: whose it was is still worth knowing.
        if self.phase == Phase::Unplaced {
            self.place(settings, now);
        }
        let watched = matches!(self.phase, Phase::Observed | Phase::Bridged);
        // The answer to our own close does not name us.
        let we_closed =
            self.actions.iter().any(|action| action.kind == ActionKind::Close && action.may_have_happened());
        let for_silence = self.idle.as_ref().is_some_and(|idle| idle.close.is_some());
        let how = match (ending, &self.phase) {
            (Ending::Missed, _) => Closed::Missed,
            (Ending::Completed { by: Some(EndedBy::Visitor) }, _) => Closed::Visitor,
            (Ending::Completed { by: Some(EndedBy::Agent) }, Phase::WithHuman { .. }) => Closed::Human,
            (Ending::Completed { by: None }, Phase::WithHuman { via: Via::Console, .. }) if we_closed => Closed::Human,
            (Ending::Completed { by: Some(EndedBy::Agent) | None }, Phase::Unattended { .. }) => Closed::Unattended,
            (Ending::Completed { by: Some(EndedBy::Agent) }, Phase::Assisting) if for_silence => Closed::Idle,
            (Ending::Completed { by: None }, Phase::Assisting) if we_closed && for_silence => Closed::Idle,
            (Ending::Completed { by: Some(EndedBy::Agent) }, _) if !watched => Closed::Resolved,
            (Ending::Completed { by: None }, _) if we_closed => Closed::Resolved,
            (Ending::Completed { .. }, _) => Closed::Salesiq,
        };
        self.counts.closed += 1;
        self.counts.missed += u64::from(how == Closed::Missed);
        self.counts.idle_closed += u64::from(how == Closed::Idle);
        self.epoch += 1;
        let on_its_way = self.reply_that_may_land();
        self.stand_back(now);
        self.must_read = false;
        // Who has a chat can't miss it: what was missed is a later thread, whose beginning we were not told of.
        let never_had = ending == Ending::Missed && matches!(self.phase, Phase::WithHuman { .. });
        // A human who only wrote never had it: we are still the attender, and nobody else will see what waits.
        self.mails_what_waits = never_had
            || matches!(
                self.phase,
                Phase::Assisting
                    | Phase::Escalating(_)
                    | Phase::Unattended { .. }
                    | Phase::WithHuman { via: Via::Line | Via::Console, .. }
            );
        let unattended = matches!(self.phase, Phase::Unattended { .. });
        let searching = self.end_search().is_some();
        if searching {
            self.mail(if how == Closed::Missed { MailOccasion::Missed } else { MailOccasion::LeftWaiting }, now);
        } else if how == Closed::Missed && matches!(self.phase, Phase::Assisting | Phase::AwaitingHandoff) {
            self.mail(MailOccasion::Missed, now);
        } else if let (false, Some(ended_at)) = (self.mails_what_waits, self.facts.ended.time()) {
            // A line that reopened the chat may have been heard of before.
            self.answered_up_to(ended_at);
        }
        let by_us = we_closed && !matches!(ending, Ending::Completed { by: Some(EndedBy::Visitor) } | Ending::Missed);
        if self.mails_what_waits && !by_us {
            // Right before our own close SalesIQ was looked at.
            let (after, not_before) = on_its_way.map_or((None, now), |(id, until)| (Some(id), until));
            self.add_action(ActionKind::LookBack { after }, ActionState::Waiting { not_before });
        }
        self.followed_end = self.facts.ended.time();
        self.release_rung(now);
        if !searching && !unattended {
            // That search was over long before: no mail tells of what waits now.
            self.last_escalation = None;
        }
        self.phase = Phase::Closed { how };
    }

    /// A new thread: what was going on in the last one is void; lines that came after its end wait.
    fn begin_thread(&mut self, now: Timestamp) {
        self.epoch += 1;
        self.followed_end = self.facts.ended.time();
        self.stand_back(now);
        self.clarifications = 0;
        self.spoke = false;
        self.human_came_first = false;
        if let (Some(_), Some(begins)) = (self.last_escalation.take(), self.facts.thread_begins()) {
            // What was asked before the end was mailed, or is about to be: it asks for nobody any more.
            self.answered_up_to(begins);
        }
        let mailed = std::mem::take(&mut self.mailed);
        self.unanswered.remove(&mailed);
        if self.unanswered.is_empty() {
            self.nothing_waits();
        }
        self.sources.clear();
        self.writes.clear();
        self.under_way = None;
        self.mails_what_waits = false;
        self.thread_after = ActionId(self.last_action);
        self.phase = Phase::Unplaced;
    }

    fn place(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        let Some(brand) = self.facts.brand.value() else {
            self.must_read = true;
            return;
        };
        self.phase = match settings.brand(brand).filter(|brand| brand.automated) {
            None => Phase::Observed,
            Some(brand) => match brand.pickup.unwrap_or(settings.pickup) {
                PickupMode::Immediately => Phase::Assisting,
                PickupMode::WaitForTransfer => Phase::AwaitingHandoff,
            },
        };
        match self.phase {
            Phase::Observed => self.counts.observed = 1,
            _ => self.counts.automated = 1,
        }
        self.must_read = false;
        if self.human_came_first && self.phase != Phase::Observed {
            self.hand_to_human(Via::Line, now);
        }
    }

    fn follow_attender(&mut self, settings: &WorkspaceSettings, now: Timestamp) {
        let attendance = self.attendance(&settings.bot_operator);
        let handed = self.is_handed_to_us(&settings.bot_operator, now);
        let with_human = matches!(self.phase, Phase::WithHuman { via: Via::Attender, .. });
        if self.phase == Phase::AwaitingHandoff && self.rings_to_us(&settings.bot_operator) || with_human && handed {
            self.epoch += 1;
            self.phase = Phase::Assisting;
        }
        if handed && attendance == Attendance::Human {
            if matches!(self.phase, Phase::Escalating(_) | Phase::Unattended { .. }) {
                // Found and handed back before we were told of either.
                self.hand_to_human(Via::Attender, now);
                self.phase = Phase::Assisting;
            }
            return;
        }
        match (&self.phase, attendance) {
            (
                Phase::AwaitingHandoff | Phase::Assisting | Phase::Escalating(_) | Phase::Unattended { .. },
                Attendance::Human,
            ) => {
                self.hand_to_human(Via::Attender, now);
            }
            (Phase::WithHuman { via: Via::Line | Via::Console, .. }, Attendance::Human) => {
                self.call_off_ending(now);
                self.phase = Phase::WithHuman { via: Via::Attender, since: now };
            }
            (Phase::WithHuman { via: Via::Attender, .. } | Phase::AwaitingHandoff, Attendance::Us) => {
                self.epoch += 1;
                self.wait_reported = false;
                self.release_rung(now);
                // The old reason is void; what the visitor wrote since is answered.
                let heard = self.last_escalation.as_ref().map(|escalation| escalation.heard.clone());
                self.unanswered.remove(&heard.unwrap_or_default());
                if self.unanswered.is_empty() {
                    self.nothing_waits();
                }
                self.phase = Phase::Assisting;
            }
            _ => {}
        }
    }

    /// A human has the conversation now: whatever the AI was about to say is void.
    pub fn hand_to_human(&mut self, via: Via, now: Timestamp) {
        self.epoch += 1;
        self.call_off_ending(now);
        if let Some((reply, until)) = self.reply_that_may_land() {
            // Should they hand the chat back, its question is not answered anew before it is known.
            let look = ActionKind::LookBack { after: Some(reply) };
            self.add_action(look, ActionState::Waiting { not_before: until });
        }
        self.stand_back(now);
        let was_looked_for = self.end_search().is_some() || matches!(self.phase, Phase::Unattended { .. });
        let taker = self.facts.attender().map(|attender| attender.id.clone());
        if was_looked_for && self.rung_last() != taker.as_ref() {
            self.release_rung(now);
        }
        self.counts.handed_over += u64::from(was_looked_for);
        if was_looked_for {
            // The mail that was to be sent is not needed: a human has it.
            self.forget_mail();
        }
        self.phase = Phase::WithHuman { via, since: now };
    }
}
