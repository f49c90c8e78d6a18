//! A visitor who says nothing, and what is said to them.
#![allow(dead_code, clippy::unwrap_used, reason = "tests; each uses some of them")]

use jiff::Timestamp;
use shared::domain::action::{ActionId, ActionKind};
use shared::domain::countdown::end_asked;
use shared::domain::drain::Finding;
use shared::domain::idle::Reminder;
use shared::domain::plan::Step;

use super::{Scene, at, conversation_id, holder, reply, terms};

/// A chat whose only question was answered at second 2.
pub(crate) fn answered() -> Scene {
    let mut scene = Scene::attended();
    scene.now = at(2);
    answer(&mut scene);
    scene
}

pub(crate) fn answer(scene: &mut Scene) {
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    let ids = reply(scene, "One day.");
    said(scene, ids[0]);
}

pub(crate) fn said(scene: &mut Scene, id: ActionId) {
    let now = scene.now;
    scene.conversation.said(id, None, now);
}

/// What the conversation function is to say now, claimed as the engine does it.
pub(crate) fn remind(scene: &mut Scene) -> Option<(Reminder, ActionId)> {
    let Step::Remind(reminder) = scene.plan(&holder("a")).step else { return None };
    let text = format!("{reminder:?}");
    let ids = scene.conversation.remind(reminder, text, &holder("a"), &terms(), scene.now);
    Some((reminder, ids[0]))
}

/// The same, and it arrives at once.
pub(crate) fn reminded(scene: &mut Scene) -> Option<Reminder> {
    let (reminder, id) = remind(scene)?;
    said(scene, id);
    Some(reminder)
}

pub(crate) fn seconds(scene: &Scene, time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.duration_since(scene.now).as_secs())
}

/// In how many seconds somebody looks again.
pub(crate) fn wakes_in(scene: &Scene) -> Option<i64> {
    seconds(scene, scene.wake_at())
}

pub(crate) fn closes(scene: &mut Scene) -> bool {
    let Step::Act(claimed) = scene.plan(&holder("a")).step else { return false };
    claimed.iter().any(|claimed| scene.conversation.action(claimed.id).unwrap().kind == ActionKind::Close)
}

/// Asked, and silent for so long that the chat is to be ended.
pub(crate) fn silent_to_the_end() -> Scene {
    let mut scene = answered();
    scene.wait(300);
    assert_eq!(reminded(&mut scene), Some(Reminder::CheckIn));
    scene.wait(600);
    scene
}

pub(crate) fn ask_for_the_end(scene: &mut Scene, countdown: bool) -> Option<Finding> {
    let event = end_asked(&conversation_id(), countdown, "1", scene.now);
    scene.drain(&event).finding
}

/// A countdown whose first step was said at this moment.
pub(crate) fn counting_down() -> Scene {
    let mut scene = answered();
    assert_eq!(ask_for_the_end(&mut scene, true), None);
    assert_eq!(reminded(&mut scene), Some(Reminder::Countdown { seconds: 90 }));
    scene
}
