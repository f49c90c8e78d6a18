//! The note that the team finds on a chat before it is transferred: why, what the visitor wants, what was tried.
//!
//! It is plain text, one fact a line, in the team's language. What came from the visitor is folded into its line and
//! stands in quotes, so that it can't pass for a line of ours. A note that would be too long loses what matters least:
//! the page, the visitor, the sources, what is told of a claimed player, what was tried, who it is, what was called; the reason and the wish
//! stay, and the wish is clipped last.

mod line;
mod player;
mod words;

use self::line::{clip, one_line, quoted};
use self::words::Words;
use crate::domain::approval::{Approval, ApprovalState};
use crate::domain::country::Country;
use crate::domain::id::ToolName;
use crate::domain::player::{How, Player, Refusal};
use crate::domain::tool::{IdempotencyKey, Write, WriteState};
use crate::domain::verdict::EscalationReason;

/// The most characters of the name of a visitor, a rule, a fact or an article.
const NAME_LIMIT: usize = 80;

/// How much of an idempotency key is shown.
const KEY_SHOWN: usize = 12;

/// The most characters of an address of a page.
const URL_LIMIT: usize = 200;

/// What is known when a human is about to be rung.
#[derive(Debug, Clone, Copy)]
pub struct NoteFacts<'a> {
    /// Why a human is needed.
    pub reason: &'a EscalationReason,
    /// What the visitor wants.
    pub summary: &'a str,
    /// What the AI tried.
    pub tried: Tried,
    /// The calls of this thread that write.
    pub writes: &'a [Write],
    /// The calls of this thread for which a person was asked.
    pub approvals: &'a [Approval],
    /// Who writes, and how sure we are.
    pub player: &'a Player,
    /// Where the visitor is.
    pub country: Option<&'a Country>,
    /// The knowledge that answers rested on: title and address.
    pub sources: &'a [(String, Option<String>)],
    /// The visitor's name.
    pub visitor: Option<&'a str>,
    /// The page that the chat was started on.
    pub page: Option<&'a str>,
    /// The visitor's language: BCP 47.
    pub language: Option<&'a str>,
}

/// What the AI tried before it asked for a human.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Answers that it gave.
    pub answers: u32,
    /// How often it asked the visitor to say more.
    pub clarifications: u32,
}

/// How long a part of a note stays when there is too little room: the last goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Reason,
    Wish,
    Called,
    Player,
    Tried,
    Told,
    Sources,
    Visitor,
    Page,
}

/// A note that nobody needs to take the chat any more, in the team's language.
#[must_use]
pub fn withdrawn(team_language: &str) -> String {
    words::of(team_language).withdrawn.clone()
}

/// The note in the team's language (BCP 47, English if there are no texts in it), with at most `limit` characters.
#[must_use]
pub fn render(facts: &NoteFacts<'_>, team_language: &str, limit: usize) -> String {
    let words = words::of(team_language);
    let mut parts = parts(facts, words);
    while length(&parts) > limit {
        let Some(last) = parts.iter().map(|(weight, _)| *weight).max().filter(|weight| *weight > Weight::Wish) else {
            break;
        };
        parts.retain(|(weight, _)| *weight != last);
    }
    let too_much = length(&parts).saturating_sub(limit);
    if too_much > 0 {
        let summary = one_line(facts.summary);
        let shorter = clip(&summary, summary.chars().count().saturating_sub(too_much));
        for (weight, line) in &mut parts {
            if *weight == Weight::Wish {
                *line = wish(&shorter, words);
            }
        }
    }
    let lines: Vec<String> = parts.into_iter().map(|(_, line)| line).collect();
    clip(&lines.join("\n"), limit)
}

/// One line for a transfer's own note, with at most `limit` characters; the wish is clipped first.
#[must_use]
pub fn short(facts: &NoteFacts<'_>, team_language: &str, limit: usize) -> String {
    let reason = why(facts.reason, words::of(team_language));
    let summary = one_line(facts.summary);
    // A space and two quotes.
    let room = limit.saturating_sub(reason.chars().count() + 3);
    let wish = clip(&summary, room);
    if wish.is_empty() { clip(&reason, limit) } else { format!("{reason} {}", quoted(&wish)) }
}

/// Why a human is needed, as a sentence in that language (BCP 47, English if there are no texts in it).
#[must_use]
pub fn reason_sentence(reason: &EscalationReason, language: &str) -> String {
    sentence(reason, words::of(language))
}

/// How a country is known, in a few words in that language.
#[must_use]
pub fn country_words(country: &Country, language: &str) -> String {
    player::country(country, words::of(language))
}

/// How a player is known, in a few words in that language.
#[must_use]
pub fn how_words(how: How, language: &str) -> &'static str {
    player::how(how, words::of(language))
}

/// Why a proof was refused, in a few words in that language.
#[must_use]
pub fn refusal_words(why: Refusal, language: &str) -> &'static str {
    player::refusal(why, words::of(language))
}

fn sentence(reason: &EscalationReason, words: &Words) -> String {
    let sentence = words.reasons.get(reason.code()).map_or(reason.code(), String::as_str);
    match reason {
        EscalationReason::Policy { name } => sentence.replace("{name}", &clip(&one_line(name), NAME_LIMIT)),
        _ => sentence.to_owned(),
    }
}

fn why(reason: &EscalationReason, words: &Words) -> String {
    format!("{} [{}]", sentence(reason, words), reason.code())
}

fn wish(summary: &str, words: &Words) -> String {
    let summary = if summary.is_empty() { words.wants_unknown.clone() } else { quoted(summary) };
    format!("{}: {summary}", words.wants)
}

/// A call that changed something, or may have: with the beginning of its key, by which the company's system finds it.
fn called(write: &Write, words: &Words) -> String {
    let state = match &write.state {
        WriteState::Done { .. } => "done",
        WriteState::Begun => "unknown",
        WriteState::Refused { .. } => "refused",
    };
    called_line(&write.tool, state, &write.key, words)
}

/// A call that was asked for and not made, for want of an approval.
fn unapproved(approval: &Approval, words: &Words) -> Option<String> {
    let state = match &approval.state {
        ApprovalState::Waiting | ApprovalState::Expired { .. } | ApprovalState::Void { .. } => "unapproved",
        ApprovalState::Denied { .. } => "declined",
        ApprovalState::NotMade { .. } => "refused",
        ApprovalState::Approved { .. } => return None,
    };
    Some(called_line(&approval.tool, state, &approval.key, words))
}

fn called_line(tool: &ToolName, state: &str, key: &IdempotencyKey, words: &Words) -> String {
    let state = words.calls.get(state).map_or(state, String::as_str);
    let key: String = key.0.chars().take(KEY_SHOWN).collect();
    format!("{}: {tool}: {state} ({key}…)", words.called)
}

/// The lines of the whole note.
fn parts(facts: &NoteFacts<'_>, words: &Words) -> Vec<(Weight, String)> {
    let mut parts = vec![
        (Weight::Reason, format!("{}: {}", words.reason, why(facts.reason, words))),
        (Weight::Wish, wish(&one_line(facts.summary), words)),
        (Weight::Tried, format!("{}: {}", words.tried, tried(facts.tried, words))),
    ];
    parts.extend(facts.writes.iter().map(|write| (Weight::Called, called(write, words))));
    let unmade = facts.approvals.iter().filter_map(|approval| unapproved(approval, words));
    parts.extend(unmade.map(|line| (Weight::Called, line)));
    parts.extend(player::lines(facts.player, words));
    for (title, url) in facts.sources {
        let title = clip(&one_line(title), NAME_LIMIT);
        let url = url.as_deref().map_or_else(String::new, |url| format!(" ({})", clip(&one_line(url), URL_LIMIT)));
        parts.push((Weight::Sources, format!("{}: {title}{url}", words.sources)));
    }
    let quote = |weight, name: &str, value: Option<&str>, limit| {
        let value = value.map(|value| clip(&one_line(value), limit)).filter(|value| !value.is_empty());
        value.map(|value| (weight, format!("{name}: {}", quoted(&value))))
    };
    parts.extend(quote(Weight::Visitor, &words.visitor, facts.visitor, NAME_LIMIT));
    parts.extend(quote(Weight::Visitor, &words.language, facts.language, NAME_LIMIT));
    let country = facts.country.map(|country| format!("{}: {}", words.country, player::country(country, words)));
    parts.extend(country.map(|country| (Weight::Visitor, country)));
    parts.extend(quote(Weight::Page, &words.page, facts.page, URL_LIMIT));
    parts
}

fn tried(tried: Tried, words: &Words) -> String {
    if tried == Tried::default() {
        return words.nothing.clone();
    }
    format!("{}: {}, {}: {}", words.answers, tried.answers, words.clarifications, tried.clarifications)
}

/// Characters with the line ends between.
fn length(parts: &[(Weight, String)]) -> usize {
    parts.iter().map(|(_, line)| line.chars().count() + 1).sum::<usize>().saturating_sub(1)
}

#[cfg(test)]
mod tests;
