//! What only a visitor does: he edits and deletes his lines, changes his details, leaves, and rates.

use super::conversation::{Content, Rating, SenderKind, Status};
use super::error::{ApiError, UNKNOWN_RESOURCE};
use super::{Change, State};
use serde_json::{Map, Value, json};

/// New details of a visitor; what is absent stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) customer_info: Map<String, Value>,
}

impl State {
    pub(crate) fn edit_message(&mut self, now: i64, id: &str, msgid: &str, text: String) -> Result<(), ApiError> {
        let conversation = self.conversation_mut(id)?;
        let message = conversation.messages.iter_mut().find(|m| m.msgid == msgid && !m.deleted);
        let message = message.filter(|m| m.sender.kind == SenderKind::Visitor);
        let message = message.ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
        message.content = Content::Text(text);
        message.edited = true;
        let message = message.clone();
        conversation.last_modified_time = now;
        self.emit_message(now, id, "conversation.message.edited", &message);
        Ok(())
    }

    pub(crate) fn delete_message(&mut self, now: i64, id: &str, msgid: &str) -> Result<(), ApiError> {
        let conversation = self.conversation_mut(id)?;
        let message = conversation.messages.iter_mut().find(|m| m.msgid == msgid && !m.deleted);
        let message = message.filter(|m| m.sender.kind == SenderKind::Visitor);
        let message = message.ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
        message.deleted = true;
        let message = message.clone();
        conversation.last_modified_time = now;
        self.emit_message(now, id, "conversation.message.deleted", &message);
        Ok(())
    }

    /// He leaves: a waiting chat is missed, a connected one completed.
    pub(crate) fn visitor_ends(&mut self, now: i64, id: &str) -> Result<(), ApiError> {
        match self.conversation(id)?.status {
            Status::Waiting => self.miss(now, id, "visitor"),
            Status::Connected => self.complete(now, id, "visitor"),
            Status::Missed | Status::Closed => return Err(self.wrong_state()),
        }
        Ok(())
    }

    pub(crate) fn rate(&mut self, now: i64, id: &str, rating: u8, feedback: String) -> Result<(), ApiError> {
        let extra = json!({"rating": rating, "feedback": feedback});
        let conversation = self.conversation_mut(id)?;
        conversation.rating = Some(Rating { rating, feedback, time: now });
        conversation.last_modified_time = now;
        self.emit(now, id, "conversation.rated", extra);
        Ok(())
    }

    pub(crate) fn change_visitor(&mut self, now: i64, id: &str, details: Details) -> Result<(), ApiError> {
        let conversation = self.conversation_mut(id)?;
        let visitor = &mut conversation.visitor;
        for (field, new) in [
            (&mut visitor.name, details.name),
            (&mut visitor.email, details.email),
            (&mut visitor.phone, details.phone),
        ] {
            if let Some(new) = new {
                *field = new;
            }
        }
        conversation.customer_info.extend(details.customer_info);
        conversation.last_modified_time = now;
        self.emit_visitor_updated(now, id);
        Ok(())
    }

    pub(crate) fn types(&mut self, id: &str, who: &str) -> Result<(), ApiError> {
        self.conversation(id)?;
        self.changes.push(Change::Typing { conversation: id.to_owned(), who: who.to_owned() });
        Ok(())
    }
}
