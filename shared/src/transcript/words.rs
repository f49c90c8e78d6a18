//! What codes mean, in plain English, for people who read transcripts.

use std::collections::BTreeMap;

use crate::domain::escalation::{Attempt, AttemptEnd, MailOccasion};
use crate::domain::id::OperatorId;
use crate::domain::log_entry::Deed;
use crate::domain::router::{DepartmentSource, Hours, Judgement, Loads, NobodyWhy, Skipped};
use crate::domain::settings::EscalationMode;

use super::AuthorKind;

/// A few words for what happened, as in a subject.
#[must_use]
pub fn occasion_title(occasion: Option<MailOccasion>) -> &'static str {
    match occasion {
        None => "Transcript",
        Some(MailOccasion::Nobody { why: NobodyWhy::OutOfHours }) => "Asked for a human outside of business hours",
        Some(MailOccasion::Nobody { .. }) => "Nobody could take over",
        Some(MailOccasion::LeftWaiting) => "Left while waiting for a human",
        Some(MailOccasion::Missed) => "Chat missed",
        Some(MailOccasion::EndedUnanswered) => "Chat ended unanswered",
        Some(MailOccasion::Supplement) => "More from the visitor",
        Some(MailOccasion::Returned { complaint: false }) => "Transcript mail could not be delivered",
        Some(MailOccasion::Returned { complaint: true }) => "Transcript mail was reported as unwanted",
    }
}

/// What happened.
pub(super) fn happened(occasion: Option<MailOccasion>) -> String {
    match occasion {
        None => "This is what was said in this conversation.".to_owned(),
        Some(MailOccasion::Nobody { why }) => format!(
            "This visitor needed a human, but {}. The visitor was told that the request was passed on by mail.",
            nobody(why)
        ),
        Some(MailOccasion::LeftWaiting) => "The visitor left while a human was being looked for.".to_owned(),
        Some(MailOccasion::Missed) => {
            "The chat was missed: it ended in SalesIQ before anybody took it. The visitor was not told anything."
                .to_owned()
        }
        Some(MailOccasion::EndedUnanswered) => "The chat ended while lines of the visitor were unanswered.".to_owned(),
        Some(MailOccasion::Supplement) => {
            "This mail follows an earlier one about the same conversation: the visitor wrote again after it was sent."
                .to_owned()
        }
        Some(MailOccasion::Returned { complaint: false }) => {
            "An earlier mail about this conversation came back: it could not be delivered. Nobody may have read it."
                .to_owned()
        }
        Some(MailOccasion::Returned { complaint: true }) => {
            "An earlier mail about this conversation was reported as unwanted by who got it. Nobody may have dealt with it."
                .to_owned()
        }
    }
}

/// What the reader should do; `reply` tells whether the visitor's address is known.
pub(super) fn to_do(occasion: Option<MailOccasion>, reply: bool) -> Option<String> {
    let occasion = occasion?;
    let answer = if reply {
        "Please answer the visitor: a reply to this mail goes to the address that the visitor gave."
    } else {
        "Please answer the visitor. No usable e-mail address is known: look for other ways below, or find the visitor in SalesIQ."
    };
    Some(match occasion {
        MailOccasion::Returned { complaint } => format!(
            "{answer} Then {}, so that the next mail arrives.",
            if complaint {
                "settle with the recipients of escalation mail that they want it"
            } else {
                "correct the escalation e-mail address in the settings"
            }
        ),
        MailOccasion::Supplement => format!("{answer} What is new stands at the end."),
        _ => answer.to_owned(),
    })
}

/// Why nobody is rung.
#[must_use]
pub fn nobody(why: NobodyWhy) -> &'static str {
    match why {
        NobodyWhy::NoDepartment => "the settings name no department that could be asked",
        NobodyWhy::OutOfHours => "it was outside of business hours",
        NobodyWhy::NobodyAvailable => "nobody was available",
        NobodyWhy::AllTried => "nobody of those who were rung took the chat",
    }
}

pub(super) fn author(author: AuthorKind) -> &'static str {
    match author {
        AuthorKind::Visitor => "Visitor",
        AuthorKind::Ai => "AI",
        AuthorKind::Human => "Human",
        AuthorKind::Zobot => "Zobot",
        AuthorKind::Unknown => "Not told",
        AuthorKind::Console => "Console",
    }
}

/// What a person did in the console. A note's text is for the team alone.
#[must_use]
pub fn deed(deed: &Deed, operators: &BTreeMap<OperatorId, String>) -> String {
    match deed {
        Deed::PickedUp => "picked the chat up".to_owned(),
        Deed::Reassigned { target } => match &target.operator {
            Some(operator) => match operators.get(operator) {
                Some(name) => format!("asked for {name} ({operator}) to be rung"),
                None => format!("asked for operator {operator} to be rung"),
            },
            None => format!("asked for department {} to be rung", target.department),
        },
        Deed::Ended { countdown: true } => "asked for the end of the chat, with a countdown".to_owned(),
        Deed::Ended { countdown: false } => "asked for the end of the chat".to_owned(),
        Deed::Tagged { tags } => format!("tagged the chat: {}", tags.join(", ")),
        Deed::Noted { .. } => "put a note for the team on the chat".to_owned(),
        Deed::HandedBack => "gave the chat back to the AI".to_owned(),
        Deed::Mailed { addresses: 1 } => "had the transcript mailed to one address".to_owned(),
        Deed::Mailed { addresses } => format!("had the transcript mailed to {addresses} addresses"),
    }
}

/// Who is rung.
#[must_use]
pub fn mode(mode: EscalationMode) -> &'static str {
    match mode {
        EscalationMode::Department => "any operator of a department",
        EscalationMode::Direct => "the least busy operator first",
    }
}

/// How far loads could be trusted.
#[must_use]
pub fn loads(loads: Loads) -> &'static str {
    match loads {
        Loads::Full => "chats of all departments were counted",
        Loads::Partial => "only the chats that the AI's operator sees were counted (no facilitator is set)",
        Loads::Refused => "SalesIQ refused the facilitator's token, so that nobody could be called least busy",
        Loads::Unknown => "SalesIQ did not tell how busy operators were",
    }
}

/// Whether the team worked.
#[must_use]
pub fn hours(hours: Hours) -> &'static str {
    match hours {
        Hours::Always => "no business hours are set",
        Hours::Open => "within business hours",
        Hours::Closed { .. } => "outside of business hours",
    }
}

/// Why a department stands in the chain.
#[must_use]
pub fn source(source: DepartmentSource) -> &'static str {
    match source {
        DepartmentSource::BrandReason => "the brand's for this reason",
        DepartmentSource::Reason => "the workspace's for this reason",
        DepartmentSource::Brand => "the brand's",
        DepartmentSource::Default => "the default",
    }
}

/// What became of an operator who was considered.
#[must_use]
pub fn judgement(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Picked { rank } => format!("picked, number {rank}"),
        Judgement::Eligible => "could take it; others came first".to_owned(),
        Judgement::Skipped { why } => format!("skipped: {}", skipped(why)),
    }
}

fn skipped(why: &Skipped) -> String {
    match why {
        Skipped::Ours => "the AI's own operator",
        Skipped::Bot => "a Zobot",
        Skipped::Deleted => "the account was deleted",
        Skipped::Disabled => "the account is switched off",
        Skipped::Unconfirmed => "the invitation was not accepted yet",
        Skipped::ChatDisabled => "takes no chats",
        Skipped::OtherDepartment => "serves other departments",
        Skipped::NotAvailable { said: Some(said) } => return format!("not available ({said})"),
        Skipped::NotAvailable { said: None } => "not available",
        Skipped::AtLimit => "has as many chats as the limit allows",
        Skipped::AlreadyTried => "was rung before",
    }
    .to_owned()
}

/// How an attempt ended.
#[must_use]
pub fn attempt_end(attempt: &Attempt) -> String {
    match attempt.end {
        AttemptEnd::Rejected => "turned it down".to_owned(),
        AttemptEnd::TakenBack => "was rung no more, since somebody else was chosen".to_owned(),
        AttemptEnd::NoAnswer => "did not answer in time".to_owned(),
        AttemptEnd::Refused { code: Some(code) } => format!("SalesIQ refused the transfer (error {code})"),
        AttemptEnd::Refused { code: None } => "SalesIQ refused the transfer".to_owned(),
    }
}
