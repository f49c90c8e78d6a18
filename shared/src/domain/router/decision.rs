//! What routing came to, and why: stored, mailed and shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::roster::Loads;
use crate::domain::ask::Person;
use crate::domain::id::{DepartmentId, OperatorId};
use crate::domain::settings::EscalationMode;

/// Whom to ring, and the record of how that came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Why a human is needed, as a code.
    pub reason: String,
    /// How the brand rings.
    pub mode: EscalationMode,
    /// Whether the team works now.
    pub hours: Hours,
    /// How far loads could be trusted.
    pub loads: Loads,
    /// The departments in their order, with what speaks against each.
    pub departments: Vec<TriedDepartment>,
    /// Every operator, with numbers and verdict: those picked first, in their order.
    pub considered: Vec<Considered>,
    /// What is to be done.
    pub outcome: Outcome,
    /// Who chose whom to ring, in the console; none: the rules did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_by: Option<Person>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outcome {
    /// Ring these one after the other, the first now.
    Ring {
        /// In this order; never empty.
        targets: Vec<Target>,
    },
    /// Nobody can be rung: notice and mail.
    Nobody {
        /// Why.
        why: NobodyWhy,
    },
}

/// Who is rung.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The department.
    pub department: DepartmentId,
    /// One operator of it; none: any of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorId>,
}

/// Why nobody is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NobodyWhy {
    /// The settings name no department, or none that is left.
    NoDepartment,
    /// Outside of business hours.
    OutOfHours,
    /// No operator of the department is available.
    NobodyAvailable,
    /// Everyone was tried.
    AllTried,
}

/// Whether the team works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Hours {
    /// No hours are set: always.
    Always,
    /// Open.
    Open,
    /// Closed.
    Closed {
        /// When it opens again, if that is within the next weeks.
        opens_at: Option<Timestamp>,
    },
}

/// A department of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedDepartment {
    /// Which.
    pub department: DepartmentId,
    /// Why it stands in the chain.
    pub source: DepartmentSource,
    /// It takes no transfers: switched off, gone, or rung in vain before.
    pub closed: bool,
}

/// Why a department stands in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepartmentSource {
    /// The brand's department for this reason.
    BrandReason,
    /// The workspace's department for this reason.
    Reason,
    /// The brand's department.
    Brand,
    /// The workspace's default.
    Default,
}

/// An operator that was considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// Who.
    pub operator: OperatorId,
    /// The name that visitors see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Chats: open ones and those being assigned, each counted once.
    pub load: u32,
    /// At most so many; none is unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Since when the operator got no new chat, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<Timestamp>,
    /// The verdict.
    pub judgement: Judgement,
}

/// Picked or skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Judgement {
    /// A candidate.
    Picked {
        /// From 1.
        rank: u32,
    },
    /// Could take it, but others come first and no more are rung; or SalesIQ chooses within the department.
    Eligible,
    /// Not rung.
    Skipped {
        /// Why.
        why: Skipped,
    },
}

/// Why an operator is not rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Skipped {
    /// The AI's own operator.
    Ours,
    /// A Zobot.
    Bot,
    /// The account was deleted.
    Deleted,
    /// The account is switched off.
    Disabled,
    /// The invitation was not accepted yet.
    Unconfirmed,
    /// Takes no chats.
    ChatDisabled,
    /// Serves other departments.
    OtherDepartment,
    /// Busy, or something else than available.
    NotAvailable {
        /// SalesIQ's word.
        said: Option<String>,
    },
    /// As many chats as the limit allows.
    AtLimit,
    /// Was rung before.
    AlreadyTried,
}

impl Decision {
    /// A decision to ring nobody.
    #[must_use]
    pub fn nobody(at: Timestamp, why: NobodyWhy) -> Self {
        Self {
            at,
            reason: String::new(),
            mode: EscalationMode::Department,
            hours: Hours::Always,
            loads: Loads::Unknown,
            departments: Vec::new(),
            considered: Vec::new(),
            outcome: Outcome::Nobody { why },
            chosen_by: None,
        }
    }
}
