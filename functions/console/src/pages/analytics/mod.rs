//! Figures by day and brand, from the counters (ARCHITECTURE.md, "Findings and counters").

mod figures;
mod query;
mod shown;

use std::sync::Arc;

use askama::Template;
use axum::extract::{self, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use shared::domain::id::{BrandId, WorkspaceId};
use shared::domain::settings::WorkspaceSettings;
use shared::store::Store as _;

use self::figures::{Counted, Figures};
use self::query::{Query, Range, WrongDates};
use self::shown::{COLUMNS, FILE, Line, grouped, lasting, money, percent, reason, values};
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::console::Console;
use crate::download::{csv, wants_json};
use crate::page::{Chrome, Section, html};
use crate::problem::Problem;
use crate::routes::{Route, VIEWER, get};

/// How many days' counters are read at once: of each there are up to sixteen parts.
const DAYS_AT_ONCE: i32 = 31;

/// The routes of this part.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/analytics", VIEWER, page),
        get("/console/w/{workspace}/analytics/days.csv", VIEWER, file),
    ]
}

#[derive(Template)]
#[template(path = "analytics.html")]
struct AnalyticsPage {
    chrome: Chrome,
    query: Query,
    range: Option<Range>,
    wrong: Option<WrongDates>,
    brands: Vec<(BrandId, String, bool)>,
    sum: Figures,
    total: Line,
    days: Vec<Line>,
    by_brand: Vec<Line>,
    reasons: Vec<(String, String, u64)>,
}

impl AnalyticsPage {
    #[expect(clippy::unused_self, reason = "for the template")]
    fn columns(&self) -> [&'static str; 13] {
        COLUMNS
    }

    fn automation(&self) -> String {
        percent(self.sum.automation())
    }

    fn said_so(&self) -> String {
        percent(self.sum.said_so())
    }

    fn chats(&self) -> String {
        grouped(self.sum.conversations)
    }

    fn first_answer(&self) -> (String, String) {
        (lasting(self.sum.first_answer.quantile(0.5)), lasting(self.sum.first_answer.quantile(0.9)))
    }

    fn to_human(&self) -> (String, String) {
        (lasting(self.sum.to_human.quantile(0.5)), lasting(self.sum.to_human.quantile(0.9)))
    }

    fn rating(&self) -> String {
        self.sum.rating().map_or_else(|| "–".to_owned(), |mean| format!("{mean:.1} of 5"))
    }

    fn rated(&self) -> String {
        grouped(self.sum.rated())
    }

    fn cost(&self) -> String {
        money(self.sum.cost())
    }

    fn tokens(&self) -> String {
        grouped(self.sum.tokens())
    }
}

async fn counted(console: &Console, workspace: &WorkspaceId, range: Range) -> Result<Counted, Problem> {
    let mut counted = Counted::default();
    for part in range.parts(DAYS_AT_ONCE) {
        let (from, to) = part.names();
        counted.take(&console.store.counters_between(workspace, &from, &to).await?);
    }
    Ok(counted)
}

/// The figures, for people or as JSON.
///
/// # Errors
/// The table can't be reached.
pub async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    headers: HeaderMap,
    extract::Query(query): extract::Query<Query>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let (range, wrong) = match query.range(console.clock.now()) {
        Ok(range) => (Some(range), None),
        Err(wrong) => (None, Some(wrong)),
    };
    let counted = match range {
        Some(range) => counted(&console, &id, range).await?,
        None => Counted::default(),
    };
    if wants_json(&headers) {
        return match (range, wrong) {
            (Some(range), _) => Ok(axum::Json(told(&counted, &query, settings, range)).into_response()),
            (None, wrong) => {
                let what = "The dates can't be used";
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what, wrong.map_or("", |wrong| wrong.0)))
            }
        };
    }
    let asked = |brand: &BrandId| query.takes(brand, settings);
    let sum = counted.sum(|_, brand| asked(brand));
    let mut days: Vec<Line> =
        range.map(|range| range.days().map(|day| day_line(&counted, day, &asked)).collect()).unwrap_or_default();
    days.reverse();
    let brands = query::brands(settings, &counted.brands());
    let by_brand = brands.iter().filter(|(brand, ..)| asked(brand)).map(|(brand, name, automated)| {
        let hint = if *automated { "automated" } else { "not automated" };
        Line::of(name, hint, &counted.sum(|_, its| its == brand))
    });
    let mut reasons: Vec<(String, String, u64)> =
        sum.escalations.iter().map(|(code, count)| (reason(code).to_owned(), grouped(*count), *count)).collect();
    reasons.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = html(&AnalyticsPage {
        chrome: Chrome::new("Analytics", Section::Analytics, &who),
        range,
        wrong,
        by_brand: by_brand.collect(),
        brands,
        total: Line::of("All days", "", &sum),
        sum,
        days,
        reasons,
        query,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

fn day_line(counted: &Counted, day: jiff::civil::Date, asked: &impl Fn(&BrandId) -> bool) -> Line {
    Line::of(day.to_string(), "", &counted.sum(|its, brand| its == day && asked(brand)))
}

/// Each day and brand in a row, for spreadsheets.
///
/// # Errors
/// The dates can't be used, or the table can't be reached.
pub async fn file(
    State(console): State<Arc<Console>>,
    InWorkspace { id, workspace }: InWorkspace,
    extract::Query(query): extract::Query<Query>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let range = query
        .range(console.clock.now())
        .map_err(|wrong| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The dates can't be used", wrong.0))?;
    let counted = counted(&console, &id, range).await?;
    let rows = rows(&counted, &query, settings).map(|(first, figures)| {
        let rest = values(figures).into_iter().map(|(_, value)| match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        });
        first.into_iter().chain(rest).collect::<Vec<String>>()
    });
    csv(&format!("analytics-{id}-{}-{}.csv", range.from, range.to), &FILE, rows)
}

/// Each day and brand that is asked for: day, brand's id and name, whether it is automated; and its figures.
fn rows<'a>(
    counted: &'a Counted,
    query: &'a Query,
    settings: &'a WorkspaceSettings,
) -> impl Iterator<Item = ([String; 4], &'a Figures)> {
    counted.each().filter(|(_, brand, _)| query.takes(brand, settings)).map(|(day, brand, figures)| {
        let known = settings.brand(brand);
        let name = known.map_or_else(String::new, |brand| brand.name.clone());
        let automated = if known.is_some_and(|brand| brand.automated) { "yes" } else { "no" };
        ([day.to_string(), brand.to_string(), name, automated.to_owned()], figures)
    })
}

fn told(counted: &Counted, query: &Query, settings: &WorkspaceSettings, range: Range) -> Value {
    let object = |figures: &Figures| -> Map<String, Value> {
        values(figures).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    let days: Vec<Value> = rows(counted, query, settings)
        .map(|(first, figures)| {
            let mut day = object(figures);
            day.extend(FILE.into_iter().zip(first).map(|(name, value)| (name.to_owned(), json!(value))));
            Value::Object(day)
        })
        .collect();
    let total = object(&counted.sum(|_, brand| query.takes(brand, settings)));
    let zone = TimeZone::UTC.iana_name().unwrap_or("UTC").to_owned();
    json!({"from": range.from.to_string(), "to": range.to.to_string(), "zone": zone, "days": days, "total": total})
}
