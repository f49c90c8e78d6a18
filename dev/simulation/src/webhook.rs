//! The webhook function: read the payload, store the event, wake, acknowledge. What its handler does around that, signature
//! and settings, is not here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shared::bus::{CONVERSATION_NEWS, Sent};
use shared::salesiq::webhook::{Parsed, parse};
use shared::store::{ConversationKey, Recorded, Store as _};

use crate::portal::Emitted;
use crate::process::Process;
use crate::sabotage::Sabotage;
use crate::store::Faulty;
use crate::world::World;

/// Takes a delivery; whether it was acknowledged.
pub(crate) async fn receive(world: &Arc<World>, emitted: &Emitted) -> bool {
    let Ok(delivery) = parse(emitted.body.to_string().as_bytes(), None, world.now()) else { return false };
    let Parsed::Conversation(mut event) = delivery.parsed else { return true };
    if world.is(Sabotage::OrderByArrival) {
        event.order = world.now();
    }
    let process = Process::new(world);
    process.conversation.store(emitted.conversation, Ordering::Relaxed);
    let key = ConversationKey { workspace: world.workspace.clone(), conversation: event.event.conversation.clone() };
    let skips = world.is(Sabotage::AckWithoutStoring) && emitted.time % 7 == 0;
    let store = Faulty::new(world, &process);
    let recorded = process
        .unless_killed(async { if skips { Ok(Recorded::AlreadyRead) } else { store.record(&key, &event).await } })
        .await;
    let Some(Ok(recorded)) = recorded else {
        world.note(emitted.conversation, || format!("webhook: {} is not acknowledged", emitted.event));
        return false;
    };
    world.note(emitted.conversation, || format!("webhook: {} is acknowledged ({recorded:?})", emitted.event));
    let now = world.now_ms();
    world.lock().judge.acknowledged(now, emitted, &event);
    if recorded != Recorded::AlreadyRead {
        world.send(vec![Sent::Event { detail_type: CONVERSATION_NEWS, wake_up: (&key).into() }]);
    }
    true
}
