//! What a fresh stack holds: the demo workspace's accounts, settings, knowledge and webhook.

use std::path::Path;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedCredentialsProvider};
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use console::access::{Role, User, Users, password};
use reqwest::Method;
use serde_json::{Value, json};
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::drift::EVENTS;
use shared::domain::email::EmailAddress;
use shared::domain::id::{ArticleId, WorkspaceId};
use shared::domain::settings::{Article, WorkspaceSettings};
use shared::store::Expected;
use shared::store::dynamodb::DynamoDb;
use shared::workspace::Workspaces;

use crate::aws;
use crate::error::Error;
use crate::http;
use crate::portal::Portal;
use crate::stack::{Deployed, Stack};
use crate::workspace::Workspace;

/// The demo workspace.
pub const WORKSPACE: &str = "demo";
/// The automated brand.
pub const LUMEN: &str = simulator::seed::BRAND_LUMEN;
/// The brand that is not automated.
pub const HARBOUR: &str = simulator::seed::BRAND_HARBOUR;
/// The automated brand whose escalations go to single operators.
pub const MERIDIAN: &str = simulator::seed::BRAND_MERIDIAN;
/// The department that chats start in.
pub const SUPPORT: &str = simulator::seed::DEPARTMENT_SUPPORT;
/// The AI's operator.
pub const NOVA: &str = simulator::seed::OPERATOR_NOVA;
/// A human operator.
pub const ADA: &str = simulator::seed::OPERATOR_ADA;

/// The password of the local stack's console users; no secret, since the stack is reached from this machine only.
pub const CONSOLE_PASSWORD: &str = "only on this machine";
/// The people who may sign in to the local stack's console. Ada is the operator of that address, too.
pub const PEOPLE: [(&str, &str, Role); 4] = [
    ("admin@demo.example", "Robin Admin", Role::Admin),
    ("supervisor@demo.example", "Sam Supervisor", Role::Supervisor),
    ("ada@demo.example", "Ada Agent", Role::Agent),
    ("viewer@demo.example", "Vic Viewer", Role::Viewer),
];

/// The domain that mails are sent from; SES knows it.
const SENDER_DOMAIN: &str = "lumen.example";

/// Puts the demo workspace into a deployed stack. Called at every `up`; what is there is left as it is, except for the
/// webhook's keys, which must be the simulator's.
pub(crate) async fn seed(workspace: &Workspace, stack: &Stack) -> Result<(), Error> {
    let Some(deployed) = &stack.deployed else { return Ok(()) };
    let failed =
        |what: &'static str| move |error: &dyn std::fmt::Display| Error::Call { what, detail: error.to_string() };
    let id = WorkspaceId::parse(WORKSPACE).map_err(|error| failed("naming the demo workspace")(&error))?;
    put_secrets(stack).await?;
    lift_limit(stack).await?;
    aws::verify_domain(&http::client()?, stack, SENDER_DOMAIN).await?;
    let keys = register_webhook(stack, deployed, WORKSPACE, &[LUMEN, HARBOUR, MERIDIAN]).await?;
    let workspaces = Workspaces::new(DynamoDb::new(dynamodb(stack), deployed.table_name.clone()));
    let there = workspaces.get(&id, Clock::system().now()).await;
    let there = there.map_err(|error| failed("reading the demo workspace")(&error))?;
    for article in articles(&workspace.root().join("dev/demo/knowledge"))? {
        let put = workspaces.put_article(&id, &article).await;
        put.map_err(|error| failed("writing the demo workspace's knowledge")(&error))?;
    }
    let written = match there {
        // Settings that somebody made incomplete stay so.
        Some(there) => {
            let settings = WorkspaceSettings { webhook_keys: keys, ..there.settings.clone() };
            workspaces.put_settings_as_is(&settings).await
        }
        None => workspaces.put_settings(&demo_settings(&keys)?).await,
    };
    written.map_err(|error| failed("writing the demo workspace")(&error))?;
    add_people(stack, deployed).await
}

/// Who is there already keeps what was changed of them.
async fn add_people(stack: &Stack, deployed: &Deployed) -> Result<(), Error> {
    let failed =
        |error: &dyn std::fmt::Display| Error::Call { what: "adding the console's people", detail: error.to_string() };
    let users = Users::new(DynamoDb::new(dynamodb(stack), deployed.table_name.clone()));
    let password = password::hash(CONSOLE_PASSWORD).map_err(|error| failed(&error))?;
    for (email, name, role) in PEOPLE {
        let user = User {
            email: EmailAddress::parse(email).map_err(|error| failed(&error))?,
            name: name.to_owned(),
            role,
            workspaces: Vec::new(),
            password: Some(password.clone()),
            language: "en".to_owned(),
            disabled: false,
            added_at: Clock::system().now(),
        };
        if users.get(&user.key()).await.map_err(|error| failed(&error))?.is_none() {
            users.put(&user, Expected::Absent).await.map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}

fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "local stack"))
}

/// Not the process's shared client: each test has a runtime of its own, and connections end with theirs. The local stack
/// speaks plain HTTP.
fn plain_http() -> aws_sdk_dynamodb::config::SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

/// A client for the stack's table.
#[must_use]
pub fn dynamodb(stack: &Stack) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(stack.region.clone()))
        .endpoint_url(&stack.aws_url)
        .credentials_provider(credentials())
        .http_client(plain_http())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// The stack's bus, with which a test wakes functions.
#[must_use]
pub fn bus(stack: &Stack) -> Bus {
    let region = Region::new(stack.region.clone());
    let events = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.clone())
        .endpoint_url(&stack.aws_url)
        .credentials_provider(credentials())
        .http_client(plain_http())
        .build();
    let queues = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .endpoint_url(&stack.aws_url)
        .credentials_provider(credentials())
        .http_client(plain_http())
        .build();
    let deployed = stack.deployed.as_ref();
    Bus::Aws {
        events: aws_sdk_eventbridge::Client::from_conf(events),
        bus_name: deployed.map(|deployed| deployed.bus_name.clone()).unwrap_or_default(),
        queues: aws_sdk_sqs::Client::from_conf(queues),
        alarm_clock_url: deployed.map(|deployed| deployed.alarm_clock_queue_url.clone()).unwrap_or_default(),
    }
}

/// The stack's secrets.
#[must_use]
pub fn secrets_manager(stack: &Stack) -> aws_sdk_secretsmanager::Client {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(stack.region.clone()))
        .endpoint_url(&stack.aws_url)
        .credentials_provider(credentials())
        .http_client(plain_http())
        .build();
    aws_sdk_secretsmanager::Client::from_conf(config)
}

/// The stack's SES, not the gate that the simulator keeps before it.
pub(crate) fn ses(stack: &Stack) -> aws_sdk_ses::Client {
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(stack.region.clone()))
        .endpoint_url(&stack.aws_url)
        .credentials_provider(credentials())
        .http_client(plain_http())
        .build();
    aws_sdk_ses::Client::from_conf(config)
}

async fn put_secrets(stack: &Stack) -> Result<(), Error> {
    use simulator::seed::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN_ADA, REFRESH_TOKEN_NOVA, REFRESH_TOKEN_ORG};
    let client = secrets_manager(stack);
    let account = |refresh_token: &str| {
        json!({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": refresh_token}).to_string()
    };
    let secrets = [
        ("bot", account(REFRESH_TOKEN_NOVA)),
        ("facilitator", account(REFRESH_TOKEN_ADA)),
        ("organisation", account(REFRESH_TOKEN_ORG)),
        ("identity", "local-stack-only-identity-key".to_owned()),
    ];
    for (name, value) in secrets {
        let name = format!("salesiq-operator/{WORKSPACE}/{name}");
        match client.create_secret().name(&name).secret_string(value).send().await {
            Ok(_) => {}
            Err(error) if error.as_service_error().is_some_and(CreateSecretError::is_resource_exists_exception) => {}
            Err(error) => {
                let detail = error.into_service_error().to_string();
                return Err(Error::Call { what: "writing the demo workspace's secrets", detail });
            }
        }
    }
    Ok(())
}

/// As an administrator does for the AI: it has no limit of chats at once.
async fn lift_limit(stack: &Stack) -> Result<(), Error> {
    let portal = Portal::at(&stack.simulator_url)?;
    let unlimited = json!({"maximum_concurrent_chat": "unlimited"});
    portal.control(Method::PUT, &format!("operators/{NOVA}"), Some(unlimited)).await.map(drop)
}

/// Registers a workspace's webhook for some brands, unless it is, and gives its public keys.
///
/// # Errors
/// When the simulator refuses it or does not answer.
pub async fn register_webhook(
    stack: &Stack,
    deployed: &Deployed,
    workspace: &str,
    brands: &[&str],
) -> Result<Vec<String>, Error> {
    let portal = Portal::at(&stack.simulator_url)?;
    let url = format!("{}{workspace}", deployed.webhook_url);
    let registered = portal.control(Method::GET, "webhooks", None).await?;
    let known = registered.as_array().into_iter().flatten().find(|webhook| webhook["url"] == url.as_str()).cloned();
    let webhook = if let Some(webhook) = known {
        webhook
    } else {
        let body = json!({"url": url, "events": EVENTS, "app_ids": brands});
        portal.control(Method::POST, "webhooks", Some(body)).await?
    };
    let keys = webhook["public_keys"].as_array().into_iter().flatten();
    Ok(keys.filter_map(|key| key["key"].as_str().map(str::to_owned)).collect())
}

pub(crate) fn demo_settings(keys: &[String]) -> Result<WorkspaceSettings, Error> {
    let settings = json!({
        "workspace": WORKSPACE,
        "screen_name": simulator::seed::SCREEN_NAME,
        "org_id": simulator::seed::ORG_ID,
        "data_centre": "eu",
        "bot_operator": NOVA,
        "default_department": SUPPORT,
        "webhook_keys": keys,
        // Short deadlines: one watches.
        "escalation": {
            "sender": format!("Demo Gaming Group <support@{SENDER_DOMAIN}>"), "last_resort_email": "duty@demo.example",
            "facilitator": ADA, "direct_deadline_s": 20, "department_deadline_s": 30,
        },
        // Longer than a look at one chat takes: nobody is asked in its midst.
        "idle": {"check_in_s": 1800},
        "brands": [
            {"id": LUMEN, "name": "Lumen Casino", "automated": true,
                "texts": {"en": {"greeting": "Hi, this is Nova of Lumen Casino."}},
                "escalation": {"email": "inbox@lumen.example", "sender": format!("Lumen Casino <support@{SENDER_DOMAIN}>")},
            },
            {"id": HARBOUR, "name": "Harbour Bets", "automated": false},
            {"id": MERIDIAN, "name": "Meridian Games", "automated": true,
                "texts": {"en": {"greeting": "Hello, this is Nova of Meridian Games."}},
                "escalation": {"mode": "direct", "email": "inbox@meridian.example", "sender": format!("Meridian Games <support@{SENDER_DOMAIN}>")},
            },
        ],
    });
    parsed(settings)
}

fn parsed(settings: Value) -> Result<WorkspaceSettings, Error> {
    serde_json::from_value(settings)
        .map_err(|error| Error::Call { what: "making the demo workspace's settings", detail: error.to_string() })
}

/// The Markdown files of a folder; a file's name is the article's id, its first heading the title.
pub(crate) fn articles(folder: &Path) -> Result<Vec<Article>, Error> {
    let mut articles = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::file("read", folder))? {
        let path = entry.map_err(Error::file("read", folder))?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| ArticleId::parse(stem).ok());
        let (Some(id), true) = (id, path.extension().is_some_and(|extension| extension == "md")) else { continue };
        let markdown = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let title = markdown.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(id.as_str()).to_owned();
        articles.push(Article { id, title, brands: Vec::new(), language: "en".to_owned(), url: None, markdown });
    }
    articles.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(articles)
}

#[cfg(test)]
mod tests {
    use super::demo_settings;

    #[test]
    fn the_demo_workspace_is_one_that_may_be_written() {
        let settings = demo_settings(&["a key".to_owned()]).expect("settings");
        assert_eq!(settings.check(), []);
        assert_eq!(settings.warnings(), []);
    }
}
