//! `cargo dev end`: asks for the end of a chat that the AI serves. The request lies in the chat's inbox like any event, so
//! it is not lost, and the functions decide whether the chat is theirs to end.

use aws_sdk_dynamodb::Client;
use clap::Args;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::domain::conversation::{Conversation, Phase};
use shared::domain::countdown::end_asked;
use shared::domain::id::{ConversationId, WorkspaceId};
use shared::engine::item;
use shared::store::dynamodb::DynamoDb;
use shared::store::{ConversationKey, Store};
use shared::telemetry::Chain;

use crate::error::Error;
use crate::stack::{Stack, StackName};
use crate::workspace::Workspace;
use crate::{output, seed};

#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    /// SalesIQ's id of the conversation.
    conversation: ConversationId,
    /// Whose it is.
    #[arg(long, value_name = "ID", default_value = seed::WORKSPACE)]
    workspace: WorkspaceId,
    /// With a last word and no countdown.
    #[arg(long)]
    at_once: bool,
    /// The local stack's name.
    #[arg(long, value_name = "NAME", default_value = StackName::DEFAULT)]
    stack: StackName,
    /// A table in AWS instead of a local stack's, with the credentials and the region of the environment. The functions
    /// find the request within a minute.
    #[arg(long, value_name = "NAME", conflicts_with = "stack", requires = "workspace")]
    table: Option<String>,
}

pub(crate) async fn run(workspace: &Workspace, args: &EndArgs) -> Result<(), Error> {
    let (store, bus) = place(workspace, args)?;
    let key = ConversationKey { workspace: args.workspace.clone(), conversation: args.conversation.clone() };
    ask(&store, bus.as_ref(), &key, !args.at_once).await?;
    let how = if args.at_once { "with a last word" } else { "with the brand's countdown" };
    output::text(&format!(
        "Asked: conversation {} ends {how}, unless the visitor writes or a human takes it.",
        args.conversation
    ));
    Ok(())
}

fn place(workspace: &Workspace, args: &EndArgs) -> Result<(DynamoDb, Option<Bus>), Error> {
    if let Some(table) = &args.table {
        let config = shared::http::aws_config();
        if config.region().is_none() {
            return Err(Error::NoRegion);
        }
        return Ok((DynamoDb::new(Client::new(&config), table.clone()), None));
    }
    let stack = Stack::find(&workspace.stack_folder(&args.stack))?;
    let down = || Error::StackDown(args.stack.to_string());
    let stack = stack.ok_or_else(down)?;
    let deployed = stack.deployed.as_ref().ok_or_else(down)?;
    Ok((DynamoDb::new(seed::dynamodb(&stack), deployed.table_name.clone()), Some(seed::bus(&stack))))
}

/// Puts the request into the inbox and wakes the conversation; without a bus the sweep does that.
async fn ask(store: &impl Store, bus: Option<&Bus>, key: &ConversationKey, countdown: bool) -> Result<(), Error> {
    let conversation = key.conversation.to_string();
    let failed = |detail: String| Error::End { conversation: key.conversation.to_string(), detail };
    let loaded = store.load(key).await.map_err(|error| failed(Chain(&error).to_string()))?;
    // A request must not make a conversation that there is none of.
    let state = loaded.state.ok_or_else(|| Error::NoConversation(conversation.clone()))?;
    let Conversation { phase, unanswered, .. } =
        item::read(&key.conversation, &state).map_err(|error| failed(Chain(&error).to_string()))?;
    if phase != Phase::Assisting {
        return Err(Error::NotServed { conversation, phase: phase.name() });
    }
    if !unanswered.is_empty() || !loaded.unread.is_empty() {
        return Err(Error::VisitorWaits(conversation));
    }
    let now = Clock::system().now();
    let request = end_asked(&key.conversation, countdown, &now.as_nanosecond().to_string(), now);
    store.record(key, &request).await.map_err(|error| failed(Chain(&error).to_string()))?;
    if let Some(bus) = bus
        && let Err(error) = bus.conversation_news(std::slice::from_ref(key)).await
    {
        output::note(&format!(
            "The functions could not be woken ({}); the sweep will do within a minute.",
            Chain(&error)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::domain::event::EventKind;
    use shared::store::{Commit, Memory, StateItem};

    use super::*;

    fn key() -> ConversationKey {
        let conversation = ConversationId::parse("9001").expect("an id");
        ConversationKey { workspace: WorkspaceId::parse("demo").expect("an id"), conversation }
    }

    async fn kept(phase: Phase) -> Memory {
        let store = Memory::default();
        let body = serde_json::to_string(&Conversation { phase, ..Conversation::default() }).expect("JSON");
        let state = StateItem { version: 1, body, wake_at: None, live: None, visitor: None, expires_at: None };
        let (read, log, documents) = (Vec::new(), Vec::new(), Vec::new());
        let commit = Commit { key: key(), expected: None, state, read, log, documents, now: Timestamp::UNIX_EPOCH };
        store.commit(&commit).await.expect("a written state");
        store
    }

    #[tokio::test]
    async fn the_request_lies_in_the_inbox_and_the_conversation_is_woken() {
        let store = kept(Phase::Assisting).await;
        let bus = Bus::Memory(std::sync::Arc::default());
        ask(&store, Some(&bus), &key(), true).await.expect("asked");
        let unread = store.load(&key()).await.expect("readable").unread;
        let kinds: Vec<&EventKind> = unread.iter().map(|inbox| &inbox.event.kind).collect();
        assert_eq!(kinds, [&EventKind::EndAsked { countdown: true }]);
        let Bus::Memory(sent) = &bus else { panic!("another bus") };
        assert_eq!(sent.lock().expect("a list").len(), 1);
    }

    #[tokio::test]
    async fn a_chat_that_is_not_there_or_not_ours_is_not_asked_for() {
        let nowhere = ask(&Memory::default(), None, &key(), true).await;
        assert!(matches!(nowhere, Err(Error::NoConversation(_))), "{nowhere:?}");
        let store = kept(Phase::Observed).await;
        let observed = ask(&store, None, &key(), false).await;
        assert!(matches!(observed, Err(Error::NotServed { phase: "observed", .. })), "{observed:?}");
        assert!(store.load(&key()).await.expect("readable").unread.is_empty());
    }

    #[tokio::test]
    async fn a_chat_in_which_something_is_unread_is_not_ended() {
        let store = kept(Phase::Assisting).await;
        ask(&store, None, &key(), true).await.expect("asked");
        let again = ask(&store, None, &key(), true).await;
        assert!(matches!(again, Err(Error::VisitorWaits(_))), "{again:?}");
    }
}
