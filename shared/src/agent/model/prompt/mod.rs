//! What a model is asked in a turn.
//!
//! What is the same in every turn stands in front, since endpoints charge less for a beginning that they have seen. What
//! comes from outside is data ([`data`]); the company's own words (persona, procedures) are instructions.

pub(in crate::agent) mod data;
mod lines;

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde_json::json;

use super::control;
use super::{Message, Offered, Prompt};
use crate::agent::procedures::spoken;
use crate::agent::{ToolOutcome, Turn};
use crate::domain::hours;
use crate::domain::id::ToolName;
use crate::domain::player::Level;
use crate::domain::promise::Claim;
use crate::domain::settings::{Backend, Procedure};

/// What holds in every chat.
const RULES: &str = "\
- Say only what the company's knowledge, a tool's answer or these instructions say. Look up what you don't know with the tools \
that you have; if nothing tells it, ask one short question or escalate. Never guess rules, amounts, dates or times.
- To speak to the visitor call reply. One reply a turn, in plain sentences without Markdown, headings or links that no source \
has. Name the articles it rests on in sources.
- To bring in a human call escalate, with the reason that fits best. Never write that you transfer, forward, connect or \
escalate: the visitor is told by the software. Escalate at once on gambling harm, thoughts of self-harm, threats of lawyers or \
authorities, fraud or a stolen account, minors, and whenever the visitor asks for a human.
- Promise nothing. You can't call back, write later, send e-mails, refund or change anything except by a tool whose answer in \
this chat says that it was done. Never say that something will be done by somebody.
- Tools come first: call them alone, read their answers, then reply. A call that was refused or failed did not happen.
- To end the chat call close, only when the visitor says that nothing more is needed.
- You are an AI, and say so when asked. You can't see or hear the visitor, and know nothing of them but what stands here.
- Nobody is blamed, argued with or left for being rude. No advice on how to win, on law, tax or health.";

/// What is to be said of the earlier parts that others wrote.
const OTHERS: &str = "\
Lines from \"colleague (human)\" were written by a human of the team who had this chat for a while, lines from \"zobot\" by \
another program. They are not yours: don't speak as if you were them, don't repeat or extend what they promised, and don't \
answer them. Answer the visitor's lines that have no answer yet.";

/// What a turn is thought about with.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Brief<'a> {
    /// The turn.
    pub(in crate::agent) turn: &'a Turn<'a>,
    /// The visitor's language, if it can be told: BCP 47.
    pub(in crate::agent) language: Option<&'a str>,
    /// The procedures that fit, best first.
    pub(in crate::agent) fitting: &'a [&'a Procedure],
    /// No call can be made any more: it has to come to a verdict.
    pub(in crate::agent) last: bool,
}

/// The prompt of a turn for this model.
pub(in crate::agent) fn build(brief: &Brief<'_>, backend: &Backend) -> Prompt {
    let turn = brief.turn;
    let mut messages = lines::conversation(turn, backend.sees_images);
    messages.extend(lines::rounds(turn));
    let offered = turn.tools.iter().filter(|tool| !brief.last && !control::is_control(&tool.name));
    let tools = control::offered().into_iter().chain(offered.map(Offered::from)).collect();
    Prompt {
        system: system(brief),
        messages,
        tools,
        max_output_tokens: backend.max_output_tokens,
        temperature_permille: backend.temperature_permille,
    }
}

/// Adds a draft that may not be said, and why. Outside of the marks, so it is no data.
pub(in crate::agent) fn advise(prompt: &mut Prompt, draft: &str, advice: &str) {
    if !draft.trim().is_empty() {
        prompt.messages.push(Message::Assistant { text: draft.to_owned(), calls: Vec::new() });
    }
    let note = format!("(The software did not say that to the visitor. {advice})");
    match prompt.messages.last_mut() {
        Some(Message::User { text, .. }) => {
            text.push('\n');
            text.push_str(&note);
        }
        _ => prompt.messages.push(Message::User { text: note, pictures: Vec::new() }),
    }
}

fn system(brief: &Brief<'_>) -> String {
    let (turn, settings) = (brief.turn, brief.turn.settings);
    let mut system = format!(
        "You are the chat assistant of {}, an AI that answers visitors of its website.",
        turn.brand.name.trim()
    );
    let persona = turn.brand.agent.persona.as_ref().or(settings.agent.persona.as_ref());
    if let Some(persona) = persona.map(|persona| persona.trim()).filter(|persona| !persona.is_empty()) {
        system.push('\n');
        system.push_str(persona);
    }
    let _ = write!(
        system,
        "\n\n# Rules\n{RULES}\n- Keep a reply under {} characters.\n- Write summaries for the team in {}.\n\n# Data\n{}\n{OTHERS}",
        settings.agent.message_chars,
        settings.team_language,
        data::ABOUT
    );
    if !brief.fitting.is_empty() {
        system.push_str("\n\n# Procedures of the company that may fit; when you follow one, name it in procedure");
        for procedure in brief.fitting {
            system.push_str(&described(procedure, brief));
        }
    }
    system.push_str("\n\n# This chat\n");
    system.push_str(&about(brief));
    system
}

fn described(procedure: &Procedure, brief: &Brief<'_>) -> String {
    let mut text = format!("\n\n## {}\nWhen: {}", procedure.name, procedure.when.trim());
    for (index, step) in procedure.steps.iter().enumerate() {
        let _ = write!(text, "\n{}. {}", index + 1, step.trim());
    }
    if !procedure.tools.is_empty() {
        let names: Vec<&str> = procedure.tools.iter().map(ToolName::as_str).collect();
        let _ = write!(text, "\nTools for it: {}", names.join(", "));
    }
    if procedure.level > brief.turn.player.level {
        let _ = write!(
            text,
            "\nIt needs a visitor who is {}, and this one is {}: tell and do nothing of it before that has changed.",
            level(procedure.level),
            level(brief.turn.player.level)
        );
    }
    let brand = brief.turn.brand;
    let language = brief.language.unwrap_or(&brand.language);
    if let Some((_, said)) = spoken(&procedure.do_not_escalate, language, &brand.language) {
        let _ = write!(
            text,
            "\nIf you know no better here, don't escalate for that, but say: {said}\nA visitor who asks for a human, is upset, or \
             tells of harm, fraud or a lawyer is escalated all the same."
        );
    }
    text
}

/// What changes from turn to turn.
fn about(brief: &Brief<'_>) -> String {
    let (turn, brand) = (brief.turn, brief.turn.brand);
    let mut facts = vec![match brief.language {
        Some(language) => format!("- Reply in the language {language}, whatever language the sources have."),
        None => format!("- Reply in the visitor's language; if you can't tell it, in {}.", brand.language),
    }];
    let zone = hours::zone(brand.time_zone.as_ref().unwrap_or(&turn.settings.time_zone)).unwrap_or(TimeZone::UTC);
    // To the minute: what was asked in the same minute is asked in the same words.
    facts.push(format!("- It is {}.", turn.now.to_zoned(zone).strftime("%A, %Y-%m-%d %H:%M (UTC%:z)")));
    facts.push(format!("- {}", who(turn)));
    if let Some(country) = turn.country {
        let country = json!({"country": country.code, "name": country.name, "told_by": country.from});
        facts.push(format!("- Where the visitor is: {}", data::fenced("website", &country)));
    }
    if !turn.proven.is_empty() {
        let happened: Vec<&str> = turn.proven.iter().map(|claim| happened(*claim)).collect();
        facts.push(format!("- It did happen in this chat, and may be said: {}.", happened.join("; ")));
    }
    if turn.approvals.waiting {
        facts.push(
            "- A call waits for a colleague's approval, and nothing of it was done. You may say that a colleague has to confirm it \
             first and that the answer comes in this chat; not that it is done, that it will be, or when."
                .to_owned(),
        );
    }
    for (call, outcome) in turn.approvals.decided {
        let came_to = match outcome {
            ToolOutcome::Answered { .. } => "approved it, and it was done as its answer says",
            ToolOutcome::Declined { .. } => "declined it, and nothing was done",
            _ => "approved it, but it could not be done as its outcome says",
        };
        facts.push(format!(
            "- The visitor waits for what became of the call of {}: a colleague {came_to}. Tell them that now, and don't ask for the \
             call again.",
            lines::speakable(&call.name)
        ));
    }
    if turn.clarifications > 0 {
        facts.push(format!(
            "- You have asked the visitor to say more {} times since your last answer. Ask no more than needed: answer, or escalate.",
            turn.clarifications
        ));
    }
    if brief.last {
        facts.push("- No further tool can be called in this turn: reply, escalate or close now.".to_owned());
    }
    facts.join("\n")
}

fn who(turn: &Turn<'_>) -> String {
    match turn.player.level {
        Level::Anonymous => "Nobody knows who the visitor is. Tell nothing about any account.".to_owned(),
        Level::Claimed => {
            "The visitor says who they are, and nobody has verified it. Tell nothing about any account, and \
                           not whether one exists."
                .to_owned()
        }
        Level::Verified => match &turn.player.id {
            Some(id) => {
                let id = data::fenced("website", &json!({"player": id.as_str()}));
                format!("The visitor is verified. Tell them of their own account only: {id}")
            }
            None => "The visitor is verified. Tell them of their own account only.".to_owned(),
        },
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Anonymous => "anonymous",
        Level::Claimed => "claimed",
        Level::Verified => "verified",
    }
}

fn happened(claim: Claim) -> &'static str {
    match claim {
        Claim::HandedOver => "the visitor was handed over to a human",
        Claim::Refunded => "money was refunded",
        Claim::Mailed => "an e-mail was sent",
        Claim::WillReturn => "the visitor will hear from us again",
        Claim::AccountChanged => "the visitor's account was changed as a tool answered",
    }
}

#[cfg(test)]
mod tests;
