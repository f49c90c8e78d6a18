//! Taking chats and handing them on: pickups, and transfers that ring until somebody answers (api.md §9.1). Who transfers
//! stays the attender until one accepts.

use serde_json::json;

use super::chat::{Chat, Ring, Status};
use super::{INVALID_OPERATOR, NOT_PERMITTED, Refusal, Salesiq, US, WRONG_STATE, department_id};

impl Salesiq {
    /// An operator takes a waiting chat, one that rings with him, or one of his own that rings with others.
    pub(crate) fn pick_up(&mut self, now: i64, operator: &str, conversation: usize) -> Result<(), Refusal> {
        let chat = self.chat_mut(conversation)?;
        if chat.ring.as_ref().is_some_and(|ring| rings_with(ring, operator)) {
            return self.accept(now, operator, conversation);
        }
        if chat.ring.as_ref().is_some_and(|ring| ring.from == operator) {
            // Taken back: it stops ringing, without an event.
            chat.stamp(now);
            let ring = chat.ring.take();
            chat.past.extend(ring);
            return Ok(());
        }
        if chat.status != Status::Waiting {
            return Err(WRONG_STATE);
        }
        self.attend(now, operator, conversation);
        Ok(())
    }

    /// The attender hands the chat to an operator of a department, or to any of them.
    pub(crate) fn transfer(
        &mut self,
        now: i64,
        from: &str,
        conversation: usize,
        department: usize,
        to: Option<&str>,
    ) -> Result<(), Refusal> {
        let chat = self.chat(conversation).ok_or(super::UNKNOWN)?;
        if chat.status != Status::Connected || chat.ring.is_some() {
            return Err(WRONG_STATE);
        }
        if chat.attender.as_deref() != Some(from) {
            return Err(NOT_PERMITTED);
        }
        let serves = |id: &str| self.operator(id).is_some_and(|one| one.departments.contains(&department)) || id == US;
        if to.is_some_and(|to| !serves(to) || to == from) {
            return Err(INVALID_OPERATOR);
        }
        let able = self.operators.iter().filter(|one| one.departments.contains(&department) && one.id != from);
        let able = able.filter(|one| self.can_take(one)).map(|one| one.id.clone());
        let rang: Vec<String> = match to {
            Some(US) => vec![US.to_owned()],
            Some(to) => able.filter(|one| one == to).collect(),
            None => able.collect(),
        };
        let number = self.next_id();
        let transfer = Ring {
            number,
            from: from.to_owned(),
            department,
            operator: to.map(str::to_owned),
            rang,
            over_for: std::collections::BTreeSet::new(),
        };
        let chat = self.chat_mut(conversation)?;
        let time = chat.stamp(now);
        chat.rung_by_us += u32::from(from == US);
        chat.ring = Some(transfer.clone());
        self.tell_ring(conversation, "conversation.transfer.initiated", time, &transfer, None);
        Ok(())
    }

    fn tell_ring(
        &mut self,
        conversation: usize,
        event: &'static str,
        time: i64,
        ring: &Ring,
        by: Option<(&str, &str)>,
    ) {
        let mut about = json!({"department": {"id": department_id(ring.department)}, "from": {"id": ring.from}});
        if let Some(operator) = &ring.operator {
            about["operator"] = json!({"id": operator});
        }
        if let Some((how, who)) = by {
            about[how] = json!({"id": who});
        }
        self.emit(conversation, event, time, json!({"transfer": about}));
    }

    /// One of those whom it rings takes it: first `transfer.accepted`, then `attender.updated`.
    pub(crate) fn accept(&mut self, now: i64, operator: &str, conversation: usize) -> Result<(), Refusal> {
        let late = self.habits.late_accept;
        let chat = self.chat_mut(conversation)?;
        let rings = chat.ring.as_ref().filter(|ring| rings_with(ring, operator));
        let ring = rings.or_else(|| if late { rang_before(chat, operator) } else { None }).cloned();
        let ring = ring.filter(|_| chat.status == Status::Connected).ok_or(WRONG_STATE)?;
        let time = chat.stamp(now);
        let over = chat.ring.take();
        chat.past.extend(over);
        chat.department = ring.department;
        chat.participants.retain(|one| one != &ring.from);
        self.tell_ring(conversation, "conversation.transfer.accepted", time, &ring, Some(("accepted_by", operator)));
        self.attend(now, operator, conversation);
        Ok(())
    }

    /// One refuses, or the sender takes the ring from one. It is over when nobody is left whom it rings.
    pub(crate) fn reject(&mut self, now: i64, operator: &str, conversation: usize) -> Result<(), Refusal> {
        let chat = self.chat_mut(conversation)?;
        let ring = chat.ring.as_mut().ok_or(WRONG_STATE)?;
        let his = ring.operator.as_deref() == Some(operator) || rings_with(ring, operator);
        if !his {
            return Err(WRONG_STATE);
        }
        ring.over_for.insert(operator.to_owned());
        if ring.rang.iter().all(|one| ring.over_for.contains(one)) {
            self.end_ring(now, conversation, Some(operator));
        }
        Ok(())
    }

    fn end_ring(&mut self, now: i64, conversation: usize, by: Option<&str>) {
        let Ok(chat) = self.chat_mut(conversation) else { return };
        let time = chat.stamp(now);
        let Some(ring) = chat.ring.take() else { return };
        chat.past.push(ring.clone());
        let by = by.map(|who| ("rejected_by", who));
        self.tell_ring(conversation, "conversation.transfer.rejected", time, &ring, by);
    }

    /// A transfer has rung long enough.
    pub(crate) fn ring_is_over(&mut self, now: i64, conversation: usize, number: u64) {
        let rings = self.chat(conversation).and_then(|chat| chat.ring.as_ref());
        if rings.is_some_and(|ring| ring.number == number) {
            self.end_ring(now, conversation, None);
        }
    }
}

fn rings_with(ring: &Ring, operator: &str) -> bool {
    ring.rang.iter().any(|one| one == operator) && !ring.over_for.contains(operator)
}

/// His last ring of this thread, if he did not turn it down and has not got the chat.
fn rang_before<'a>(chat: &'a Chat, operator: &str) -> Option<&'a Ring> {
    let last = chat.past.iter().rev().find(|ring| ring.rang.iter().any(|one| one == operator))?;
    (!last.over_for.contains(operator) && chat.attender.as_deref() == Some(US)).then_some(last)
}
