//! All that is known of a workspace's connection without asking SalesIQ.

use shared::domain::id::{OperatorId, ScreenName, WorkspaceId};
use shared::domain::settings::{DataCentre, WorkspaceSettings};
use shared::salesiq::client::{Client, Endpoints};
use shared::salesiq::oauth::authorize::Grant;
use shared::salesiq::oauth::{Principal, TokenSource};
use shared::store::DynamoDb;
use shared::workspace::WorkspaceError;
use std::sync::Arc;

use super::check::{REPORT, Report};
use super::draft::{self, Account, Draft};
use super::secret_trouble;
use crate::access::SignedIn;
use crate::console::Console;
use crate::problem::Problem;

/// A client as it may be shown: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShownClient {
    /// The id.
    pub(super) id: String,
    /// Where it was made.
    pub(super) data_centre: DataCentre,
}

/// What is known of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownAccount {
    /// There is a secret with a token.
    pub(super) connected: bool,
    /// Access was granted, and it is not known yet whose it is.
    pub(super) pending: bool,
    /// Who it is, if it was connected here.
    pub(super) account: Option<Account>,
}

/// What is known of a connection.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    /// The workspace.
    pub(super) id: WorkspaceId,
    /// Before there are settings.
    pub(super) draft: Option<(Draft, u64)>,
    /// The settings as they lie in the table, with their version.
    pub(super) settings: Option<(WorkspaceSettings, u64)>,
    /// The client of the accounts.
    pub(super) client: Option<ShownClient>,
    /// The client of the organisation.
    pub(super) organisation_client: Option<ShownClient>,
    /// The AI's operator.
    pub(super) bot: KnownAccount,
    /// The facilitator.
    pub(super) facilitator: KnownAccount,
    /// The organisation.
    pub(super) organisation: KnownAccount,
    /// What the doctor found last.
    pub(super) report: Option<Report>,
}

/// The workspace of a request.
pub(super) fn workspace_of(who: &SignedIn) -> Result<WorkspaceId, Problem> {
    who.workspace.clone().ok_or_else(|| Problem::not_found("No workspace was named"))
}

/// The settings as they lie in the table.
pub(super) async fn settings_of(
    console: &Console,
    id: &WorkspaceId,
) -> Result<Option<(WorkspaceSettings, u64)>, Problem> {
    let Some(stored) = console.workspaces.stored_settings(id).await? else { return Ok(None) };
    let settings = serde_json::from_str(&stored.body).map_err(|error| WorkspaceError::Document {
        workspace: id.clone(),
        name: "SETTINGS".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Some((settings, stored.version)))
}

impl Known {
    /// Reads all of it.
    pub(super) async fn of(console: &Console, id: WorkspaceId) -> Result<Self, Problem> {
        // Calls of the SDK are large: on the heap, each page's future stays small.
        let settings = Box::pin(settings_of(console, &id));
        let (settings, draft) = tokio::join!(settings, Box::pin(draft::find(&console.store, &id)));
        let (settings, draft) = (settings?, draft?);
        if settings.is_none() && draft.is_none() {
            let what = format!("There is no workspace {id}");
            return Err(Problem::new(
                axum::http::StatusCode::NOT_FOUND,
                what,
                "Begin it under \"Connect a portal of SalesIQ\" on the console's first page.",
            ));
        }
        let accounts = Box::pin(draft::accounts(&console.store, &id));
        let (accounts, report) = tokio::join!(accounts, Box::pin(draft::read(&console.store, &id, REPORT)));
        let (accounts, report) = (accounts?, report?);
        let client = |grant| Box::pin(shown_client(console, &id, grant));
        let (client, organisation_client) = tokio::join!(client(Grant::User), client(Grant::Organisation));
        let of = |principal| Box::pin(known_account(console, &id, principal, &accounts));
        let (bot, facilitator, organisation) =
            tokio::join!(of(Principal::Bot), of(Principal::Facilitator), of(Principal::Organisation));
        let (client, organisation_client) = (client?, organisation_client?);
        let (bot, facilitator, organisation) = (bot?, facilitator?, organisation?);
        Ok(Self { id, draft, settings, client, organisation_client, bot, facilitator, organisation, report })
    }

    /// Where the portal lives.
    pub(super) fn data_centre(&self) -> DataCentre {
        let set = self.settings.as_ref().map(|(settings, _)| settings.data_centre);
        set.or(self.draft.as_ref().map(|(draft, _)| draft.data_centre)).unwrap_or(DataCentre::Us)
    }

    /// The portal's screen name.
    pub(super) fn screen_name(&self) -> Option<&ScreenName> {
        let set = self.settings.as_ref().map(|(settings, _)| &settings.screen_name);
        set.or_else(|| self.draft.as_ref()?.0.screen_name.as_ref())
    }

    /// The operator that a principal speaks as, by the settings or the draft.
    pub(super) fn operator(&self, principal: Principal) -> Option<&OperatorId> {
        let draft = self.draft.as_ref().map(|(draft, _)| draft);
        match (&self.settings, principal) {
            (_, Principal::Organisation) => None,
            (Some((settings, _)), Principal::Bot) => Some(&settings.bot_operator),
            (Some((settings, _)), Principal::Facilitator) => settings.escalation.facilitator.as_ref(),
            (None, Principal::Bot) => draft?.bot.as_ref(),
            (None, Principal::Facilitator) => draft?.facilitator.as_ref(),
        }
    }

    /// What is known of an account.
    pub(super) fn account(&self, principal: Principal) -> &KnownAccount {
        match principal {
            Principal::Bot => &self.bot,
            Principal::Facilitator => &self.facilitator,
            Principal::Organisation => &self.organisation,
        }
    }

    /// Who reads departments and brands: the facilitator if there is one, who sees all of them.
    pub(super) fn reader(&self) -> Principal {
        if self.facilitator.connected { Principal::Facilitator } else { Principal::Bot }
    }

    /// SalesIQ with the accounts of this workspace; none before the portal is known.
    pub(super) fn salesiq(&self, console: &Console) -> Result<Option<Salesiq>, Problem> {
        let Some(screen) = self.screen_name() else { return Ok(None) };
        let servers = servers(console, self.data_centre())?;
        let client = console.portals.client(&self.id, servers.clone(), screen.clone());
        Ok(Some(Salesiq { servers, client }))
    }
}

/// SalesIQ with the accounts of a workspace.
pub(super) struct Salesiq {
    /// Where it is.
    pub(super) servers: Endpoints,
    /// The calls.
    pub(super) client: Client<Arc<TokenSource<DynamoDb>>>,
}

/// The servers of a data centre.
pub(super) fn servers(console: &Console, data_centre: DataCentre) -> Result<Endpoints, Problem> {
    console.portals.servers(data_centre).map_err(|error| Problem::failed("Finding SalesIQ's servers", &error))
}

async fn shown_client(console: &Console, id: &WorkspaceId, grant: Grant) -> Result<Option<ShownClient>, Problem> {
    let read = console.secrets.read_client(id, grant).await.map_err(|error| secret_trouble(&error))?;
    Ok(read.map(|secret| ShownClient { id: secret.client.id, data_centre: secret.data_centre }))
}

async fn known_account(
    console: &Console,
    id: &WorkspaceId,
    principal: Principal,
    accounts: &[(Principal, Account)],
) -> Result<KnownAccount, Problem> {
    let account = accounts.iter().find(|(of, _)| *of == principal).map(|(_, account)| account.clone());
    let (secret, pending) =
        tokio::join!(console.secrets.read(id, principal), console.secrets.read_pending(id, principal));
    // A secret that was written by hand and is not one is no reason to show no page: connecting mends it.
    let connected = match secret {
        Ok(secret) => secret.is_some(),
        Err(shared::salesiq::oauth::secret::SecretError::Corrupt { .. }) => false,
        Err(error) => return Err(secret_trouble(&error)),
    };
    let pending = pending.map_err(|error| secret_trouble(&error))?.is_some();
    Ok(KnownAccount { connected, pending, account })
}
