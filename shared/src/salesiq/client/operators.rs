//! Calls about operators (api.md §4.1, §9).

use serde_json::{Value, json};

use super::request::Request;
use super::{Client, data, rows};
use crate::domain::id::{DepartmentId, OperatorId};
pub use crate::domain::presence::Availability;
pub use crate::domain::router::ChatLimit;
use crate::salesiq::assumptions::methods;
use crate::salesiq::error::{FailedCall, SalesiqError};
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::oauth::{Principal, Tokens};

/// An operator. What SalesIQ did not tell is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The id.
    pub id: OperatorId,
    /// The name that visitors see.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// `Administrator`, `Supervisor` or `Associate`.
    pub role: Option<String>,
    /// A Zobot. No row of the list was ever seen with the mark (api.md §4.1); attenders have it (api.md §2.2).
    pub bot: bool,
    /// The account is switched on.
    pub enabled: Option<bool>,
    /// The invitation was accepted.
    pub confirmed: Option<bool>,
    /// The operator takes chats at all.
    pub chat_enabled: Option<bool>,
    /// The account was deleted.
    pub deleted: Option<bool>,
    /// Whether chats are taken now.
    pub availability: Option<Availability>,
    /// How many chats at a time.
    pub chat_limit: Option<ChatLimit>,
    /// The departments.
    pub departments: Vec<DepartmentId>,
}

impl<T: Tokens> Client<T> {
    /// Lists operators (api.md §4.1; whether the list has pages is not known).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn operators(&self, principal: Principal) -> Result<Vec<Operator>, SalesiqError> {
        let request = Request::get("list_operators", principal, "/api/v2/{screen}/operators");
        Ok(rows(&self.send(request).await?, Operator::read))
    }

    /// Reads an operator (api.md §4.1).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn operator(&self, principal: Principal, operator: &OperatorId) -> Result<Operator, SalesiqError> {
        let request = Request::get("get_operator", principal, "/api/v2/{screen}/operators/{id}");
        let answer = self.send(request.part(operator.as_str())).await?;
        data(&answer).and_then(Operator::read).ok_or_else(|| SalesiqError::Unreadable {
            call: Box::new(FailedCall::new("get_operator", None)),
            source: None,
        })
    }

    /// Sets an operator's own availability: the token must be that operator's (api.md §4.1).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn set_own_status(
        &self,
        principal: Principal,
        operator: &OperatorId,
        availability: &Availability,
    ) -> Result<(), SalesiqError> {
        let path = "/api/v2/{screen}/operators/{id}/status";
        let request = Request::new("set_own_status", principal, methods::OPERATOR_STATUS, path);
        let body = json!({ "status": availability.as_str() });
        self.send(request.part(operator.as_str()).json(body)).await.map(drop)
    }
}

impl Operator {
    fn read(from: &Object) -> Option<Self> {
        let full_name = || {
            let parts: Vec<_> =
                ["first_name", "last_name"].iter().filter_map(|key| lenient::label(from, key)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        Some(Self {
            id: lenient::id(from, "id", |text| OperatorId::parse(text).ok())?,
            name: lenient::label(from, "nick_name").or_else(|| lenient::label(from, "name")).or_else(full_name),
            email: lenient::label(from, "email_id").or_else(|| lenient::label(from, "email")),
            role: lenient::label(from, "role"),
            bot: lenient::is_bot(from),
            enabled: lenient::boolean(from, "is_enabled"),
            confirmed: lenient::boolean(from, "is_confirmed"),
            chat_enabled: lenient::boolean(from, "is_chat_enabled"),
            deleted: lenient::boolean(from, "is_deleted"),
            availability: availability(from),
            chat_limit: from.get("maximum_concurrent_chat").and_then(chat_limit),
            departments: lenient::array(from, "departments").iter().filter_map(department).collect(),
        })
    }
}

// `status_code` 1 is the only number ever seen.
fn availability(from: &Object) -> Option<Availability> {
    if let Some(word) = lenient::label(from, "status_message").or_else(|| lenient::label(from, "status")) {
        return Some(Availability::from(word));
    }
    (lenient::integer_at(from, "status_code")? == 1).then_some(Availability::Available)
}

fn chat_limit(value: &Value) -> Option<ChatLimit> {
    if value.as_str().is_some_and(|word| word.trim().eq_ignore_ascii_case("unlimited")) {
        return Some(ChatLimit::Unlimited);
    }
    lenient::integer(value).and_then(|number| u32::try_from(number).ok()).map(ChatLimit::AtMost)
}

fn department(value: &Value) -> Option<DepartmentId> {
    let id = match value {
        Value::Object(department) => lenient::first_id(department, &["id"]),
        other => lenient::id_text(other),
    }?;
    DepartmentId::parse(&id).ok()
}
