//! Whatever people ask for in the console, and whenever: the AI is silent while a person has the chat, nothing that waits is
//! forgotten, and the state stays small.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::console::*;
use builders::search::{BEN, nobody, ring, to};
use builders::{
    ADA, Scene, US, at, attender, completed, conclude, deleted, holder, operator_says, reply, standing, terms,
    transfer, visitor_says,
};
use proptest::prelude::*;
use shared::domain::action::{Action, ActionId, ActionKind, Duty};
use shared::domain::ask::{Ask, FileRef};
use shared::domain::conversation::{Phase, Via};
use shared::domain::event::{EndedBy, TransferStep};
use shared::domain::plan::Step;
use shared::domain::turn::Standing;
use shared::domain::verdict::{EscalationReason, Verdict};

/// A conversation that all three functions are woken for.
struct World {
    scene: Scene,
    said: Vec<String>,
}

impl World {
    fn wake(&mut self, duty: Duty, fate: u8) -> Result<(), TestCaseError> {
        let held = is_held(&self.scene);
        match self.scene.plan_as(duty, &holder("a")).step {
            Step::Think { .. } => prop_assert!(!is_held(&self.scene), "it thinks while a person has the chat"),
            Step::Route if fate.is_multiple_of(3) => nobody(&mut self.scene),
            Step::Route => ring(&mut self.scene, Some(BEN)),
            Step::Remind(reminder) => {
                if held {
                    prop_assert!(self.scene.conversation.countdown.is_some(), "nobody asked for {reminder:?}");
                }
                let (text, now) = (format!("{reminder:?}"), self.scene.now);
                let ids = self.scene.conversation.remind(reminder, text, &holder("a"), &terms(), now);
                self.arrive(ids[0], fate)?;
            }
            Step::Act(claimed) => {
                for one in claimed {
                    self.arrive(one.id, fate)?;
                }
            }
            Step::Read | Step::Rest => {}
        }
        Ok(())
    }

    fn arrive(&mut self, id: ActionId, fate: u8) -> Result<(), TestCaseError> {
        let now = self.scene.now;
        let conversation = &mut self.scene.conversation;
        let Some(action) = conversation.action(id).filter(|action| action.is_open()).cloned() else { return Ok(()) };
        if matches!(conversation.phase, Phase::WithHuman { .. }) && action.kind.speaks() {
            let persons = action.kind.is_persons_line() || conversation.is_reminder(id);
            prop_assert!(persons, "the AI speaks while a human has the chat: {action:?}");
        }
        match (&action.kind, fate) {
            (_, 1) => conversation.action_unsure(id, now, &terms()),
            (_, 2) => conversation.action_failed(id, now, None),
            (ActionKind::Line { text, .. }, _) => {
                prop_assert!(conversation.is_held_in_console(), "said for somebody who does not have it");
                self.said.push(text.clone());
                conversation.said(id, None, now);
            }
            (ActionKind::MailCopy { .. }, _) => conversation.copy_sent(id, now),
            (ActionKind::Mail { .. }, _) => {}
            (ActionKind::Close, _) => prop_assert!(conversation.unanswered.is_empty(), "closed over a line"),
            (kind, _) if kind.speaks() => conversation.said(id, None, now),
            _ => conversation.action_done(id, now),
        }
        Ok(())
    }

    fn think(&mut self, verdict: u8) {
        if standing(&self.scene) != Standing::Holds {
            return;
        }
        assert!(!is_held(&self.scene));
        match verdict {
            0 => {
                let summary = "a human".to_owned();
                conclude(&mut self.scene, Verdict::Escalate { reason: EscalationReason::VisitorAsked, summary });
            }
            1 => drop(conclude(&mut self.scene, Verdict::Close { text: Some("Bye.".to_owned()), countdown: true })),
            _ => drop(reply(&mut self.scene, "One day.")),
        }
    }

    fn holds(&mut self) -> Result<(), TestCaseError> {
        self.scene.conversation.prune_actions();
        let conversation = &self.scene.conversation;
        let bytes = serde_json::to_string(conversation).unwrap().len();
        prop_assert!(bytes < 16_000, "{bytes} bytes");
        prop_assert_eq!(conversation.held_by.is_some(), is_held(&self.scene));
        if conversation.actions.iter().any(Action::is_open) {
            prop_assert!(self.scene.wake_at().is_some(), "nothing wakes {:?}", conversation);
        }
        if is_held(&self.scene) {
            let reply = conversation.open_action(|kind| kind.is_reply() || matches!(kind, ActionKind::Transfer { .. }));
            prop_assert!(reply.is_none() && conversation.turn.is_none(), "{reply:?}");
        }
        let lines = conversation.open_action(ActionKind::is_persons_line);
        prop_assert!(lines.is_none() || is_held(&self.scene), "{lines:?} waits in {:?}", conversation.phase);
        Ok(())
    }
}

fn asks(n: usize, which: u8) -> Ask {
    match which {
        0 => Ask::PickUp,
        1 | 2 => Ask::Say { text: format!("line {n}") },
        3 => {
            let (id, name) = (format!("f{n}"), format!("{n}.pdf"));
            Ask::SendFile { file: FileRef { id, name, mime: "application/pdf".to_owned(), size: 1 }, comment: None }
        }
        4 => Ask::Reassign { target: to(Some(BEN)), note: "please".to_owned() },
        5 => Ask::Reassign { target: to(None), note: String::new() },
        6 => Ask::End { countdown: true },
        7 => Ask::End { countdown: false },
        8 => Ask::Tag { tags: vec![format!("tag {n}")] },
        9 => Ask::Note { text: "x".repeat(900) },
        10 => Ask::MailTranscript { to: vec!["boss@example.com".parse().unwrap()] },
        _ => Ask::HandBack,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn whatever_is_asked_for_the_ai_keeps_out_of_a_persons_chat(
        steps in prop::collection::vec((0_u8..26, 0_i64..120, 0_u8..12), 1..80),
    ) {
        let mut world = World { scene: Scene::attended(), said: Vec::new() };
        for (n, (step, wait, which)) in steps.into_iter().enumerate() {
            world.scene.wait(wait);
            let seconds = world.scene.now.duration_since(at(0)).as_secs();
            let (id, scene) = (format!("m{n}"), &mut world.scene);
            match step {
                0 | 1 => drop(scene.drain(&visitor_says(seconds, &id, "and?"))),
                2 if which == 0 => drop(scene.drain(&operator_says(seconds, &id, ADA, "mine"))),
                2 if which == 1 => drop(scene.drain(&attender(seconds, ADA))),
                2 => drop(scene.drain(&attender(seconds, US))),
                3 if which == 0 => drop(scene.drain(&completed(seconds, EndedBy::Agent))),
                3 if which == 1 => drop(scene.drain(&completed(seconds, EndedBy::Visitor))),
                3 if which == 2 => drop(scene.drain(&transfer(seconds, TransferStep::Accepted, BEN))),
                3 => drop(scene.drain(&transfer(seconds, TransferStep::Rejected, BEN))),
                4 => drop(scene.drain(&deleted(seconds, &format!("m{which}")))),
                5 => {
                    // The echo of something that was said before, as often as SalesIQ likes.
                    if let Some(text) = world.said.last() {
                        scene.drain(&operator_says(seconds, &id, US, text));
                    }
                }
                6 | 7 => world.think(which),
                8..=13 => world.wake(Duty::Conversation, which)?,
                14..=15 => world.wake(Duty::Escalation, which)?,
                16 => world.wake(Duty::Transcript, which)?,
                _ => {
                    let was_attended = matches!(scene.conversation.phase, Phase::WithHuman { via: Via::Attender, .. });
                    ask(scene, asks(n, which));
                    let taken = is_held(scene) && was_attended;
                    prop_assert!(!taken, "taken out of a human's hands");
                }
            }
            world.holds()?;
        }
        // In the order in which they were written.
        let numbers: Vec<usize> =
            world.said.iter().filter_map(|text| text.strip_prefix("line ")?.parse().ok()).collect();
        prop_assert!(numbers.is_sorted(), "{numbers:?}");
    }
}
