//! How a human is found, and who is written to when there is none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::{check::numbers, schema};
use crate::domain::id::{DepartmentId, OperatorId};

/// A workspace's way of finding a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = schema::escalation))]
#[serde(deny_unknown_fields, default)]
pub struct EscalationSettings {
    /// To a department, or to the least busy operator.
    pub mode: EscalationMode,
    /// Departments for single reasons, by the reason's code, such as `responsible_gaming`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(transform = schema::by_reason))]
    pub departments: BTreeMap<String, DepartmentId>,
    /// Who is written to when no brand's address fits, and when mail comes back. Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_resort_email: Option<String>,
    /// Who transcripts come from: an address that SES may send as, also as `Name <address>`. Required
    /// here or in each automated brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The administrator whose token sees the chats of all departments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facilitator: Option<OperatorId>,
    /// How long one operator's desk rings, in seconds.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::DEADLINE_S.0, max = numbers::DEADLINE_S.1)))]
    pub direct_deadline_s: u32,
    /// How long a department rings, in seconds.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::DEADLINE_S.0, max = numbers::DEADLINE_S.1)))]
    pub department_deadline_s: u32,
    /// How many operators are rung one after the other before the department is.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::DIRECT_ATTEMPTS.0, max = numbers::DIRECT_ATTEMPTS.1)))]
    pub direct_attempts: u8,
    /// What happens when nobody of the department is available.
    pub when_nobody: WhenNobody,
    /// What happens outside of business hours.
    pub when_closed: WhenNobody,
    /// How often the AI says something while a colleague is being looked for.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::WAITING_REPLIES.0, max = numbers::WAITING_REPLIES.1)))]
    pub waiting_replies: u8,
}

impl Default for EscalationSettings {
    fn default() -> Self {
        Self {
            mode: EscalationMode::default(),
            departments: BTreeMap::new(),
            last_resort_email: None,
            sender: None,
            facilitator: None,
            direct_deadline_s: 60,
            department_deadline_s: 180,
            direct_attempts: 3,
            when_nobody: WhenNobody::Mail,
            when_closed: WhenNobody::Mail,
            waiting_replies: 3,
        }
    }
}

/// A brand's way, where it is not the workspace's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BrandEscalation {
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<EscalationMode>,
    /// The brand's department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// Departments for single reasons; go before the workspace's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(transform = schema::by_reason))]
    pub departments: BTreeMap<String, DepartmentId>,
    /// Who is written to when no human could be found; else the workspace's last resort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Overrides the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Subject of mails; `{brand}`, `{visitor}`, `{reason}` and `{reference}` are filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// Who is rung.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EscalationMode {
    /// Any available operator of a department: SalesIQ chooses.
    #[default]
    Department,
    /// The least busy operator of the department, chosen here; then the department.
    Direct,
}

/// What happens when a department can't be expected to answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenNobody {
    /// The visitor is told, and the transcript is mailed.
    #[default]
    Mail,
    /// The department rings all the same.
    Ring,
}
