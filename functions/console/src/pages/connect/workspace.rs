//! The settings that a workspace can't be without, chosen from what SalesIQ has; all others stay as they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use shared::domain::id::{BrandId, DepartmentId};
use shared::domain::settings::{SettingsProblem, WorkspaceSettings};
use shared::salesiq::client::{Brand, Department};
use shared::salesiq::oauth::Principal;

use super::explain::Trouble;
use super::known::{Known, workspace_of};
use super::{draft, in_trouble, publish};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "connect/settings.html")]
struct SettingsPage {
    chrome: Chrome,
    back: String,
    /// The version that the form stands on; 0: there are no settings yet.
    version: u64,
    screen_name: String,
    org_id: Option<String>,
    departments: Vec<DepartmentRow>,
    brands: Vec<BrandRow>,
    typed: Typed,
    problems: Vec<SettingsProblem>,
}

impl SettingsPage {
    /// What is wrong with a field.
    fn problem(&self, field: &str) -> Option<&SettingsProblem> {
        self.problems.iter().find(|problem| problem.field == field)
    }

    /// What is wrong with fields that this page does not show.
    fn others(&self) -> impl Iterator<Item = &SettingsProblem> {
        self.problems.iter().filter(|problem| !SHOWN.contains(&problem.field.as_str()))
    }
}

const SHOWN: [&str; 3] = ["default_department", "escalation.last_resort_email", "escalation.sender"];

struct DepartmentRow {
    id: String,
    name: String,
    disabled: bool,
    chosen: bool,
}

struct BrandRow {
    id: String,
    name: String,
    automated: bool,
    /// SalesIQ no longer lists it.
    gone: bool,
}

/// What the form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Typed {
    version: u64,
    department: String,
    last_resort_email: String,
    sender: String,
    automated: BTreeSet<String>,
}

impl Typed {
    fn of(settings: &WorkspaceSettings, version: u64) -> Self {
        let automated = settings.brands.iter().filter(|brand| brand.automated);
        Self {
            version,
            department: settings.default_department.as_ref().map(ToString::to_string).unwrap_or_default(),
            last_resort_email: settings.escalation.last_resort_email.clone().unwrap_or_default(),
            sender: settings.escalation.sender.clone().unwrap_or_default(),
            automated: automated.map(|brand| brand.id.to_string()).collect(),
        }
    }

    fn sent(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "version" => typed.version = value.parse().unwrap_or_default(),
                "department" => typed.department = value,
                "last_resort_email" => value.trim().clone_into(&mut typed.last_resort_email),
                "sender" => value.trim().clone_into(&mut typed.sender),
                "automated" => drop(typed.automated.insert(value)),
                _ => {}
            }
        }
        typed
    }
}

/// What SalesIQ has.
struct Live {
    departments: Vec<Department>,
    brands: Vec<Brand>,
}

async fn live(console: &Console, known: &Known) -> Result<Result<Live, Trouble>, Problem> {
    let Some(salesiq) = known.salesiq(console)? else {
        return Ok(Err(Trouble::new("The portal is not known yet", "Connect the AI's operator first.")));
    };
    let (client, reader) = (&salesiq.client, known.reader());
    let (departments, brands) = tokio::join!(Box::pin(client.departments(reader)), Box::pin(client.brands(reader)));
    Ok(match (departments, brands) {
        (Ok(departments), Ok(brands)) => Ok(Live { departments, brands }),
        (Err(error), _) | (_, Err(error)) => Err(Trouble::from(&error)),
    })
}

/// The page with the form.
pub(super) async fn page(State(console): State<Arc<Console>>, who: SignedIn) -> Result<Response, Problem> {
    let known = Known::of(&console, workspace_of(&who)?).await?;
    let live = match live(&console, &known).await? {
        Ok(live) => live,
        Err(trouble) => return in_trouble(&who, trouble),
    };
    let typed = match &known.settings {
        Some((settings, version)) => Typed::of(settings, *version),
        None => Typed::default(),
    };
    show(&who, &known, &live, typed, Vec::new())
}

fn show(
    who: &SignedIn,
    known: &Known,
    live: &Live,
    typed: Typed,
    problems: Vec<SettingsProblem>,
) -> Result<Response, Problem> {
    let departments = live.departments.iter().map(|department| DepartmentRow {
        id: department.id.to_string(),
        name: department.name.clone().unwrap_or_else(|| department.id.to_string()),
        disabled: department.enabled == Some(false),
        chosen: department.id.as_str() == typed.department,
    });
    let row = |id: &BrandId, name: &str, gone: bool| BrandRow {
        id: id.to_string(),
        name: name.to_owned(),
        automated: typed.automated.contains(id.as_str()),
        gone,
    };
    let listed = live.brands.iter().map(|brand| row(&brand.id, name_of(brand), false));
    let settings = known.settings.as_ref().map(|(settings, _)| settings);
    let gone = settings.into_iter().flat_map(|settings| &settings.brands);
    let gone = gone.filter(|brand| live.brands.iter().all(|listed| listed.id != brand.id));
    let wrong = !problems.is_empty();
    let draft = known.draft.as_ref().map(|(draft, _)| draft);
    let page = SettingsPage {
        chrome: Chrome::new("The workspace's settings", Section::Connect, who),
        back: format!("/console/w/{}/connect", known.id),
        version: typed.version,
        screen_name: known.screen_name().map(ToString::to_string).unwrap_or_default(),
        org_id: settings.map_or_else(|| draft?.org_id.clone(), |settings| settings.org_id.clone()),
        departments: departments.collect(),
        brands: listed.chain(gone.map(|brand| row(&brand.id, &brand.name, true))).collect(),
        typed,
        problems,
    };
    let mut response = html(&page)?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn name_of(brand: &Brand) -> &str {
    brand.name.as_deref().unwrap_or(brand.id.as_str())
}

/// Saves the settings.
pub(super) async fn save(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let known = Known::of(&console, workspace_of(&who)?).await?;
    let live = match live(&console, &known).await? {
        Ok(live) => live,
        Err(trouble) => return in_trouble(&who, trouble),
    };
    let typed = Typed::sent(fields);
    let Some(mut settings) = base(&known)? else {
        return in_trouble(&who, Trouble::new("The AI's operator is not known yet", "Connect it first."));
    };
    apply(&mut settings, &live, &typed)?;
    let problems = settings.check();
    if !problems.is_empty() {
        return show(&who, &known, &live, typed, problems);
    }
    let version = known.settings.is_some().then_some(typed.version);
    publish(&console, &who, &settings, version).await?;
    if known.draft.is_some() {
        draft::forget(&console.store, &known.id).await?;
    }
    let automated = settings.brands.iter().filter(|brand| brand.automated).count();
    let detail = format!("{automated} of {} brands automated", settings.brands.len());
    audit::record(&console, &who, "connect.settings", "SETTINGS", &detail).await?;
    Ok(done(&format!("/console/w/{}/connect", known.id), "The settings are saved. Go on with the webhook."))
}

/// The settings that there are, or the smallest of what is known.
fn base(known: &Known) -> Result<Option<WorkspaceSettings>, Problem> {
    if let Some((settings, _)) = &known.settings {
        return Ok(Some(settings.clone()));
    }
    let (Some(screen), Some(bot), Some((draft, _))) =
        (known.screen_name(), known.operator(Principal::Bot), &known.draft)
    else {
        return Ok(None);
    };
    let smallest = json!({
        "workspace": known.id, "screen_name": screen, "org_id": draft.org_id, "data_centre": draft.data_centre,
        "bot_operator": bot, "escalation": {"facilitator": draft.facilitator},
    });
    let settings = serde_json::from_value(smallest);
    settings.map(Some).map_err(|error| Problem::failed("Making the settings", &error))
}

/// Puts what was chosen into settings; brands that SalesIQ has and the settings lack are added.
fn apply(settings: &mut WorkspaceSettings, live: &Live, typed: &Typed) -> Result<(), Problem> {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    settings.default_department = DepartmentId::parse(&typed.department).ok();
    settings.escalation.last_resort_email = text(&typed.last_resort_email);
    settings.escalation.sender = text(&typed.sender);
    for brand in &live.brands {
        if settings.brand(&brand.id).is_none() {
            let added = json!({"id": brand.id, "name": name_of(brand), "automated": false});
            let added = serde_json::from_value(added);
            settings.brands.push(added.map_err(|error| Problem::failed("Adding a brand", &error))?);
        }
    }
    for brand in &mut settings.brands {
        brand.automated = typed.automated.contains(brand.id.as_str());
    }
    Ok(())
}
