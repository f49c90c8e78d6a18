//! The client that Zoho knows the workspace by: entered once, kept as a secret, never shown again.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use shared::domain::settings::DataCentre;
use shared::salesiq::oauth::accounts::OauthClient;
use shared::salesiq::oauth::authorize::Grant;
use shared::salesiq::oauth::secret::ClientSecret;

use super::known::{Known, workspace_of};
use super::{draft, overview, secret_trouble};
use crate::access::SignedIn;
use crate::audit;
use crate::console::Console;
use crate::page::done;
use crate::problem::Problem;

/// The longest id or secret that is taken; Zoho's have some 40 characters.
const LONGEST: usize = 200;

/// What the form sends. Its `Debug` is not derived: it holds the secret.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    data_centre: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

/// What is wrong with what was typed; the secret is never sent back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mistakes {
    /// Whose form.
    pub(super) organisation: bool,
    /// The id as it was typed.
    pub(super) client_id: String,
    /// The data centre that was chosen.
    pub(super) centre: Option<DataCentre>,
    pub(super) id: Option<&'static str>,
    pub(super) secret: Option<&'static str>,
}

/// Keeps a client.
pub(super) async fn save(
    State(console): State<Arc<Console>>,
    who: SignedIn,
    Path((_, of)): Path<(String, String)>,
    headers: axum::http::HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let grant = match of.as_str() {
        "accounts" => Grant::User,
        "organisation" => Grant::Organisation,
        _ => return Err(Problem::not_found("There is no such client")),
    };
    let id = workspace_of(&who)?;
    let known = Known::of(&console, id.clone()).await?;
    let centre = DataCentre::parse(&sent.data_centre);
    let (client_id, secret) = (sent.client_id.trim(), sent.client_secret.trim());
    let unusable = |text: &str| text.is_empty() || text.len() > LONGEST || !text.bytes().all(|b| b.is_ascii_graphic());
    let mistakes = Mistakes {
        organisation: grant == Grant::Organisation,
        client_id: client_id.to_owned(),
        centre,
        id: unusable(client_id).then_some("Copy the client id from Zoho's API console, such as 1000.ABC…"),
        secret: unusable(secret).then_some("Copy the client secret from Zoho's API console."),
    };
    let (Some(centre), None, None) = (centre, mistakes.id, mistakes.secret) else {
        return overview::mistaken(&console, &who, &headers, known, &mistakes);
    };
    let client = OauthClient { id: client_id.to_owned(), secret: SecretString::from(secret) };
    let secret = ClientSecret { data_centre: centre, client };
    let written = console.secrets.write_client(&id, grant, &secret).await;
    written.map_err(|error| secret_trouble(&error))?;
    console.secrets.ensure_identity_key(&id).await.map_err(|error| secret_trouble(&error))?;
    if let (Some((draft, version)), Grant::User, None) = (&known.draft, grant, &known.settings)
        && draft.data_centre != centre
    {
        let draft = draft::Draft { data_centre: centre, ..draft.clone() };
        draft::keep(&console.store, &id, &draft, Some(*version)).await?;
    }
    audit::record(&console, &who, "connect.client", &of, &format!("{client_id}, {}", centre.label())).await?;
    Ok(done(&format!("/console/w/{id}/connect"), "The client is kept. Go on with the accounts."))
}
