//! Erasing: conversation by conversation, so that it may be repeated after a failure at any point.
//!
//! First the state is emptied, on condition of its version: from then on it tells nothing, and is still found under its
//! visitor. Then goes what lies beside it, then its lines, and the state at last. Should something happen in the chat
//! meanwhile, the last step is refused, and the chat is an open one again.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use shared::domain::fingerprint::hex;
use shared::engine::item;
use shared::store::{Commit, ConversationKey, DocumentWrite, Expected, Store as _, StoreError};

use super::beside::{Beside, erase_mails, erase_tries};
use super::who::{Found, Sought, erased_partition, unnamed};
use crate::access::SignedIn;
use crate::console::Console;
use crate::problem::Problem;

/// How long one request erases; the rest is for the next one.
const TIME: SignedDuration = SignedDuration::from_secs(18);

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Erased {
    /// Conversations that are gone.
    pub(super) conversations: u32,
    /// Items and documents that are.
    pub(super) items: u32,
    /// Conversations that are open, and stay.
    pub(super) open: Vec<String>,
    /// Conversations for which there was no time.
    pub(super) left: usize,
}

/// A record that it was done: without anything of the person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) at: jiff::Timestamp,
    /// Who did it.
    pub(super) by: String,
    /// The index' name of the visitor, a keyed hash; or the conversation's id.
    pub(super) whose: String,
    pub(super) conversations: u32,
    pub(super) items: u32,
}

/// Erases what was found.
///
/// # Errors
/// The table or a queue can't be reached: what is done stays done; erase again.
pub(super) async fn erase(
    console: &Console,
    who: &SignedIn,
    sought: &Sought,
    found: &Found,
) -> Result<Erased, Problem> {
    let mut erased = Erased::default();
    let until = console.clock.now() + TIME;
    let result = erase_all(console, sought, found, &mut erased, until).await;
    if erased.items > 0 {
        // What was done is written down even if the rest failed.
        record(console, who, sought, found, &erased).await?;
    }
    result.map(|()| erased)
}

async fn erase_all(
    console: &Console,
    sought: &Sought,
    found: &Found,
    erased: &mut Erased,
    until: jiff::Timestamp,
) -> Result<(), Problem> {
    let closed: Vec<ConversationKey> =
        found.conversations.iter().filter(|held| held.closed).map(|held| held.key.clone()).collect();
    erased.open =
        found.conversations.iter().filter(|held| !held.closed).map(|held| held.key.conversation.to_string()).collect();
    if let Some(first) = found.conversations.first() {
        if !closed.is_empty() {
            erased.items += erase_mails(console, &closed).await?;
        }
        let beside = Beside::read(console, &first.key).await?;
        for (done, key) in closed.iter().enumerate() {
            if console.clock.now() > until {
                erased.left = closed.len() - done;
                return Ok(());
            }
            match erase_one(console, &beside, key).await? {
                Some(items) => {
                    erased.items += items;
                    erased.conversations += 1;
                }
                None => erased.open.push(key.conversation.to_string()),
            }
        }
        erased.items += erase_tries(console, &first.key.workspace, sought).await?;
    }
    Ok(())
}

/// How many items went; none if the chat goes on.
async fn erase_one(console: &Console, beside: &Beside, key: &ConversationKey) -> Result<Option<u32>, Problem> {
    let loaded = console.store.load(key).await?;
    if !loaded.unread.is_empty() {
        return Ok(None);
    }
    let held = console.store.held(key).await?;
    let mut version = None;
    if let Some(state) = &loaded.state {
        let emptied = item::emptied(&key.conversation, state);
        let emptied = emptied.map_err(|error| Problem::failed("Reading the conversation", &error))?;
        let Some(emptied) = emptied else { return Ok(None) };
        version = Some(emptied.version);
        let commit = Commit {
            key: key.clone(),
            expected: Some(state.version),
            state: emptied,
            read: Vec::new(),
            log: Vec::new(),
            documents: Vec::new(),
            now: console.clock.now(),
        };
        match console.store.commit(&commit).await {
            Err(StoreError::Conflict { .. }) => return Ok(None),
            other => other?,
        }
    }
    let items = beside.erase(console, key, &held).await?;
    match console.store.erase_conversation(key, version).await {
        Ok(own) => Ok(Some(items + own)),
        Err(StoreError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn record(
    console: &Console,
    who: &SignedIn,
    sought: &Sought,
    found: &Found,
    erased: &Erased,
) -> Result<(), Problem> {
    let Some(workspace) = &who.workspace else { return Ok(()) };
    let at = console.clock.now();
    let record = Record {
        at,
        by: who.user.email.as_str().to_owned(),
        whose: unnamed(sought, found),
        conversations: erased.conversations,
        items: erased.items,
    };
    let body = serde_json::to_string(&record).map_err(|error| Problem::failed("Writing that it was erased", &error))?;
    // Two of one millisecond are told apart by what they say.
    let print = hex(&ring::digest::digest(&ring::digest::SHA256, body.as_bytes()).as_ref()[..4]);
    let write = DocumentWrite {
        partition: erased_partition(workspace),
        name: format!("{:013}#{print}", at.as_millisecond().max(0)),
        expected: Expected::Anything,
        body,
        expires_at: None,
    };
    console.store.put_document(&write).await?;
    Ok(())
}
