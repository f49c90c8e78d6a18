//! Whatever happens, nothing that is due waits unseen, and nothing is closed over a visitor who wrote (ARCHITECTURE.md,
//! "Silence and countdown").
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod builders;

use builders::silence::*;
use builders::{
    ADA, Scene, US, at, attender, conclude, conversation_id, holder, inbox, operator_says, reply, standing, terms,
    visitor_says,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use shared::domain::action::{ActionId, ActionKind, Duty};
use shared::domain::countdown::end_asked;
use shared::domain::event::{EndedBy, EventKind, Told};
use shared::domain::idle::Reminder;
use shared::domain::plan::Step;
use shared::domain::turn::Standing;
use shared::domain::verdict::Verdict;

/// A conversation function that is woken for whatever reason: says and closes what it is to.
struct World {
    scene: Scene,
    /// What the visitor was told last, and when.
    told: Option<(Reminder, Timestamp)>,
    closed: bool,
}

impl World {
    /// Plans once; what is said arrives, is refused for good, or nobody knows.
    fn wake(&mut self, fate: u8) -> Result<(), TestCaseError> {
        let now = self.scene.now;
        match self.scene.plan(&holder("a")).step {
            Step::Remind(reminder) => {
                prop_assert!(self.scene.conversation.unanswered.is_empty(), "over an unanswered line");
                let text = format!("{reminder:?}");
                let ids = self.scene.conversation.remind(reminder, text, &holder("a"), &terms(), now);
                match fate {
                    0 => self.scene.conversation.withdraw(ids[0], now),
                    1 => self.scene.conversation.action_unsure(ids[0], now, &terms()),
                    2 => self.scene.conversation.action_failed(ids[0], now, None),
                    _ => self.arrived(ids[0], reminder)?,
                }
            }
            Step::Act(claimed) => {
                for id in claimed.iter().map(|claimed| claimed.id) {
                    self.act(id)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn act(&mut self, id: ActionId) -> Result<(), TestCaseError> {
        let Some(action) = self.scene.conversation.action(id).filter(|action| action.is_open()).cloned() else {
            return Ok(());
        };
        match action.kind {
            ActionKind::Close => {
                prop_assert!(self.scene.conversation.unanswered.is_empty(), "closed over an unanswered line");
                if let Some((Reminder::Countdown { seconds }, told_at)) = self.told {
                    let left = SignedDuration::from_secs(i64::from(seconds));
                    prop_assert!(told_at + left <= self.scene.now, "closed earlier than the visitor was told");
                }
                self.closed = true;
            }
            ActionKind::Notice { text, .. } if self.scene.conversation.is_reminder(id) => {
                let told = [90, 60, 45, 30].map(|seconds| Reminder::Countdown { seconds });
                let all = [Reminder::CheckIn, Reminder::LastWord].into_iter().chain(told);
                let reminder = all.into_iter().find(|reminder| format!("{reminder:?}") == text).unwrap();
                self.arrived(id, reminder)?;
            }
            _ => said(&mut self.scene, id),
        }
        Ok(())
    }

    fn arrived(&mut self, id: ActionId, reminder: Reminder) -> Result<(), TestCaseError> {
        if let (Reminder::Countdown { seconds: now }, Some((Reminder::Countdown { seconds: before }, _))) =
            (reminder, self.told)
        {
            prop_assert!(now < before, "told {before} and then {now}");
        }
        prop_assert!(
            (reminder, self.told.map(|(told, _)| told)) != (Reminder::CheckIn, Some(Reminder::CheckIn)),
            "asked twice"
        );
        self.told = Some((reminder, self.scene.now));
        said(&mut self.scene, id);
        Ok(())
    }

    /// Whatever is due in the future has a time to wake that is not later; what is due now gives a step.
    fn nothing_waits_unseen(&mut self) -> Result<(), TestCaseError> {
        let (conversation, settings, now) = (&self.scene.conversation, &self.scene.settings, self.scene.now);
        let due = conversation.reminder_at(settings, now);
        let paused = conversation.retry_at.is_some_and(|at| at > now);
        if let Some(due) = due.filter(|_| !paused) {
            prop_assert!(self.scene.wake_at().is_some_and(|at| at <= due.max(now)), "nothing wakes {conversation:?}");
        }
        let mut planned = conversation.clone();
        let step = planned.plan(settings, Duty::Conversation, &holder("p"), &terms(), now).step;
        if due.is_some_and(|due| due <= now) && !paused {
            let moved_on = planned.reminder_at(settings, now).is_none_or(|at| at > now);
            prop_assert!(step != Step::Rest || moved_on, "due, and nothing is done: {conversation:?}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn whatever_happens_silence_and_countdown_keep_their_promises(
        steps in prop::collection::vec((0_u8..14, 0_i64..400, 0_u8..8), 1..80),
    ) {
        let mut world = World { scene: answered(), told: None, closed: false };
        for (n, (step, wait, fate)) in steps.into_iter().enumerate() {
            // Mostly short steps, so that countdowns are met in their midst.
            world.scene.wait(if step % 2 == 0 { wait / 10 } else { wait });
            let seconds = world.scene.now.duration_since(at(0)).as_secs();
            let id = format!("m{n}");
            match step {
                0 => {
                    world.scene.drain(&visitor_says(seconds, &id, "and?"));
                    world.told = None;
                    let conversation = &world.scene.conversation;
                    let ends = conversation.open_action(|kind| *kind == ActionKind::Close).is_some();
                    prop_assert!(conversation.countdown.is_none() && conversation.idle.is_none() && !ends);
                }
                1 | 2 => {
                    let event = end_asked(&conversation_id(), fate > 1, &id, world.scene.now);
                    world.scene.drain(&event);
                }
                3 if fate == 0 => { world.scene.drain(&operator_says(seconds, &id, ADA, "mine")); world.told = None; }
                3 if fate == 1 => { world.scene.drain(&attender(seconds, ADA)); world.told = None; }
                3 => { world.scene.drain(&attender(seconds, US)); }
                4 => {
                    if standing(&world.scene) == Standing::Holds {
                        let verdict = Verdict::Close { text: Some("Bye.".to_owned()), countdown: fate > 1 };
                        for id in conclude(&mut world.scene, verdict) { said(&mut world.scene, id); }
                        world.told = None;
                    }
                }
                5 | 6 => {
                    if standing(&world.scene) == Standing::Holds {
                        for id in reply(&mut world.scene, "One day.") { said(&mut world.scene, id); }
                        world.told = None;
                    }
                }
                7 => { let now = world.scene.now; world.scene.conversation.back_off(now, None); }
                _ => world.wake(fate)?,
            }
            if world.closed {
                let event = inbox(seconds, EventKind::Completed { ended_by: Some(EndedBy::Agent) }, Told::default());
                world.scene.drain(&event);
                prop_assert!(world.scene.wake_at().is_none(), "{:?}", world.scene.conversation);
                return Ok(());
            }
            // A new countdown, or a new silence, may begin to tell anew.
            if world.scene.conversation.countdown.as_ref().is_none_or(|countdown| countdown.ends_at.is_none()) {
                world.told = world.told.filter(|(told, _)| {
                    *told == Reminder::CheckIn && world.scene.conversation.idle.as_ref().is_some_and(|idle| idle.asked_at.is_some())
                });
            }
            world.scene.conversation.prune_actions();
            world.nothing_waits_unseen()?;
        }
    }
}
