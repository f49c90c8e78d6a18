//! When a transcript is mailed, what it tells of, and when the chat may be closed after it (ARCHITECTURE.md, "Mail").

use jiff::{SignedDuration, Timestamp};

use super::action::{Action, ActionId, ActionKind, ActionState, Covers};
use super::conversation::{Conversation, Phase, SentMail};
use super::email::EmailAddress;
use super::escalation::MailOccasion;

/// How long a chat that ended over unanswered lines is left before it is mailed: an echo of our reply may be on its way.
const ENDED_GRACE: SignedDuration = SignedDuration::from_secs(10);

/// How long a chat with nobody there stays open for a visitor who was asked how they can be reached.
const ADDRESS_GRACE: SignedDuration = SignedDuration::from_mins(2);

/// How many mails are remembered.
const MAILS_REMEMBERED: usize = 8;

/// And how many that came back.
const RETURNED_REMEMBERED: usize = 16;

impl Conversation {
    /// Lines of the visitor that nobody answered and no mail told of.
    #[must_use]
    pub fn unmailed(&self) -> Covers {
        let mut lines = self.unanswered.clone();
        lines.remove(&self.mailed);
        lines
    }

    /// Asks for a mail, unless one waits already: that one will tell all there is.
    pub(super) fn mail(&mut self, occasion: MailOccasion, not_before: Timestamp) {
        // One to the last resort about a mail that came back is no mail to the team.
        let to_team = |kind: &ActionKind| matches!(kind, ActionKind::Mail { occasion } if !matches!(occasion, MailOccasion::Returned { .. }));
        let open = self.actions.iter_mut().find(|action| action.is_open() && to_team(&action.kind));
        if let Some(Action { kind: ActionKind::Mail { occasion: held }, state, .. }) = open {
            // That one may turn out to be needless, this one not.
            let weaker = *held == MailOccasion::EndedUnanswered && occasion != *held;
            match state {
                ActionState::Waiting { not_before: at } if weaker => {
                    *held = occasion;
                    *at = not_before;
                    return;
                }
                _ if !weaker => return,
                _ => {}
            }
        }
        self.add_action(ActionKind::Mail { occasion }, ActionState::Waiting { not_before });
    }

    /// Lines that nobody will answer any more are mailed; those after a first mail with a supplement.
    pub(super) fn mail_what_waits(&mut self, now: Timestamp) {
        let over = match self.phase {
            Phase::Unattended { .. } => true,
            Phase::Closed { .. } => self.mails_what_waits,
            _ => false,
        };
        if !over || self.unmailed().is_empty() {
            return;
        }
        let supplement = self.mails.iter().any(|mail| mail.action > self.thread_after);
        if supplement {
            self.mail(MailOccasion::Supplement, now);
        } else {
            self.mail(MailOccasion::EndedUnanswered, now + ENDED_GRACE);
        }
    }

    /// A mail that was not sent yet is not needed: a human has the chat.
    pub(super) fn forget_mail(&mut self) {
        // One that may be on its way is left to say what became of it.
        self.actions.retain(|action| {
            !matches!((&action.kind, &action.state), (ActionKind::Mail { .. }, ActionState::Waiting { .. }))
        });
    }

    /// SalesIQ shows a line of the visitor that no webhook told of: the next mail has it from SalesIQ's own list.
    pub fn visitor_wrote_unheard(&mut self, at: Timestamp, now: Timestamp) {
        super::join::latest(&mut self.facts.visitor_wrote_at, at);
        if matches!(self.phase, Phase::Unattended { .. }) {
            self.mail(MailOccasion::Supplement, now);
        }
    }

    /// A mail was taken by SES; it told of these lines.
    pub fn mail_sent(&mut self, id: ActionId, mail: SentMail, told: Covers, now: Timestamp) {
        if !self.action(id).is_some_and(Action::is_open) {
            return;
        }
        self.action_done(id, now);
        for line in told.ids {
            self.mailed.add(line);
        }
        self.mailed.more = self.mailed.more.max(told.more);
        self.counts.mails += 1;
        self.mails.push(mail);
        let surplus = self.mails.len().saturating_sub(MAILS_REMEMBERED);
        self.mails.drain(..surplus);
    }

    /// SES took a mail that a person asked for: it tells of no line in the sense of the others.
    pub fn copy_sent(&mut self, id: ActionId, now: Timestamp) {
        if self.action(id).is_some_and(Action::is_open) {
            self.action_done(id, now);
            self.counts.mails += 1;
        }
    }

    /// Nobody was found and the mail is out: now the chat may be closed.
    pub(super) fn close_when_mailed(&mut self, now: Timestamp) {
        let Phase::Unattended { after, since, .. } = self.phase else { return };
        let mailed = self.mails.iter().any(|mail| mail.action > after) && self.unmailed().is_empty();
        let waits = |kind: &ActionKind| matches!(kind, ActionKind::Mail { .. } | ActionKind::Close);
        if mailed && self.open_action(waits).is_none() {
            // Who was asked for an address is given the time to write it.
            let grace = if self.is_reachable() { SignedDuration::ZERO } else { ADDRESS_GRACE };
            self.add_action(ActionKind::Close, ActionState::Waiting { not_before: (since + grace).max(now) });
        }
    }

    /// The team can write to the visitor or call them, as far as was told.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        let visitor = &self.facts.visitor;
        visitor.email().is_some_and(|email| EmailAddress::parse(email).is_ok()) || visitor.phone().is_some()
    }

    /// A mail of ours came back: the last resort is told, once. One that was for the last resort itself is not: that
    /// would go round in circles.
    pub fn mail_returned(&mut self, message_id: &str, complaint: bool, now: Timestamp) {
        let mail = self.mails.iter_mut().find(|mail| mail.message_id == message_id);
        let to_last_resort = mail.is_some_and(|mail| {
            mail.returned = true;
            matches!(mail.occasion, MailOccasion::Returned { .. })
        });
        // SES may tell before the mail is written down here, and more than once.
        let known = self.returned.iter().any(|id| id == message_id);
        if known || to_last_resort {
            return;
        }
        self.returned.push(message_id.to_owned());
        let surplus = self.returned.len().saturating_sub(RETURNED_REMEMBERED);
        self.returned.drain(..surplus);
        let kind = ActionKind::Mail { occasion: MailOccasion::Returned { complaint } };
        self.add_action(kind, ActionState::Waiting { not_before: now });
    }

    /// A person asked for the mail to be sent again: now, and with fresh patience.
    pub fn redrive_mail(&mut self, now: Timestamp) {
        let mails = |kind: &ActionKind| matches!(kind, ActionKind::Mail { .. } | ActionKind::MailCopy { .. });
        for action in self.actions.iter_mut().filter(|action| mails(&action.kind)) {
            if let ActionState::Waiting { not_before } = &mut action.state {
                *not_before = now;
                action.failures = 0;
            }
        }
    }
}
