//! Visitors' rights: what is held of somebody, as a file, and erased.

mod beside;
mod erase;
mod export;
mod who;

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;
use shared::domain::hours::zone;
use shared::domain::settings::WorkspaceSettings;
use shared::store::Store as _;

use self::erase::{Erased, Record};
use self::who::{Asked, Found, Sought, erased_partition, find, unnamed};
use crate::access::SignedIn;
use crate::access::guard::InWorkspace;
use crate::audit;
use crate::console::Console;
use crate::download::attached;
use crate::page::{Chrome, Section, done, html, shown};
use crate::problem::Problem;
use crate::routes::{ADMIN, Route, get, post};

/// What has to be typed before anything is erased.
const WORD: &str = "erase";

/// How many records of erasures are shown.
const RECORDS: u32 = 20;

/// The routes of this part. Whom somebody looks for is never in a URL, which browsers and logs keep: so these are sent as
/// forms, though only the last changes anything.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/console/w/{workspace}/privacy", ADMIN, page),
        post("/console/w/{workspace}/privacy/find", ADMIN, found),
        post("/console/w/{workspace}/privacy/export", ADMIN, exported),
        post("/console/w/{workspace}/privacy/erase", ADMIN, erased),
    ]
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    chrome: Chrome,
    retention_days: u32,
    asked: Asked,
    /// What is wrong with what was typed.
    wrong: Option<&'static str>,
    /// What is wrong with the confirmation.
    unconfirmed: bool,
    found: Option<Found>,
    records: Vec<(String, Record)>,
    zone: TimeZone,
}

impl PrivacyPage {
    async fn new(
        console: &Console,
        who: &SignedIn,
        settings: &WorkspaceSettings,
        asked: Asked,
    ) -> Result<Self, Problem> {
        let zone = zone(&settings.time_zone).unwrap_or(TimeZone::UTC);
        let records = console.store.newest_documents(&erased_partition(&settings.workspace), "", None, RECORDS).await?;
        let records = records.iter().filter_map(|document| {
            let record: Record = serde_json::from_str(&document.body).ok()?;
            Some((shown(record.at, &zone), record))
        });
        Ok(Self {
            chrome: Chrome::new("Privacy", Section::Privacy, who),
            retention_days: settings.retention_days,
            records: records.collect(),
            asked,
            wrong: None,
            unconfirmed: false,
            found: None,
            zone,
        })
    }

    fn shown(&self, time: &jiff::Timestamp) -> String {
        shown(*time, &self.zone)
    }

    #[expect(clippy::unused_self, reason = "for the template")]
    fn word(&self) -> &'static str {
        WORD
    }

    fn refused(self) -> Result<Response, Problem> {
        let mut response = html(&self)?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    }
}

/// The page before anybody was looked for.
///
/// # Errors
/// The table can't be reached.
pub async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { workspace, .. }: InWorkspace,
) -> Result<Response, Problem> {
    html(&PrivacyPage::new(&console, &who, &workspace.settings, Asked::default()).await?)
}

/// What is looked for and what is found; or the page that says what is wrong.
async fn look(
    console: &Console,
    who: &SignedIn,
    settings: &WorkspaceSettings,
    asked: &Asked,
) -> Result<Result<(Sought, Found), Response>, Problem> {
    match asked.sought() {
        Ok(sought) => {
            let found = find(console, settings, &sought).await?;
            Ok(Ok((sought, found)))
        }
        Err(wrong) => {
            let page = PrivacyPage::new(console, who, settings, asked.clone()).await?;
            Ok(Err(PrivacyPage { wrong: Some(wrong), ..page }.refused()?))
        }
    }
}

/// What is held of somebody.
///
/// # Errors
/// The table can't be reached.
pub async fn found(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { workspace, .. }: InWorkspace,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let (sought, found) = match look(&console, &who, settings, &asked).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    let detail = format!("{} conversations", found.conversations.len());
    audit::record(&console, &who, "privacy.find", &unnamed(&sought, &found), &detail).await?;
    let page = PrivacyPage::new(&console, &who, settings, asked).await?;
    html(&PrivacyPage { found: Some(found), ..page })
}

/// All that is held of somebody, as a file.
///
/// # Errors
/// The table can't be reached.
pub async fn exported(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let (sought, found) = match look(&console, &who, settings, &asked).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    let number = asked.part.trim().parse().unwrap_or(1);
    let part = export::export(&console, &found, number, console.clock.now()).await?;
    let detail = format!("part {number}, {} conversations", part.conversations);
    audit::record(&console, &who, "privacy.export", &unnamed(&sought, &found), &detail).await?;
    let bytes = serde_json::to_vec_pretty(&part.json).map_err(|error| Problem::failed("Writing the file", &error))?;
    Ok(attached(&format!("held-{id}-part-{number}.json"), "application/json", bytes))
}

/// Erases what is held of somebody, if the word was typed.
///
/// # Errors
/// The table can't be reached: what is done stays done.
pub async fn erased(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    InWorkspace { id, workspace }: InWorkspace,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let settings = &workspace.settings;
    let (sought, found) = match look(&console, &who, settings, &asked).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    if !asked.confirm.trim().eq_ignore_ascii_case(WORD) {
        let page = PrivacyPage::new(&console, &who, settings, asked).await?;
        return PrivacyPage { found: Some(found), unconfirmed: true, ..page }.refused();
    }
    let erased = erase::erase(&console, &who, &sought, &found).await?;
    let detail = format!("{} conversations, {} items", erased.conversations, erased.items);
    audit::record(&console, &who, "privacy.erase", &unnamed(&sought, &found), &detail).await?;
    Ok(done(&format!("/console/w/{id}/privacy"), &said(&erased, found.more)))
}

fn said(erased: &Erased, more: bool) -> String {
    let mut said = vec![format!("Erased: {} conversations, {} items.", erased.conversations, erased.items)];
    if !erased.open.is_empty() {
        said.push(format!(
            "Not erased, since they are open or were being written to: {}. End them first, then erase again.",
            erased.open.join(", ")
        ));
    }
    if erased.left > 0 || more {
        said.push("There is more: look for the visitor and erase again.".to_owned());
    }
    said.join(" ")
}
