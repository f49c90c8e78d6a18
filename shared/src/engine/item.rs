//! A conversation as an item of the table: the state's JSON, and what the indexes show of it.

use jiff::{SignedDuration, Timestamp};
use ring::hmac;

use crate::domain::conversation::{Conversation, Phase};
use crate::domain::fingerprint::hex;
use crate::domain::id::ConversationId;
use crate::domain::settings::WorkspaceSettings;
use crate::store::{StateItem, VisitorEntry};

use super::EngineError;
use super::live::live;

/// Reads a state.
///
/// # Errors
/// It is not the JSON of a conversation.
pub fn read(conversation: &ConversationId, item: &StateItem) -> Result<Conversation, EngineError> {
    serde_json::from_str(&item.body)
        .map_err(|error| EngineError::State { conversation: conversation.clone(), reason: error.to_string() })
}

/// Writes a state.
///
/// # Errors
/// It can't be written as JSON, which can't happen.
pub fn write(
    id: &ConversationId,
    conversation: &Conversation,
    version: u64,
    settings: &WorkspaceSettings,
    identity_key: Option<&hmac::Key>,
    now: Timestamp,
) -> Result<StateItem, EngineError> {
    let body = serde_json::to_string(conversation)
        .map_err(|error| EngineError::State { conversation: id.clone(), reason: error.to_string() })?;
    let closed = matches!(conversation.phase, Phase::Closed { .. });
    Ok(StateItem {
        version,
        body,
        wake_at: conversation.wake_at(settings, now),
        live: (!closed).then(|| live(conversation, now)),
        visitor: identity_key.and_then(|key| visitor(conversation, key, now)),
        expires_at: closed.then(|| retained_until(settings, now)),
    })
}

/// The next version of a closed conversation's state, which tells nothing any more and is still found under its visitor: the
/// first step of erasing it. None while it is open.
///
/// # Errors
/// It is not the JSON of a conversation.
pub fn emptied(conversation: &ConversationId, item: &StateItem) -> Result<Option<StateItem>, EngineError> {
    let Phase::Closed { how } = read(conversation, item)?.phase else { return Ok(None) };
    let empty = Conversation { phase: Phase::Closed { how }, ..Conversation::default() };
    let body = serde_json::to_string(&empty)
        .map_err(|error| EngineError::State { conversation: conversation.clone(), reason: error.to_string() })?;
    Ok(Some(StateItem { version: item.version + 1, body, wake_at: None, live: None, ..item.clone() }))
}

/// Until when what is written now is kept.
#[must_use]
pub fn retained_until(settings: &WorkspaceSettings, now: Timestamp) -> Timestamp {
    now + SignedDuration::from_hours(24 * i64::from(settings.retention_days))
}

fn visitor(conversation: &Conversation, key: &hmac::Key, now: Timestamp) -> Option<VisitorEntry> {
    let identity = hashed(key, &conversation.facts.visitor.identity()?);
    Some(VisitorEntry { identity, opened_at: conversation.facts.opened_at.unwrap_or(now) })
}

/// Under what a visitor's conversations are found, of what [`VisitorFacts::identity`] gives.
///
/// [`VisitorFacts::identity`]: crate::domain::facts::VisitorFacts::identity
#[must_use]
pub fn hashed(key: &hmac::Key, identity: &str) -> String {
    hex(hmac::sign(key, identity.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::conversation::Closed;
    use crate::domain::event::{DedupKey, Event, EventKind, InboxEvent, Told};
    use crate::domain::id::VisitorId;
    use crate::domain::message::Visitor;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    fn id() -> ConversationId {
        ConversationId::parse("9001").unwrap()
    }

    fn settings() -> WorkspaceSettings {
        serde_json::from_value(json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
            "retention_days": 30,
        }))
        .unwrap()
    }

    /// A conversation that this visitor opened at the start.
    fn opened_by(visitor: Visitor) -> Conversation {
        let mut conversation = Conversation { phase: Phase::Assisting, ..Conversation::default() };
        let told = Told { visitor: Some(visitor), opened_at: Some(at(0)), ..Told::default() };
        conversation.facts.join(&InboxEvent {
            dedup: DedupKey::from_hex("1".to_owned()),
            order: at(0),
            received_at: at(0),
            event: Event { conversation: id(), time: Some(at(0)), kind: EventKind::Created, told },
            raw: None,
        });
        conversation
    }

    fn named(name: &str) -> Visitor {
        Visitor { name: Some(name.to_owned()), ..Visitor::default() }
    }

    fn with_email(email: &str) -> Visitor {
        Visitor {
            id: Some(VisitorId::parse("30000000090034").unwrap()),
            email: Some(email.to_owned()),
            ..Visitor::default()
        }
    }

    fn written(conversation: &Conversation, identity_key: Option<&hmac::Key>) -> StateItem {
        write(&id(), conversation, 3, &settings(), identity_key, at(60)).unwrap()
    }

    fn identity(visitor: Visitor, key: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        written(&opened_by(visitor), Some(&key)).visitor.unwrap().identity
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let conversation = opened_by(named("Mia"));
        let item = written(&conversation, None);
        assert_eq!(item.version, 3);
        assert_eq!(read(&id(), &item).unwrap(), conversation);
    }

    #[test]
    fn a_state_that_is_not_readable_names_its_conversation() {
        let item = StateItem { body: "[".to_owned(), ..written(&Conversation::default(), None) };
        let error = read(&id(), &item).unwrap_err();
        assert!(matches!(&error, EngineError::State { conversation, .. } if *conversation == id()), "{error:?}");
    }

    #[test]
    fn an_open_conversation_is_listed_by_phase_and_age_and_kept() {
        let item = written(&opened_by(named("Mia")), None);
        let live = item.live.unwrap();
        assert_eq!(live.sort, "assisting#1767225600000");
        let body: serde_json::Value = serde_json::from_str(&live.body).unwrap();
        assert_eq!(
            body,
            json!({
                "phase": "assisting", "visitor": "Mia", "opened_at": 1_767_225_600_000_i64, "last": 1_767_225_600_000_i64,
                "lines": 0,
            })
        );
        assert_eq!(item.expires_at, None);
    }

    #[test]
    fn a_closed_conversation_is_listed_no_more_and_goes_after_the_retention() {
        let phase = Phase::Closed { how: Closed::Resolved };
        let item = written(&Conversation { phase, ..opened_by(named("Mia")) }, None);
        assert_eq!(item.live, None);
        assert_eq!(item.wake_at, None);
        assert_eq!(item.expires_at, Some(at(60 + 30 * 86_400)));
    }

    #[test]
    fn an_entry_of_the_list_stays_small_whatever_the_visitor_is_called() {
        let live = written(&opened_by(named(&"ä\u{1}".repeat(10_000))), None).live.unwrap();
        assert!(live.body.len() < 500, "{} bytes", live.body.len());
    }

    #[test]
    fn a_visitor_is_known_again_by_the_same_key_only_and_never_named() {
        let mia = identity(with_email("mia@example.com"), b"key");
        assert_eq!(mia, identity(with_email(" Mia@Example.com "), b"key"));
        assert_ne!(mia, identity(with_email("ada@example.com"), b"key"));
        assert_ne!(mia, identity(with_email("mia@example.com"), b"another key"));
        assert!(mia.len() == 64 && mia.bytes().all(|byte| byte.is_ascii_hexdigit()), "{mia}");
    }

    #[test]
    fn without_a_key_or_an_identity_there_is_no_entry_of_the_visitor() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
        assert_eq!(written(&opened_by(with_email("mia@example.com")), None).visitor, None);
        assert_eq!(written(&opened_by(named("Mia")), Some(&key)).visitor, None);
    }
}
