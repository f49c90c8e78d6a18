//! Brands, departments, tags and the seeded people.

use super::operator::{Availability, Operator, Role};
use crate::seed;
use serde::Serialize;
use serde_json::{Value, json};

/// A brand, which the API calls an app.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Brand {
    pub(crate) id: String,
    pub(crate) name: String,
    /// A Zobot attends its chats first.
    pub(crate) zobot: bool,
    /// The brand's waiting time; the portal's when absent.
    pub(crate) wait_time_ms: Option<i64>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Department {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Chats can be transferred to it.
    pub(crate) is_enabled: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tag {
    pub(crate) id: String,
    pub(crate) name: String,
}

pub(crate) fn brands() -> Vec<Brand> {
    [
        (seed::BRAND_LUMEN, "Lumen Casino"),
        (seed::BRAND_HARBOUR, "Harbour Bets"),
        (seed::BRAND_MERIDIAN, "Meridian Games"),
    ]
    .map(|(id, name)| Brand { id: id.to_owned(), name: name.to_owned(), zobot: false, wait_time_ms: None })
    .to_vec()
}

pub(crate) fn departments() -> Vec<Department> {
    [(seed::DEPARTMENT_SUPPORT, "Player Support"), (seed::DEPARTMENT_PAYMENTS, "Payments")]
        .map(|(id, name)| Department { id: id.to_owned(), name: name.to_owned(), is_enabled: true })
        .to_vec()
}

pub(crate) fn tags() -> Vec<Tag> {
    [(seed::TAG_VIP, "VIP"), (seed::TAG_COMPLAINT, "Complaint")]
        .map(|(id, name)| Tag { id: id.to_owned(), name: name.to_owned() })
        .to_vec()
}

pub(crate) fn operators(now: i64) -> Vec<Operator> {
    let both = [seed::DEPARTMENT_SUPPORT, seed::DEPARTMENT_PAYMENTS];
    let person = |id: &str, first: &str, last: &str, role, departments: &[&str], maximum: Value| Operator {
        id: id.to_owned(),
        email_id: format!("{}@demo.example", first.to_ascii_lowercase()),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        nick_name: first.to_owned(),
        role,
        departments: departments.iter().map(|&d| d.to_owned()).collect(),
        status: Availability::Available,
        is_chat_enabled: true,
        is_enabled: true,
        is_confirmed: true,
        is_owner: role == Role::Administrator,
        is_deleted: false,
        maximum_concurrent_chat: maximum,
        is_bot: false,
        created_time: now,
        modified_time: now,
    };
    let zobot = Operator {
        is_bot: true,
        email_id: String::new(),
        ..person(seed::ZOBOT, "Zobot", "", Role::Associate, &[], json!("unlimited"))
    };
    vec![
        person(seed::OPERATOR_NOVA, "Nova", "Lind", Role::Associate, &both, json!("25")),
        person(seed::OPERATOR_ADA, "Ada", "Moreau", Role::Administrator, &both, json!("unlimited")),
        person(seed::OPERATOR_BEN, "Ben", "Okafor", Role::Supervisor, &both[..1], json!(5)),
        person(seed::OPERATOR_CHLOE, "Chloe", "Varga", Role::Associate, &both[1..], json!("10")),
        zobot,
    ]
}
