//! Conversations as the engine would have written them.

use jiff::{SignedDuration, Timestamp};
use shared::domain::action::Covers;
use shared::domain::ask::Ask;
use shared::domain::conversation::{Conversation, Phase};
use shared::domain::drain::LogEntry;
use shared::domain::event::{DedupKey, Event, EventKind, InboxEvent, OperatorRef};
use shared::domain::id::{BrandId, ConversationId, DepartmentId, MessageId, OperatorId};
use shared::domain::message::{Author, Content, Message, Sender, Visitor};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::item;
use shared::store::{Commit, ConversationKey, LogLine, Store as _, VisitorEntry};
use simulator::seed;

use crate::site::{Site, settings, workspace};

/// Some minutes ago.
pub fn ago(site: &Site, minutes: i64) -> Timestamp {
    site.console.clock.now() - SignedDuration::from_mins(minutes)
}

pub fn key(id: &str) -> ConversationKey {
    ConversationKey { workspace: workspace(), conversation: ConversationId::parse(id).unwrap() }
}

/// What SalesIQ told of a chat that the AI serves.
pub struct Told {
    pub visitor: Visitor,
    pub question: &'static str,
    pub attender: Option<&'static str>,
}

impl Default for Told {
    fn default() -> Self {
        let visitor = Visitor { name: Some("Mia".to_owned()), ..Visitor::default() };
        Self { visitor, question: "Where is my withdrawal?", attender: Some(seed::OPERATOR_NOVA) }
    }
}

impl Told {
    pub fn by(name: &str) -> Self {
        Self { visitor: Visitor { name: Some(name.to_owned()), ..Visitor::default() }, ..Self::default() }
    }
}

/// A chat of "Lumen Casino" that the AI serves, opened at a time.
pub fn assisted(id: &str, opened_at: Timestamp, told: Told) -> Conversation {
    let mut conversation = Conversation { phase: Phase::Assisting, ..Conversation::default() };
    let attender =
        told.attender.map(|id| OperatorRef { id: OperatorId::parse(id).unwrap(), name: None, is_bot: false });
    let event = |kind: EventKind, told: shared::domain::event::Told| InboxEvent {
        dedup: DedupKey::from_hex("1".to_owned()),
        order: opened_at,
        received_at: opened_at,
        event: Event { conversation: ConversationId::parse(id).unwrap(), time: Some(opened_at), kind, told },
        raw: None,
    };
    let created = shared::domain::event::Told {
        brand: BrandId::parse(seed::BRAND_LUMEN).ok(),
        department: DepartmentId::parse(seed::DEPARTMENT_SUPPORT).ok(),
        visitor: Some(told.visitor),
        question: Some(told.question.to_owned()),
        opened_at: Some(opened_at),
        ..shared::domain::event::Told::default()
    };
    conversation.facts.join(&event(EventKind::Created, created));
    let taken = shared::domain::event::Told { attender, ..Default::default() };
    conversation.facts.join(&event(EventKind::AttenderUpdated, taken));
    conversation
}

/// A line of the log.
pub fn said(id: &str, at: Timestamp, author: Author, text: &str) -> (Timestamp, LogEntry) {
    let sender = match author {
        Author::Visitor => Sender::Visitor { name: None },
        _ => Sender::Operator { id: OperatorId::parse(seed::OPERATOR_NOVA).unwrap(), name: Some("Nova".to_owned()) },
    };
    let message = Message { id: MessageId::parse(id).unwrap(), time: at, sender, content: Content::text(text) };
    (at, LogEntry::Line { message, author, answers: Covers::default() })
}

impl Site {
    /// Keeps a conversation, and what is to be found under its visitor.
    pub async fn keep(&self, id: &str, conversation: &Conversation, log: &[(Timestamp, LogEntry)]) {
        Box::pin(self.keep_of(id, conversation, log, None)).await;
    }

    pub async fn keep_of(
        &self,
        id: &str,
        conversation: &Conversation,
        log: &[(Timestamp, LogEntry)],
        identity: Option<&str>,
    ) {
        let (key, now) = (key(id), self.console.clock.now());
        let held = self.store.load(&key).await.unwrap().state.map(|state| state.version);
        let settings: WorkspaceSettings = serde_json::from_value(settings()).unwrap();
        let version = held.unwrap_or_default() + 1;
        let mut state = item::write(&key.conversation, conversation, version, &settings, None, now).unwrap();
        let opened_at = conversation.facts.opened_at.unwrap_or(now);
        state.visitor = identity.map(|identity| VisitorEntry { identity: identity.to_owned(), opened_at });
        let log = log.iter().enumerate().map(|(number, (time, entry))| LogLine {
            time: *time,
            dedup: DedupKey::from_hex(format!("{version:08x}{number:08x}")),
            body: serde_json::to_string(entry).unwrap(),
            expires_at: None,
        });
        let commit = Commit {
            key: key.clone(),
            expected: held,
            state,
            read: Vec::new(),
            log: log.collect(),
            documents: Vec::new(),
            now,
        };
        self.store.commit(&commit).await.unwrap();
    }

    /// What people asked for in a conversation, as it lies in its inbox.
    pub async fn asked(&self, id: &str) -> Vec<(String, Ask)> {
        let unread = self.store.load(&key(id)).await.unwrap().unread;
        let asked = unread.into_iter().filter_map(|event| match event.event.kind {
            EventKind::Asked { by, ask } => Some((by.email.to_string(), ask)),
            _ => None,
        });
        asked.collect()
    }

    /// The audit trail of the workspace: what, about what, and the detail.
    pub async fn trail(&self) -> Vec<(String, String, String)> {
        let documents = self.store.documents("AUDIT#demo", "").await.unwrap();
        let read = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap();
        let text = |body: &serde_json::Value, name: &str| body[name].as_str().unwrap().to_owned();
        let entries = documents.iter().map(|document| read(&document.body));
        entries.map(|body| (text(&body, "what"), text(&body, "about"), text(&body, "detail"))).collect()
    }
}
