//! Talk: what operators and visitors write, notes, and how a visitor's line reopens what has ended.

use super::conversation::{Attachment, Content, Conversation, Message, Note, Saying, Sender, SenderKind, Status};
use super::error::{ApiError, EMPTY_FILE, FILE_TOO_LARGE, NOT_PERMITTED, UNKNOWN_RESOURCE, WRONG_BODY};
use super::operator::Role;
use super::{Change, State};
use crate::seed;
use crate::settings::ReopenTo;
use serde_json::json;

impl State {
    /// The attender or a participant writes.
    pub(crate) fn operator_says(
        &mut self,
        now: i64,
        operator_id: &str,
        id: &str,
        saying: Saying,
    ) -> Result<Message, ApiError> {
        let conversation = self.conversation(id)?;
        if conversation.status != Status::Connected {
            return Err(self.wrong_state());
        }
        if !conversation.includes(operator_id) {
            return Err(ApiError::new(NOT_PERMITTED));
        }
        let account = self.account(operator_id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
        let kind = if account.is_bot { SenderKind::Bot } else { SenderKind::Operator };
        let sender = Sender { kind, id: account.id.clone(), name: account.nick_name.clone() };
        let message = self.say(now, id, sender, saying)?;
        if self.settings.operator_echo {
            self.emit_message(now, id, "conversation.operator.replied", &message);
        }
        Ok(message)
    }

    /// The visitor writes; a conversation that has ended is reopened by it.
    pub(crate) fn visitor_says(&mut self, now: i64, id: &str, saying: Saying) -> Result<Message, ApiError> {
        let conversation = self.conversation(id)?;
        if !conversation.status.is_open() {
            let question = match &saying {
                Saying::Text(text) => text.clone(),
                Saying::File { name, .. } => name.clone(),
            };
            self.reopen(now, id, question);
        }
        let sender = visitor_of(self.conversation(id)?);
        let message = self.say(now, id, sender, saying)?;
        self.emit_message(now, id, "conversation.visitor.replied", &message);
        Ok(message)
    }

    fn reopen(&mut self, now: i64, id: &str, question: String) {
        self.begin_thread(now, id, question);
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let last = conversation.attender.take();
        let was_ended = conversation.end_time.or(conversation.missed_time).unwrap_or(now);
        conversation.participants.clear();
        conversation.attended_time = None;
        conversation.end_time = None;
        conversation.missed_time = None;
        conversation.ended_by = None;
        let zobot = conversation.app_id.clone();
        let zobot = self.brand(&zobot).is_some_and(|b| b.zobot);
        match last.filter(|_| self.settings.reopen_to == ReopenTo::Attender) {
            _ if zobot => self.seat(id, Status::Connected, Some(seed::ZOBOT.to_owned())),
            Some(attender) => {
                self.seat(id, Status::Connected, Some(attender.clone()));
                if let Ok(conversation) = self.conversation_mut(id) {
                    conversation.attended_time = Some(now);
                    conversation.participants.push(attender);
                }
            }
            None => self.ring(now, id),
        }
        let thread = self.conversations.get(id).map_or(1, |c| c.thread_number);
        let extra = json!({"thread_number": thread, "time_since_closure": (now - was_ended).to_string()});
        self.emit(now, id, "conversation.reopened", extra);
    }

    pub(crate) fn add_note(&mut self, now: i64, operator_id: &str, id: &str, note: String) -> Result<Note, ApiError> {
        let note = Note { operator_id: operator_id.to_owned(), note, created_time: now };
        let conversation = self.conversation_mut(id)?;
        conversation.notes.push(note.clone());
        conversation.last_modified_time = now;
        self.changes.push(Change::Conversation(id.to_owned()));
        Ok(note)
    }

    /// An operator joins a connected chat beside its attender.
    pub(crate) fn join(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let who = self.named(&self.operator(operator_id)?.id);
        let wrong_state = self.wrong_state();
        let conversation = self.conversation_mut(id)?;
        if conversation.status != Status::Connected || conversation.includes(operator_id) {
            return Err(wrong_state);
        }
        conversation.participants.push(operator_id.to_owned());
        conversation.last_modified_time = now;
        self.info(now, id, format!("{} has joined the chat", who["name"].as_str().unwrap_or_default()));
        self.emit(now, id, "conversation.participants.added", json!({"participants_added": [who]}));
        Ok(())
    }

    /// A participant leaves; the attender can't.
    pub(crate) fn leave(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let who = self.named(operator_id);
        let wrong_state = self.wrong_state();
        let conversation = self.conversation_mut(id)?;
        let inside = conversation.attender.as_deref() != Some(operator_id)
            && conversation.participants.iter().any(|p| p == operator_id);
        if conversation.status != Status::Connected || !inside {
            return Err(wrong_state);
        }
        conversation.participants.retain(|p| p != operator_id);
        conversation.last_modified_time = now;
        let extra = json!({"participants_deleted": [who]});
        self.emit(now, id, "conversation.participants.deleted", extra);
        Ok(())
    }

    /// A supervisor looks on.
    pub(crate) fn supervise(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        if self.operator(operator_id)?.role == Role::Associate {
            return Err(ApiError::new(NOT_PERMITTED));
        }
        let who = self.named(operator_id);
        let wrong_state = self.wrong_state();
        let conversation = self.conversation_mut(id)?;
        let already = conversation.supervisors.iter().any(|s| s == operator_id);
        if conversation.status != Status::Connected || already {
            return Err(wrong_state);
        }
        conversation.supervisors.push(operator_id.to_owned());
        conversation.last_modified_time = now;
        self.emit(now, id, "conversation.supervisor.added", json!({"supervisors_added": [who]}));
        Ok(())
    }

    /// Adds a line to the transcript.
    pub(super) fn say(&mut self, now: i64, id: &str, sender: Sender, saying: Saying) -> Result<Message, ApiError> {
        let limit = self.settings.file_limit_bytes;
        let msgid = self.ids.time_id(now);
        let attachment_id = self.ids.id();
        let conversation = self.conversations.get_mut(id).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))?;
        let content = match saying {
            Saying::Text(text) if text.is_empty() => {
                return Err(ApiError::at_key(WRONG_BODY, "text"));
            }
            Saying::Text(text) => Content::Text(text),
            Saying::File { bytes, .. } if bytes.is_empty() => {
                return Err(ApiError::new(EMPTY_FILE));
            }
            Saying::File { bytes, .. } if bytes.len() > limit => {
                return Err(ApiError::new(FILE_TOO_LARGE));
            }
            Saying::File { name, mime, bytes, comment } => {
                let file = Attachment { attachment_id, name, mime, size: bytes.len(), comment };
                conversation.attachments.insert(file.attachment_id.clone(), (file.clone(), bytes));
                Content::File(file)
            }
        };
        let message = Message {
            msgid,
            sequence_id: conversation.messages.len() as u64 + 1,
            sender,
            content,
            time: now,
            thread_number: conversation.thread_number,
            edited: false,
            deleted: false,
        };
        conversation.messages.push(message.clone());
        conversation.last_modified_time = now;
        self.changes.push(Change::Conversation(id.to_owned()));
        Ok(message)
    }

    /// SalesIQ's own line.
    pub(super) fn info(&mut self, now: i64, id: &str, text: String) {
        let sender = Sender { kind: SenderKind::Info, id: String::new(), name: "SalesIQ".to_owned() };
        // It can only fail for an unknown conversation, which every caller has looked up.
        drop(self.say(now, id, sender, Saying::Text(text)));
    }
}

/// The visitor as the sender of a line.
pub(super) fn visitor_of(conversation: &Conversation) -> Sender {
    Sender {
        kind: SenderKind::Visitor,
        id: conversation.visitor.sender_id.clone(),
        name: conversation.visitor.name.clone(),
    }
}
