//! The team: who takes a chat that rings, and what they do with it.

use std::sync::Arc;

use tokio::time::sleep;

use super::traffic::{Job, millis};
use super::{Inner, World};
use crate::faults::Chance;
use crate::portal::{US, human};

impl Inner {
    /// A transfer rings on the desks: each human takes it, turns it down, lets it ring, or comes late.
    pub(super) fn desk_rings(&mut self, conversation: usize) {
        let ring_ms = self.salesiq.habits.ring_ms;
        let ring = self.salesiq.chat(conversation).and_then(|chat| chat.ring.clone());
        for who in ring.into_iter().flat_map(|ring| ring.rang).filter(|who| who != US) {
            let chance = self.dice.chance(Chance::Human, conversation);
            let (what, delay) = (chance.u8(0..100), chance.i64(2_000..45_000));
            let (takes, after_ms) = match what {
                0..60 => (true, delay),
                60..75 => (false, delay),
                75..90 => continue,
                _ => (true, ring_ms + delay),
            };
            self.jobs.push(Job::Answer { after_ms, conversation, who, takes });
        }
    }
}

impl World {
    /// A human answers a ring.
    pub(super) fn answer_ring(self: &Arc<Self>, conversation: usize, who: &str, takes: bool) {
        let answered = self.act(conversation, |salesiq, now| {
            if takes { salesiq.accept(now, who, conversation) } else { salesiq.reject(now, who, conversation) }
        });
        let how = if takes { "accepts" } else { "turns it down" };
        self.note(conversation, || format!("{who} {how}: {answered:?}"));
    }

    /// A human has a chat: writes, and closes it, hands it back, or keeps it.
    pub(super) async fn attend_as(self: &Arc<Self>, conversation: usize, thread: u32, who: String) {
        let (first, second, then) = {
            let mut inner = self.lock();
            let rng = inner.dice.chance(Chance::Human, conversation);
            (rng.i64(2_000..20_000), rng.i64(5_000..60_000), rng.u8(0..100))
        };
        sleep(millis(first)).await;
        let text = format!("Hello, this is {who}.");
        let _ = self.act(conversation, |salesiq, now| salesiq.operator_says(now, &who, conversation, text));
        sleep(millis(second)).await;
        let same = {
            let inner = self.lock();
            inner.salesiq.chat(conversation).is_some_and(|chat| chat.thread == thread)
        };
        if !same {
            return;
        }
        match then {
            0..45 => {
                let _ = self.act(conversation, |salesiq, now| salesiq.close(now, &who, conversation));
            }
            45..65 => {
                let back =
                    self.act(conversation, |salesiq, now| salesiq.transfer(now, &who, conversation, 0, Some(US)));
                self.note(conversation, || format!("{who} hands back: {back:?}"));
            }
            _ => {}
        }
    }

    /// A human writes into a chat that somebody else attends.
    pub(super) fn interject(self: &Arc<Self>, conversation: usize) {
        let who = human(0);
        let _ = self.act(conversation, |salesiq, now| {
            salesiq.join(now, &who, conversation);
            salesiq.operator_says(now, &who, conversation, "Let me say something.".to_owned())
        });
    }

    /// A human takes a chat away from its attender, or before anybody has it.
    pub(super) fn snatch(self: &Arc<Self>, conversation: usize) {
        let who = human(0);
        self.act(conversation, |salesiq, now| {
            let open = salesiq.chat(conversation).is_some_and(|chat| chat.status.is_open() && chat.ring.is_none());
            if open {
                salesiq.attend(now, &who, conversation);
            }
        });
    }
}
