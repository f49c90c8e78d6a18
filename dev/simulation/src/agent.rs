//! The agent of a world: the one that is delivered, or one that comes to any verdict at all and says which lines it is about.

use std::sync::{Arc, Weak};
use std::time::Duration;

use shared::agent::playbook::Playbook;
use shared::agent::{Agent, AgentError, Thought, Turn};
use shared::domain::message::Author;
use shared::domain::verdict::{EscalationReason, Verdict};
use tokio::time::sleep;

use crate::faults::{Chance, Fault};
use crate::process::Process;
use crate::world::World;

/// What thinks.
pub(crate) struct Thinker {
    world: Weak<World>,
    process: Arc<Process>,
    playbook: Option<Playbook>,
}

impl Thinker {
    pub(crate) fn new(world: &Arc<World>, process: &Arc<Process>) -> Self {
        let playbook = world.playbook.then(Playbook::default);
        Self { world: Arc::downgrade(world), process: Arc::clone(process), playbook }
    }
}

impl Agent for Thinker {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        let Some(world) = self.world.upgrade() else { return Ok(thought(Verdict::Silence)) };
        let conversation = self.process.conversation();
        let (takes_ms, fails) = {
            let dice = &mut world.lock().dice;
            let slow = dice.strikes(Fault::SlowAgent, conversation);
            let takes_ms = if slow {
                dice.stream(Fault::SlowAgent, conversation).u64(4_000..70_000)
            } else {
                dice.chance(Chance::Agent, conversation).u64(50..1_500)
            };
            (takes_ms, dice.strikes(Fault::AgentError, conversation))
        };
        sleep(Duration::from_millis(takes_ms)).await;
        if fails {
            return Err(AgentError::Unavailable { backend: "simulation".to_owned(), reason: "a fault".to_owned() });
        }
        let thought = match &self.playbook {
            Some(playbook) => playbook.think(turn).await?,
            None => thought(verdict(&world, conversation, turn)),
        };
        if let Some(Verdict::Close { .. }) = thought.verdict() {
            world.lock().judge.served(turn.lines.iter().filter_map(|line| tag(line.content.readable())));
        }
        world.note(conversation, || format!("the agent's verdict: {:?}", thought.verdict()));
        Ok(thought)
    }
}

fn thought(verdict: Verdict) -> Thought {
    Thought { language: Some("en".to_owned()), ..Thought::of(verdict) }
}

/// The tag of a visitor's line.
pub(crate) fn tag(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    word.starts_with('#').then(|| word.to_owned())
}

/// By the kind of the newest line, and by chance.
fn verdict(world: &World, conversation: usize, turn: &Turn<'_>) -> Verdict {
    let of_visitor = || turn.lines.iter().filter(|line| line.author == Author::Visitor);
    let unanswered: Vec<String> =
        of_visitor().filter(|line| line.unanswered).filter_map(|line| tag(line.content.readable())).collect();
    let all: Vec<String> = of_visitor().filter_map(|line| tag(line.content.readable())).collect();
    let kind = unanswered.last().and_then(|tag| tag.chars().last()).unwrap_or('q');
    let (number, chance) = {
        let mut inner = world.lock();
        inner.thoughts += 1;
        (inner.thoughts, inner.dice.chance(Chance::Agent, conversation).u8(0..100))
    };
    let about = |letter: char, tags: &[String]| format!("{letter}{number} {}: the answer.", tags.join(" "));
    let reply = |text, clarifies| Verdict::Reply { text, sources: Vec::new(), clarifies };
    let escalate =
        |reason| Verdict::Escalate { reason, summary: format!("The visitor asks about {}.", unanswered.join(" ")) };
    let close = |silent: bool| {
        let text = (!silent).then(|| about('C', &all));
        Verdict::Close { text, countdown: chance % 3 == 0 }
    };
    if turn.waiting.is_some() {
        return match (kind, chance) {
            ('t', 0..70) => close(chance < 15),
            (_, 0..60) => reply(about('W', &unanswered), false),
            _ => Verdict::Silence,
        };
    }
    match (kind, chance) {
        ('h', 0..90) => escalate(EscalationReason::VisitorAsked),
        ('t', 0..90) => close(chance < 15),
        ('v', 0..70) => reply(about('A', &unanswered), true),
        ('g', 0..80) => escalate(EscalationReason::KnowledgeGap),
        (_, 97..) => Verdict::Silence,
        _ => reply(about('A', &unanswered), false),
    }
}
