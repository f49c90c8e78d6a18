//! Transfers. They ring with whoever can take them; the sender stays the attender until one accepts (api.md 9.1).

use super::State;
use super::conversation::{PastTransfer, Status, Transfer};
use super::error::{ApiError, INVALID_OPERATOR, INVALID_OPERATORS, LIMIT_REACHED, NOT_PERMITTED};
use crate::seed;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl State {
    /// The attender hands the chat to an operator of a department, or to any of them.
    pub(crate) fn transfer(
        &mut self,
        now: i64,
        from: &str,
        id: &str,
        department_id: &str,
        operator_id: Option<&str>,
        note: &str,
    ) -> Result<(), ApiError> {
        let conversation = self.conversation(id)?;
        let in_the_way = conversation.transfer.is_some() && !self.settings.transfer_replaces;
        if conversation.status != Status::Connected || in_the_way {
            return Err(self.wrong_state());
        }
        if conversation.attender.as_deref() != Some(from) {
            return Err(ApiError::new(NOT_PERMITTED));
        }
        self.open_department(department_id)?;
        let rang = match operator_id {
            None => self.who_can_take(department_id, Some(from)),
            Some(to) => {
                let unknown = || ApiError::at_key(INVALID_OPERATORS, "operator_id");
                let target = self.operator(to).map_err(|_| unknown())?;
                if !target.serves(department_id) || to == from {
                    return Err(unknown());
                }
                let able = target.takes_chats() && self.has_room(target);
                if !able && self.settings.refuse_transfer_to_unavailable {
                    return Err(ApiError::at_key(INVALID_OPERATOR, "operator_id"));
                }
                Some(to.to_owned()).filter(|_| able).into_iter().collect()
            }
        };
        self.settle(now, id, "replaced", Some(from));
        let deadline = now + self.settings.transfer_timeout_ms;
        let conversation = self.conversation_mut(id)?;
        let attempt = u32::try_from(conversation.past_transfers.len()).unwrap_or(u32::MAX).saturating_add(1);
        conversation.last_modified_time = now;
        conversation.transfer = Some(Transfer {
            from: from.to_owned(),
            department_id: department_id.to_owned(),
            operator_id: operator_id.map(str::to_owned),
            note: note.to_owned(),
            deadline,
            started: now,
            attempt,
            rang,
            rejected_by: BTreeSet::new(),
            withdrawn_from: BTreeSet::new(),
            ignored_by: BTreeSet::new(),
        });
        self.timers.insert((deadline, id.to_owned()));
        if let Some(transfer) = self.conversation(id)?.transfer.clone() {
            self.emit_transfer(now, id, &transfer, "conversation.transfer.initiated", &json!({}));
        }
        Ok(())
    }

    /// The entity of the three transfer events is assumed: the created fields and a `transfer` object (api.md 5.6).
    fn emit_transfer(&mut self, now: i64, id: &str, transfer: &Transfer, event: &str, who: &Value) {
        let department = self.department(&transfer.department_id);
        let mut about = json!({
            "from": self.named(&transfer.from),
            "department": department.map(|d| json!({"id": d.id, "name": d.name})),
            "attempt_count": transfer.attempt,
            "note": transfer.note,
        });
        if let Some(operator_id) = &transfer.operator_id {
            about["operator"] = self.named(operator_id);
        }
        if let (Some(about), Some(who)) = (about.as_object_mut(), who.as_object()) {
            about.extend(who.clone());
        }
        self.emit(now, id, event, json!({ "transfer": about }));
    }

    /// One of those whom it rings takes it: first `transfer.accepted`, then `attender.updated`. With `late_accept` also
    /// one whose ring is over.
    pub(crate) fn accept_transfer(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let late = self.late_transfer(operator_id, id);
        let transfer = late.map_or_else(|| self.rings_with(operator_id, id), Ok)?;
        let rings_now = self.conversation(id)?.transfer.as_ref().is_some_and(|t| t.attempt == transfer.attempt);
        let outcome = if rings_now { "accepted" } else { "cancelled" };
        let operator = self.operator(operator_id)?;
        if self.settings.enforce_limit_on_pickup && !self.has_room(operator) {
            return Err(ApiError::new(LIMIT_REACHED));
        }
        let by = json!({"accepted_by": self.named(operator_id)});
        self.emit_transfer(now, id, &transfer, "conversation.transfer.accepted", &by);
        self.settle(now, id, outcome, Some(operator_id));
        if let Ok(conversation) = self.conversation_mut(id) {
            conversation.department_id.clone_from(&transfer.department_id);
            conversation.participants.retain(|p| *p != transfer.from);
        }
        self.attend(now, operator_id, id);
        Ok(())
    }

    /// One refuses. The transfer is over when it was his alone, or when nobody is left whom it rings.
    pub(crate) fn reject_transfer(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        self.rings_with(operator_id, id)?;
        if let Some(ringing) = self.conversation_mut(id)?.transfer.as_mut() {
            ringing.rejected_by.insert(operator_id.to_owned());
        }
        self.end_when_all_refused(now, id, operator_id, "rejected");
        Ok(())
    }

    /// Whether this operator sent the transfer that rings now.
    pub(crate) fn sent_what_rings(&self, operator_id: &str, id: &str) -> bool {
        let transfer = self.conversations.get(id).and_then(|c| c.transfer.as_ref());
        transfer.is_some_and(|t| t.from == operator_id)
    }

    /// The sender ends the ring of one whom his transfer rings: it counts as rejected by that one.
    pub(crate) fn withdraw_from(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let wrong_state = self.wrong_state();
        let ringing = self.conversation_mut(id)?.transfer.as_mut();
        // One who can't take it is not rung, but the transfer is his all the same.
        let is_his =
            |t: &Transfer| t.operator_id.as_deref() == Some(operator_id) || t.rang.iter().any(|o| o == operator_id);
        let ringing = ringing.filter(|t| is_his(t) && !t.is_over_for(operator_id)).ok_or(wrong_state)?;
        ringing.withdrawn_from.insert(operator_id.to_owned());
        self.end_when_all_refused(now, id, operator_id, "withdrawn");
        Ok(())
    }

    /// The sender takes the chat back: it stops ringing, without an event.
    pub(crate) fn take_back(&mut self, now: i64, operator_id: &str, id: &str) {
        self.settle(now, id, "withdrawn", Some(operator_id));
        self.changes.push(super::Change::Conversation(id.to_owned()));
    }

    fn end_when_all_refused(&mut self, now: i64, id: &str, last: &str, outcome: &'static str) {
        self.changes.push(super::Change::Conversation(id.to_owned()));
        let Some(transfer) = self.conversations.get(id).and_then(|c| c.transfer.clone()) else {
            return;
        };
        if transfer.rang.iter().all(|o| transfer.is_over_for(o)) {
            let by = if outcome == "withdrawn" { &transfer.from } else { last };
            self.settle(now, id, outcome, Some(by));
            let by = json!({"rejected_by": self.named(last)});
            self.emit_transfer(now, id, &transfer, "conversation.transfer.rejected", &by);
        }
    }

    /// With `late_accept`: the transfer that rang this operator, is over for him, and that he did not reject.
    pub(crate) fn late_transfer(&self, operator_id: &str, id: &str) -> Option<Transfer> {
        let conversation = self.conversations.get(id)?;
        let attends = conversation.attender.as_deref() == Some(operator_id);
        if !self.settings.late_accept || conversation.status != Status::Connected || attends {
            return None;
        }
        let rang = |t: &Transfer| t.rang.iter().any(|o| o == operator_id);
        if let Some(transfer) = conversation.transfer.as_ref().filter(|t| rang(t)) {
            return Some(transfer).filter(|t| t.withdrawn_from.contains(operator_id)).cloned();
        }
        // Only his last ring of this session.
        let since = conversation.threads.last().map_or(0, |thread| thread.from_time);
        let last = conversation.past_transfers.iter().rev().find(|past| rang(&past.transfer))?;
        let open = last.outcome != "accepted"
            && last.transfer.started >= since
            && !last.transfer.rejected_by.contains(operator_id);
        open.then(|| last.transfer.clone())
    }

    /// A ringing chat is declined on the desk: a transfer is rejected, a waiting chat rings on with the others.
    pub(crate) fn decline(&mut self, now: i64, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let wrong_state = self.wrong_state();
        let conversation = self.conversation_mut(id)?;
        match conversation.status {
            Status::Waiting => {
                conversation.declined_by.insert(operator_id.to_owned());
                self.changes.push(super::Change::Conversation(id.to_owned()));
                Ok(())
            }
            Status::Connected => self.reject_transfer(now, operator_id, id),
            _ => Err(wrong_state),
        }
    }

    /// A ringing chat is left to ring: it only vanishes from this desk, and time does the rest.
    pub(crate) fn ignore(&mut self, operator_id: &str, id: &str) -> Result<(), ApiError> {
        let wrong_state = self.wrong_state();
        let conversation = self.conversation_mut(id)?;
        match (&mut conversation.transfer, conversation.status) {
            (Some(transfer), _) => transfer.ignored_by.insert(operator_id.to_owned()),
            (None, Status::Waiting) => conversation.declined_by.insert(operator_id.to_owned()),
            _ => return Err(wrong_state),
        };
        self.changes.push(super::Change::Conversation(id.to_owned()));
        Ok(())
    }

    /// A human gives the chat back to `to`, who is the attender at once: nobody has to accept.
    pub(crate) fn hand_back(&mut self, now: i64, from: &str, id: &str, to: &str) -> Result<(), ApiError> {
        let department_id = self.conversation(id)?.department_id.clone();
        let serves = |state: &Self, d: &str| state.operator(to).is_ok_and(|o| o.serves(d));
        let department_id = if serves(self, &department_id) {
            department_id
        } else {
            self.operator(to)?.departments.first().cloned().unwrap_or(department_id)
        };
        self.transfer(now, from, id, &department_id, Some(to), "")?;
        self.accept_transfer(now, to, id)
    }

    /// The Zobot's `forward`, or its failure: the chat waits and rings (api.md 6.5).
    pub(crate) fn zobot_forward(
        &mut self,
        now: i64,
        id: &str,
        department_id: Option<&str>,
        operator_id: Option<&str>,
    ) -> Result<(), ApiError> {
        let conversation = self.conversation(id)?;
        if conversation.status != Status::Connected || conversation.attender.as_deref() != Some(seed::ZOBOT) {
            return Err(self.wrong_state());
        }
        if let Some(department_id) = department_id {
            self.open_department(department_id)?;
        }
        if let Some(operator_id) = operator_id {
            self.operator(operator_id).map_err(|_| ApiError::at_key(INVALID_OPERATORS, "operator_id"))?;
        }
        self.ring(now, id);
        let conversation = self.conversation_mut(id)?;
        conversation.last_modified_time = now;
        conversation.rings_only = operator_id.map(str::to_owned);
        if let Some(department_id) = department_id {
            department_id.clone_into(&mut conversation.department_id);
        }
        self.changes.push(super::Change::Conversation(id.to_owned()));
        Ok(())
    }

    pub(super) fn time_out_transfer(&mut self, now: i64, id: &str) {
        let over = self.conversations.get(id).and_then(|c| c.transfer.clone());
        self.settle(now, id, "timed_out", None);
        if let Some(transfer) = over {
            let how = json!({"timed_out": true});
            self.emit_transfer(now, id, &transfer, "conversation.transfer.rejected", &how);
        }
    }

    /// The conversation ends under a ringing transfer: it just stops.
    pub(super) fn cancel_transfer(&mut self, now: i64, id: &str) {
        self.settle(now, id, "cancelled", None);
    }

    fn settle(&mut self, now: i64, id: &str, outcome: &'static str, by: Option<&str>) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let Some(transfer) = conversation.transfer.take() else {
            return;
        };
        conversation.last_modified_time = now;
        conversation.past_transfers.push(PastTransfer { transfer, outcome, by: by.map(str::to_owned), time: now });
    }

    fn rings_with(&self, operator_id: &str, id: &str) -> Result<Transfer, ApiError> {
        let transfer = self.conversation(id)?.transfer.clone().ok_or_else(|| self.wrong_state())?;
        let rings = transfer.rang.iter().any(|o| o == operator_id) && !transfer.is_over_for(operator_id);
        if rings { Ok(transfer) } else { Err(self.wrong_state()) }
    }
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
