//! A world of a test's own: a brand, a department, humans, and a workspace with its settings.
//!
//! Worlds share Nova, Ada the facilitator, and the stack; what one does, no other sees. Faults and steps that a world adds
//! should name its conversations or its addresses.

use std::time::Duration;

use dev::mailbox;
use dev::portal::Opening;
use dev::seed::{ADA, NOVA};
use reqwest::Method;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::conversation::Phase;
use shared::domain::id::{ArticleId, ConversationId, WorkspaceId};
use shared::domain::settings::Article;
use shared::salesiq::oauth::Principal;
use shared::salesiq::oauth::secret::{PrincipalSecret, Secrets};
use shared::store::{ConversationKey, DocumentWrite, Expected, Store};
use shared::workspace::Workspaces;

use crate::{Deployed, Kept, Mail, SOON, until};

/// How long the minted tokens live: longer than any test run, so that Zoho's limits on new ones are not met.
const TOKEN_SECONDS: i64 = 86_400;

/// A brand, a department and a workspace that no other test touches.
pub struct World<'a> {
    /// Where it is.
    pub deployed: &'a Deployed,
    /// The workspace's name.
    pub workspace: WorkspaceId,
    /// The brand's id.
    pub brand: String,
    /// The department's id. Nova serves it, and the humans of this world.
    pub department: String,
    /// The settings as they were written.
    pub settings: Value,
    /// The access token of the operator that the AI speaks as.
    pub bot_token: String,
}

impl<'a> World<'a> {
    /// Makes a world. `change` may change its settings, also to what is not valid, before they are written.
    pub async fn new(deployed: &'a Deployed, change: impl FnOnce(&mut Value)) -> Self {
        let name = format!("w-{:012x}", fastrand::u64(..1 << 48));
        let workspace = WorkspaceId::parse(&name).expect("a name");
        let make = async |path: &str, body: Value| {
            let made = deployed.portal.control(Method::POST, path, Some(body)).await.expect("made");
            made["id"].as_str().expect("an id").to_owned()
        };
        let brand = make("brands", json!({"name": format!("Brand of {name}")})).await;
        let department = make("departments", json!({"name": format!("Team of {name}"), "operators": [NOVA]})).await;
        let mut settings = usual_settings(&name, &brand, &department);
        change(&mut settings);
        let stack = &deployed.stack;
        let there = stack.deployed.as_ref().expect("a deployed stack");
        let keys = dev::seed::register_webhook(stack, there, &name, &[&brand]).await.expect("a webhook");
        settings["webhook_keys"] = json!(keys);
        let mut world = Self { deployed, workspace, brand, department, settings, bot_token: String::new() };
        world.bot_token = world.put_secrets().await;
        // There before the first chat: an unknown name is remembered as unknown for a minute.
        world.write(format!("W#{name}"), "SETTINGS".to_owned(), &world.settings).await;
        world.write("WORKSPACES".to_owned(), name, &json!({})).await;
        world
    }

    /// Writes the settings with some changes; functions take them up within their cache's time.
    pub async fn set(&mut self, changes: &Value) {
        for (key, value) in changes.as_object().into_iter().flatten() {
            self.settings[key] = value.clone();
        }
        self.write(format!("W#{}", self.workspace), "SETTINGS".to_owned(), &self.settings).await;
    }

    /// As a document, unchecked: settings that nobody could write can be there all the same.
    pub async fn write(&self, partition: String, name: String, body: &Value) {
        let expected = Expected::Anything;
        let document = DocumentWrite { partition, name, expected, body: body.to_string(), expires_at: None };
        self.deployed.store.put_document(&document).await.expect("a written document");
    }

    /// Gives the token of the operator that the AI speaks as: Nova, or whom the settings name.
    async fn put_secrets(&self) -> String {
        use simulator::seed::{REFRESH_TOKEN_ADA, REFRESH_TOKEN_NOVA};
        let bot = self.settings["bot_operator"].as_str().unwrap_or(NOVA);
        let token = self.mint(bot).await;
        self.connect(Principal::Bot, REFRESH_TOKEN_NOVA, Some(&token)).await;
        self.connect(Principal::Facilitator, REFRESH_TOKEN_ADA, Some(&self.mint(ADA).await)).await;
        let client = dev::seed::secrets_manager(&self.deployed.stack);
        let identity = format!("salesiq-operator/{}/identity", self.workspace);
        client.create_secret().name(identity).secret_string("a key of this world").send().await.expect("a secret");
        token
    }

    /// An access token of an operator, outside Zoho's limits.
    pub async fn mint(&self, operator: &str) -> String {
        let body = json!({"operator": operator, "seconds": TOKEN_SECONDS});
        let minted = self.deployed.portal.control(Method::POST, "tokens", Some(body)).await.expect("a token");
        minted["access_token"].as_str().expect("a token").to_owned()
    }

    /// Writes the secret of an account.
    pub async fn connect(&self, principal: Principal, refresh_token: &str, access_token: Option<&str>) {
        let secrets = Secrets::manager(dev::seed::secrets_manager(&self.deployed.stack), "salesiq-operator/");
        let expires_at = Clock::system().now() + jiff::SignedDuration::from_secs(TOKEN_SECONDS);
        let secret = PrincipalSecret {
            client_id: simulator::seed::CLIENT_ID.to_owned(),
            client_secret: simulator::seed::CLIENT_SECRET.to_owned().into(),
            refresh_token: refresh_token.to_owned().into(),
            accounts_url: None,
            access_token: access_token.map(|token| token.to_owned().into()),
            expires_at: access_token.map(|_| expires_at),
        };
        secrets.write(&self.workspace, principal, &secret).await.expect("a written secret");
    }

    /// A human of this world's department: available, with five chats at once, unless `change` says otherwise.
    pub async fn human(&self, name: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut operator = json!({"nick_name": name, "departments": [self.department]});
        change(&mut operator);
        let made = self.deployed.portal.control(Method::POST, "operators", Some(operator)).await.expect("a human");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Changes a human, such as `{"status": "Busy"}`.
    pub async fn change_human(&self, operator: &str, changes: Value) {
        let path = format!("operators/{operator}");
        self.deployed.portal.control(Method::PUT, &path, Some(changes)).await.expect("a changed human");
    }

    /// Puts an article into this world's knowledge. To be done before its first chat: knowledge is kept for a minute.
    pub async fn article(&self, id: &str, title: &str, markdown: &str) {
        let article = Article {
            id: ArticleId::parse(id).expect("an id"),
            title: title.to_owned(),
            brands: Vec::new(),
            language: "en".to_owned(),
            url: None,
            markdown: markdown.to_owned(),
        };
        let workspaces = Workspaces::new(self.deployed.store.clone());
        workspaces.put_article(&self.workspace, &article).await.expect("a written article");
    }

    /// The visitor Mia opens a chat.
    pub async fn open(&self, question: &str) -> String {
        let (brand, department) = (self.brand.as_str(), self.department.as_str());
        let opening = Opening { brand, department, question, name: "Mia", email: "mia@example.com" };
        self.deployed.portal.open(&opening).await.expect("an open chat")
    }

    /// The visitor writes a line.
    pub async fn says(&self, conversation: &str, text: &str) {
        self.deployed.portal.visitor_says(conversation, text).await.expect("a line");
    }

    /// The key of a conversation.
    #[must_use]
    pub fn key(&self, conversation: &str) -> ConversationKey {
        let conversation = ConversationId::parse(conversation).expect("an id");
        ConversationKey { workspace: self.workspace.clone(), conversation }
    }

    /// What the table holds of a conversation; none before its first commit.
    pub async fn kept(&self, conversation: &str) -> Option<Kept> {
        self.deployed.kept_under(&self.key(conversation)).await
    }

    /// Waits until nothing of a conversation is unread, unanswered, or under way.
    pub async fn settled(&self, conversation: &str, patience: Duration) -> Kept {
        self.deployed.settled_under(&self.key(conversation), patience).await
    }

    /// The phase of a conversation; none before its first commit.
    pub async fn phase(&self, conversation: &str) -> Option<Phase> {
        self.kept(conversation).await.map(|kept| kept.conversation.phase)
    }

    /// What the AI said so far.
    pub async fn said(&self, conversation: &str) -> Vec<String> {
        self.deployed.said(conversation).await
    }

    /// Waits until the AI has said `count` lines.
    pub async fn answered(&self, conversation: &str, count: usize) -> Vec<String> {
        self.deployed.answered(conversation, count).await
    }

    /// The address in this world's domain that a mail may go to, such as `inbox`.
    #[must_use]
    pub fn address(&self, name: &str) -> String {
        format!("{name}@{}.example", self.workspace)
    }

    /// The mails to addresses of this world, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let domain = self.address("");
        let sent = mailbox::sent_mail(&self.deployed.stack).await.expect("the mails");
        sent.into_iter().filter(|mail| mail.to.iter().any(|to| to.ends_with(&domain))).map(Mail::parse).collect()
    }

    /// Waits until there are `count` mails.
    pub async fn mailed(&self, count: usize) -> Vec<Mail> {
        until(&format!("{count} mails of {}", self.workspace), SOON, async || {
            let mails = self.mails().await;
            (mails.len() >= count).then_some(mails)
        })
        .await
    }

    async fn conversation(&self, conversation: &str) -> Value {
        self.deployed.portal.conversation(conversation).await.expect("a conversation")
    }

    /// Whose desks ring.
    pub async fn ringing(&self, conversation: &str) -> Vec<String> {
        let conversation = self.conversation(conversation).await;
        let ringing = conversation["ringing"].as_array().into_iter().flatten();
        ringing.filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }

    /// Waits until a human's desk rings.
    pub async fn rings(&self, conversation: &str, operator: &str) {
        until(&format!("{conversation} to ring {operator}"), SOON, async || {
            self.ringing(conversation).await.iter().any(|id| id == operator).then_some(())
        })
        .await;
    }

    /// Lets an operator do something: `accept`, `reject`, `ignore`, `messages`, `close`, `join`, `leave`, `hand-back`.
    pub async fn human_does(&self, operator: &str, what: &str, body: Value, conversation: &str) {
        self.deployed.portal.operator(operator, what, body, conversation).await.expect("done");
    }

    /// Who attends in SalesIQ.
    pub async fn attender(&self, conversation: &str) -> Option<String> {
        self.conversation(conversation).await["attender"].as_str().map(str::to_owned)
    }

    /// The state in SalesIQ: `waiting`, `connected`, `missed` or `closed`.
    pub async fn status(&self, conversation: &str) -> String {
        self.conversation(conversation).await["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The notes of a conversation.
    pub async fn notes(&self, conversation: &str) -> Vec<String> {
        let conversation = self.conversation(conversation).await;
        let notes = conversation["notes"].as_array().into_iter().flatten();
        notes.filter_map(|note| note["note"].as_str().map(str::to_owned)).collect()
    }

    /// How the transfers so far ended: `accepted`, `rejected`, `timed_out`, `withdrawn` and so on.
    pub async fn past_transfers(&self, conversation: &str) -> Vec<String> {
        let conversation = self.conversation(conversation).await;
        let past = conversation["past_transfers"].as_array().into_iter().flatten();
        past.filter_map(|transfer| transfer["outcome"].as_str().map(str::to_owned)).collect()
    }

    /// The API calls about a conversation.
    pub async fn calls(&self, conversation: &str) -> Vec<Value> {
        self.deployed.portal.calls(conversation).await.expect("the calls")
    }

    /// Adds fault rules; each should name a conversation, or an address of this world.
    pub async fn faults(&self, rules: Value) {
        self.deployed.portal.control(Method::POST, "faults", Some(rules)).await.expect("faults added");
    }

    /// Adds steps at which the functions stop or hold; each should name a conversation.
    pub async fn steps(&self, rules: Value) {
        self.deployed.portal.control(Method::POST, "steps", Some(rules)).await.expect("steps added");
    }
}

/// The demo's values, for one automated brand with short deadlines and addresses of its own.
fn usual_settings(workspace: &str, brand: &str, department: &str) -> Value {
    json!({
        "workspace": workspace,
        "screen_name": simulator::seed::SCREEN_NAME,
        "org_id": simulator::seed::ORG_ID,
        "data_centre": "eu",
        "bot_operator": NOVA,
        "default_department": department,
        "webhook_keys": [],
        "burst_window_ms": 300,
        // Nobody is asked in the midst of a test, and who is seen off is seen off at once.
        "idle": {"check_in_s": 0, "close_s": 0, "countdown_s": []},
        "escalation": {
            "sender": "Lumen <support@lumen.example>",
            "last_resort_email": format!("duty@{workspace}.example"),
            "facilitator": ADA,
            "direct_deadline_s": 6,
            "department_deadline_s": 8,
        },
        "brands": [{
            "id": brand, "name": format!("Brand of {workspace}"), "automated": true,
            "escalation": {"email": format!("inbox@{workspace}.example")},
        }],
    })
}
