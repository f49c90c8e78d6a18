//! Whose data is asked for, and which conversations are theirs.

use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::conversation::{Conversation, Phase};
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::domain::settings::WorkspaceSettings;
use shared::domain::visitor_facts::IdentityKind;
use shared::engine::item;
use shared::store::{ConversationKey, Store as _};

use crate::console::Console;
use crate::problem::Problem;

/// The most conversations that are listed and seen to at once.
pub(super) const LISTED: u32 = 100;

/// As the forms send it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `email`, `phone`, `visitor` or `conversation`.
    pub(super) by: String,
    /// What was typed.
    pub(super) value: String,
    /// The word that confirms an erasure.
    pub(super) confirm: String,
    /// Which part of an export, from 1.
    pub(super) part: String,
}

/// By what somebody is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    /// By what tells visitors apart.
    Visitor(IdentityKind, String),
    /// By a conversation.
    Conversation(ConversationId),
}

impl Asked {
    /// What is looked for.
    ///
    /// # Errors
    /// What is wrong with what was typed, and how to mend it.
    pub(super) fn sought(&self) -> Result<Sought, &'static str> {
        let value = self.value.trim();
        if value.is_empty() {
            return Err("Type whom to look for.");
        }
        match self.by.as_str() {
            "email" if !value.contains('@') => Err("An e-mail address has an @."),
            "email" => Ok(Sought::Visitor(IdentityKind::Email, value.to_owned())),
            "phone" => Ok(Sought::Visitor(IdentityKind::Phone, value.to_owned())),
            "visitor" => Ok(Sought::Visitor(IdentityKind::VisitorId, value.to_owned())),
            "conversation" => {
                let wrong = "A conversation's id is made of letters, digits, - and _.";
                ConversationId::parse(value).map(Sought::Conversation).map_err(|_| wrong)
            }
            _ => Err("Choose by what to look."),
        }
    }
}

/// What is held of somebody, as far as it is found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) conversations: Vec<Held>,
    /// There may be more than were listed.
    pub(super) more: bool,
    /// Under which name they are on the index of visitors.
    pub(super) tag: Option<String>,
    /// There is no key by which visitors could be found.
    pub(super) no_key: bool,
    /// Other identities of the same conversations, under which further ones may be found.
    pub(super) look_too: Vec<(&'static str, String)>,
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) key: ConversationKey,
    pub(super) opened_at: Option<Timestamp>,
    pub(super) phase: String,
    pub(super) closed: bool,
    pub(super) name: Option<String>,
}

/// Finds what is held.
///
/// # Errors
/// SalesIQ's place can't be told, or the table can't be reached.
pub(super) async fn find(console: &Console, settings: &WorkspaceSettings, sought: &Sought) -> Result<Found, Problem> {
    let workspace = &settings.workspace;
    let mut found = Found::default();
    let ids = match sought {
        Sought::Conversation(id) => vec![id.clone()],
        Sought::Visitor(kind, value) => {
            let portal = console.portals.of(settings).map_err(|error| Problem::failed("Finding SalesIQ", &error))?;
            let Some(key) = portal.identity_key().await else {
                return Ok(Found { no_key: true, ..found });
            };
            let tag = item::hashed(&key, &kind.of(value));
            let ids = console.store.conversations_of_visitor(workspace, &tag, LISTED).await?;
            found.more = ids.len() >= usize::try_from(LISTED).unwrap_or(usize::MAX);
            found.tag = Some(tag);
            ids
        }
    };
    for id in ids {
        let key = ConversationKey { workspace: workspace.clone(), conversation: id };
        let (held, others) = look(console, key).await?;
        found.conversations.extend(held);
        for other in others {
            let same = matches!(sought, Sought::Visitor(kind, value) if by(*kind) == other.0 && kind.of(value) == kind.of(&other.1));
            if !same && !found.look_too.contains(&other) {
                found.look_too.push(other);
            }
        }
    }
    Ok(found)
}

/// How forms call a kind of identity.
fn by(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Email => "email",
        IdentityKind::Phone => "phone",
        IdentityKind::VisitorId => "visitor",
    }
}

async fn look(console: &Console, key: ConversationKey) -> Result<(Option<Held>, Vec<(&'static str, String)>), Problem> {
    let loaded = console.store.load(&key).await?;
    let Some(state) = &loaded.state else {
        // An erasure that stopped half way, or events that nobody read yet.
        let something = !loaded.log.is_empty() || !loaded.unread.is_empty();
        let closed = loaded.unread.is_empty();
        let phase = if closed { "no state" } else { "not read yet" }.to_owned();
        let held = something.then_some(Held { key, opened_at: None, phase, closed, name: None });
        return Ok((held, Vec::new()));
    };
    let conversation: Conversation =
        item::read(&key.conversation, state).map_err(|error| Problem::failed("Reading the conversation", &error))?;
    let visitor = &conversation.facts.visitor;
    let others = visitor.identities().into_iter().map(|(kind, value)| (by(kind), value)).collect();
    let held = Held {
        opened_at: conversation.facts.opened_at,
        phase: conversation.phase.name().replace('_', " "),
        closed: matches!(conversation.phase, Phase::Closed { .. }) && loaded.unread.is_empty(),
        name: visitor.name().map(ToOwned::to_owned),
        key,
    };
    Ok((Some(held), others))
}

/// How the audit trail and the record of erasures call somebody: by the index' name of them, or the conversation.
pub(super) fn unnamed(sought: &Sought, found: &Found) -> String {
    match (sought, &found.tag) {
        (Sought::Conversation(id), _) => format!("conversation {id}"),
        (Sought::Visitor(..), Some(tag)) => format!("visitor {tag}"),
        (Sought::Visitor(..), None) => "visitor".to_owned(),
    }
}

/// The partition of a workspace's records of erasures.
pub(super) fn erased_partition(workspace: &WorkspaceId) -> String {
    format!("ERASED#{workspace}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sought(by: &str, value: &str) -> Result<Sought, &'static str> {
        Asked { by: by.to_owned(), value: value.to_owned(), ..Asked::default() }.sought()
    }

    #[test]
    fn what_can_not_be_looked_for_is_refused_with_what_to_do() {
        assert!(sought("email", " ").is_err() && sought("email", "mia").is_err());
        assert!(sought("conversation", "a b").is_err() && sought("", "mia@example.com").is_err());
        let email = Sought::Visitor(IdentityKind::Email, "Mia@example.com".to_owned());
        assert_eq!(sought("email", " Mia@example.com "), Ok(email));
    }
}
