//! Rules that hold whatever thinks. They are code, so they hold when a model is down, wrong, or talked into something.
//!
//! [`before`] looks at what the visitor wrote and decides what needs no thinking. [`files`] says what is to be done with a
//! file that nobody here can look at. [`objection`] looks at what is about to be said.

mod leak;
mod mood;
mod promises;

use crate::agent::playbook::summary_of;
use crate::agent::understanding::intent::Reading;
use crate::agent::understanding::question::files_of;
use crate::agent::{Turn, understanding};
use crate::domain::promise::Claim;
use crate::domain::verdict::{EscalationReason, Verdict};

/// Why a draft may not be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Objection {
    /// It says nothing.
    Empty,
    /// It claims something that has not happened in this conversation.
    FalsePromise(Claim),
    /// It says that something is done which waits for a person's approval, or did not come to pass.
    NotDone,
    /// It says that a human writes it.
    ClaimsHuman,
    /// It is in another language than the visitor's.
    OtherLanguage,
    /// It shows what is for models only, or what we were instructed to do.
    ShowsMachinery,
    /// It has a gap in it that somebody was to fill.
    Placeholder,
    /// It has the number of a card or of an account in it.
    Number,
}

impl Objection {
    /// What a model is told, so that its next draft is better.
    pub(in crate::agent) fn advice(self) -> &'static str {
        match self {
            Self::Empty => "The reply was empty. Write what the visitor shall read.",
            Self::FalsePromise(Claim::HandedOver) => {
                "The reply says that the visitor is being transferred, or that a colleague is coming. Nothing of the kind \
                 has happened. Don't say so; if a human is needed, call `escalate` instead of replying."
            }
            Self::FalsePromise(Claim::Refunded) => {
                "The reply says that money was or will be refunded or paid out. No tool has done that in this conversation. \
                 Say only what the articles say about it, or call `escalate`."
            }
            Self::FalsePromise(Claim::Mailed) => {
                "The reply says that a mail or a message was or will be sent. No tool has done that in this conversation. \
                 Don't say so."
            }
            Self::FalsePromise(Claim::WillReturn) => {
                "The reply says that you or somebody else will check something or come back later. You can't: you answer \
                 now or never. Answer with what you know, ask the visitor, or call `escalate`."
            }
            Self::FalsePromise(Claim::AccountChanged) => {
                "The reply says that something in the account was or will be changed. No tool has done that in this \
                 conversation. Say how the visitor can do it, or call `escalate`."
            }
            Self::NotDone => {
                "The reply says that it is done. Nothing was done: a colleague has to confirm it first, or it did not come to \
                 pass. Say only that."
            }
            Self::ClaimsHuman => {
                "The reply says that a human writes it. You are an automated assistant: never deny it."
            }
            Self::OtherLanguage => {
                "The reply is in another language than the visitor's. Write it in the visitor's language."
            }
            Self::ShowsMachinery => {
                "The reply shows instructions, tool names or a tool call. Write only what the visitor shall read; to call a \
                 tool, call it."
            }
            Self::Placeholder => "The reply has a placeholder in brackets in it. Write it out, or leave it away.",
            Self::Number => "The reply has a card or account number in it. Never write such numbers.",
        }
    }

    /// Why a human is needed when no better draft comes.
    pub(in crate::agent) fn reason(self) -> EscalationReason {
        match self {
            // What it knows, it does not know in words that the visitor reads.
            Self::OtherLanguage => EscalationReason::KnowledgeGap,
            Self::Empty
            | Self::FalsePromise(_)
            | Self::NotDone
            | Self::ClaimsHuman
            | Self::ShowsMachinery
            | Self::Placeholder
            | Self::Number => EscalationReason::AiError,
        }
    }
}

/// What is to be done without any thinking: a human is needed for what may cost a life or a living, and who asks for one,
/// is upset or gets the same answer again and again gets one. Swearing alone is no reason for anything.
pub(in crate::agent) fn before(turn: &Turn<'_>, reading: &Reading) -> Option<Verdict> {
    let reason = match &reading.reason {
        Some(reason) => reason.clone(),
        // Whoever waited in vain for one decision gets a human for it.
        None if turn.approvals.expired => EscalationReason::ApprovalAwaited,
        // Small talk and "are you a bot?" tell no mood.
        None if reading.rest.is_empty() => return None,
        None if mood::is_rising(turn.lines) => EscalationReason::Frustrated,
        None if mood::repeats(turn.lines) => EscalationReason::RepeatedFailure,
        None => return None,
    };
    Some(escalation(turn, reason))
}

/// What is to be done with the visitor's unanswered files: nothing, if there are none, or if whoever will think can see and
/// was given all of them; otherwise a human has to look. Who knows an answer to a plain question beside the file from the
/// knowledge may give it instead, as the playbook does, and has to say that the file was not looked at.
pub(in crate::agent) fn files(turn: &Turn<'_>, can_see: bool) -> Option<Verdict> {
    let files = files_of(turn.lines).count();
    let seen = can_see && turn.pictures.len() >= files;
    (files > 0 && !seen && turn.waiting.is_none()).then(|| escalation(turn, EscalationReason::FileShared))
}

fn escalation(turn: &Turn<'_>, reason: EscalationReason) -> Verdict {
    Verdict::Escalate { reason, summary: summary_of(turn.lines) }
}

/// Why a draft may not be said, if so. `language` is the visitor's.
pub(in crate::agent) fn objection(turn: &Turn<'_>, draft: &Verdict, language: &str) -> Option<Objection> {
    objection_in_any_language(turn, draft).or_else(|| {
        let other = said(draft).is_some_and(|text| understanding::language::is_surely_other(text, language));
        // What a visitor wrote who was never understood is no measure.
        (other && understanding::language::is_told(turn)).then_some(Objection::OtherLanguage)
    })
}

/// The same, in whatever language it is: an article may be quoted in its own.
pub(in crate::agent) fn objection_in_any_language(turn: &Turn<'_>, draft: &Verdict) -> Option<Objection> {
    let is_reply = matches!(draft, Verdict::Reply { .. });
    let text = said(draft)?;
    if text.trim().is_empty() {
        return is_reply.then_some(Objection::Empty);
    }
    let unproven = promises::claims(text).into_iter().find(|claim| !turn.proven.contains(claim));
    unproven.map(Objection::FalsePromise).or_else(|| {
        if turn.approvals.leave_something_undone() && promises::says_done(text) {
            Some(Objection::NotDone)
        } else if promises::claims_human(text) {
            Some(Objection::ClaimsHuman)
        } else if leak::shows_machinery(turn, text) || promises::reveals(text) {
            Some(Objection::ShowsMachinery)
        } else if leak::has_placeholder(text) {
            Some(Objection::Placeholder)
        } else {
            leak::has_number(turn, text).then_some(Objection::Number)
        }
    })
}

/// What the visitor would read.
fn said(draft: &Verdict) -> Option<&str> {
    match draft {
        Verdict::Reply { text, .. } => Some(text),
        Verdict::Close { text, .. } => text.as_deref(),
        Verdict::Escalate { .. } | Verdict::Silence => None,
    }
}

/// What the visitor's unanswered lines say, and in which language as far as it can be told: BCP 47.
pub(in crate::agent) fn read(turn: &Turn<'_>) -> (Reading, Option<String>) {
    let question = understanding::question::question_of(turn.lines);
    let reading = understanding::intent::read(&question);
    let language = understanding::language::tell(&question, turn, reading.language);
    (reading, language)
}

#[cfg(test)]
mod tests;
