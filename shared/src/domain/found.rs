//! Lines that no webhook told of, but SalesIQ's list of the conversation's messages.
//!
//! What is under our own operator's id is left out: its echo may have been used up, and would look like a human's. So are
//! SalesIQ's own lines ("Ben joined") and a Zobot's, which nothing depends on.

use super::conversation::{Conversation, Phase, Via};
use super::drain::{DrainContext, Drained, line, log};
use super::id::MessageId;
use super::message::{Author, Message, Sender};

impl Conversation {
    /// Takes a line in that was found, unless a webhook told of it before (`known`). `others` are like it.
    pub(super) fn take_found_line(
        &mut self,
        message: &Message,
        others: &[MessageId],
        known: bool,
        context: &DrainContext<'_>,
    ) -> Drained {
        if known {
            return Drained::default();
        }
        match &message.sender {
            Sender::Visitor { .. } if self.was_answered_by_a_human(message) => {
                self.counts.visitor_lines += 1;
                log(line(message.clone(), Author::Visitor))
            }
            // The first line may be found once more, but not besides itself.
            Sender::Visitor { .. } if others.is_empty() => self.take_visitor_line(message, context),
            Sender::Visitor { .. } => self.hear_visitor(message, context),
            Sender::Operator { id, .. } if id == &context.settings.bot_operator => Drained::default(),
            Sender::Operator { id, .. } if context.operators.author(id) == Author::Human => {
                self.take_human_line(message.time, context);
                log(line(message.clone(), Author::Human))
            }
            Sender::Operator { .. } | Sender::Bot { .. } | Sender::Unknown => Drained::default(),
        }
    }

    /// A human has the conversation, and wrote since. One in the console sees no line that we were not told of.
    fn was_answered_by_a_human(&self, message: &Message) -> bool {
        matches!(self.phase, Phase::WithHuman { via: Via::Attender | Via::Line, .. })
            && self.human_wrote_at > Some(message.time)
    }
}
