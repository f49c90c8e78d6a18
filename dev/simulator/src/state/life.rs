//! The life of a conversation, as api.md 9.1 suggests it: waiting, connected, closed or missed, and reopened.

use super::State;
use super::conversation::{Conversation, Saying, Status, Thread, Visitor};
use super::error::{ApiError, INVALID_DEPARTMENTS, LIMIT_REACHED, NOT_PERMITTED, UNKNOWN_RESOURCE};
use super::operator::Role;
use super::talk::visitor_of;
use crate::seed;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a visitor brings when he starts a chat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) app_id: String,
    /// The brand's first department when absent.
    pub(crate) department_id: Option<String>,
    pub(crate) question: String,
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) country_code: String,
    pub(crate) page_url: String,
    pub(crate) customer_info: Map<String, Value>,
    pub(crate) wait_time_ms: Option<i64>,
}

impl State {
    /// A visitor starts a chat.
    pub(crate) fn open(&mut self, now: i64, opening: Opening) -> Result<String, ApiError> {
        let brand = self.brand(&opening.app_id).cloned();
        let brand = brand.ok_or_else(|| ApiError::at_key(UNKNOWN_RESOURCE, "app_id"))?;
        let department_id = match opening.department_id {
            Some(id) if self.department(&id).is_none() => {
                return Err(ApiError::at_key(INVALID_DEPARTMENTS, "department_id"));
            }
            Some(id) => id,
            None => seed::DEPARTMENT_SUPPORT.to_owned(),
        };
        let wait_time_ms = opening.wait_time_ms.or(brand.wait_time_ms).unwrap_or(self.settings.wait_time_ms);
        let id = self.ids.id();
        let sender_id = format!("${}", self.ids.digits(19));
        let name = if opening.name.is_empty() { format!("Visitor {}", self.ids.digits(5)) } else { opening.name };
        let conversation = Conversation {
            id: id.clone(),
            reference_id: self.ids.reference(),
            chat_id: format!("LD_{}_{}", self.ids.digits(19), now / 1000),
            visitor_conversation_id: self.ids.hex(48),
            visitor_chat_hash: self.ids.hex(80),
            channel_id: self.ids.digits(18),
            uvid: format!("{}-1", self.ids.uuid()),
            app_id: brand.id,
            department_id,
            question: opening.question.clone(),
            visitor: Visitor {
                id: self.ids.id(),
                sender_id,
                user_id: opening.user_id,
                name,
                kind: if opening.email.is_empty() { "lead" } else { "contact" },
                email: opening.email,
                phone: opening.phone,
                country_code: opening.country_code,
                ip: "203.0.113.20".to_owned(),
                channel: "website",
            },
            customer_info: opening.customer_info,
            page_url: opening.page_url,
            status: Status::Waiting,
            attender: None,
            participants: Vec::new(),
            supervisors: Vec::new(),
            rings_only: None,
            declined_by: BTreeSet::new(),
            wait_time_ms,
            wait_deadline: None,
            transfer: None,
            past_transfers: Vec::new(),
            start_time: now,
            attended_time: None,
            end_time: None,
            missed_time: None,
            last_modified_time: now,
            ended_by: None,
            thread_number: 0,
            threads: Vec::new(),
            messages: Vec::new(),
            notes: Vec::new(),
            tags: Vec::new(),
            rating: None,
            events: Vec::new(),
            attachments: BTreeMap::new(),
        };
        let sender = visitor_of(&conversation);
        self.conversations.insert(id.clone(), conversation);
        self.begin_thread(now, &id, opening.question.clone());
        let question = self.say(now, &id, sender, Saying::Text(opening.question))?;
        if brand.zobot {
            self.seat(&id, Status::Connected, Some(seed::ZOBOT.to_owned()));
        } else {
            self.ring(now, &id);
        }
        self.emit(now, &id, "conversation.created", json!({}));
        if self.settings.question_echo {
            self.emit_message(now, &id, "conversation.visitor.replied", &question);
        }
        Ok(id)
    }

    pub(super) fn begin_thread(&mut self, now: i64, id: &str, question: String) {
        let thread_id = self.ids.id();
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        conversation.thread_number += 1;
        conversation.threads.push(Thread {
            thread_id,
            thread_number: conversation.thread_number,
            question,
            from_time: now,
            to_time: None,
            ended_by: None,
            status: "Live",
            attender: None,
        });
    }

    /// Lets it wait, and ring with whoever can take it.
    pub(super) fn ring(&mut self, now: i64, id: &str) {
        self.seat(id, Status::Waiting, None);
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let deadline = now + conversation.wait_time_ms;
        conversation.wait_deadline = Some(deadline);
        conversation.declined_by.clear();
        self.timers.insert((deadline, id.to_owned()));
    }

    /// The only place where status and attender change: it keeps the operators' load right.
    pub(super) fn seat(&mut self, id: &str, status: Status, attender: Option<String>) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        if let Some(old) = conversation.attender.as_ref().filter(|_| conversation.status == Status::Connected) {
            self.load.entry(old.clone()).and_modify(|load| *load = load.saturating_sub(1));
        }
        if let Some(new) = attender.as_ref().filter(|_| status == Status::Connected) {
            *self.load.entry(new.clone()).or_default() += 1;
        }
        conversation.status = status;
        conversation.attender = attender;
        if status != Status::Waiting {
            conversation.wait_deadline = None;
            conversation.rings_only = None;
        }
    }

    /// Whom it rings now: a waiting chat, or a transfer.
    pub(crate) fn ringing(&self, conversation: &Conversation) -> Vec<String> {
        if let Some(transfer) = &conversation.transfer {
            let quiet = |id: &String| transfer.is_over_for(id) || transfer.ignored_by.contains(id);
            let able = |id: &String| self.account(id).is_some_and(super::operator::Operator::takes_chats);
            return transfer.rang.iter().filter(|id| !quiet(id) && able(id)).cloned().collect();
        }
        if conversation.status != Status::Waiting {
            return Vec::new();
        }
        let mut who = self.who_can_take(&conversation.department_id, None);
        if let Some(only) = &conversation.rings_only {
            who = self
                .account(only)
                .filter(|o| o.takes_chats() && self.has_room(o))
                .map(|o| o.id.clone())
                .into_iter()
                .collect();
        }
        who.retain(|id| !conversation.declined_by.contains(id));
        who
    }

    /// Whether an operator may see and take a department's chats (roles: api.md 9).
    pub(crate) fn may_see(&self, operator_id: &str, conversation: &Conversation) -> bool {
        self.account(operator_id).is_some_and(|o| {
            o.role != Role::Associate
                || o.serves(&conversation.department_id)
                || conversation.includes(operator_id)
                || conversation.transfer.as_ref().is_some_and(|t| t.rang.contains(&o.id))
        })
    }

    /// An operator takes a waiting chat, a transfer that rings with him, or one of his own that rings with others.
    pub(crate) fn pick_up(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let conversation = self.conversation(id)?;
        if conversation.transfer.as_ref().is_some_and(|t| t.rang.iter().any(|o| o == operator_id)) {
            return self.accept_transfer(now, operator_id, id);
        }
        if self.settings.sender_may_take_back && self.sent_what_rings(operator_id, id) {
            self.take_back(now, operator_id, id);
            return Ok(());
        }
        if self.late_transfer(operator_id, id).is_some() {
            return self.accept_transfer(now, operator_id, id);
        }
        if conversation.status != Status::Waiting {
            return Err(self.wrong_state());
        }
        let operator = self.operator(operator_id)?;
        let may = self.may_see(operator_id, conversation) || conversation.rings_only.as_deref() == Some(operator_id);
        if !may || !operator.is_enabled || !operator.is_chat_enabled {
            return Err(ApiError::new(NOT_PERMITTED));
        }
        if self.settings.enforce_limit_on_pickup && !self.has_room(operator) {
            return Err(ApiError::new(LIMIT_REACHED));
        }
        self.attend(now, operator_id, id);
        Ok(())
    }

    /// The operator becomes the attender, and everybody is told.
    pub(super) fn attend(&mut self, now: i64, operator_id: &str, id: &str) {
        self.seat(id, Status::Connected, Some(operator_id.to_owned()));
        if let Ok(conversation) = self.conversation_mut(id) {
            conversation.attended_time.get_or_insert(now);
            conversation.last_modified_time = now;
            if !conversation.participants.iter().any(|p| p == operator_id) {
                conversation.participants.push(operator_id.to_owned());
            }
            if let Some(thread) = conversation.threads.last_mut() {
                thread.attender = Some(operator_id.to_owned());
            }
        }
        let name = self.account(operator_id).map_or("", |o| &o.nick_name).to_owned();
        self.info(now, id, format!("{name} has joined the chat"));
        self.emit(now, id, "conversation.attender.updated", json!({}));
    }

    /// The attender closes.
    pub(crate) fn close(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let conversation = self.conversation(id)?;
        if conversation.status != Status::Connected {
            return Err(self.wrong_state());
        }
        if conversation.attender.as_deref() != Some(operator_id) {
            return Err(ApiError::new(NOT_PERMITTED));
        }
        let by = if operator_id == seed::ZOBOT { "bot" } else { "agent" };
        self.complete(now, id, by);
        Ok(())
    }

    pub(super) fn complete(&mut self, now: i64, id: &str, ended_by: &'static str) {
        self.cancel_transfer(now, id);
        let attender = self.conversations.get(id).and_then(|c| c.attender.clone());
        self.seat(id, Status::Closed, attender);
        if let Ok(conversation) = self.conversation_mut(id) {
            conversation.end_time = Some(now);
            conversation.ended_by = Some(ended_by);
            conversation.last_modified_time = now;
            end_thread(conversation, now, Some(ended_by), "Attended Online");
        }
        self.emit_completed(now, id);
    }

    fn emit_completed(&mut self, now: i64, id: &str) {
        let Some(conversation) = self.conversations.get(id) else {
            return;
        };
        let extra = json!({
            "conversation_id": id,
            "ended_by": conversation.ended_by,
            "thread_number": conversation.thread_number,
        });
        self.emit(now, id, "conversation.completed", extra);
    }

    /// Nobody took it in time, or the visitor gave up waiting.
    pub(super) fn miss(&mut self, now: i64, id: &str, ended_by: &'static str) {
        let Some(conversation) = self.conversations.get(id) else {
            return;
        };
        let rang = self.ringing(conversation);
        let ringing_time = now - conversation.threads.last().map_or(now, |t| t.from_time);
        self.seat(id, Status::Missed, None);
        if let Ok(conversation) = self.conversation_mut(id) {
            conversation.missed_time = Some(now);
            conversation.ended_by = Some(ended_by);
            conversation.last_modified_time = now;
            end_thread(conversation, now, Some(ended_by), "Missed");
        }
        let extra = json!({
            "missed_by": rang,
            "missed_by_count": rang.len(),
            "is_abandoned": ended_by == "visitor",
            "ringing_time": ringing_time.to_string(),
        });
        self.emit(now, id, "conversation.missed", extra);
        if self.settings.completed_after_missed {
            self.emit_completed(now, id);
        }
    }

    /// Lets time pass: what has rung long enough stops ringing.
    pub(crate) fn tick(&mut self, now: i64) {
        self.deliveries.wake(now);
        while let Some((deadline, id)) = self.timers.first().cloned() {
            if deadline > now {
                break;
            }
            self.timers.pop_first();
            let Some(conversation) = self.conversations.get(&id) else {
                continue;
            };
            let transfer_over = conversation.transfer.as_ref().is_some_and(|t| t.deadline <= now);
            let wait_over = conversation.wait_deadline.is_some_and(|d| d <= now);
            if transfer_over {
                self.time_out_transfer(now, &id);
            }
            if wait_over {
                self.miss(now, &id, "system");
            }
        }
    }

    /// When to tick next.
    pub(crate) fn next_due(&self) -> Option<i64> {
        let timer = self.timers.first().map(|(deadline, _)| *deadline);
        [timer, self.deliveries.next_due()].into_iter().flatten().min()
    }
}

fn end_thread(conversation: &mut Conversation, now: i64, ended_by: Option<&'static str>, status: &'static str) {
    if let Some(thread) = conversation.threads.last_mut() {
        thread.to_time = Some(now);
        thread.ended_by = ended_by;
        thread.status = status;
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
