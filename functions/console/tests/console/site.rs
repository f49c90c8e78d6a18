//! A console to test: router, table, simulated SalesIQ, people of each role, and a browser that keeps cookies.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use console::access::oidc::Provider;
use console::access::{Role, User, UserKey, Users, password};
use console::{Console, routes};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::agent::model::Models;
use shared::agent::summary::Summariser;
use shared::bus::{Bus, Sent};
use shared::clock::Clock;
use shared::config::ConsoleConfig;
use shared::dead_letter::queue::{Kept, Queues};
use shared::domain::email::EmailAddress;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::{Endpoints, Portals};
use shared::named_secrets::NamedSecrets;
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{MemorySecrets, PrincipalSecret, Secrets};
use shared::store::dynamodb::create_table;
use shared::store::{DynamoDb, Expected, Store as _};
use shared::workspace::Workspaces;
use simulator::{Options, Running, seed};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

pub const PASSWORD: &str = "only in this test";

/// A console.
pub struct Site {
    pub running: Running,
    pub store: DynamoDb,
    /// The table itself, to look at all that is in it.
    pub table: aws_sdk_dynamodb::Client,
    pub secrets: Secrets,
    pub sent: Arc<Mutex<Vec<Sent>>>,
    pub queues: Arc<Mutex<BTreeMap<String, Vec<Kept>>>>,
    pub console: Arc<Console>,
    pub router: Router,
    pub http: reqwest::Client,
    /// By how many seconds the console's clock is ahead.
    pub ahead: Arc<AtomicI64>,
    /// Requests to DynamoDB so far.
    pub requests: Requests,
}

/// Counts requests to DynamoDB.
#[derive(Debug, Clone, Default)]
pub struct Requests(Arc<AtomicUsize>);

impl Requests {
    pub fn so_far(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Requests {
    fn name(&self) -> &'static str {
        "Requests"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub fn workspace() -> WorkspaceId {
    WorkspaceId::parse("demo").unwrap()
}

pub fn settings() -> Value {
    json!({
        "workspace": "demo", "screen_name": seed::SCREEN_NAME, "org_id": seed::ORG_ID, "data_centre": "eu",
        "bot_operator": seed::OPERATOR_NOVA, "default_department": seed::DEPARTMENT_SUPPORT,
        "escalation": {"last_resort_email": "duty@lumen.example", "sender": "support@lumen.example", "facilitator": seed::OPERATOR_ADA},
        "brands": [
            {"id": seed::BRAND_LUMEN, "name": "Lumen Casino", "automated": true},
            {"id": seed::BRAND_HARBOUR, "name": "Harbour Bets", "automated": false},
        ],
    })
}

impl Site {
    /// With the workspace `demo`, people of each role, and accounts that are connected.
    pub async fn new() -> Self {
        Self::empty().await.furnished().await
    }

    /// The same, and settings are kept in the process for a minute, as in Lambda.
    pub async fn keeping_settings() -> Self {
        Self::made(ConsoleConfig::default(), jiff::SignedDuration::from_mins(1)).await.furnished().await
    }

    pub async fn furnished(self) -> Self {
        let site = self;
        let settings: WorkspaceSettings = serde_json::from_value(settings()).unwrap();
        Workspaces::new(site.store.clone()).put_settings(&settings).await.unwrap();
        for (principal, operator) in
            [(Principal::Bot, seed::OPERATOR_NOVA), (Principal::Facilitator, seed::OPERATOR_ADA)]
        {
            site.connect(principal, operator).await;
        }
        for role in Role::ALL {
            site.add(&email(role), role).await;
        }
        site
    }

    /// Without any workspace, person or account.
    pub async fn empty() -> Self {
        Self::configured(ConsoleConfig::default()).await
    }

    pub async fn configured(config: ConsoleConfig) -> Self {
        // Settings are read anew each time: a test writes beside the console.
        Self::made(config, jiff::SignedDuration::ZERO).await
    }

    async fn made(config: ConsoleConfig, keep_settings: jiff::SignedDuration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options { retry_after: Duration::from_millis(5), ..Options::default() };
        let running = simulator::serve(listener, options).unwrap();
        let requests = Requests::default();
        let (store, table) = table(requests.clone()).await;
        let http = shared::http::reqwest_client().unwrap();
        let secrets = Secrets::memory(Arc::new(MemorySecrets::default()), "");
        let api: url::Url = running.base_url().parse().unwrap();
        let endpoints = Endpoints { api: Some(api.clone()), accounts: Some(api) };
        let ahead = Arc::new(AtomicI64::new(0));
        let seconds = Arc::clone(&ahead);
        let system = Clock::system();
        let clock = Clock::of(move || system.now() + jiff::SignedDuration::from_secs(seconds.load(Ordering::Relaxed)));
        let portals =
            Portals::new(store.clone(), secrets.clone(), http.clone(), endpoints, clock.clone(), "test".to_owned());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let queues = Arc::default();
        let console = Arc::new(Console {
            store: store.clone(),
            workspaces: Workspaces::kept_for(store.clone(), keep_settings),
            portals,
            secrets: secrets.clone(),
            ses: silent_ses(running.base_url()),
            bus: Bus::Memory(Arc::clone(&sent)),
            summariser: summariser(store.clone(), secrets.clone()),
            queues: Queues::Memory(Arc::clone(&queues)),
            http: http.clone(),
            clock,
            users: Users::new(store.clone()),
            provider: Provider::default(),
            config,
        });
        let router = routes::router(Arc::clone(&console));
        Self { running, store, table, secrets, sent, queues, console, router, http, ahead, requests }
    }

    /// Adds a person who may sign in with [`PASSWORD`].
    pub async fn add(&self, email: &str, role: Role) {
        let user = User {
            email: EmailAddress::parse(email).unwrap(),
            name: format!("{role} of this test"),
            role,
            workspaces: Vec::new(),
            password: Some(password::hash(PASSWORD).unwrap()),
            language: "en".to_owned(),
            disabled: false,
            added_at: Timestamp::UNIX_EPOCH,
        };
        self.console.users.put(&user, Expected::Anything).await.unwrap();
    }

    /// Gives a principal a token of an operator.
    pub async fn connect(&self, principal: Principal, operator: &str) {
        let minted = self.control(Method::POST, "tokens", json!({"operator": operator, "seconds": 8_000_000})).await;
        let secret = PrincipalSecret {
            client_id: seed::CLIENT_ID.to_owned(),
            client_secret: SecretString::from(seed::CLIENT_SECRET),
            refresh_token: SecretString::from("none"),
            accounts_url: None,
            access_token: Some(SecretString::from(minted["access_token"].as_str().unwrap())),
            expires_at: Some(self.console.clock.now() + jiff::SignedDuration::from_secs(8_000_000)),
        };
        self.secrets.write(&workspace(), principal, &secret).await.unwrap();
    }

    /// Asks the simulator's control API.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/_control/{path}", self.running.base_url());
        let request = self.http.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.unwrap().json().await.unwrap_or(Value::Null)
    }

    /// A browser in which somebody of this role is signed in.
    pub async fn signed_in(&self, role: Role) -> Browser<'_> {
        let mut browser = self.browser();
        let form = [("email", email(role).as_str()), ("password", PASSWORD)].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let answer = browser.post("/console/sign-in", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser.learn_token().await;
        browser
    }

    /// Lets time pass.
    pub fn pass(&self, minutes: i64) {
        self.ahead.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    /// The person of an address, as they are kept.
    pub async fn user(&self, email: &str) -> Option<User> {
        self.console.users.get(&UserKey::typed(email)).await.unwrap().map(|(user, _)| user)
    }

    /// What was recorded of people, as `who what about`.
    pub async fn audited(&self) -> Vec<String> {
        let entries = self.store.documents("AUDIT#", "").await.unwrap();
        let told = entries.iter().map(|entry| {
            let entry: Value = serde_json::from_str(&entry.body).unwrap();
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            format!("{} {} {}: {}", text("by"), text("what"), text("about"), text("detail"))
        });
        told.collect()
    }

    /// A browser in which nobody is.
    pub fn browser(&self) -> Browser<'_> {
        Browser { site: self, cookies: Vec::new(), csrf: String::new() }
    }
}

/// The address of the person of a role.
pub fn email(role: Role) -> String {
    format!("{}@demo.example", role.name())
}

/// Keeps cookies, and sends what forms send.
#[derive(Clone)]
pub struct Browser<'s> {
    site: &'s Site,
    pub cookies: Vec<(String, String)>,
    pub csrf: String,
}

impl Browser<'_> {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::builder().method(Method::GET).uri(path), Body::empty()).await
    }

    /// Sends a form as a page would: with the session's token.
    pub async fn post(&mut self, path: &str, form: &[(String, String)]) -> Answer {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(form);
        if !self.csrf.is_empty() {
            encoded.append_pair("csrf", &self.csrf);
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(encoded.finish())).await
    }

    pub async fn send(&mut self, mut request: axum::http::request::Builder, body: Body) -> Answer {
        if !self.cookies.is_empty() {
            let all: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        let response = self.site.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !attributes.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Reads the session's token from a page, as the page's scripts do.
    pub async fn learn_token(&mut self) {
        let page = self.get("/console/account").await;
        let marker = r#""x-csrf-token":""#;
        let begins = page.body.find(marker).map(|at| at + marker.len());
        let token = begins.and_then(|at| page.body[at..].split('"').next());
        let token = token.unwrap_or_else(|| panic!("no token in {} {}", page.status, page.body));
        token.clone_into(&mut self.csrf);
    }
}

/// An SES that says 503: the simulator's gate without one behind.
fn silent_ses(url: &str) -> aws_sdk_ses::Client {
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("{url}/_ses"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(aws_sdk_ses::config::retry::RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_ses::Client::from_conf(config)
}

async fn table(requests: Requests) -> (DynamoDb, aws_sdk_dynamodb::Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .interceptor(requests)
        .build();
    let client = aws_sdk_dynamodb::Client::from_conf(config);
    create_table(&client, "console").await.unwrap();
    (DynamoDb::new(client.clone(), "console".to_owned()), client)
}

/// One whose models can't be reached: no test of the console asks one.
fn summariser(store: DynamoDb, secrets: Secrets) -> Summariser<DynamoDb> {
    let http = shared::http::reqwest_client().unwrap();
    Summariser::new(store, Models::new(http, shared::http::aws_config(), NamedSecrets::new(secrets)))
}
