//! Calls about webhooks, their keys and their failed executions (api.md §5.1, §5.2).

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::request::Request;
use super::{Client, data, rows};
use crate::domain::id::BrandId;
use crate::salesiq::assumptions::methods;
use crate::salesiq::error::{FailedCall, SalesiqError};
use crate::salesiq::lenient::{self, Object};
use crate::salesiq::oauth::{Principal, Tokens};

const ALL: &str = "/api/v2/{screen}/webhooks";
const ONE: &str = "/api/v2/{screen}/webhooks/{id}";
const EXECUTIONS: &str = "/api/v2/{screen}/webhooks/{id}/executions";

/// A webhook as registered in SalesIQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The id.
    pub id: String,
    /// Which events it can deliver, if that is told.
    pub kind: Option<WebhookKind>,
    /// Where it delivers.
    pub url: Option<String>,
    /// It is switched on.
    pub enabled: bool,
    /// It signs its deliveries.
    pub secured: bool,
    /// The events that it delivers.
    pub events: Vec<String>,
    /// The brands whose events it delivers.
    pub brands: Vec<BrandId>,
    /// Its public keys, at most two; the oldest is the one in use.
    pub public_keys: Vec<PublicKey>,
    /// How many executions failed.
    pub failures: Option<u64>,
}

/// A public key of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The id.
    pub id: String,
    /// The key, for `WebhookKey::parse`.
    pub key: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// What a webhook shall be. An update replaces all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDraft {
    /// Which events can be had.
    pub kind: WebhookKind,
    /// Where to deliver; SalesIQ sends a HEAD there, which must be answered with 200.
    pub url: Url,
    /// The events.
    pub events: Vec<String>,
    /// The brands; for [`WebhookKind::Data`] only.
    pub brands: Vec<BrandId>,
}

/// Which events a webhook can deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookKind {
    /// Conversations and visitors.
    Data,
    /// Operators, departments, brands.
    Administration,
}

/// A failed execution (api.md §5.2; most of its fields are not known).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The id, to run it again with.
    pub id: String,
    /// The event, if it is told.
    pub event: Option<String>,
}

/// What became of executions that were to be run again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retried {
    /// Those that SalesIQ left out.
    pub skipped: Vec<String>,
}

impl<T: Tokens> Client<T> {
    /// Lists webhooks.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn webhooks(&self, principal: Principal) -> Result<Vec<Webhook>, SalesiqError> {
        Ok(rows(&self.send(Request::get("list_webhooks", principal, ALL)).await?, Webhook::read))
    }

    /// Reads a webhook.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn webhook(&self, principal: Principal, webhook: &str) -> Result<Webhook, SalesiqError> {
        self.one_webhook(Request::get("get_webhook", principal, ONE).part(webhook)).await
    }

    /// Registers a webhook that signs its deliveries.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn create_webhook(&self, principal: Principal, draft: &WebhookDraft) -> Result<Webhook, SalesiqError> {
        self.one_webhook(Request::new("create_webhook", principal, Method::POST, ALL).json(draft.body())).await
    }

    /// Replaces a webhook's settings.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn update_webhook(
        &self,
        principal: Principal,
        webhook: &str,
        draft: &WebhookDraft,
    ) -> Result<Webhook, SalesiqError> {
        let request = Request::new("update_webhook", principal, Method::PUT, ONE).part(webhook);
        self.one_webhook(request.json(draft.body())).await
    }

    /// Switches a webhook on ([`methods::ENABLE_WEBHOOK`]).
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn enable_webhook(&self, principal: Principal, webhook: &str) -> Result<(), SalesiqError> {
        let path = "/api/v2/{screen}/webhooks/{id}/enable";
        let request = Request::new("enable_webhook", principal, methods::ENABLE_WEBHOOK, path).part(webhook);
        self.send(request).await.map(drop)
    }

    /// Deletes a webhook.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn delete_webhook(&self, principal: Principal, webhook: &str) -> Result<(), SalesiqError> {
        self.send(Request::new("delete_webhook", principal, Method::DELETE, ONE).part(webhook)).await.map(drop)
    }

    /// Makes another public key; there can be two. The webhook comes back with its keys.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn create_webhook_key(&self, principal: Principal, webhook: &str) -> Result<Webhook, SalesiqError> {
        let path = "/api/v2/{screen}/webhooks/{id}/keys";
        self.one_webhook(Request::new("create_webhook_key", principal, Method::POST, path).part(webhook)).await
    }

    /// Deletes a public key; the next one is then in use.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn delete_webhook_key(&self, principal: Principal, webhook: &str, key: &str) -> Result<(), SalesiqError> {
        let path = "/api/v2/{screen}/webhooks/{id}/keys/{key}";
        let request = Request::new("delete_webhook_key", principal, Method::DELETE, path).part(webhook).part(key);
        self.send(request).await.map(drop)
    }

    /// Lists failed executions.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn failed_executions(&self, principal: Principal, webhook: &str) -> Result<Vec<Execution>, SalesiqError> {
        let request = Request::get("list_executions", principal, EXECUTIONS).part(webhook);
        Ok(rows(&self.send(request).await?, Execution::read))
    }

    /// Runs a failed execution again.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn retry_execution(
        &self,
        principal: Principal,
        webhook: &str,
        execution: &str,
    ) -> Result<(), SalesiqError> {
        let path = "/api/v2/{screen}/webhooks/{id}/executions/{execution}";
        let request = Request::new("retry_execution", principal, Method::POST, path).part(webhook).part(execution);
        self.send(request).await.map(drop)
    }

    /// Runs failed executions again.
    ///
    /// # Errors
    /// See [`SalesiqError`].
    pub async fn retry_executions(
        &self,
        principal: Principal,
        webhook: &str,
        executions: &[String],
    ) -> Result<Retried, SalesiqError> {
        let request = Request::new("retry_executions", principal, Method::POST, EXECUTIONS).part(webhook);
        let answer = self.send(request.json(json!({ "ids": executions }))).await?;
        let skipped = data(&answer).map(|data| texts(data, "skipped")).unwrap_or_default();
        Ok(Retried { skipped })
    }

    async fn one_webhook(&self, request: Request<'_>) -> Result<Webhook, SalesiqError> {
        let call = FailedCall::new(request.operation, None);
        let answer = self.send(request).await?;
        data(&answer)
            .and_then(Webhook::read)
            .ok_or_else(|| SalesiqError::Unreadable { call: Box::new(call), source: None })
    }
}

impl Webhook {
    fn read(from: &Object) -> Option<Self> {
        Some(Self {
            id: lenient::first_id(from, &["id"])?,
            kind: lenient::text(from, "type").and_then(WebhookKind::of_word),
            url: lenient::url(from, "url"),
            enabled: lenient::text(from, "status").is_none_or(|status| status.trim().eq_ignore_ascii_case("enabled")),
            secured: lenient::boolean(from, "secured").unwrap_or(false),
            events: texts(from, "events"),
            brands: texts(from, "app_ids").iter().filter_map(|id| BrandId::parse(id).ok()).collect(),
            public_keys: lenient::array(from, "public_keys")
                .iter()
                .filter_map(Value::as_object)
                .filter_map(PublicKey::read)
                .collect(),
            failures: lenient::integer_at(from, "failures_count").and_then(|count| u64::try_from(count).ok()),
        })
    }
}

impl PublicKey {
    fn read(from: &Object) -> Option<Self> {
        Some(Self {
            id: lenient::first_id(from, &["id"])?,
            key: lenient::text(from, "key")?.to_owned(),
            created_at: lenient::time_at(from, "created_time"),
        })
    }
}

impl WebhookKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Administration => "administration",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Data, Self::Administration].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word.trim()))
    }
}

impl WebhookDraft {
    fn body(&self) -> Value {
        let mut body = json!({
            "type": self.kind.as_str(), "url": self.url.as_str(), "events": self.events, "secured": true, "version": "1",
        });
        if self.kind == WebhookKind::Data {
            body["app_ids"] = self.brands.iter().map(BrandId::as_str).collect();
        }
        body
    }
}

impl Execution {
    fn read(from: &Object) -> Option<Self> {
        Some(Self { id: lenient::first_id(from, &["id", "execution_id"])?, event: lenient::label(from, "event") })
    }
}

fn texts(from: &Object, key: &str) -> Vec<String> {
    lenient::array(from, key).iter().filter_map(lenient::id_text).collect()
}
