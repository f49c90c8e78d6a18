//! Puts a transcript together: SalesIQ's own lines, completed by ours where SalesIQ's are missing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::pairing::{Change, OurLine, changes, our_lines, pair};
use super::words;
use super::{AuthorKind, Brand, LANGUAGE, Origin, PlayerDetails, Request, Transcript, TranscriptLine, VisitorDetails};
use crate::domain::conversation::Conversation;
use crate::domain::country::{Country, CountrySource};
use crate::domain::drain::LogEntry;
use crate::domain::escalation::{Escalation, MailOccasion};
use crate::domain::id::{ConversationId, MessageId, OperatorId};
use crate::domain::message::{Author, Content, Message, Sender};
use crate::domain::redact::{Place, redacted};
use crate::domain::router::Decision;
use crate::domain::settings::{BrandSettings, WorkspaceSettings};
use crate::note::reason_sentence;

/// What a transcript is made of.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    /// The workspace's settings.
    pub settings: &'a WorkspaceSettings,
    /// The brand's, if the brand is known and listed.
    pub brand: Option<&'a BrandSettings>,
    /// The conversation's id.
    pub id: &'a ConversationId,
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Why the transcript is made; none when somebody asked for it.
    pub occasion: Option<MailOccasion>,
    /// Why a human was looked for.
    pub escalation: Option<&'a Escalation>,
    /// Every routing decision, oldest first.
    pub decisions: &'a [Decision],
    /// SalesIQ's own lines, in any order, their ids possibly made up; none if SalesIQ did not tell them.
    pub salesiq: Option<Vec<Message>>,
    /// Our log, in any order.
    pub log: &'a [(Timestamp, LogEntry)],
    /// Names of operators, as far as they are known.
    pub operators: &'a BTreeMap<OperatorId, String>,
    /// Now.
    pub now: Timestamp,
}

/// Puts a transcript together. The same whatever the order of rows and log; no line of the log is left out.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "sources are put together for one transcript")]
pub fn assemble(sources: Sources<'_>) -> Transcript {
    let facts = &sources.conversation.facts;
    let names = Names::of(&sources);
    let lines = lines(&sources, &names);
    let time_zone = sources.brand.and_then(|brand| brand.time_zone.as_ref()).unwrap_or(&sources.settings.time_zone);
    Transcript {
        occasion: sources.occasion,
        made_at: sources.now,
        workspace: sources.settings.workspace.clone(),
        conversation: sources.id.clone(),
        brand: match (sources.brand, facts.brand.value()) {
            (Some(brand), _) => Some(Brand { id: brand.id.clone(), name: Some(brand.name.clone()) }),
            (None, Some(id)) => Some(Brand { id: id.clone(), name: None }),
            (None, None) => None,
        },
        visitor: VisitorDetails {
            name: facts.visitor.name().map(str::to_owned),
            email: facts.visitor.email().map(str::to_owned),
            phone: facts.visitor.phone().map(str::to_owned),
        },
        player: player(sources.conversation, sources.now),
        page_url: facts.visitor.page_url().map(str::to_owned),
        country: sources.conversation.country(sources.settings).or_else(|| facts.visitor.country().map(unlisted)),
        time_zone: time_zone.clone(),
        opened_at: facts.opened_at,
        ended_at: facts.ended.time().filter(|_| facts.is_closed()),
        escalation: sources.escalation.map(|escalation| Request {
            code: escalation.reason.code().to_owned(),
            sentence: reason_sentence(&escalation.reason, LANGUAGE),
            summary: redacted(&escalation.summary, &sources.settings.redaction, Place::Mail).into_owned(),
            since: escalation.since,
            attempts: escalation.attempts.clone(),
        }),
        decisions: sources.decisions.to_vec(),
        operators: sources.operators.clone(),
        told_by_salesiq: sources.salesiq.is_some(),
        lines,
    }
}

/// A country that ISO does not list, such as Kosovo, stands for itself.
fn unlisted(code: &str) -> Country {
    let code = code.trim().to_owned();
    Country { name: code.clone(), code, from: CountrySource::Salesiq }
}

fn player(conversation: &Conversation, now: Timestamp) -> PlayerDetails {
    let player = &conversation.player;
    PlayerDetails {
        level: player.level_at(now),
        id: player.id.clone(),
        how: player.how,
        since: player.since,
        vip: player.vip,
        told: player.details.clone(),
        refusals: player.refusals.clone(),
    }
}

fn lines(sources: &Sources<'_>, names: &Names<'_>) -> Vec<TranscriptLine> {
    let us = &sources.settings.bot_operator;
    let mut rows: Vec<&Message> = sources.salesiq.iter().flatten().collect();
    rows.sort_by(|a, b| row_key(a).cmp(&row_key(b)));
    // Pages of a list may overlap.
    rows.dedup();
    let changes = changes(sources.log);
    let ours = our_lines(sources.log, &changes);
    let pairs = pair(&ours, &rows, us);
    let mut known: Vec<Option<&OurLine<'_>>> = vec![None; rows.len()];
    let mut lines: Vec<(Timestamp, &MessageId, TranscriptLine)> = Vec::with_capacity(rows.len() + ours.len());
    for (line, pair) in ours.iter().zip(pairs) {
        match pair {
            Some(index) => known[index] = Some(line),
            None => lines.push((line.message.time, &line.message.id, names.our_line(line))),
        }
    }
    for (row, known) in rows.into_iter().zip(known) {
        lines.push((row.time, &row.id, names.row(row, known, changes.get(&row.id))));
    }
    lines.sort_by(|a, b| (a.0, a.1, a.2.from, &a.2.text).cmp(&(b.0, b.1, b.2.from, &b.2.text)));
    let lines = with_deeds(lines.into_iter().map(|(_, _, line)| line).collect(), sources);
    let redaction = &sources.settings.redaction;
    let mut lines = lines;
    for line in &mut lines {
        line.text = redacted(&line.text, redaction, Place::Mail).into_owned();
    }
    lines
}

/// What people did in the console stands where it happened.
fn with_deeds(mut lines: Vec<TranscriptLine>, sources: &Sources<'_>) -> Vec<TranscriptLine> {
    let deeds = sources.log.iter().filter_map(|(at, entry)| match entry {
        LogEntry::Asked { by, deed } => Some(TranscriptLine {
            at: *at,
            author: AuthorKind::Console,
            name: Some(by.name.clone()).filter(|name| !name.is_empty()),
            text: words::deed(deed, sources.operators),
            file: None,
            edited: false,
            deleted: false,
            from: Origin::Ours,
        }),
        _ => None,
    });
    let mut deeds: Vec<TranscriptLine> = deeds.collect();
    deeds.sort_by(|a, b| (a.at, &a.name, &a.text).cmp(&(b.at, &b.name, &b.text)));
    lines.extend(deeds);
    // Stable: lines of the same moment keep their order.
    lines.sort_by_key(|line| line.at);
    lines
}

fn row_key(row: &Message) -> (Timestamp, &MessageId, &Sender, &str) {
    (row.time, &row.id, &row.sender, row.content.readable())
}

/// Who is called what.
struct Names<'a> {
    us: &'a OperatorId,
    visitor: Option<&'a str>,
    operators: &'a BTreeMap<OperatorId, String>,
}

impl<'a> Names<'a> {
    fn of(sources: &Sources<'a>) -> Self {
        Self {
            us: &sources.settings.bot_operator,
            visitor: sources.conversation.facts.visitor.name(),
            operators: sources.operators,
        }
    }

    /// A line that SalesIQ's list lacks.
    fn our_line(&self, line: &OurLine<'_>) -> TranscriptLine {
        let author = match line.author {
            Author::Visitor => AuthorKind::Visitor,
            Author::Ours => AuthorKind::Ai,
            Author::Human => AuthorKind::Human,
            Author::Zobot => AuthorKind::Zobot,
        };
        let (text, file) = said(&line.message.content);
        TranscriptLine {
            at: line.message.time,
            author,
            name: self.our_name(line, author),
            text: standing(text, line.edit, line.deleted),
            file,
            edited: line.edited,
            deleted: line.deleted,
            from: Origin::Ours,
        }
    }

    /// A row of SalesIQ's list; `known` is what our log says of it.
    fn row(&self, row: &Message, known: Option<&OurLine<'_>>, change: Option<&Change<'_>>) -> TranscriptLine {
        let author = match (&row.sender, known.map(|line| line.author)) {
            (_, Some(Author::Visitor)) | (Sender::Visitor { .. }, _) => AuthorKind::Visitor,
            (_, Some(Author::Zobot)) | (Sender::Bot { .. }, _) => AuthorKind::Zobot,
            (_, Some(Author::Ours)) => AuthorKind::Ai,
            (Sender::Operator { id, .. }, None) if id == self.us => AuthorKind::Ai,
            (_, Some(Author::Human)) | (Sender::Operator { .. }, None) => AuthorKind::Human,
            (Sender::Unknown, None) => AuthorKind::Unknown,
        };
        let edit = known.and_then(|line| line.edit).or_else(|| change.and_then(Change::text));
        let deleted = known.is_some_and(|line| line.deleted) || change.is_some_and(|change| change.deleted);
        let (text, file) = said(&row.content);
        TranscriptLine {
            at: row.time,
            author,
            name: self.name(author, &row.sender).or_else(|| self.our_name(known?, author)),
            text: standing(text, edit, deleted),
            file,
            edited: known.is_some_and(|line| line.edited) || change.is_some_and(Change::edited),
            deleted,
            from: Origin::Salesiq,
        }
    }

    /// Our log names the person who wrote under our account.
    fn our_name(&self, line: &OurLine<'_>, author: AuthorKind) -> Option<String> {
        let accounts = self.operators.get(self.us);
        match &line.message.sender {
            Sender::Operator { id, name: Some(name) } if author == AuthorKind::Human && id == self.us => {
                Some(name.clone()).filter(|name| !name.trim().is_empty() && Some(name) != accounts)
            }
            sender => self.name(author, sender),
        }
    }

    fn name(&self, author: AuthorKind, sender: &Sender) -> Option<String> {
        let told = match sender {
            Sender::Visitor { name } | Sender::Bot { name } => name.as_deref(),
            // A human who writes under our account is not the operator that the account is named after.
            Sender::Operator { id, .. } if author == AuthorKind::Human && id == self.us => return None,
            Sender::Operator { id, name } => name.as_deref().or_else(|| self.operators.get(id).map(String::as_str)),
            Sender::Unknown => None,
        };
        let otherwise = match author {
            AuthorKind::Visitor => self.visitor,
            AuthorKind::Ai => self.operators.get(self.us).map(String::as_str),
            AuthorKind::Human | AuthorKind::Zobot | AuthorKind::Unknown | AuthorKind::Console => None,
        };
        told.filter(|name| !name.trim().is_empty()).or(otherwise).map(str::to_owned)
    }
}

fn said(content: &Content) -> (&str, Option<String>) {
    let file = match content {
        Content::Text { .. } => None,
        Content::File { name, .. } => Some(name.clone()),
    };
    (content.readable(), file)
}

fn standing(text: &str, edit: Option<&str>, deleted: bool) -> String {
    if deleted { String::new() } else { edit.unwrap_or(text).to_owned() }
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
