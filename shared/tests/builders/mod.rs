//! Builders of domain values for tests.
#![allow(dead_code, clippy::unwrap_used, reason = "tests; each uses some of them")]

pub(crate) mod console;
pub(crate) mod search;
pub(crate) mod silence;

use jiff::{SignedDuration, Timestamp};
use shared::domain::action::{ActionId, Duty, Holder};
use shared::domain::conversation::{Conversation, Terms};
use shared::domain::drain::{DrainContext, Drained, Operators};
use shared::domain::event::{DedupKey, EndedBy, Event, EventKind, InboxEvent, OperatorRef, Told, TransferStep};
use shared::domain::id::{BrandId, ConversationId, MessageId, OperatorId};
use shared::domain::message::{Content, Message, Sender, Visitor};
use shared::domain::settings::WorkspaceSettings;
use shared::domain::turn::{Conclusion, Standing};
use shared::domain::verdict::Verdict;

pub(crate) const US: &str = "700";
pub(crate) const ADA: &str = "701";
pub(crate) const BRAND: &str = "100";
pub(crate) const OBSERVED_BRAND: &str = "101";

/// 2026-01-01T00:00:00Z and some seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

pub(crate) fn terms() -> Terms {
    Terms { lease: SignedDuration::from_secs(75), landing: SignedDuration::from_secs(30) }
}

pub(crate) fn holder(name: &str) -> Holder {
    Holder(name.to_owned())
}

pub(crate) fn settings() -> WorkspaceSettings {
    serde_json::from_value(serde_json::json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": US,
        "brands": [
            {"id": BRAND, "name": "Lumen Casino", "automated": true},
            {"id": OBSERVED_BRAND, "name": "Harbour Bets", "automated": false},
        ],
    }))
    .unwrap()
}

pub(crate) fn operators() -> Operators {
    Operators { humans: vec![OperatorId::parse(ADA).unwrap()], complete: true }
}

pub(crate) fn conversation_id() -> ConversationId {
    ConversationId::parse("9001").unwrap()
}

pub(crate) fn inbox(seconds: i64, kind: EventKind, told: Told) -> InboxEvent {
    let name = serde_json::to_string(&(&kind, &told.attender, seconds)).unwrap();
    InboxEvent {
        dedup: DedupKey::from_hex(name),
        order: at(seconds),
        received_at: at(seconds),
        event: Event { conversation: conversation_id(), time: Some(at(seconds)), kind, told },
        raw: None,
    }
}

pub(crate) fn created(seconds: i64, brand: &str, question: &str) -> InboxEvent {
    let told = Told {
        brand: Some(BrandId::parse(brand).unwrap()),
        question: Some(question.to_owned()),
        opened_at: Some(at(seconds)),
        visitor: Some(Visitor { email: Some("mia@example.com".to_owned()), ..Visitor::default() }),
        ..Told::default()
    };
    inbox(seconds, EventKind::Created, told)
}

pub(crate) fn message(seconds: i64, id: &str, sender: Sender, text: &str) -> Message {
    Message { id: MessageId::parse(id).unwrap(), time: at(seconds), sender, content: Content::text(text) }
}

pub(crate) fn visitor_says(seconds: i64, id: &str, text: &str) -> InboxEvent {
    let message = message(seconds, id, Sender::Visitor { name: None }, text);
    inbox(seconds, EventKind::VisitorReplied { message }, Told::default())
}

/// A line of the visitor that SalesIQ's list shows.
pub(crate) fn found(seconds: i64, id: &str, text: &str) -> InboxEvent {
    let message = message(seconds, id, Sender::Visitor { name: None }, text);
    inbox(seconds, EventKind::LineFound { message, others: Vec::new() }, Told::default())
}

pub(crate) fn operator_says(seconds: i64, id: &str, operator: &str, text: &str) -> InboxEvent {
    let sender = Sender::Operator { id: OperatorId::parse(operator).unwrap(), name: None };
    let message = message(seconds, id, sender, text);
    inbox(seconds, EventKind::OperatorReplied { message }, Told::default())
}

pub(crate) fn operator(id: &str) -> OperatorRef {
    OperatorRef { id: OperatorId::parse(id).unwrap(), name: None, is_bot: false }
}

pub(crate) fn attender(seconds: i64, id: &str) -> InboxEvent {
    let told = Told { attender: Some(operator(id)), ..Told::default() };
    inbox(seconds, EventKind::AttenderUpdated, told)
}

pub(crate) fn transfer(seconds: i64, step: TransferStep, to: &str) -> InboxEvent {
    inbox(seconds, EventKind::Transfer { step, operator: Some(operator(to)), department: None }, Told::default())
}

pub(crate) fn completed(seconds: i64, by: EndedBy) -> InboxEvent {
    inbox(seconds, EventKind::Completed { ended_by: Some(by) }, Told::default())
}

pub(crate) fn reopened(seconds: i64) -> InboxEvent {
    inbox(seconds, EventKind::Reopened, Told::default())
}

pub(crate) fn deleted(seconds: i64, id: &str) -> InboxEvent {
    inbox(seconds, EventKind::MessageDeleted { message: MessageId::parse(id).unwrap() }, Told::default())
}

/// A conversation, its settings, and a clock that the test moves.
pub(crate) struct Scene {
    pub(crate) conversation: Conversation,
    pub(crate) settings: WorkspaceSettings,
    pub(crate) operators: Operators,
    pub(crate) echo_proven: bool,
    pub(crate) now: Timestamp,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self {
            conversation: Conversation::default(),
            settings: settings(),
            operators: operators(),
            echo_proven: true,
            now: at(0),
        }
    }

    /// An automated conversation that we attend, with one question waiting.
    pub(crate) fn attended() -> Self {
        let mut scene = Self::new();
        scene.drain(&created(0, BRAND, "How long does a withdrawal take?"));
        scene.drain(&attender(1, US));
        scene
    }

    pub(crate) fn drain(&mut self, inbox: &InboxEvent) -> Drained {
        self.now = self.now.max(inbox.order);
        let context = DrainContext {
            settings: &self.settings,
            operators: &self.operators,
            echo_proven: self.echo_proven,
            now: self.now,
        };
        self.conversation.drain(inbox, &context)
    }

    pub(crate) fn plan(&mut self, holder: &Holder) -> shared::domain::plan::Plan {
        self.plan_as(Duty::Conversation, holder)
    }

    pub(crate) fn plan_as(&mut self, duty: Duty, holder: &Holder) -> shared::domain::plan::Plan {
        self.conversation.plan(&self.settings, duty, holder, &terms(), self.now)
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn us(&self) -> OperatorId {
        self.settings.bot_operator.clone()
    }

    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        self.conversation.wake_at(&self.settings, self.now)
    }
}

/// The verdict of a turn that holder `a` runs.
pub(crate) fn conclude(scene: &mut Scene, verdict: Verdict) -> Vec<ActionId> {
    let settings = scene.settings.clone();
    scene.conversation.conclude_turn(Conclusion {
        holder: &holder("a"),
        verdict,
        tags: Vec::new(),
        under_way: None,
        looking_for_colleague: "I am looking for a colleague.".to_owned(),
        settings: &settings,
        terms: &terms(),
        now: scene.now,
    })
}

pub(crate) fn reply(scene: &mut Scene, text: &str) -> Vec<ActionId> {
    conclude(scene, Verdict::Reply { text: text.to_owned(), sources: Vec::new(), clarifies: false })
}

/// How the turn of holder `a` stands.
pub(crate) fn standing(scene: &Scene) -> Standing {
    scene.conversation.standing(&holder("a"), &scene.us(), scene.now)
}
