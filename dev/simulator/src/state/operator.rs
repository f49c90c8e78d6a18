//! Operators: who they are, whether they can take a chat, and how full they are.

use super::error::{ApiError, UNKNOWN_RESOURCE};
use super::{Change, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The two values that the API can set (api.md 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Availability {
    Available,
    Busy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    Administrator,
    Supervisor,
    Associate,
}

#[derive(Clone, Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "SalesIQ's operator has these flags")]
pub(crate) struct Operator {
    pub(crate) id: String,
    pub(crate) email_id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) nick_name: String,
    pub(crate) role: Role,
    pub(crate) departments: Vec<String>,
    pub(crate) status: Availability,
    pub(crate) is_chat_enabled: bool,
    pub(crate) is_enabled: bool,
    /// Whether he has answered his invitation.
    pub(crate) is_confirmed: bool,
    pub(crate) is_owner: bool,
    /// The resource stays, marked so (assumed: the sample only shows that there is a mark).
    pub(crate) is_deleted: bool,
    /// As SalesIQ would show it: `"10"`, `5` or `"unlimited"`; null: not at all.
    pub(crate) maximum_concurrent_chat: Value,
    /// A Zobot: it attends chats but isn't an operator resource.
    pub(crate) is_bot: bool,
    pub(crate) created_time: i64,
    pub(crate) modified_time: i64,
}

/// The limit of an operator whose resource shows none (assumed).
const LIMIT_WHEN_ABSENT: usize = 5;

impl Operator {
    /// How many chats at once; `None` is unlimited.
    pub(crate) fn limit(&self) -> Option<usize> {
        match &self.maximum_concurrent_chat {
            Value::Number(number) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
            Value::String(text) => text.parse().ok(),
            _ => Some(LIMIT_WHEN_ABSENT),
        }
    }

    pub(crate) fn serves(&self, department_id: &str) -> bool {
        self.departments.iter().any(|id| id == department_id)
    }

    /// Whether the account may act at all.
    pub(crate) fn takes_chats(&self) -> bool {
        self.is_enabled
            && !self.is_deleted
            && self.is_confirmed
            && self.is_chat_enabled
            && !self.is_bot
            && self.status == Availability::Available
    }
}

/// The values `maximum_concurrent_chat` may have (api.md 4.1).
pub(crate) fn is_valid_limit(value: &Value) -> bool {
    const ALLOWED: [&str; 10] = ["0", "1", "2", "3", "4", "5", "7", "10", "25", "unlimited"];
    match value {
        Value::Number(number) => ALLOWED.contains(&number.to_string().as_str()),
        Value::String(text) => ALLOWED.contains(&text.as_str()),
        _ => false,
    }
}

impl State {
    /// Any account, the Zobot's included.
    pub(crate) fn account(&self, id: &str) -> Option<&Operator> {
        self.operators.iter().find(|o| o.id == id)
    }

    /// An operator resource; a Zobot isn't one.
    pub(crate) fn operator(&self, id: &str) -> Result<&Operator, ApiError> {
        self.account(id).filter(|o| !o.is_bot).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
    }

    pub(crate) fn operator_mut(&mut self, id: &str) -> Result<&mut Operator, ApiError> {
        self.operators.iter_mut().find(|o| o.id == id && !o.is_bot).ok_or_else(|| ApiError::new(UNKNOWN_RESOURCE))
    }

    /// The open chats whose attender this operator is.
    pub(crate) fn load_of(&self, operator_id: &str) -> usize {
        self.load.get(operator_id).copied().unwrap_or(0)
    }

    pub(crate) fn has_room(&self, operator: &Operator) -> bool {
        operator.limit().is_none_or(|limit| self.load_of(&operator.id) < limit)
    }

    /// The operators of a department that a chat may ring now, other than `except`.
    pub(crate) fn who_can_take(&self, department_id: &str, except: Option<&str>) -> Vec<String> {
        self.operators
            .iter()
            .filter(|o| o.serves(department_id) && o.takes_chats() && self.has_room(o))
            .map(|o| o.id.clone())
            .filter(|id| Some(id.as_str()) != except)
            .collect()
    }

    pub(crate) fn set_availability(&mut self, now: i64, id: &str, status: Availability) -> Result<(), ApiError> {
        let operator = self.operator_mut(id)?;
        operator.status = status;
        operator.modified_time = now;
        self.operator_changed(now, id);
        Ok(())
    }

    pub(crate) fn enable(&mut self, now: i64, id: &str, enabled: bool) -> Result<(), ApiError> {
        let operator = self.operator_mut(id)?;
        operator.is_enabled = enabled;
        operator.modified_time = now;
        self.operator_changed(now, id);
        Ok(())
    }

    /// Tells webhooks and pages. The entity of `operator.updated` is assumed: id, name, address, status.
    pub(crate) fn operator_changed(&mut self, now: i64, id: &str) {
        self.changes.push(Change::Operator(id.to_owned()));
        let Ok(operator) = self.operator(id) else {
            return;
        };
        let entity = json!({
            "id": operator.id,
            "email_id": operator.email_id,
            "nick_name": operator.nick_name,
            "role": operator.role,
            "departments": operator.departments,
            "is_enabled": operator.is_enabled.to_string(),
            "status_message": operator.status,
        });
        self.emit_administration(now, "operator.updated", "operator", id, &entity);
    }
}
