//! Who would get a chat now, and why: the router's own decision, on the operators as they are. Nothing is changed by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::json;
use shared::domain::hours::zone;
use shared::domain::id::{BrandId, ConversationId, OperatorId};
use shared::domain::router::{Inquiry, Loads, Presence, Reserved, Roster, route};
use shared::domain::settings::WorkspaceSettings;
use shared::domain::verdict::EscalationReason;
use shared::engine::roster::reservations;

use super::chats::{DecisionView, load, names, roster};
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get};
use crate::times::Times;
use crate::wanted::Wanted;
use crate::words;

/// What SalesIQ is taken to say of who is switched off here.
const OFF: &str = "switched off in this trial";

/// A chat that does not exist: nobody is being rung for it.
const NO_CHAT: &str = "trial";

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Monday"),
    (Weekday::Tuesday, "Tuesday"),
    (Weekday::Wednesday, "Wednesday"),
    (Weekday::Thursday, "Thursday"),
    (Weekday::Friday, "Friday"),
    (Weekday::Saturday, "Saturday"),
    (Weekday::Sunday, "Sunday"),
];

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![get("/console/w/{workspace}/router", VIEWER, page)]
}

/// What is asked, as the address says it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Question {
    brand: String,
    reason: String,
    conversation: String,
    day: String,
    hour: String,
    off: Vec<String>,
}

impl Question {
    fn of(query: &str) -> Self {
        let mut question = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim().to_owned();
            match &*name {
                "brand" => question.brand = value,
                "reason" => question.reason = value,
                "conversation" => question.conversation = value,
                "day" => question.day = value,
                "hour" => question.hour = value,
                "off" => question.off.push(value),
                _ => {}
            }
        }
        question
    }

    fn reason(&self) -> EscalationReason {
        let reason = serde_json::from_value(json!({"code": self.reason, "name": "of this trial"}));
        reason.unwrap_or(EscalationReason::VisitorAsked)
    }

    /// The next such hour of the week in a zone; none: now.
    fn hour_of_week(&self, time_zone: &str, now: Timestamp) -> Option<Timestamp> {
        let hour: i8 = self.hour.parse().ok().filter(|hour| (0..24).contains(hour))?;
        let (day, _) = DAYS.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(&self.day))?;
        let zoned = now.to_zoned(zone(time_zone)?);
        let today = i64::from(zoned.weekday().to_monday_zero_offset());
        let ahead = (i64::from(day.to_monday_zero_offset()) - today).rem_euclid(7);
        let date = zoned.date().checked_add(ahead.days()).ok()?;
        Some(date.at(hour, 0, 0, 0).to_zoned(zone(time_zone)?).ok()?.timestamp())
    }
}

/// An operator who can be switched off.
struct Switch {
    id: String,
    name: String,
    off: bool,
}

#[derive(Template)]
#[template(path = "router.html")]
struct RouterPage<'a> {
    chrome: Chrome,
    times: Times,
    action: String,
    question: &'a Question,
    brands: Vec<(String, String)>,
    reasons: Vec<(&'static str, &'static str)>,
    days: Vec<&'static str>,
    hours: Vec<String>,
    switches: Vec<Switch>,
    decision: &'a DecisionView,
    taken_at: Timestamp,
    at: Option<Timestamp>,
    untold: bool,
}

/// The question and its answer.
///
/// # Errors
/// The conversation that is named is not there, or the table can't be reached.
pub async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    wanted: Wanted,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let mut question = Question::of(&query.unwrap_or_default());
    let mut conversation =
        ConversationId::parse(NO_CHAT).map_err(|error| Problem::failed("Asking the router", &error))?;
    if !question.conversation.is_empty() {
        let chat = load(&console, &id, &question.conversation).await?;
        let facts = &chat.conversation.facts;
        if question.brand.is_empty() {
            question.brand = facts.brand.value().map(ToString::to_string).unwrap_or_default();
        }
        conversation = chat.key.conversation;
    }
    if question.brand.is_empty() {
        question.brand = settings.brands.first().map(|brand| brand.id.to_string()).unwrap_or_default();
    }
    let mut roster = roster(&console, settings).await?;
    let names = names(&console, settings).await;
    let switches = switches(&roster, &question, settings);
    switch_off(&mut roster, &question.off);
    let now = console.clock.now();
    let at = question.hour_of_week(&settings.time_zone, now);
    let mut reserved = reservations(&console.store, &id).await?;
    if let Some(at) = at {
        held_until(&mut reserved, now, at);
    }
    let brand = BrandId::parse(&question.brand).ok();
    let reason = question.reason();
    reason.code().clone_into(&mut question.reason);
    let decision = route(&Inquiry {
        conversation: &conversation,
        settings,
        brand: brand.as_ref().and_then(|brand| settings.brand(brand)),
        reason: &reason,
        roster: &roster,
        reservations: &reserved,
        attempts: &[],
        now: at.unwrap_or(now),
    });
    let view = DecisionView::of(&decision, &names);
    if wanted == Wanted::Json {
        let answer = json!({"decision": decision, "in_words": view, "roster_taken_at": roster.taken_at});
        return Ok(axum::Json(answer).into_response());
    }
    html(&RouterPage {
        chrome: Chrome::new("Router", Section::Router, &who),
        times: Times::new(&settings.time_zone, now),
        action: format!("/console/w/{id}/router"),
        question: &question,
        brands: settings.brands.iter().map(|brand| (brand.id.to_string(), brand.name.clone())).collect(),
        reasons: EscalationReason::CODES.into_iter().map(|code| (code, words::reason(code))).collect(),
        days: DAYS.into_iter().map(|(_, name)| name).collect(),
        hours: (0..24).map(|hour| hour.to_string()).collect(),
        switches,
        decision: &view,
        taken_at: roster.taken_at,
        at,
        untold: roster.loads == Loads::Unknown,
    })
}

fn switches(roster: &Roster, question: &Question, settings: &WorkspaceSettings) -> Vec<Switch> {
    let humans = roster.operators.iter().filter(|one| !one.bot && one.id != settings.bot_operator);
    let mut switches: Vec<Switch> = humans
        .map(|one| Switch {
            id: one.id.to_string(),
            name: one.name.clone().unwrap_or_else(|| one.id.to_string()),
            off: question.off.iter().any(|off| off == one.id.as_str()),
        })
        .collect();
    switches.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    switches
}

fn switch_off(roster: &mut Roster, off: &[String]) {
    for one in roster.operators.iter_mut().filter(|one| off.iter().any(|off| off == one.id.as_str())) {
        one.presence = Presence::Other(OFF.to_owned());
    }
}

/// Whoever is being rung now counts at another time, too: loads are taken as they are.
fn held_until(reserved: &mut BTreeMap<OperatorId, Reserved>, now: Timestamp, at: Timestamp) {
    for until in reserved.values_mut().flat_map(|held| held.until.values_mut()).filter(|until| **until > now) {
        *until = (*until).max(at.saturating_add(SignedDuration::from_secs(1)).unwrap_or(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_the_week_is_the_next_one_in_the_zone() {
        // A Thursday.
        let now: Timestamp = "2026-01-01T12:30:00Z".parse().unwrap();
        let at = |day: &str, hour: &str| {
            let question = Question { day: day.to_owned(), hour: hour.to_owned(), ..Question::default() };
            question.hour_of_week("Europe/Malta", now).map(|at| at.to_string())
        };
        assert_eq!(at("Friday", "3").as_deref(), Some("2026-01-02T02:00:00Z"));
        assert_eq!(at("wednesday", "22").as_deref(), Some("2026-01-07T21:00:00Z"));
        assert_eq!((at("Friday", "24"), at("", "3"), at("Someday", "3")), (None, None, None));
    }

    #[test]
    fn the_address_says_what_is_asked_and_who_is_switched_off() {
        let question = Question::of("brand=1&reason=legal&off=7&off=8&x=y");
        assert_eq!((question.reason().code(), question.off), ("legal", vec!["7".to_owned(), "8".to_owned()]));
        assert_eq!(Question::of("reason=%3Cscript%3E").reason(), EscalationReason::VisitorAsked);
    }
}
