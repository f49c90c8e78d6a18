//! What people ask for in the console.
#![allow(dead_code, clippy::unwrap_used, reason = "tests; each uses some of them")]

use shared::domain::action::{ActionId, ActionKind};
use shared::domain::ask::{Ask, Person, asked};
use shared::domain::asked::{Outcome, Refused};
use shared::domain::conversation::{Phase, Via};
use shared::domain::drain::Drained;
use shared::domain::plan::Step;

use super::{Scene, conversation_id, holder};

pub(crate) fn ada() -> Person {
    Person { email: "ada@example.com".parse().unwrap(), name: "Ada".to_owned(), operator: None }
}

pub(crate) fn ben() -> Person {
    Person { email: "ben@example.com".parse().unwrap(), name: "Ben".to_owned(), operator: None }
}

/// Ada asks for it now.
pub(crate) fn ask(scene: &mut Scene, ask: Ask) -> Drained {
    ask_by(scene, ada(), ask)
}

pub(crate) fn ask_by(scene: &mut Scene, by: Person, ask: Ask) -> Drained {
    let request = format!("{}-{ask:?}", scene.now);
    let event = asked(&conversation_id(), by, ask, &request, scene.now);
    scene.drain(&event)
}

pub(crate) fn say(text: &str) -> Ask {
    Ask::Say { text: text.to_owned() }
}

/// What became of the last request.
pub(crate) fn outcome(scene: &mut Scene) -> Outcome {
    scene.conversation.prune_actions();
    scene.conversation.asks.last().unwrap().outcome
}

pub(crate) fn refused(why: Refused) -> Outcome {
    Outcome::Refused { why }
}

pub(crate) fn is_held(scene: &Scene) -> bool {
    matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Console, .. })
}

/// What the conversation function carries out now.
pub(crate) fn due(scene: &mut Scene) -> Vec<(ActionId, ActionKind)> {
    let Step::Act(claimed) = scene.plan(&holder("a")).step else { return Vec::new() };
    claimed.iter().map(|one| (one.id, scene.conversation.action(one.id).unwrap().kind.clone())).collect()
}

/// The texts of persons that are to be sent now, oldest first; each arrives at once.
pub(crate) fn sent(scene: &mut Scene) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let lines: Vec<(ActionId, String)> = due(scene)
            .into_iter()
            .filter_map(|(id, kind)| match kind {
                ActionKind::Line { text, .. } => Some((id, text)),
                _ => None,
            })
            .collect();
        if lines.is_empty() {
            return texts;
        }
        for (id, text) in lines {
            let now = scene.now;
            scene.conversation.said(id, None, now);
            texts.push(text);
        }
    }
}
