//! An accounts server, secrets and leases, as several processes share them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use shared::salesiq::oauth::secret::{MemorySecrets, PrincipalSecret, Secrets};
use shared::salesiq::oauth::{TokenSource, TokenTiming};
use shared::store::{Document, DocumentWrite, Expected, Store};

use crate::support::{Contains, http};
use crate::support_documents::Documents;
use crate::{BOT, START_MS, at, workspace};

/// Gives out `t1`, `t2`, ... and counts.
#[derive(Clone, Default)]
pub(crate) struct Issues(Arc<AtomicU64>);

impl Respond for Issues {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let body = json!({"access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": 3600});
        ResponseTemplate::new(200).set_body_json(body)
    }
}

pub(crate) struct World {
    pub(crate) server: MockServer,
    pub(crate) store: Arc<Documents>,
    pub(crate) memory: Arc<MemorySecrets>,
    pub(crate) now_ms: Arc<AtomicI64>,
    pub(crate) issues: Issues,
}

impl World {
    pub(crate) async fn empty() -> Self {
        let (server, issues) = (MockServer::start().await, Issues::default());
        let now_ms = Arc::new(AtomicI64::new(START_MS));
        Self { server, store: Arc::default(), memory: Arc::default(), now_ms, issues }
    }

    pub(crate) async fn new() -> Self {
        let world = Self::empty().await;
        world.refreshes_with(world.issues.clone()).await;
        world.connect(None, 0).await;
        world
    }

    pub(crate) async fn answering(response: ResponseTemplate) -> Self {
        let world = Self::empty().await;
        world.refreshes_with(response).await;
        world.connect(None, 0).await;
        world
    }

    pub(crate) async fn refreshes_with(&self, response: impl Respond + 'static) {
        let refresh = Mock::given(method("POST")).and(path("/oauth/v2/token"));
        refresh
            .and(Contains("grant_type=refresh_token"))
            .and(Contains("refresh_token=refresh-1"))
            .and(Contains("client_id=1000.A"))
            .and(Contains("client_secret=hush"))
            .respond_with(response)
            .mount(&self.server)
            .await;
    }

    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::memory(self.memory.clone(), "test/")
    }

    pub(crate) async fn connect(&self, access_token: Option<&str>, expires_in_s: i64) {
        let secret = PrincipalSecret {
            client_id: "1000.A".to_owned(),
            client_secret: SecretString::from("hush"),
            refresh_token: SecretString::from("refresh-1"),
            accounts_url: None,
            access_token: access_token.map(SecretString::from),
            expires_at: access_token.map(|_| at(self.now() + expires_in_s * 1000)),
        };
        self.secrets().write(&workspace(), BOT, &secret).await.unwrap();
    }

    pub(crate) fn source(&self, holder: &str) -> TokenSource<Documents> {
        let now_ms = self.now_ms.clone();
        let timing = TokenTiming { pause: Duration::from_millis(2), looks: 500, ..TokenTiming::default() };
        TokenSource::new(
            workspace(),
            self.store.clone(),
            self.secrets(),
            http(),
            Url::parse(&self.server.uri()).unwrap(),
            Arc::new(move || at(now_ms.load(Ordering::Relaxed))),
            holder.to_owned(),
        )
        .with_timing(timing)
    }

    pub(crate) fn now(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub(crate) async fn lease_held_for(&self, seconds: i64) {
        let until = at(self.now() + seconds * 1000);
        let write = DocumentWrite {
            partition: "TOKEN#demo#bot".to_owned(),
            name: "LEASE".to_owned(),
            expected: Expected::Anything,
            body: json!({"holder": "somebody", "until": until, "refreshes": []}).to_string(),
            expires_at: None,
        };
        self.store.put_document(&write).await.unwrap();
    }

    pub(crate) async fn lease(&self) -> Option<Document> {
        self.store.document("TOKEN#demo#bot", "LEASE").await.unwrap()
    }

    pub(crate) fn refreshes(&self) -> u64 {
        self.issues.0.load(Ordering::Relaxed)
    }
}
