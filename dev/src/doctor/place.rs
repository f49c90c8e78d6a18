//! Where a workspace is: the local stack, or AWS with the credentials of the environment.

use std::sync::Arc;

use shared::clock::Clock;
use shared::doctor::Place;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::WorkspaceSettings;
use shared::salesiq::client::{Client, Endpoints};
use shared::salesiq::oauth::TokenSource;
use shared::salesiq::oauth::secret::Secrets;
use shared::store::DynamoDb;
use shared::telemetry::Chain;
use shared::workspace::Workspaces;

use crate::cli::DoctorArgs;
use crate::error::Error;
use crate::stack::Stack;
use crate::workspace::Workspace;
use crate::{http, seed};

/// Names the doctor in the leases of tokens.
const HOLDER: &str = "doctor";

/// The parts that differ between a local stack and AWS.
struct Ground {
    store: DynamoDb,
    manager: aws_sdk_secretsmanager::Client,
    ses: aws_sdk_ses::Client,
    http: reqwest::Client,
    /// Where SalesIQ is, unless the settings' data centre says so.
    salesiq_url: Option<String>,
    webhook_base: Option<String>,
}

/// Finds the settings and makes the clients; asks nobody but the table.
pub(super) async fn find(workspace: &Workspace, args: &DoctorArgs) -> Result<Place<Arc<TokenSource<DynamoDb>>>, Error> {
    let ground = match &args.table {
        Some(table) => aws(table)?,
        None => local(workspace, args)?,
    };
    let id = match &args.workspace {
        Some(id) => id.clone(),
        None => WorkspaceId::parse(seed::WORKSPACE)
            .map_err(|error| Error::Call { what: "naming the workspace", detail: error.to_string() })?,
    };
    let settings = settings(&ground.store, &id).await?;
    let simulated = ground.salesiq_url.is_some() || args.salesiq_url.is_some();
    let endpoints = endpoints(args, &ground, &settings)?;
    let secrets = Secrets::manager(ground.manager, &args.secret_prefix);
    let clock = Clock::system();
    let tokens = TokenSource::new(
        id.clone(),
        Arc::new(ground.store),
        secrets.clone(),
        ground.http.clone(),
        endpoints.accounts.clone(),
        Arc::new(move || clock.now()),
        HOLDER.to_owned(),
    );
    let client = Client::new(ground.http.clone(), endpoints.clone(), settings.screen_name.clone(), Arc::new(tokens));
    let of_stack = ground.webhook_base.map(|base| format!("{base}{id}"));
    let webhook_url = args.webhook_url.clone().or(of_stack).or_else(|| settings.sentinel.webhook_url.clone());
    let (http, ses) = (ground.http, ground.ses);
    Ok(Place { id, settings, secrets, endpoints, client, http, ses, simulated, webhook_url })
}

fn local(workspace: &Workspace, args: &DoctorArgs) -> Result<Ground, Error> {
    let down = || Error::StackDown(args.stack.to_string());
    let stack = Stack::find(&workspace.stack_folder(&args.stack))?.ok_or_else(down)?;
    let deployed = stack.deployed.as_ref().ok_or_else(down)?;
    Ok(Ground {
        store: DynamoDb::new(seed::dynamodb(&stack), deployed.table_name.clone()),
        manager: seed::secrets_manager(&stack),
        ses: seed::ses(&stack),
        http: http::client()?,
        salesiq_url: Some(stack.simulator_url.clone()),
        webhook_base: Some(deployed.webhook_url.clone()),
    })
}

fn aws(table: &str) -> Result<Ground, Error> {
    let config = shared::http::aws_config();
    if config.region().is_none() {
        return Err(Error::NoRegion);
    }
    let http = shared::http::reqwest_client()
        .map_err(|error| Error::Call { what: "making an HTTP client", detail: Chain(&error).to_string() })?;
    Ok(Ground {
        store: DynamoDb::new(aws_sdk_dynamodb::Client::new(&config), table.to_owned()),
        manager: aws_sdk_secretsmanager::Client::new(&config),
        ses: aws_sdk_ses::Client::new(&config),
        http,
        salesiq_url: None,
        webhook_base: None,
    })
}

/// As they lie in the table, also what is not complete: that is one of the checks.
async fn settings(store: &DynamoDb, id: &WorkspaceId) -> Result<WorkspaceSettings, Error> {
    let failed = |detail: String| Error::Settings { workspace: id.to_string(), detail };
    let stored = Workspaces::new(store.clone()).stored_settings(id).await;
    let stored = stored.map_err(|error| failed(Chain(&error).to_string()))?;
    let stored = stored.ok_or_else(|| Error::NoSettings(id.to_string()))?;
    serde_json::from_str(&stored.body).map_err(|error| failed(error.to_string()))
}

fn endpoints(args: &DoctorArgs, ground: &Ground, settings: &WorkspaceSettings) -> Result<Endpoints, Error> {
    let of_centre = Endpoints::of(settings.data_centre);
    let wrong = |error: shared::salesiq::client::EndpointError| Error::Call {
        what: "reading where SalesIQ is",
        detail: error.to_string(),
    };
    let of_centre = of_centre.map_err(wrong)?;
    let or = |given: &Option<String>, otherwise: &url::Url| {
        given.clone().or_else(|| ground.salesiq_url.clone()).unwrap_or_else(|| otherwise.to_string())
    };
    Endpoints::parse(&or(&args.salesiq_url, &of_centre.api), &or(&args.accounts_url, &of_centre.accounts))
        .map_err(wrong)
}
