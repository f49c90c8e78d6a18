//! The other chats of a visitor.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::item;
use shared::store::{ConversationKey, DynamoDb, Store as _, StoreError};

use crate::words;

/// A chat in a list of a visitor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RecentView {
    pub(super) id: ConversationId,
    pub(super) visitor: String,
    pub(super) opened_at: Option<Timestamp>,
    pub(super) brand: String,
    pub(super) state: String,
    /// The first line.
    pub(super) question: Option<String>,
}

/// A visitor's newest chats without one of them: a query for the list, and one for each.
pub(super) async fn recent(
    store: &DynamoDb,
    workspace: &WorkspaceId,
    identity: &str,
    without: Option<&ConversationId>,
    limit: usize,
    settings: &WorkspaceSettings,
) -> Result<Vec<RecentView>, StoreError> {
    let listed = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let ids = store.conversations_of_visitor(workspace, identity, listed).await?;
    let mut views = Vec::new();
    for id in ids.into_iter().filter(|id| Some(id) != without).take(limit) {
        let key = ConversationKey { workspace: workspace.clone(), conversation: id };
        views.extend(one(store, key, settings).await?);
    }
    Ok(views)
}

/// One chat, if it is there and can be read.
pub(super) async fn one(
    store: &DynamoDb,
    key: ConversationKey,
    settings: &WorkspaceSettings,
) -> Result<Option<RecentView>, StoreError> {
    let Some(state) = store.load(&key).await?.state else { return Ok(None) };
    let Ok(conversation) = item::read(&key.conversation, &state) else { return Ok(None) };
    let facts = &conversation.facts;
    let brand = conversation.brand(settings).map(|brand| brand.name.clone());
    let brand = brand.or_else(|| facts.brand.value().map(ToString::to_string));
    Ok(Some(RecentView {
        id: key.conversation,
        visitor: facts.visitor.name().unwrap_or("Visitor without a name").to_owned(),
        opened_at: facts.opened_at,
        brand: brand.unwrap_or_else(|| "brand not known".to_owned()),
        state: words::state(&conversation.phase),
        question: facts.question.value().cloned(),
    }))
}
