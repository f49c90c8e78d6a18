//! An admin before the wizard, and Zoho's consent page behind it.

use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use console::access::Role;
use serde_json::{Value, json};
use shared::config::ConsoleConfig;
use shared::domain::id::WorkspaceId;
use shared::domain::settings::WorkspaceSettings;
use shared::workspace::Workspaces;
use simulator::seed;
use tokio::net::TcpListener;
use url::Url;

use crate::site::{Answer, Browser, Site, email};

pub const LUMEN_ADDRESS: &str = "duty@lumen.example";

/// A console that is reached at a name below `localhost`, where everything answers with 200: SalesIQ asks before it takes a
/// webhook's URL.
pub async fn site() -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(async || StatusCode::OK)).await });
    let public_url = Some(format!("http://wizard.localhost:{port}"));
    let site = Site::configured(ConsoleConfig { public_url, ..ConsoleConfig::default() }).await;
    site.add(&email(Role::Admin), Role::Admin).await;
    site
}

pub fn acme() -> WorkspaceId {
    WorkspaceId::parse("acme").unwrap()
}

fn pairs(form: &[(&str, &str)]) -> Vec<(String, String)> {
    form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What an admin does, and all pages that they saw.
pub struct Wizard<'s> {
    pub site: &'s Site,
    pub browser: Browser<'s>,
    pub seen: String,
}

impl<'s> Wizard<'s> {
    /// An admin who is signed in.
    pub async fn new(site: &'s Site) -> Self {
        let browser = site.signed_in(Role::Admin).await;
        Self { site, browser, seen: String::new() }
    }

    /// The same with the workspace `acme` begun and its client entered.
    pub async fn begun(site: &'s Site) -> Self {
        let mut wizard = Self::new(site).await;
        let begun = wizard.post("/console/connect", &[("name", "acme"), ("data_centre", "eu")]).await;
        assert_eq!(begun.header("location"), "/console/w/acme/connect", "{}", begun.body);
        wizard.client(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
        wizard
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.browser.get(path).await;
        self.seen.push_str(&answer.body);
        answer
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let answer = self.browser.post(path, &pairs(form)).await;
        self.seen.push_str(&answer.body);
        answer
    }

    pub async fn client(&mut self, id: &str, secret: &str) {
        let form = [("data_centre", "eu"), ("client_id", id), ("client_secret", secret)];
        let answer = self.post("/console/w/acme/connect/client/accounts", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    /// Presses "Connect", as htmx does: where the browser leaves to.
    pub async fn leave(&mut self, principal: &str, form: &str) -> Url {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/console/w/acme/connect/consent/{principal}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-csrf-token", &self.browser.csrf)
            .header("hx-request", "true");
        let answer = self.browser.send(request, Body::from(form.to_owned())).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
        Url::parse(answer.header("hx-redirect")).unwrap()
    }

    /// What somebody answers on Zoho's page: path and query with which the browser comes back.
    pub async fn at_zoho(&self, url: &Url, form: &[(&str, &str)]) -> String {
        let sent = self.site.http.post(url.clone()).form(form).send().await.unwrap();
        let status = sent.status();
        let location = sent.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let back = Url::parse(&location.unwrap_or_else(|| panic!("Zoho answers {status}"))).unwrap();
        assert_eq!(back.origin().ascii_serialization(), self.site.console.config.public_url.clone().unwrap());
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    /// Leaves for Zoho, accepts there as this operator, and comes back.
    pub async fn grant(&mut self, principal: &str, operator: &str) -> Answer {
        let url = self.leave(principal, "").await;
        let back = self.at_zoho(&url, &[("operator", operator), ("answer", "accept")]).await;
        self.get(&back).await
    }

    /// Grants access and says whose it was.
    pub async fn connect(&mut self, principal: &str, operator: &str) {
        let back = self.grant(principal, operator).await;
        let chooses = format!("/console/w/acme/connect/account/{principal}");
        assert_eq!(back.header("location"), chooses, "{} {}", back.status, back.body);
        let page = self.get(&chooses).await;
        assert!(page.body.contains("Nova") && page.body.contains("Ada"), "{}", page.body);
        let answer = self.post(&chooses, &[("operator", operator)]).await;
        assert_eq!(answer.header("location"), "/console/w/acme/connect", "{}", answer.body);
    }

    /// Both accounts.
    pub async fn connect_both(&mut self) {
        self.connect("bot", seed::OPERATOR_NOVA).await;
        self.connect("facilitator", seed::OPERATOR_ADA).await;
    }

    /// Saves the smallest settings, with one brand automated.
    pub async fn save_settings(&mut self, version: &str) -> Answer {
        let form = [
            ("version", version),
            ("department", seed::DEPARTMENT_SUPPORT),
            ("last_resort_email", LUMEN_ADDRESS),
            ("sender", "Acme <support@lumen.example>"),
            ("automated", seed::BRAND_LUMEN),
        ];
        self.post("/console/w/acme/connect/settings", &form).await
    }

    pub async fn settings(&self) -> WorkspaceSettings {
        let stored = Workspaces::new(self.site.store.clone()).stored_settings(&acme()).await.unwrap().unwrap();
        serde_json::from_str(&stored.body).unwrap()
    }

    pub async fn has_settings(&self) -> bool {
        Workspaces::new(self.site.store.clone()).stored_settings(&acme()).await.unwrap().is_some()
    }

    /// The webhooks of the portal.
    pub async fn webhooks(&self) -> Vec<Value> {
        self.site.control(Method::GET, "webhooks", Value::Null).await.as_array().unwrap().clone()
    }

    /// The calls to Zoho's token endpoint.
    pub async fn exchanges(&self) -> usize {
        let calls = self.site.control(Method::GET, "calls", Value::Null).await;
        calls.as_array().unwrap().iter().filter(|call| call["path"] == "/oauth/v2/token").count()
    }

    /// All that lies in the table, as text.
    pub async fn table(&self) -> String {
        let mut text = String::new();
        let mut pages = self.site.table.scan().table_name("console").into_paginator().send();
        while let Some(page) = pages.next().await {
            write!(text, "{:?}", page.unwrap().items()).unwrap();
        }
        text
    }
}

/// Settings of `acme` that somebody made by hand, with more in them than the wizard knows.
pub async fn by_hand(site: &Site) -> WorkspaceSettings {
    let settings = json!({
        "workspace": "acme", "screen_name": seed::SCREEN_NAME, "org_id": seed::ORG_ID, "data_centre": "eu",
        "bot_operator": seed::OPERATOR_NOVA, "default_department": seed::DEPARTMENT_PAYMENTS,
        "retention_days": 90, "time_zone": "Europe/Malta",
        "escalation": {"last_resort_email": LUMEN_ADDRESS, "sender": "support@lumen.example", "mode": "direct"},
        "brands": [{"id": seed::BRAND_HARBOUR, "name": "Ours", "automated": true, "language": "de",
            "escalation": {"email": "inbox@harbour.example"}}],
    });
    let settings: WorkspaceSettings = serde_json::from_value(settings).unwrap();
    Workspaces::new(site.store.clone()).put_settings(&settings).await.unwrap();
    settings
}
