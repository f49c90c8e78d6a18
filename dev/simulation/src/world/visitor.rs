//! What a visitor does, scripted from the seed. Each line begins with a tag that no other line has: by it everybody can
//! tell which lines an answer or a mail is about.

use std::sync::Arc;

use tokio::time::sleep;

use super::World;
use super::traffic::millis;
use crate::faults::Chance;
use crate::portal::{Opening, Who};

/// What a line is about; the last letter of its tag, by which the seeded agent knows it.
const KINDS: [(char, &str, u8); 7] = [
    ('q', "How long does a withdrawal take?", 45),
    ('p', "I have forgotten my password, what can I do?", 15),
    ('h', "I want to talk to a human, please", 18),
    ('t', "Thanks, that was all. Bye!", 8),
    ('v', "It does not work", 8),
    ('g', "Which stars can be seen from the moon in May?", 4),
    ('s', "...", 2),
];

/// One thing a visitor does, or has done to the chat.
#[derive(Debug, Clone)]
enum Step {
    Say(String),
    Edit,
    Delete,
    Leave,
    Interjection,
    Snatch,
}

impl World {
    /// A visitor's whole visit.
    pub(super) async fn visit(self: Arc<Self>, conversation: usize) {
        let (opens_in, opening, script) = self.script(conversation);
        sleep(millis(opens_in)).await;
        self.note(conversation, || format!("visitor opens: {}", opening.question));
        self.act(conversation, |salesiq, now| salesiq.open(now, conversation, opening));
        let most = self.plan.steps.unwrap_or(usize::MAX);
        for (delay, step) in script.into_iter().take(most) {
            sleep(millis(delay)).await;
            self.note(conversation, || format!("step: {step:?}"));
            self.take(conversation, step);
        }
    }

    fn take(self: &Arc<Self>, conversation: usize, step: Step) {
        let last = |world: &Self| {
            let inner = world.lock();
            let chat = inner.salesiq.chat(conversation)?;
            let mut lines = chat.lines.iter().filter(|line| line.who == Who::Visitor && !line.deleted);
            // The first line is the question, which has no webhook of its own.
            lines.by_ref().next();
            lines.next_back().map(|line| (line.id, line.text.clone()))
        };
        match step {
            Step::Say(text) => {
                self.act(conversation, |salesiq, now| salesiq.visitor_says(now, conversation, text));
            }
            Step::Edit => {
                if let Some((line, text)) = last(self) {
                    let text = Some(format!("{text} (changed)"));
                    self.act(conversation, |salesiq, now| salesiq.visitor_edits(now, conversation, line, text));
                }
            }
            Step::Delete => {
                if let Some((line, _)) = last(self) {
                    self.act(conversation, |salesiq, now| salesiq.visitor_edits(now, conversation, line, None));
                }
            }
            Step::Leave => self.act(conversation, |salesiq, now| salesiq.visitor_leaves(now, conversation)),
            Step::Interjection => self.interject(conversation),
            Step::Snatch => self.snatch(conversation),
        }
    }

    fn script(&self, conversation: usize) -> (i64, Opening, Vec<(i64, Step)>) {
        let mut inner = self.lock();
        let rng = inner.dice.chance(Chance::Visitor, conversation);
        let mut number = 0;
        let mut text = |rng: &mut fastrand::Rng| {
            number += 1;
            let mut at = rng.u8(0..100);
            let (kind, words, _) = KINDS
                .iter()
                .find(|(.., share)| {
                    let here = at < *share;
                    at = at.saturating_sub(*share);
                    here
                })
                .unwrap_or(&KINDS[0]);
            format!("#{conversation}.{number}{kind} {words}")
        };
        let opens_in = rng.i64(0..600_000);
        let brand = match rng.u8(0..10) {
            0 => 2,
            1..4 => 1,
            _ => 0,
        };
        let email = rng.bool().then(|| format!("visitor{conversation}@example.com"));
        let opening = Opening { brand, department: rng.usize(0..2), question: text(rng), email };
        let mut script = Vec::new();
        for _ in 0..rng.usize(0..9) {
            let delay = match rng.u8(0..10) {
                0..4 => rng.i64(200..3_000),
                4..8 => rng.i64(3_000..40_000),
                _ => rng.i64(40_000..240_000),
            };
            let step = match rng.u8(0..100) {
                0..76 => Step::Say(text(rng)),
                76..80 => Step::Edit,
                80..84 => Step::Delete,
                84..92 => Step::Leave,
                92..97 => Step::Interjection,
                _ => Step::Snatch,
            };
            script.push((delay, step));
        }
        (opens_in, opening, script)
    }
}
