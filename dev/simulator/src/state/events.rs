//! From something that happened to the webhook executions it causes (api.md 5.4 to 5.6).

use super::conversation::Message;
use super::deliveries::Delivery;
use super::webhook::Kind;
use super::{Change, State};
use crate::shapes::webhook as shape;
use serde_json::{Value, json};

impl State {
    /// An event with the conversation as its entity, and `extra` fields on top.
    pub(crate) fn emit(&mut self, now: i64, conversation_id: &str, event: &str, extra: Value) {
        let Some(conversation) = self.conversations.get(conversation_id) else {
            return;
        };
        let mut entity = shape::conversation(self, conversation);
        merge(&mut entity, extra);
        self.emit_entity(now, conversation_id, event, &entity);
    }

    /// An event about one message: only ids, the message and the visitor (api.md 5.6).
    pub(crate) fn emit_message(&mut self, now: i64, conversation_id: &str, event: &str, message: &Message) {
        let Some(conversation) = self.conversations.get(conversation_id) else {
            return;
        };
        let entity = shape::message(conversation, message);
        self.emit_entity(now, conversation_id, event, &entity);
    }

    fn emit_entity(&mut self, now: i64, conversation_id: &str, event: &str, entity: &Value) {
        let Some(conversation) = self.conversations.get_mut(conversation_id) else {
            return;
        };
        conversation.events.push((event.to_owned(), now));
        let app_id = conversation.app_id.clone();
        self.queue(now, Kind::Data, event, "conversation", conversation_id, Some(&app_id), entity);
        self.changes.push(Change::Conversation(conversation_id.to_owned()));
    }

    /// `visitor.updated`: its entity is the visitor (api.md 5.6).
    pub(crate) fn emit_visitor_updated(&mut self, now: i64, conversation_id: &str) {
        let Some(conversation) = self.conversations.get(conversation_id) else {
            return;
        };
        let entity = shape::visitor_updated(conversation);
        let (visitor_id, app_id) = (conversation.visitor.id.clone(), conversation.app_id.clone());
        self.queue(now, Kind::Data, "visitor.updated", "visitor", &visitor_id, Some(&app_id), &entity);
        self.changes.push(Change::Conversation(conversation_id.to_owned()));
    }

    /// An event for webhooks of type `administration`.
    pub(crate) fn emit_administration(&mut self, now: i64, event: &str, kind: &str, id: &str, entity: &Value) {
        self.queue(now, Kind::Administration, event, kind, id, None, entity);
    }

    #[allow(clippy::too_many_arguments, reason = "one envelope, field by field")]
    fn queue(
        &mut self,
        now: i64,
        kind: Kind,
        event: &str,
        entity_type: &str,
        id: &str,
        app_id: Option<&str>,
        entity: &Value,
    ) {
        let wanted = |w: &&super::Webhook| w.enabled && w.kind == kind && w.wants(event, app_id);
        let takers: Vec<String> = self.webhooks.iter().filter(wanted).map(|w| w.id.clone()).collect();
        for webhook_id in takers {
            self.deliveries.push(Delivery {
                number: 0,
                webhook_id,
                entity_type: entity_type.to_owned(),
                entity_id: id.to_owned(),
                event: event.to_owned(),
                event_time: now,
                app_id: app_id.map(str::to_owned),
                entity: entity.clone(),
                attempt: 1,
                execution_id: None,
                runs: 0,
                held: false,
                fault: None,
            });
        }
    }

    /// Operators as webhook entities name them.
    pub(crate) fn named(&self, operator_id: &str) -> Value {
        self.account(operator_id).map_or(Value::Null, |o| {
            let kind = if o.is_bot { "bot" } else { "operator" };
            json!({"id": o.id, "name": o.nick_name, "email_id": o.email_id, "type": kind})
        })
    }
}

/// Puts the fields of `extra` into `entity`.
fn merge(entity: &mut Value, extra: Value) {
    if let (Some(entity), Value::Object(extra)) = (entity.as_object_mut(), extra) {
        entity.extend(extra);
    }
}
