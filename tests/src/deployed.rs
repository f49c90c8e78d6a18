//! The deployed stack, and what it holds of the demo workspace.

use std::path::Path;
use std::time::Duration;

use dev::portal::{Opening, Portal};
use dev::seed::{LUMEN, NOVA, SUPPORT, WORKSPACE};
use dev::stack::Stack;
use serde_json::{Value, json};
use shared::domain::conversation::Conversation;
use shared::domain::drain::LogEntry;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::store::{ConversationKey, DynamoDb, Store};

use crate::{SOON, until};

/// The deployed stack.
pub struct Deployed {
    /// Its state file.
    pub stack: Stack,
    /// Its SalesIQ.
    pub portal: Portal,
    /// Its table.
    pub store: DynamoDb,
}

/// What the table holds of a conversation.
pub struct Kept {
    /// The state.
    pub conversation: Conversation,
    /// Events that nobody read.
    pub unread: usize,
    /// The log.
    pub log: Vec<LogEntry>,
}

impl Deployed {
    /// The stack that the environment names.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the test runner hands the stack over in the environment")]
    pub fn find() -> Self {
        let file = std::env::var("SALESIQ_OPERATOR_STACK").expect(
            "SALESIQ_OPERATOR_STACK names no stack: run `cargo dev test`, or name a running stack's stack.json",
        );
        let stack = Stack::read(Path::new(&file)).expect("a readable state file");
        let table = stack.deployed.as_ref().expect("a deployed stack").table_name.clone();
        let store = DynamoDb::new(dev::seed::dynamodb(&stack), table);
        let portal = Portal::at(&stack.simulator_url).expect("a client");
        Self { stack, portal, store }
    }

    /// The demo workspace's webhook.
    #[must_use]
    pub fn webhook_url(&self) -> String {
        self.webhook_url_of(WORKSPACE)
    }

    /// The webhook of any workspace.
    #[must_use]
    pub fn webhook_url_of(&self, workspace: &str) -> String {
        format!("{}{workspace}", self.stack.deployed.as_ref().expect("a deployed stack").webhook_url)
    }

    /// A visitor opens a chat with the automated brand.
    pub async fn open(&self, question: &str) -> String {
        self.open_with(LUMEN, question).await
    }

    /// A visitor opens a chat with a brand.
    pub async fn open_with(&self, brand: &str, question: &str) -> String {
        let opening = Opening { brand, department: SUPPORT, question, name: "Mia", email: "mia@example.com" };
        self.portal.open(&opening).await.expect("an open chat")
    }

    /// What the AI's operator said so far.
    pub async fn said(&self, conversation: &str) -> Vec<String> {
        self.portal.said_by(conversation, NOVA).await.expect("the lines")
    }

    /// Waits until the AI's operator has said `count` lines.
    pub async fn answered(&self, conversation: &str, count: usize) -> Vec<String> {
        until(&format!("{count} lines of the AI in {conversation}"), SOON, async || {
            let said = self.said(conversation).await;
            (said.len() >= count).then_some(said)
        })
        .await
    }

    /// The key of a conversation of the demo workspace.
    #[must_use]
    pub fn key(&self, conversation: &str) -> ConversationKey {
        ConversationKey {
            workspace: WorkspaceId::parse(WORKSPACE).unwrap(),
            conversation: ConversationId::parse(conversation).unwrap(),
        }
    }

    /// What the table holds of a conversation of the demo workspace; none before its first commit.
    pub async fn kept(&self, conversation: &str) -> Option<Kept> {
        self.kept_under(&self.key(conversation)).await
    }

    /// The same of any workspace.
    pub async fn kept_under(&self, key: &ConversationKey) -> Option<Kept> {
        let loaded = self.store.load(key).await.expect("a readable conversation");
        let state = loaded.state?;
        Some(Kept {
            conversation: serde_json::from_str(&state.body).expect("a readable state"),
            unread: loaded.unread.len(),
            log: loaded.log.iter().map(|line| serde_json::from_str(&line.body).expect("a readable line")).collect(),
        })
    }

    /// Waits until nothing of a conversation of the demo workspace is unread, unanswered, or under way.
    pub async fn settled(&self, conversation: &str, patience: Duration) -> Kept {
        self.settled_under(&self.key(conversation), patience).await
    }

    /// The same of any workspace.
    pub async fn settled_under(&self, key: &ConversationKey, patience: Duration) -> Kept {
        until(&format!("{} to settle", key.conversation), patience, async || {
            let kept = self.kept_under(key).await?;
            let open = kept.conversation.actions.iter().any(shared::domain::action::Action::is_open);
            let quiet = kept.unread == 0
                && kept.conversation.unanswered.is_empty()
                && kept.conversation.turn.is_none()
                && !open;
            quiet.then_some(kept)
        })
        .await
    }

    /// Sets fault rules of the simulated SalesIQ.
    pub async fn faults(&self, rules: Value) {
        self.portal.control(reqwest::Method::PUT, "faults", Some(rules)).await.expect("faults set");
    }

    /// Takes all faults away.
    pub async fn no_faults(&self) {
        self.portal.control(reqwest::Method::DELETE, "faults", None).await.expect("no faults");
    }

    /// Says at which steps the functions stop or hold.
    pub async fn steps(&self, rules: Value) {
        self.portal.control(reqwest::Method::PUT, "steps", Some(rules)).await.expect("steps set");
    }

    /// Lets a held function go on.
    pub async fn release(&self, conversation: &str, step: &str) {
        let body = json!({"conversation": conversation, "step": step});
        self.portal.control(reqwest::Method::POST, "steps/release", Some(body)).await.expect("released");
    }

    /// How often a function asked at a step and was told to hold or die.
    pub async fn stopped_at(&self, conversation: &str, step: &str) -> usize {
        let log = self.portal.control(reqwest::Method::GET, "steps", None).await.expect("the steps");
        let seen = log.as_array().into_iter().flatten();
        seen.filter(|seen| {
            seen["conversation"] == conversation
                && seen["step"] == step
                && (seen["held"] == true || seen["answer"] == "die")
        })
        .count()
    }

    /// Wakes a conversation of the demo workspace as the webhook does.
    pub async fn wake(&self, conversation: &str) {
        dev::seed::bus(&self.stack).conversation_news(&[self.key(conversation)]).await.expect("woken");
    }
}
