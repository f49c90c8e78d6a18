//! A company with one tool, and servers that behave in the ways of servers.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::agent::ToolCall;
use shared::domain::id::{ConversationId, PlayerId, SecretName, WorkspaceId};
use shared::domain::player::{How, Level, Player};
use shared::domain::settings::WorkspaceSettings;
use shared::domain::tool::Write;
use shared::named_secrets::NamedSecrets;
use shared::salesiq::oauth::secret::Secrets;
use shared::tools::{Context, Decision, Performed, ToolRequest, Toolbox, decide};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(20);

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Settings whose only tool calls that URL; what `more` says is put over the rest.
pub(crate) fn settings(url: &str, more: &Value) -> WorkspaceSettings {
    let authority = url.split("://").nth(1).unwrap().split(['/', '?']).next().unwrap();
    let mut tool = json!({
        "name": "ask", "description": "Asks.", "access": "read", "method": "GET", "url": url,
        "allowed_hosts": [authority], "private_hosts": [authority],
        "arguments": {"type": "object", "properties": {"q": {"type": "string"}}},
    });
    tool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
        "brands": [{"id": "10", "name": "Lumen", "automated": true}],
        "tools": [tool],
    }))
    .unwrap()
}

/// What becomes of calling that tool, for a verified player.
pub(crate) fn decided(settings: &WorkspaceSettings, arguments: Value, writes: &[Write]) -> Decision {
    let mut player = Player::default();
    player.known(Level::Verified, PlayerId::parse("p7").ok(), How::Signed, now());
    let conversation = ConversationId::parse("1").unwrap();
    let context = Context {
        settings,
        brand: &settings.brands[0],
        player: &player,
        writes,
        approvals: &[],
        conversation: &conversation,
        thread: None,
        allowed: None,
    };
    decide(&ToolCall { id: "1".to_owned(), name: "ask".to_owned(), arguments }, &context)
}

pub(crate) fn request(decision: Decision) -> ToolRequest {
    match decision {
        Decision::Read { request } | Decision::Write { request, .. } => request,
        other => panic!("{other:?}"),
    }
}

/// A toolbox that knows the secret `key`.
pub(crate) async fn toolbox() -> Toolbox {
    let secrets = Secrets::memory(Arc::default(), "test/");
    let (workspace, name) = (WorkspaceId::parse("demo").unwrap(), SecretName::parse("key").unwrap());
    secrets.write_named(&workspace, &name, &"hush-hush".to_owned().into()).await.unwrap();
    Toolbox::new(NamedSecrets::new(secrets))
}

pub(crate) async fn perform(request: &ToolRequest) -> Performed {
    toolbox().await.perform(&WorkspaceId::parse("demo").unwrap(), request, LONG, now()).await
}

/// Calls the tool, and tells what it came to.
pub(crate) async fn called(url: &str, more: Value, arguments: Value) -> Performed {
    perform(&request(decided(&settings(url, &more), arguments, &[]))).await
}

/// Why it failed, if certainly nothing was done.
pub(crate) fn failed(performed: Performed) -> String {
    match performed {
        Performed::Failed { why } => why,
        other => panic!("{other:?}"),
    }
}

/// Why it is not known what it came to.
pub(crate) fn unknown(performed: Performed) -> String {
    match performed {
        Performed::Unknown { why } => why,
        other => panic!("{other:?}"),
    }
}

/// A server that reads one request, answers with these bytes, and then sends `again` for ever, if there is any; without
/// either it only keeps the connection open.
pub(crate) async fn raw(answer: &'static str, again: &'static [u8]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let _ = connection.read(&mut request).await.unwrap();
        connection.write_all(answer.as_bytes()).await.unwrap();
        while !again.is_empty() && connection.write_all(again).await.is_ok() {}
        // Until the other side goes.
        let _ = connection.read(&mut request).await;
    });
    url
}

/// A server that waits, and says afterwards whether anybody came.
pub(crate) struct Unvisited(std::net::TcpListener);

impl Unvisited {
    pub(crate) fn new(host: &str) -> Option<Self> {
        let listener = std::net::TcpListener::bind((host, 0)).ok()?;
        listener.set_nonblocking(true).unwrap();
        Some(Self(listener))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    pub(crate) fn nobody_came(&self) -> bool {
        self.0.accept().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}
