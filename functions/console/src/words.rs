//! What codes mean, in plain English, on the pages of chats and of the router. What transcripts say as well is taken from there.

use std::collections::BTreeMap;

use shared::domain::approval::ApprovalState;
use shared::domain::ask::Ask;
use shared::domain::asked::{AskKind, Outcome, Refused};
use shared::domain::conversation::{Closed, Phase, Via};
use shared::domain::drain::Deed;
use shared::domain::escalation::MailOccasion;
use shared::domain::event::{EndedBy, TransferStep};
use shared::domain::id::OperatorId;
use shared::domain::player::Level;
use shared::domain::router::{Judgement, Target};
use shared::domain::settings::EscalationMode;
use shared::domain::tool::WriteState;
use shared::engine::portal::Names;
pub use shared::transcript::words::{attempt_end, hours, judgement, loads, mode, nobody, source};

/// Where a chat stands, by the name of its phase ([`Phase::name`]) and how a human has it.
#[must_use]
pub fn phase(name: &str, via: Option<&str>) -> &'static str {
    match (name, via) {
        ("unplaced", _) => "Its brand is not known yet",
        ("observed", _) => "Only watched: its brand is not automated",
        ("awaiting_handoff", _) => "A Zobot has it; waits to be handed over",
        ("assisting", _) => "The AI answers",
        ("escalating", _) => "A human is looked for",
        ("with_human", Some("console")) => "A colleague has it in the console",
        ("with_human", Some("line")) => "A colleague wrote in it",
        ("with_human", _) => "A colleague has it in SalesIQ",
        ("unattended", _) => "Nobody could take it; the transcript is mailed",
        ("bridged", _) => "A bot platform has it",
        ("closed", _) => "Ended",
        _ => "Not known",
    }
}

/// The same of a phase as it is kept; for an ended one also how it ended.
#[must_use]
pub fn state(kept: &Phase) -> String {
    let via = match kept {
        Phase::WithHuman { via: Via::Console, .. } => Some("console"),
        Phase::WithHuman { via: Via::Line, .. } => Some("line"),
        _ => None,
    };
    match kept {
        Phase::Closed { how } => format!("Ended: {}", ended(*how)),
        Phase::Unattended { why, .. } => format!("Nobody could take it: {}", nobody(*why)),
        _ => phase(kept.name(), via).to_owned(),
    }
}

fn ended(how: Closed) -> &'static str {
    match how {
        Closed::Resolved => "the visitor was served",
        Closed::Visitor => "the visitor left",
        Closed::Human => "a colleague closed it",
        Closed::Missed => "nobody took it in time",
        Closed::Unattended => "nobody could be found, and the transcript was mailed",
        Closed::Idle => "nothing was said for too long",
        Closed::Salesiq => "SalesIQ ended it, or did not say who did",
    }
}

/// A few words for why a human is needed, by the reason's code; the code itself if it is not known.
#[must_use]
pub fn reason(code: &str) -> &str {
    match code {
        "visitor_asked" => "asked for a human",
        "knowledge_gap" => "no answer is known",
        "tool_failed" => "a look-up or an action failed",
        "policy" => "a rule of the company",
        "responsible_gaming" => "harm from gambling",
        "self_harm" => "may harm themselves",
        "legal" => "lawyers, authorities or courts",
        "fraud" => "fraud or a stolen account",
        "child_safety" => "a minor may be in danger",
        "vip" => "an important customer",
        "file_shared" => "sent a file",
        "frustrated" => "is upset",
        "repeated_failure" => "the same failed several times",
        "ai_error" => "the AI failed",
        "uncertain_reply" => "whether the last reply arrived is uncertain",
        "reassigned" => "a colleague reassigned it",
        "approval_awaited" => "nobody decided in time about a call",
        other => other,
    }
}

/// How sure we are of who writes.
#[must_use]
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Anonymous => "Not known",
        Level::Claimed => "Claimed, not verified",
        Level::Verified => "Verified",
    }
}

/// What somebody asked for, by [`Ask::name`].
#[must_use]
pub fn asked(name: &str) -> &'static str {
    match name {
        "pick_up" => "Pick up the chat",
        "say" => "Answer the visitor",
        "send_file" => "Send a file",
        "reassign" => "Reassign the chat",
        "end" => "End the chat",
        "tag" => "Tag the chat",
        "note" => "Leave a note",
        "hand_back" => "Hand the chat back to the AI",
        "mail_transcript" => "Mail the transcript",
        "approve" => "Approve a call",
        "deny" => "Deny a call",
        _ => "Something else",
    }
}

/// What is said at once when something was asked for.
#[must_use]
pub fn taken_in(ask: &Ask) -> &'static str {
    match ask {
        Ask::PickUp => "Asked: the chat is being picked up for you.",
        Ask::Say { .. } => "Asked: your answer is on its way.",
        Ask::SendFile { .. } => "Asked: the file is on its way.",
        Ask::Reassign { .. } => "Asked: they are being rung.",
        Ask::End { countdown: true } => "Asked: the countdown begins.",
        Ask::End { countdown: false } => "Asked: the chat is being ended.",
        Ask::Tag { .. } => "Asked: the tags are being set.",
        Ask::Note { .. } => "Asked: the note is being left.",
        Ask::HandBack => "Asked: the AI takes over.",
        Ask::MailTranscript { .. } => "Asked: the transcript is being mailed.",
        Ask::Decide { approve: true, .. } => "Approved: the call is being made.",
        Ask::Decide { approve: false, .. } => "Denied: the call is not made.",
    }
}

/// What became of a request, and whether that is good.
#[must_use]
pub fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Done => ("done", "good"),
        Outcome::Underway => ("is being done", "accent"),
        Outcome::Refused { why } => (refused(why), "bad"),
        Outcome::Uncertain => ("whether it was done can't be told; look at the chat in SalesIQ", "warn"),
    }
}

/// Why a request is not carried out, or can't be made.
#[must_use]
pub fn refused(why: Refused) -> &'static str {
    match why {
        Refused::NotKnownYet => "not done: SalesIQ has not told yet which brand it is",
        Refused::NotOurs => "not done: the brand is not automated, or a bot platform has the chat",
        Refused::Over => "not done: the chat is over",
        Refused::WithHuman => "not done: a colleague has the chat in SalesIQ",
        Refused::PickUpFirst => "not done: the chat has to be picked up first",
        Refused::NobodyHasIt => "not done: no colleague has it",
        Refused::VisitorWaits => "not done: the visitor waits for an answer",
        Refused::Empty => "not done: there was nothing in it",
        Refused::TooLong => "not done: it was longer than can be sent at once",
        Refused::TooMuch => "not done: too much was asked for at once; wait until the rest is done",
        Refused::OurOwnOperator => "not done: the AI's own operator can't be rung",
        Refused::FileGone => "not done: the file is not kept any more; send it again",
        Refused::NotDone => "not done: the chat changed hands or ended before, or SalesIQ refused it",
    }
}

/// Why something that people would look for is not offered.
#[must_use]
pub fn not_offered(kind: AskKind, why: Refused) -> Option<&'static str> {
    match (kind, why) {
        (AskKind::PickUp, Refused::WithHuman) => Some(
            "A colleague has this chat in SalesIQ. Its API lets nobody take a chat out of a colleague's hands: ask them to \
             transfer it. Tags, notes and the transcript work all the same.",
        ),
        (AskKind::PickUp, Refused::NotOurs) => Some(
            "This chat is only watched: its brand is not automated, or a bot platform has it. Serve it in SalesIQ.",
        ),
        (AskKind::PickUp, Refused::NotKnownYet) => {
            Some("SalesIQ has not told yet which brand this chat is of. It can be served as soon as that is known.")
        }
        (AskKind::PickUp, Refused::Over) => {
            Some("This chat is over. The transcript can still be mailed or downloaded.")
        }
        (AskKind::End, Refused::VisitorWaits) => Some("It can't be ended while the visitor waits for an answer."),
        (AskKind::End, Refused::PickUpFirst) => Some("To end it, pick it up first."),
        (AskKind::Say, Refused::PickUpFirst) => Some("To answer or reassign it, pick it up first."),
        _ => None,
    }
}

/// Who is rung.
#[must_use]
pub fn target(target: &Target, names: &Names) -> String {
    let department = names.department(&target.department);
    match &target.operator {
        Some(operator) => format!("{} ({department})", names.operator(operator)),
        None => format!("any operator of {department}"),
    }
}

/// What became of an operator who was considered. Where a department rings, nobody comes first.
#[must_use]
pub fn verdict(judged: &Judgement, rings: EscalationMode) -> String {
    match (judged, rings) {
        (Judgement::Eligible, EscalationMode::Department) => "could take it; SalesIQ chooses".to_owned(),
        _ => judgement(judged),
    }
}

/// What a person did in the console.
#[must_use]
pub fn deed(deed: &Deed, names: &Names) -> String {
    match deed {
        Deed::Reassigned { target: to } => format!("had {} rung", target(to, names)),
        // Notes are for the team, and so is this page.
        Deed::Noted { text } => format!("left a note: {text}"),
        other => {
            let operators: BTreeMap<OperatorId, String> = BTreeMap::new();
            shared::transcript::words::deed(other, &operators)
        }
    }
}

/// How far a transfer got; whom it is about comes before or after it.
#[must_use]
pub fn transfer(step: TransferStep) -> &'static str {
    match step {
        TransferStep::Initiated => "is rung",
        TransferStep::Rejected => "turned the chat down",
        TransferStep::Accepted => "took the chat",
    }
}

/// How a thread ended.
#[must_use]
pub fn thread_ended(missed: bool, by: Option<EndedBy>) -> &'static str {
    match by {
        _ if missed => "The chat was missed: nobody took it in time.",
        None => "The chat ended.",
        Some(EndedBy::Agent) => "The chat was ended by an operator.",
        Some(EndedBy::Visitor) => "The visitor ended the chat.",
        Some(EndedBy::Bot) => "A Zobot ended the chat.",
        Some(EndedBy::System | EndedBy::Scheduler) => "SalesIQ ended the chat.",
    }
}

/// What became of a call that writes, and how it is marked.
#[must_use]
pub fn write(state: &WriteState) -> (String, &'static str) {
    match state {
        WriteState::Begun => ("begun; its answer is not here yet".to_owned(), "warn"),
        WriteState::Done { .. } => ("done".to_owned(), "good"),
        WriteState::Refused { why } => (format!("not done: {why}"), "bad"),
    }
}

/// What was decided about a call that waits for approval, and how it is marked.
#[must_use]
pub fn approval(state: &ApprovalState) -> (String, &'static str) {
    match state {
        ApprovalState::Waiting => ("waits for a decision".to_owned(), "warn"),
        ApprovalState::Approved { by, .. } => (format!("approved by {}", by.name), "good"),
        ApprovalState::Denied { by, .. } => (format!("denied by {}", by.name), "bad"),
        ApprovalState::Expired { .. } => ("nobody decided in time; not made".to_owned(), "bad"),
        ApprovalState::NotMade { by, why, .. } => (format!("approved by {}, and not made: {why}", by.name), "bad"),
        ApprovalState::Void { .. } => ("not needed any more".to_owned(), ""),
    }
}

/// Why a transcript was mailed.
#[must_use]
pub fn mailed(occasion: MailOccasion) -> &'static str {
    shared::transcript::occasion_title(Some(occasion))
}

#[cfg(test)]
mod tests {
    use shared::domain::verdict::EscalationReason;

    use super::*;

    #[test]
    fn every_reason_has_words() {
        assert!(EscalationReason::CODES.iter().all(|code| reason(code) != *code));
    }

    #[test]
    fn a_department_that_rings_chooses_by_itself() {
        let eligible = verdict(&Judgement::Eligible, EscalationMode::Department);
        assert_eq!(eligible, "could take it; SalesIQ chooses");
        assert_ne!(verdict(&Judgement::Eligible, EscalationMode::Direct), eligible);
    }
}
