//! Whose account it is that was connected: SalesIQ has no call that tells, so an admin says it, and SalesIQ is asked whether
//! it is so.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use shared::doctor::{Check, Outcome, of_operator};
use shared::domain::id::{OperatorId, ScreenName};
use shared::domain::settings::DataCentre;
use shared::salesiq::client::{Client, Operator, Portal};
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::PrincipalSecret;

use super::callback::pending_name;
use super::consent::principal_of;
use super::draft::{self, Account, Draft, keep_account};
use super::explain::Trouble;
use super::known::{Known, servers, workspace_of};
use super::prove::{FreshToken, Proof, prove, with_fresh};
use super::{in_trouble, publish, secret_trouble};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::{Chrome, Section, done, html, lead_to};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "connect/account.html")]
struct AccountPage {
    chrome: Chrome,
    back: String,
    principal: Principal,
    /// The portals to choose among, while that has to be done.
    portals: Vec<Portal>,
    /// The portals could not be listed: the screen name is typed.
    typed: bool,
    operators: Vec<Row>,
    problem: Option<String>,
    /// SalesIQ could not tell: whoever chooses must be sure.
    must_confirm: bool,
}

/// An operator to choose.
struct Row {
    id: String,
    name: String,
    email: String,
    role: String,
    chosen: bool,
    /// Connected as the other of the two already.
    taken: bool,
    /// What would keep the account from serving chats.
    faults: Vec<Check>,
}

/// An operator who was chosen.
pub(super) struct Chosen {
    /// Who.
    pub(super) operator: Operator,
    /// SalesIQ let the account set their status.
    pub(super) proven: bool,
    /// The portal as the list of portals has it.
    pub(super) portal: Option<Portal>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    operator: String,
    #[serde(default)]
    sure: Option<String>,
}

/// What the form of portals sends.
#[derive(Deserialize)]
pub(super) struct PortalChoice {
    #[serde(default)]
    screen_name: String,
}

/// Access that waits for somebody to say whose it is.
struct Pending {
    principal: Principal,
    known: Known,
    secret: PrincipalSecret,
    centre: DataCentre,
    client: Client<FreshToken>,
    portals: Option<Vec<Portal>>,
}

impl Pending {
    /// The portal, if there is no doubt which.
    fn portal(&self) -> Option<&Portal> {
        let portals = self.portals.as_deref().unwrap_or_default();
        match (self.known.screen_name(), portals) {
            (Some(screen), portals) => portals.iter().find(|portal| portal.screen_name == *screen),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    fn screen(&self) -> Option<ScreenName> {
        self.known.screen_name().cloned().or_else(|| self.portal().map(|portal| portal.screen_name.clone()))
    }

    fn other(&self) -> Principal {
        if self.principal == Principal::Bot { Principal::Facilitator } else { Principal::Bot }
    }
}

/// What is pending; where to go if nothing is.
async fn pending(console: &Console, who: &SignedIn, principal: &str) -> Result<Result<Pending, Response>, Problem> {
    let principal = principal_of(principal)?;
    let known = Known::of(console, workspace_of(who)?).await?;
    let id = &known.id;
    let read = console.secrets.read_pending(id, principal).await.map_err(|error| secret_trouble(&error))?;
    let Some(secret) = read else { return Ok(Err(lead_to(&format!("/console/w/{id}/connect")))) };
    let centre = draft::read(&console.store, id, &pending_name(principal)).await?;
    let centre = centre.unwrap_or_else(|| known.data_centre());
    let servers = servers(console, centre)?;
    let fresh = |screen: Option<&ScreenName>| with_fresh(console, servers.clone(), screen, &secret);
    let Some(client) = fresh(known.screen_name()) else {
        let fix = "Access was granted more than an hour ago, and nobody said whose it is. Connect the account again.";
        return Ok(Err(in_trouble(who, Trouble::new("That took too long", fix))?));
    };
    let portals = match client.portals(principal).await {
        Ok(portals) if portals.is_empty() => None,
        Ok(portals) => Some(portals),
        Err(error) => {
            tracing::warn!(workspace = %id, %principal, %error, "the portals of an account can't be listed");
            None
        }
    };
    let mut pending = Pending { principal, known, secret: secret.clone(), centre, client, portals };
    if let Some(client) = fresh(pending.screen().as_ref()) {
        pending.client = client;
    }
    Ok(Ok(pending))
}

/// The page: which portal, then which operator.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, principal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    match pending(&console, &who, &principal).await? {
        Ok(pending) => show(&who, &pending, None, None, false).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// Shows the choice; `problem` is what was wrong with the last one.
async fn show(
    who: &SignedIn,
    pending: &Pending,
    chosen: Option<&str>,
    problem: Option<String>,
    must_confirm: bool,
) -> Result<Response, Problem> {
    let mut page = AccountPage {
        chrome: Chrome::new("Whose account is it?", Section::Connect, who),
        back: format!("/console/w/{}/connect", pending.known.id),
        principal: pending.principal,
        portals: Vec::new(),
        typed: false,
        operators: Vec::new(),
        problem,
        must_confirm,
    };
    match (pending.screen(), &pending.portals) {
        (Some(screen), Some(portals)) if portals.iter().all(|portal| portal.screen_name != screen) => {
            let names: Vec<&str> = portals.iter().map(|portal| portal.screen_name.as_str()).collect();
            let what = format!("The account does not belong to the portal {screen}");
            let fix = format!("It sees {}. Connect an account of {screen}.", names.join(", "));
            return in_trouble(who, Trouble::new(what, fix));
        }
        (Some(_), _) => match pending.client.operators(pending.principal).await {
            Ok(operators) => page.operators = rows(pending, operators, chosen),
            Err(error) => return in_trouble(who, Trouble::from(&error)),
        },
        (None, Some(portals)) => page.portals.clone_from(portals),
        (None, None) => page.typed = true,
    }
    let refused = page.problem.is_some();
    let mut response = html(&page)?;
    if refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Those who can be meant: not deleted, and no Zobots. Administrators lead where a facilitator is looked for.
fn rows(pending: &Pending, mut operators: Vec<Operator>, chosen: Option<&str>) -> Vec<Row> {
    operators.retain(|operator| operator.deleted != Some(true) && !operator.bot);
    if pending.principal == Principal::Facilitator {
        operators.sort_by_key(|operator| operator.role.as_deref() != Some("Administrator"));
    }
    let known = pending.known.operator(pending.principal).map(OperatorId::as_str);
    let taken = pending.known.operator(pending.other());
    let row = |operator: Operator| Row {
        chosen: chosen.or(known) == Some(operator.id.as_str()),
        taken: taken == Some(&operator.id),
        faults: if pending.principal == Principal::Bot { faults(pending, &operator) } else { Vec::new() },
        name: operator.name.clone().unwrap_or_else(|| operator.id.to_string()),
        email: operator.email.clone().unwrap_or_default(),
        role: operator.role.clone().unwrap_or_default(),
        id: operator.id.to_string(),
    };
    operators.into_iter().map(row).collect()
}

fn faults(pending: &Pending, operator: &Operator) -> Vec<Check> {
    let home = pending.known.settings.as_ref().and_then(|(settings, _)| settings.default_department.as_ref());
    let checks = of_operator(operator, home).into_iter();
    checks.filter(|check| matches!(check.outcome, Outcome::Warn | Outcome::Fail)).collect()
}

/// Takes the portal that was chosen.
pub(super) async fn choose_portal(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, principal)): Path<(String, String)>,
    Form(sent): Form<PortalChoice>,
) -> Result<Response, Problem> {
    let pending = match pending(&console, &who, &principal).await? {
        Ok(pending) => pending,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let listed = |screen: &ScreenName| {
        let portals = pending.portals.as_deref();
        portals.is_none_or(|portals| portals.iter().any(|portal| portal.screen_name == *screen))
    };
    let Some(screen) = ScreenName::parse(&sent.screen_name).ok().filter(listed) else {
        return show(&who, &pending, None, Some("Choose one of the portals.".to_owned()), false).await;
    };
    let id = &pending.known.id;
    if let (Some((draft, version)), None) = (&pending.known.draft, &pending.known.settings) {
        let portal = pending.portals.iter().flatten().find(|portal| portal.screen_name == screen);
        let org_id = portal.and_then(|portal| portal.org_id.clone());
        let draft = Draft { screen_name: Some(screen.clone()), org_id, data_centre: pending.centre, ..draft.clone() };
        draft::keep(&console.store, id, &draft, Some(*version)).await?;
        audit::record(&console, &who, "connect.portal", screen.as_str(), pending.centre.label()).await?;
    }
    Ok(lead_to(&format!("/console/w/{id}/connect/account/{}", pending.principal)))
}

/// Takes the operator who was chosen, if SalesIQ does not contradict.
pub(super) async fn choose(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, principal)): Path<(String, String)>,
    Form(sent): Form<Choice>,
) -> Result<Response, Problem> {
    let pending = match pending(&console, &who, &principal).await? {
        Ok(pending) => pending,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let again = async |problem: String, must_confirm: bool| {
        show(&who, &pending, Some(&sent.operator), Some(problem), must_confirm).await
    };
    let Ok(operator) = OperatorId::parse(&sent.operator) else {
        return again("Choose the operator whose account it is.".to_owned(), false).await;
    };
    let (operator, proof) = match prove(&pending.client, &pending.known.id, &operator).await {
        Ok(proved) => proved,
        Err(error) => return in_trouble(&who, Trouble::from(&error)),
    };
    let name = operator.name.clone().unwrap_or_else(|| operator.id.to_string());
    let proven = match proof {
        Proof::Own => true,
        Proof::Anothers => {
            let problem = format!(
                "It is not {name}'s account: SalesIQ does not let it set {name}'s availability. Choose who was signed in to \
                 Zoho, or connect again, signed in as {name}."
            );
            return again(problem, false).await;
        }
        Proof::Untold(_) if sent.sure.is_some() => false,
        Proof::Untold(said) => {
            let problem =
                format!("SalesIQ does not tell whether it is {name}'s account ({said}). Confirm that you are sure.");
            return again(problem, true).await;
        }
    };
    let chosen = Chosen { operator, proven, portal: pending.portal().cloned() };
    let (principal, id) = (pending.principal, &pending.known.id);
    match take_on(&console, &who, &pending.known, principal, &pending.secret, pending.centre, &chosen).await? {
        Ok(()) => Ok(done(&format!("/console/w/{id}/connect"), &format!("{name} is connected."))),
        Err(trouble) => again(format!("{}. {}", trouble.what, trouble.fix), false).await,
    }
}

/// Puts access into use: settings or draft name the operator, the secret holds the tokens.
pub(super) async fn take_on(
    console: &Console,
    who: &SignedIn,
    known: &Known,
    principal: Principal,
    secret: &PrincipalSecret,
    centre: DataCentre,
    chosen: &Chosen,
) -> Result<Result<(), Trouble>, Problem> {
    let (id, operator) = (&known.id, &chosen.operator.id);
    let other = if principal == Principal::Bot { Principal::Facilitator } else { Principal::Bot };
    if known.operator(other) == Some(operator) {
        return Ok(Err(Trouble::new(
            "The AI and the facilitator can't be the same account",
            "What the AI says would look like a human's lines. Give the AI an operator account of its own, and connect that.",
        )));
    }
    let elsewhere = known.account(other).account.as_ref().filter(|account| account.data_centre != centre);
    if let Some(account) = elsewhere {
        let what = format!(
            "Access was granted in {}, and the other account is of {}",
            centre.label(),
            account.data_centre.label()
        );
        return Ok(Err(Trouble::new(what, "Both accounts must be of one portal. Connect an account of that portal.")));
    }
    if let Err(trouble) = name_operator(console, who, known, principal, centre, chosen).await? {
        return Ok(Err(trouble));
    }
    console.secrets.write(id, principal, secret).await.map_err(|error| secret_trouble(&error))?;
    if known.account(principal).pending {
        console.secrets.write_pending(id, principal, None).await.map_err(|error| secret_trouble(&error))?;
    }
    let account = Account {
        at: console.clock.now(),
        operator: Some(operator.clone()),
        name: chosen.operator.name.clone(),
        proven: chosen.proven,
        data_centre: centre,
    };
    keep_account(&console.store, id, principal, &account).await?;
    let detail = format!("operator {operator}{}", if chosen.proven { "" } else { ", not proven" });
    audit::record(console, who, "connect.account", principal.as_str(), &detail).await?;
    Ok(Ok(()))
}

/// Writes down who it is: in the settings if there are any, else in the draft.
async fn name_operator(
    console: &Console,
    who: &SignedIn,
    known: &Known,
    principal: Principal,
    centre: DataCentre,
    chosen: &Chosen,
) -> Result<Result<(), Trouble>, Problem> {
    let operator = chosen.operator.id.clone();
    let portal = chosen.portal.as_ref();
    let org_id = portal.and_then(|portal| portal.org_id.clone());
    if let Some((before, version)) = &known.settings {
        let mut settings = before.clone();
        match principal {
            Principal::Bot => settings.bot_operator = operator,
            Principal::Facilitator => settings.escalation.facilitator = Some(operator),
            Principal::Organisation => {}
        }
        settings.data_centre = centre;
        settings.org_id = settings.org_id.or(org_id);
        if settings == *before {
            return Ok(Ok(()));
        }
        if let Some(problem) = settings.check().into_iter().next() {
            let fix = "Mend this in the settings of the wizard or under Settings, then connect the account again.";
            return Ok(Err(Trouble::new(format!("The settings can't be saved: {problem}"), fix)));
        }
        publish(console, who, &settings, Some(*version)).await?;
    } else if let Some((before, version)) = &known.draft {
        let mut draft = before.clone();
        match principal {
            Principal::Bot => draft.bot = Some(operator),
            Principal::Facilitator => draft.facilitator = Some(operator),
            Principal::Organisation => {}
        }
        draft.data_centre = centre;
        draft.screen_name = draft.screen_name.or_else(|| portal.map(|portal| portal.screen_name.clone()));
        draft.org_id = draft.org_id.or(org_id);
        draft::keep(&console.store, &known.id, &draft, Some(*version)).await?;
    }
    Ok(Ok(()))
}
