//! Coming back from Zoho: the code becomes tokens, and the tokens an account.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::SignedDuration;
use shared::doctor::data_centre_of;
use shared::domain::id::OperatorId;
use shared::domain::settings::DataCentre;
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::accounts::Accounts;
use shared::salesiq::oauth::authorize::{Granted, read_redirect};
use shared::salesiq::oauth::secret::{ClientSecret, PrincipalSecret};
use url::Url;

use super::account::{Chosen, take_on};
use super::consent::{Errand, grant_of, principal_of, take_up};
use super::draft::{Account, keep_account};
use super::explain::Trouble;
use super::known::{Known, servers};
use super::prove::{Proof, prove, with_fresh};
use super::{in_trouble, secret_trouble};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::{done, lead_to};
use crate::problem::Problem;

/// The page that Zoho sends the browser to.
pub(super) async fn page(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let state = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state");
    let state = state.map(|(_, state)| state.into_owned()).unwrap_or_default();
    let errand = match take_up(&console, &who, &state).await? {
        Ok(errand) => errand,
        Err(trouble) => return in_trouble(&who, trouble),
    };
    let who = SignedIn { workspace: Some(errand.workspace.clone()), ..who };
    let principal = principal_of(&errand.principal)?;
    let client = console.secrets.read_client(&errand.workspace, grant_of(principal)).await;
    let Some(client) = client.map_err(|error| secret_trouble(&error))? else {
        return in_trouble(&who, Trouble::new("There is no client any more", "Enter client id and secret again."));
    };
    let accounts = servers(&console, client.data_centre)?.accounts;
    let granted = match read_redirect(&query, &accounts) {
        Ok(granted) => granted,
        Err(error) => {
            tracing::warn!(workspace = %errand.workspace, %principal, %error, "Zoho's redirect is not followed");
            return in_trouble(&who, Trouble::from(&error));
        }
    };
    let is_elsewhere = granted.accounts != accounts;
    let (secret, centre) = match exchange(&console, &errand, client, granted, is_elsewhere).await {
        Ok(exchanged) => exchanged,
        Err(trouble) => {
            tracing::warn!(workspace = %errand.workspace, %principal, said = trouble.said, "no token for a code");
            return in_trouble(&who, trouble);
        }
    };
    arrived(&console, &who, &errand, principal, secret, centre).await
}

/// The tokens for a code, and the data centre that gave them.
async fn exchange(
    console: &Console,
    errand: &Errand,
    client: ClientSecret,
    granted: Granted,
    is_elsewhere: bool,
) -> Result<(PrincipalSecret, DataCentre), Trouble> {
    let accounts = Accounts::new(console.http.clone(), granted.accounts.clone());
    let again = |_| Trouble::new("The way back from Zoho is not known any more", "Connect the account again.");
    let redirect_uri = Url::parse(&errand.redirect_uri).map_err(again)?;
    let issued = accounts.exchange(&client.client, &granted.code, &redirect_uri).await;
    let issued = issued.map_err(|error| Trouble::from(&error))?;
    let Some(refresh_token) = issued.refresh_token else {
        return Err(Trouble::new(
            "Zoho gave no lasting access",
            "In your Zoho account, under Security > Connected apps, remove the access of this client. Then connect again.",
        ));
    };
    let centre = if is_elsewhere { granted.accounts.host_str().and_then(data_centre_of) } else { None };
    let lasts = SignedDuration::try_from(issued.expires_in).unwrap_or(SignedDuration::from_mins(1));
    let secret = PrincipalSecret {
        client_id: client.client.id,
        client_secret: client.client.secret,
        refresh_token,
        accounts_url: is_elsewhere.then_some(granted.accounts),
        access_token: Some(issued.access_token),
        expires_at: Some(console.clock.now() + lasts),
    };
    Ok((secret, centre.unwrap_or(client.data_centre)))
}

/// Keeps the access: in use if it is known whose it is, else apart until somebody says.
async fn arrived(
    console: &Console,
    who: &SignedIn,
    errand: &Errand,
    principal: Principal,
    secret: PrincipalSecret,
    centre: DataCentre,
) -> Result<Response, Problem> {
    let (id, at) = (&errand.workspace, console.clock.now());
    let back = format!("/console/w/{id}/connect");
    if principal == Principal::Organisation {
        console.secrets.write(id, principal, &secret).await.map_err(|error| secret_trouble(&error))?;
        let account = Account { at, operator: None, name: None, proven: false, data_centre: centre };
        keep_account(&console.store, id, principal, &account).await?;
        audit::record(console, who, "connect.account", principal.as_str(), centre.label()).await?;
        return Ok(done(&back, "The organisation is connected."));
    }
    let known = Known::of(console, id.clone()).await?;
    if let Some(operator) = known.operator(principal).filter(|_| !errand.another).cloned() {
        match known_one(console, who, &known, principal, &operator, &secret, centre).await? {
            Whose::Theirs(name) => return Ok(done(&back, &format!("{name} is connected."))),
            Whose::Anothers(trouble) => return in_trouble(who, trouble),
            Whose::Untold => {}
        }
    }
    let written = console.secrets.write_pending(id, principal, Some(&secret)).await;
    written.map_err(|error| secret_trouble(&error))?;
    super::draft::put(&console.store, id, &pending_name(principal), &centre).await?;
    Ok(lead_to(&format!("{back}/account/{principal}")))
}

/// Where it is kept in which data centre pending access was granted.
pub(super) fn pending_name(principal: Principal) -> String {
    format!("pending-{principal}")
}

/// Whether access is that of the operator whom we know.
enum Whose {
    /// It is, and is in use now; the operator's name.
    Theirs(String),
    /// It is somebody else's.
    Anothers(Trouble),
    /// It could not be told: somebody has to say.
    Untold,
}

async fn known_one(
    console: &Console,
    who: &SignedIn,
    known: &Known,
    principal: Principal,
    operator: &OperatorId,
    secret: &PrincipalSecret,
    centre: DataCentre,
) -> Result<Whose, Problem> {
    let Some(client) = with_fresh(console, servers(console, centre)?, known.screen_name(), secret) else {
        return Ok(Whose::Untold);
    };
    // With a portal in another data centre, or a token that lacks a scope, the page that comes next tells what is wrong.
    let Ok((found, proof)) = prove(&client, &known.id, operator).await else { return Ok(Whose::Untold) };
    let name = found.name.clone().unwrap_or_else(|| operator.to_string());
    match proof {
        Proof::Own => {
            let chosen = Chosen { operator: found, proven: true, portal: None };
            match take_on(console, who, known, principal, secret, centre, &chosen).await? {
                Ok(()) => Ok(Whose::Theirs(name)),
                Err(trouble) => Ok(Whose::Anothers(trouble)),
            }
        }
        Proof::Anothers => Ok(Whose::Anothers(Trouble::new(
            format!("That was not {name}'s account"),
            format!(
                "Somebody else was signed in to Zoho. Sign out of Zoho, or use a private window, sign in there as {name}, and \
                 connect again. To have another operator from now on, choose \"another account\" before you leave. Nothing \
                 was changed."
            ),
        ))),
        Proof::Untold(_) => Ok(Whose::Untold),
    }
}
