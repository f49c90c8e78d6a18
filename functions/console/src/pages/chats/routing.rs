//! Who was considered for a chat, with what numbers, and what became of it: in words.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::escalation::{Escalation, Stage};
use shared::domain::router::{Considered, Decision, Hours, Judgement, Outcome};
use shared::domain::settings::EscalationMode;
use shared::domain::verdict::EscalationReason;
use shared::engine::portal::Names;
use shared::note::reason_sentence;

use crate::words;

/// A decision of the router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DecisionView {
    /// When.
    pub(crate) at: Timestamp,
    /// Whom to ring in which order, or why nobody is.
    pub(crate) outcome: String,
    /// Somebody is rung.
    pub(crate) rings: bool,
    /// Why a human is needed.
    pub(crate) reason: String,
    /// Who chose, if no rule did.
    pub(crate) chosen_by: Option<String>,
    /// What it rests on.
    pub(crate) basis: String,
    /// When the team works again.
    pub(crate) opens_at: Option<Timestamp>,
    /// The departments in their order.
    pub(crate) departments: Vec<String>,
    /// Every operator.
    pub(crate) operators: Vec<OperatorView>,
}

/// An operator who was considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OperatorView {
    /// Who.
    pub(crate) id: String,
    /// What they are called.
    pub(crate) name: String,
    /// How many chats, and how many at most.
    pub(crate) chats: String,
    /// Since when without a new one.
    pub(crate) idle_since: Option<Timestamp>,
    /// What became of it.
    pub(crate) verdict: String,
    /// `good`, `accent` or nothing, for how it is marked.
    pub(crate) mark: &'static str,
}

impl DecisionView {
    /// In words.
    pub(crate) fn of(decision: &Decision, names: &Names) -> Self {
        let (rings, outcome) = match &decision.outcome {
            Outcome::Ring { targets } => {
                let targets: Vec<String> = targets.iter().map(|target| words::target(target, names)).collect();
                (true, targets.join(", then "))
            }
            Outcome::Nobody { why } => (false, format!("nobody: {}", words::nobody(*why))),
        };
        let departments = decision.departments.iter().map(|tried| {
            let closed = if tried.closed { "; ruled out: rung before, or takes no transfers" } else { "" };
            format!("{} ({}{closed})", names.department(&tried.department), words::source(tried.source))
        });
        let basis = match &decision.chosen_by {
            Some(_) => "Chosen by a person: nobody else was considered.".to_owned(),
            None => format!(
                "Rings {}; {}; {}.",
                words::mode(decision.mode),
                words::hours(decision.hours),
                words::loads(decision.loads)
            ),
        };
        Self {
            at: decision.at,
            outcome,
            rings,
            reason: words::reason(&decision.reason).to_owned(),
            chosen_by: decision.chosen_by.as_ref().map(|person| person.name.clone()),
            basis,
            opens_at: match decision.hours {
                Hours::Closed { opens_at } => opens_at,
                Hours::Always | Hours::Open => None,
            },
            departments: departments.collect(),
            operators: decision.considered.iter().map(|one| OperatorView::of(one, decision.mode, names)).collect(),
        }
    }
}

impl OperatorView {
    fn of(considered: &Considered, mode: EscalationMode, names: &Names) -> Self {
        let name = considered.name.clone().unwrap_or_else(|| names.operator(&considered.operator).to_owned());
        Self {
            id: considered.operator.to_string(),
            name,
            chats: match considered.limit {
                Some(limit) => format!("{} of {limit}", considered.load),
                None => format!("{}, no limit", considered.load),
            },
            idle_since: considered.idle_since,
            verdict: words::verdict(&considered.judgement, mode),
            mark: match considered.judgement {
                Judgement::Picked { .. } => "good",
                Judgement::Eligible => "accent",
                Judgement::Skipped { .. } => "",
            },
        }
    }
}

/// A search for a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SearchView {
    pub(super) since: Timestamp,
    /// It goes on.
    pub(super) open: bool,
    pub(super) reason: String,
    pub(super) code: &'static str,
    pub(super) summary: String,
    /// Who is being rung, and until when.
    pub(super) rings: Option<(String, Timestamp)>,
    /// When, who, and how it ended.
    pub(super) attempts: Vec<(Timestamp, String, String)>,
}

impl SearchView {
    pub(super) fn of(search: &Escalation, open: bool, names: &Names) -> Self {
        let rings = match &search.stage {
            Stage::Ringing { target, deadline, .. } if open => Some((words::target(target, names), *deadline)),
            _ => None,
        };
        let attempts = search
            .attempts
            .iter()
            .map(|attempt| (attempt.at, words::target(&attempt.target, names), words::attempt_end(attempt)));
        Self {
            since: search.since,
            open,
            reason: sentence(&search.reason),
            code: search.reason.code(),
            summary: search.summary.clone(),
            rings,
            attempts: attempts.collect(),
        }
    }
}

fn sentence(reason: &EscalationReason) -> String {
    reason_sentence(reason, "en")
}
