//! What a reader sees of a transcript, in words and times of the brand's zone: HTML, text and PDF show the same.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words;
use super::{Extent, LANGUAGE, PlayerDetails, Transcript, TranscriptLine};
use crate::domain::message::clip;
use crate::domain::player::Level;
use crate::domain::router::{Considered, Decision, Hours, Judgement, Outcome, Skipped, Target};
use crate::note::{country_words, how_words, refusal_words};

/// A transcript as it is read.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) title: String,
    pub(super) happened: String,
    pub(super) to_do: Option<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) request: Vec<(&'static str, String)>,
    pub(super) attempts: Vec<String>,
    pub(super) decisions: Vec<DecisionSheet>,
    /// What is left out, if something is.
    pub(super) left_out: Option<String>,
    pub(super) lines: Vec<LineSheet>,
    pub(super) footer: String,
}

/// How many operators of other departments are shown one by one.
const ELSEWHERE_SHOWN: usize = 5;

/// A routing decision.
#[derive(Debug)]
pub(super) struct DecisionSheet {
    pub(super) heading: String,
    pub(super) notes: Vec<String>,
    pub(super) rows: Vec<OperatorRow>,
}

/// An operator who was considered.
#[derive(Debug)]
pub(super) struct OperatorRow {
    pub(super) operator: String,
    pub(super) chats: String,
    pub(super) idle_since: String,
    pub(super) verdict: String,
}

/// A line.
#[derive(Debug)]
pub(super) struct LineSheet {
    pub(super) time: String,
    pub(super) who: String,
    /// `(edited)`, `(deleted)` and the like; empty for most.
    pub(super) marks: String,
    pub(super) file: Option<String>,
    pub(super) text: String,
    pub(super) visitors: bool,
}

impl Sheet {
    pub(super) fn of(transcript: &Transcript, extent: Extent) -> Self {
        let zone = transcript.zone();
        let reply = transcript.reply_address().is_some();
        let hidden = transcript.lines.len().saturating_sub(extent.lines);
        let shown = &transcript.lines[hidden..];
        let clipped = shown.iter().any(|line| line.text.len() > extent.line_bytes);
        Self {
            title: format!("{}: {}", transcript.brand_label(), words::occasion_title(transcript.occasion)),
            happened: words::happened(transcript.occasion),
            to_do: words::to_do(transcript.occasion, reply),
            facts: facts(transcript, &zone),
            request: request(transcript, &zone),
            attempts: attempts(transcript, &zone),
            decisions: transcript
                .decisions
                .iter()
                .map(|decision| decision_sheet(transcript, decision, &zone))
                .collect(),
            left_out: left_out(hidden, clipped, extent),
            lines: shown.iter().map(|line| line_sheet(line, extent, &zone)).collect(),
            footer: footer(transcript, &zone),
        }
    }
}

fn left_out(hidden: usize, clipped: bool, extent: Extent) -> Option<String> {
    let what = match (hidden, clipped) {
        (0, false) => return None,
        (0, true) => "Long lines are shortened here".to_owned(),
        (hidden, false) => format!("{hidden} earlier lines are left out here"),
        (hidden, true) => format!("{hidden} earlier lines are left out here and long ones are shortened"),
    };
    let whole = if extent.json_beside { "the attached JSON file has all of it" } else { "SalesIQ has all of it" };
    Some(format!("{what}, since mail has a largest size; {whole}."))
}

/// A time with its zone's abbreviation and offset.
fn full_time(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z (UTC%:z)").to_string()
}

fn short_time(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

fn facts(transcript: &Transcript, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let country = transcript.country.as_ref().map(|country| country_words(country, LANGUAGE));
    let brand = transcript.brand.as_ref().map(|brand| match &brand.name {
        Some(name) => format!("{name} ({})", brand.id),
        None => brand.id.to_string(),
    });
    let visitor = &transcript.visitor;
    let gave = [
        ("Brand", brand),
        ("Visitor", visitor.name.clone()),
        ("E-mail", visitor.email.clone()),
        ("Phone", visitor.phone.clone()),
    ];
    let chat = [
        ("Country", country),
        ("Page", transcript.page_url.clone()),
        ("Opened", transcript.opened_at.map(|at| full_time(at, zone))),
        ("Ended", transcript.ended_at.map(|at| full_time(at, zone))),
        ("Conversation", Some(format!("{} ({})", transcript.conversation, transcript.workspace))),
    ];
    let player = player_facts(&transcript.player, zone).into_iter().map(|(label, value)| (label, Some(value)));
    let all = gave.into_iter().chain(player).chain(chat);
    all.filter_map(|(label, value)| Some((label, value.filter(|value| !value.trim().is_empty())?))).collect()
}

/// Who it is. What nobody proved says so.
fn player_facts(player: &PlayerDetails, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let verified = player.level == Level::Verified;
    let mut known: Vec<String> = player.how.map(|how| how_words(how, LANGUAGE).to_owned()).into_iter().collect();
    known.extend(player.since.map(|since| format!("since {}", full_time(since, zone))));
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    let account = player.id.as_ref().map(|id| format!("{id}{known}"));
    let mut facts =
        vec![("Verified account", account.clone().filter(|_| verified).unwrap_or_else(|| "none".to_owned()))];
    let claimed = account.filter(|_| player.level == Level::Claimed);
    facts.extend(claimed.map(|account| ("Claimed account, not verified", account)));
    if player.vip {
        facts.push(("Important customer", if verified { "yes" } else { "yes, not verified" }.to_owned()));
    }
    facts.extend(player.told.iter().map(|(name, value)| ("Told, not verified", format!("{name}: {value}"))));
    let refused = player.refusals.iter().map(|refused| {
        let why = refusal_words(refused.why, LANGUAGE);
        ("Proof refused", format!("{}: {why} ({})", full_time(refused.at, zone), refused.why.code()))
    });
    facts.extend(refused);
    facts
}

fn request(transcript: &Transcript, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let Some(request) = &transcript.escalation else { return Vec::new() };
    let mut rows = vec![("Why a human", format!("{} ({})", request.sentence, request.code))];
    if !request.summary.trim().is_empty() {
        rows.push(("What the visitor wants", request.summary.clone()));
    }
    rows.push(("Since", full_time(request.since, zone)));
    rows
}

fn attempts(transcript: &Transcript, zone: &TimeZone) -> Vec<String> {
    let attempts = transcript.escalation.iter().flat_map(|request| &request.attempts);
    attempts
        .map(|attempt| {
            let whom = target(transcript, &attempt.target);
            format!("{}: {whom}: {}", short_time(attempt.at, zone), words::attempt_end(attempt))
        })
        .collect()
}

fn target(transcript: &Transcript, target: &Target) -> String {
    match &target.operator {
        Some(operator) => match transcript.operators.get(operator) {
            Some(name) => format!("{name} ({operator})"),
            None => format!("operator {operator}"),
        },
        None => format!("department {}", target.department),
    }
}

fn decision_sheet(transcript: &Transcript, decision: &Decision, zone: &TimeZone) -> DecisionSheet {
    let outcome = match &decision.outcome {
        Outcome::Ring { targets } => {
            let targets: Vec<String> = targets.iter().map(|one| target(transcript, one)).collect();
            format!("ring {}", targets.join(", then "))
        }
        Outcome::Nobody { why } => format!("nobody to ring: {}", words::nobody(*why)),
    };
    let departments: Vec<String> = decision
        .departments
        .iter()
        .map(|tried| {
            let closed = if tried.closed { ", ruled out: rung before, or takes no transfers" } else { "" };
            format!("{} ({}{closed})", tried.department, words::source(tried.source))
        })
        .collect();
    let mut notes = vec![match &decision.chosen_by {
        Some(person) => format!("Chosen by {} in the console; {}.", person.name, words::hours(decision.hours)),
        None => format!(
            "Rings {}; {}; {}.",
            words::mode(decision.mode),
            words::hours(decision.hours),
            words::loads(decision.loads)
        ),
    }];
    if let Hours::Closed { opens_at: Some(opens_at) } = decision.hours {
        notes.push(format!("Opens again at {}.", full_time(opens_at, zone)));
    }
    if !departments.is_empty() {
        notes.push(format!("Departments in their order: {}.", departments.join(", ")));
    }
    let elsewhere =
        |considered: &Considered| matches!(&considered.judgement, Judgement::Skipped { why: Skipped::OtherDepartment });
    let others = decision.considered.iter().filter(|considered| elsewhere(considered)).count();
    // A portal may have hundreds; what they say is the same.
    let folded = others > ELSEWHERE_SHOWN;
    if folded {
        notes.push(format!("{others} operators serve other departments; the JSON form names them."));
    }
    let shown = decision.considered.iter().filter(|considered| !(folded && elsewhere(considered)));
    DecisionSheet {
        heading: format!("{}: {outcome}", full_time(decision.at, zone)),
        notes,
        rows: shown.map(|considered| operator_row(transcript, considered, zone)).collect(),
    }
}

fn operator_row(transcript: &Transcript, considered: &Considered, zone: &TimeZone) -> OperatorRow {
    let name = considered.name.as_ref().or_else(|| transcript.operators.get(&considered.operator));
    OperatorRow {
        operator: match name {
            Some(name) => format!("{name} ({})", considered.operator),
            None => considered.operator.to_string(),
        },
        chats: match considered.limit {
            Some(limit) => format!("{} of {limit}", considered.load),
            None => format!("{}, no limit", considered.load),
        },
        idle_since: considered.idle_since.map_or_else(|| "not known".to_owned(), |since| short_time(since, zone)),
        verdict: words::judgement(&considered.judgement),
    }
}

fn line_sheet(line: &TranscriptLine, extent: Extent, zone: &TimeZone) -> LineSheet {
    let kind = words::author(line.author);
    let mut marks = Vec::new();
    if line.deleted {
        marks.push("deleted");
    } else if line.edited {
        marks.push("edited");
    }
    if line.from == super::Origin::Ours && line.author != super::AuthorKind::Console {
        marks.push("not in SalesIQ's list");
    }
    let kept = clip(&line.text, extent.line_bytes);
    LineSheet {
        time: short_time(line.at, zone),
        who: match &line.name {
            Some(name) => format!("{name} ({kind})"),
            None => kind.to_owned(),
        },
        marks: if marks.is_empty() { String::new() } else { format!("({})", marks.join(", ")) },
        file: line.file.as_ref().filter(|_| !line.deleted).cloned(),
        text: if kept.len() < line.text.len() { format!("{kept} […]") } else { kept.to_owned() },
        visitors: line.author == super::AuthorKind::Visitor,
    }
}

fn footer(transcript: &Transcript, zone: &TimeZone) -> String {
    let source = if transcript.told_by_salesiq {
        "The lines are SalesIQ's own, completed from the operator's log."
    } else {
        "SalesIQ could not be asked for its lines: these are from the operator's log."
    };
    format!(
        "{source} Times are those of {}. What the visitor gave as name, address and page is not verified. Made at {}.",
        zone.iana_name().unwrap_or("UTC"),
        full_time(transcript.made_at, zone)
    )
}
