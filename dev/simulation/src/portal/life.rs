//! The life of a conversation (api.md §9.1): waiting, connected, closed or missed, and reopened by the visitor's next line.

use serde_json::{Value, json};

use super::chat::{Chat, Line, Span, Status, Who};
use super::{Emitted, NOT_PERMITTED, Refusal, Salesiq, WRONG_STATE, shapes};

/// What a visitor brings.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) brand: usize,
    pub(crate) department: usize,
    pub(crate) question: String,
    pub(crate) email: Option<String>,
}

impl Salesiq {
    /// A visitor starts a chat.
    pub(crate) fn open(&mut self, now: i64, conversation: usize, opening: Opening) {
        let Opening { brand, department, question, email } = opening;
        let chat = Chat {
            number: conversation,
            brand,
            department,
            question: question.clone(),
            email,
            status: Status::Waiting,
            attender: None,
            participants: Vec::new(),
            ring: None,
            past: Vec::new(),
            lines: Vec::new(),
            notes: Vec::new(),
            thread: 1,
            thread_from: now,
            started: now,
            attended: None,
            ended: None,
            missed: None,
            ended_by: None,
            modified: now,
            spans: Vec::new(),
            ends: Vec::new(),
            rung_by_us: 0,
        };
        let Some(place) = self.chats.get_mut(conversation) else { return };
        *place = Some(chat);
        self.emit(conversation, "conversation.created", now, json!({}));
        let line = self.say(now, conversation, Who::Visitor, question);
        if let (true, Some(line)) = (self.habits.question_echo, line) {
            self.emit_line(conversation, "conversation.visitor.replied", &line);
        }
    }

    fn say(&mut self, now: i64, conversation: usize, who: Who, text: String) -> Option<Line> {
        let chat = self.chat_mut(conversation).ok()?;
        let line = Line { id: chat.stamp(now), who, text, thread: chat.thread, deleted: false };
        chat.lines.push(line.clone());
        Some(line)
    }

    /// The visitor writes; a chat that has ended is reopened by it.
    pub(crate) fn visitor_says(&mut self, now: i64, conversation: usize, text: String) -> Option<Line> {
        if !self.chat(conversation)?.status.is_open() {
            self.reopen(now, conversation);
        }
        let line = self.say(now, conversation, Who::Visitor, text)?;
        self.emit_line(conversation, "conversation.visitor.replied", &line);
        Some(line)
    }

    fn reopen(&mut self, now: i64, conversation: usize) {
        let tells = self.habits.tells_reopened;
        let Ok(chat) = self.chat_mut(conversation) else { return };
        let time = chat.stamp(now);
        chat.thread += 1;
        chat.thread_from = time;
        chat.status = Status::Waiting;
        chat.attender = None;
        chat.participants.clear();
        chat.past.clear();
        (chat.attended, chat.ended, chat.missed, chat.ended_by) = (None, None, None, None);
        if tells {
            let thread = chat.thread;
            self.emit(conversation, "conversation.reopened", time, json!({"thread_number": thread}));
        }
    }

    /// The visitor changes a line, or takes it back.
    pub(crate) fn visitor_edits(&mut self, now: i64, conversation: usize, line: i64, text: Option<String>) {
        let Ok(chat) = self.chat_mut(conversation) else { return };
        let time = chat.stamp(now);
        let Some(found) = chat.lines.iter_mut().find(|one| one.id == line) else { return };
        let event = if let Some(text) = text {
            found.text = text;
            "conversation.message.edited"
        } else {
            found.deleted = true;
            "conversation.message.deleted"
        };
        let entity = shapes::line_entity(self.chat(conversation), line);
        if let Some(entity) = entity {
            self.tell(conversation, event, time, &entity);
        }
    }

    /// The visitor leaves.
    pub(crate) fn visitor_leaves(&mut self, now: i64, conversation: usize) {
        match self.chat(conversation).map(|chat| chat.status) {
            Some(Status::Waiting) => self.miss(now, conversation, "visitor"),
            Some(Status::Connected) => self.complete(now, conversation, "visitor"),
            _ => {}
        }
    }

    /// The attender or a participant writes.
    pub(crate) fn operator_says(
        &mut self,
        now: i64,
        operator: &str,
        conversation: usize,
        text: String,
    ) -> Result<Line, Refusal> {
        let chat = self.chat_mut(conversation)?;
        if chat.status != Status::Connected {
            return Err(WRONG_STATE);
        }
        if !chat.includes(operator) {
            return Err(NOT_PERMITTED);
        }
        let line = self.say(now, conversation, Who::Operator(operator.to_owned()), text).ok_or(WRONG_STATE)?;
        self.emit_line(conversation, "conversation.operator.replied", &line);
        Ok(line)
    }

    /// A human joins beside the attender.
    pub(crate) fn join(&mut self, now: i64, operator: &str, conversation: usize) {
        let Ok(chat) = self.chat_mut(conversation) else { return };
        if chat.status == Status::Connected && !chat.includes(operator) {
            let time = chat.stamp(now);
            chat.participants.push(operator.to_owned());
            let who = json!({"participants_added": [{"id": operator}]});
            self.emit(conversation, "conversation.participants.added", time, who);
        }
    }

    /// An operator becomes the attender, and everybody is told.
    pub(crate) fn attend(&mut self, now: i64, operator: &str, conversation: usize) {
        let Ok(chat) = self.chat_mut(conversation) else { return };
        let time = chat.stamp(now);
        end_span(chat, time);
        chat.spans.push(Span { who: operator.to_owned(), from: time, to: None });
        chat.status = Status::Connected;
        chat.attender = Some(operator.to_owned());
        chat.attended.get_or_insert(time);
        if !chat.includes(operator) {
            chat.participants.push(operator.to_owned());
        }
        let name = format!("{operator} has joined the chat");
        self.say(now, conversation, Who::Info, name);
        self.emit(conversation, "conversation.attender.updated", time, json!({}));
    }

    /// The attender closes.
    pub(crate) fn close(&mut self, now: i64, operator: &str, conversation: usize) -> Result<(), Refusal> {
        let chat = self.chat_mut(conversation)?;
        if chat.status != Status::Connected {
            return Err(WRONG_STATE);
        }
        if chat.attender.as_deref() != Some(operator) {
            return Err(NOT_PERMITTED);
        }
        self.complete(now, conversation, "agent");
        Ok(())
    }

    fn complete(&mut self, now: i64, conversation: usize, by: &'static str) {
        let Ok(chat) = self.chat_mut(conversation) else { return };
        let time = chat.stamp(now);
        end_span(chat, time);
        chat.ring = None;
        chat.status = Status::Closed;
        chat.ended = Some(time);
        chat.ends.push(time);
        chat.ended_by = Some(by);
        let more = json!({"ended_by": by, "thread_number": chat.thread});
        self.emit(conversation, "conversation.completed", time, more);
    }

    /// Nobody took it in time, or the visitor gave up waiting.
    fn miss(&mut self, now: i64, conversation: usize, by: &'static str) {
        let Ok(chat) = self.chat_mut(conversation) else { return };
        let time = chat.stamp(now);
        chat.status = Status::Missed;
        chat.missed = Some(time);
        chat.ends.push(time);
        chat.ended_by = Some(by);
        self.emit(conversation, "conversation.missed", time, json!({"is_abandoned": by == "visitor"}));
    }

    /// A chat has waited long enough.
    pub(crate) fn wait_is_over(&mut self, now: i64, conversation: usize, thread: u32) {
        let waits = self.chat(conversation).is_some_and(|chat| chat.status == Status::Waiting && chat.thread == thread);
        if waits {
            self.miss(now, conversation, "system");
        }
    }

    pub(super) fn emit(&mut self, conversation: usize, event: &'static str, time: i64, more: Value) {
        let Some(entity) = self.chat(conversation).map(|chat| shapes::webhook_entity(chat, more)) else { return };
        self.tell(conversation, event, time, &entity);
    }

    fn emit_line(&mut self, conversation: usize, event: &'static str, line: &Line) {
        if let Some(entity) = shapes::line_entity(self.chat(conversation), line.id) {
            self.tell(conversation, event, line.id, &entity);
        }
    }

    fn tell(&mut self, conversation: usize, event: &'static str, time: i64, entity: &Value) {
        let brand = self.chat(conversation).map_or(0, |chat| chat.brand);
        let body = shapes::envelope(conversation, brand, event, time, entity);
        self.emitted.push(Emitted { conversation, event, time, body });
    }
}

fn end_span(chat: &mut Chat, time: i64) {
    if let Some(span) = chat.spans.last_mut() {
        span.to.get_or_insert(time);
    }
}
