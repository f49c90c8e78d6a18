//! A team, its settings, and what is known of them, for a test to change.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::domain::escalation::{Attempt, AttemptEnd};
use shared::domain::id::{ConversationId, DepartmentId, OperatorId};
use shared::domain::router::{
    ChatLimit, Colleague, Considered, Decision, Inquiry, Judgement, Loads, NobodyWhy, Outcome, Presence, Reserved,
    Roster, Skipped, Target, route,
};
use shared::domain::settings::{EscalationMode, WorkspaceSettings};
use shared::domain::verdict::EscalationReason;

pub(crate) const US: &str = "700";
/// The workspace's default department.
pub(crate) const SUPPORT: &str = "17";
pub(crate) const VIPS: &str = "18";
pub(crate) const CARE: &str = "19";

#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) conversation: ConversationId,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) reason: EscalationReason,
    pub(crate) roster: Roster,
    pub(crate) reservations: BTreeMap<OperatorId, Reserved>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) now: Timestamp,
}

/// A Monday, 12:00 UTC, and some seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_614_400 + seconds).unwrap()
}

pub(crate) fn department(id: &str) -> DepartmentId {
    DepartmentId::parse(id).unwrap()
}

pub(crate) fn operator(id: &str) -> OperatorId {
    OperatorId::parse(id).unwrap()
}

pub(crate) fn chat(id: &str) -> ConversationId {
    ConversationId::parse(id).unwrap()
}

/// A human of the support department who is available, without chats, and for whom SalesIQ gives no limit.
pub(crate) fn colleague(id: &str) -> Colleague {
    Colleague {
        id: operator(id),
        name: None,
        bot: false,
        enabled: Some(true),
        confirmed: Some(true),
        chat_enabled: Some(true),
        deleted: Some(false),
        presence: Presence::Available,
        limit: None,
        departments: vec![department(SUPPORT)],
        open_chats: 0,
        open_and_reserved: Vec::new(),
        took_last_at: None,
    }
}

pub(crate) fn with_chats(id: &str, open_chats: u32) -> Colleague {
    Colleague { open_chats, ..colleague(id) }
}

impl Scene {
    /// Direct mode, one brand, no hours, and a roster that is known in full.
    pub(crate) fn new(operators: Vec<Colleague>) -> Self {
        let settings = json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": US,
            "default_department": SUPPORT, "escalation": {"mode": "direct"},
            "brands": [{"id": "100", "name": "Lumen Casino", "automated": true}],
        });
        Self {
            conversation: chat("9001"),
            settings: serde_json::from_value(settings).unwrap(),
            reason: EscalationReason::VisitorAsked,
            roster: Roster { taken_at: at(0), loads: Loads::Full, operators, closed_departments: Vec::new() },
            reservations: BTreeMap::new(),
            attempts: Vec::new(),
            now: at(0),
        }
    }

    pub(crate) fn in_department_mode(mut self) -> Self {
        self.settings.escalation.mode = EscalationMode::Department;
        self
    }

    /// Somebody, or without an operator the department, was rung.
    pub(crate) fn tried(&mut self, department: &str, operator: Option<&str>, end: AttemptEnd) -> &mut Self {
        let target = target(department, operator);
        self.attempts.push(Attempt { target, at: at(-60), ended_at: at(0), end, chosen: false });
        self
    }

    pub(crate) fn reserve(&mut self, operator: &str, conversation: &str, until: Timestamp) {
        self.reserve_at(self::operator(operator), chat(conversation), until, self.now);
    }

    fn reserve_at(&mut self, operator: OperatorId, conversation: ConversationId, until: Timestamp, at: Timestamp) {
        let reserved = self.reservations.entry(operator).or_default();
        reserved.until.insert(conversation, until);
        reserved.last_at = Some(at);
    }

    pub(crate) fn route(&self) -> Decision {
        route(&Inquiry {
            conversation: &self.conversation,
            settings: &self.settings,
            brand: self.settings.brands.first(),
            reason: &self.reason,
            roster: &self.roster,
            reservations: &self.reservations,
            attempts: &self.attempts,
            now: self.now,
        })
    }

    /// Routes conversations one after the other, each a second after the last, and reserves whom it rings. Tells whom.
    pub(crate) fn burst(&mut self, conversations: u32) -> Vec<Option<OperatorId>> {
        let mut rung = Vec::new();
        for number in 0..conversations {
            self.conversation = chat(&format!("burst-{number}"));
            self.now += SignedDuration::from_secs(1);
            let first = targets(&self.route()).first().and_then(|target| target.operator.clone());
            if let Some(operator) = first.clone() {
                self.reserve_at(operator, self.conversation.clone(), self.now + SignedDuration::from_mins(5), self.now);
            }
            rung.push(first);
        }
        self.conversation = chat("after");
        rung
    }
}

pub(crate) fn target(department: &str, operator: Option<&str>) -> Target {
    Target { department: self::department(department), operator: operator.map(self::operator) }
}

pub(crate) fn targets(decision: &Decision) -> &[Target] {
    match &decision.outcome {
        Outcome::Ring { targets } => targets,
        Outcome::Nobody { .. } => &[],
    }
}

/// Who is rung, in words: operators by id, departments by `d` and id.
pub(crate) fn rung(decision: &Decision) -> Vec<String> {
    let name = |target: &Target| match &target.operator {
        Some(operator) => operator.to_string(),
        None => format!("d{}", target.department),
    };
    targets(decision).iter().map(name).collect()
}

pub(crate) fn nobody(decision: &Decision) -> Option<NobodyWhy> {
    match decision.outcome {
        Outcome::Nobody { why } => Some(why),
        Outcome::Ring { .. } => None,
    }
}

pub(crate) fn of<'a>(decision: &'a Decision, id: &str) -> &'a Considered {
    decision.considered.iter().find(|considered| considered.operator.as_str() == id).unwrap()
}

pub(crate) fn skipped(decision: &Decision, id: &str) -> Option<Skipped> {
    match &of(decision, id).judgement {
        Judgement::Skipped { why } => Some(why.clone()),
        Judgement::Picked { .. } | Judgement::Eligible => None,
    }
}

pub(crate) fn limited(id: &str, open_chats: u32, limit: ChatLimit) -> Colleague {
    Colleague { limit: Some(limit), ..with_chats(id, open_chats) }
}
