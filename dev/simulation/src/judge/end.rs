//! What is checked when a world has come to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::domain::conversation::{Conversation, Phase};
use shared::domain::router::{Decision, Outcome, Reserved};
use shared::store::{Store as _, WORK_SHARDS};

use super::Judge;
use crate::portal::{Chat, Salesiq, Status, US, Who, conversation_of};
use crate::world::{World, timestamp};

/// How long something may wait at the end.
const PATIENCE_MS: i64 = 180_000;

/// A conversation as we have it.
struct Ours {
    state: Option<Conversation>,
    decisions: Vec<Decision>,
}

/// Judges a world that has come to rest.
pub(crate) async fn at_the_end(world: &Arc<World>) {
    let mut all = BTreeMap::new();
    for conversation in 1..=world.plan.conversations {
        let Some(key) = world.key(conversation) else { continue };
        let loaded = world.memory.load(&key).await.unwrap_or_default();
        let state = loaded.state.and_then(|state| serde_json::from_str(&state.body).ok());
        let decisions = shared::engine::decisions::read(&world.memory, &key).await.unwrap_or_default();
        all.insert(conversation, Ours { state, decisions });
    }
    let now = world.now_ms();
    let overdue = overdue(world, now).await;
    let reserved = reserved(world, now).await;
    let items = world.memory.items();
    let keys: BTreeSet<(&str, &str)> = items.iter().map(|item| (item.pk.as_str(), item.sk.as_str())).collect();
    let inner = &mut *world.lock();
    let (judge, salesiq) = (&mut inner.judge, &inner.salesiq);
    judge.stored(world, &keys);
    judge.waits_unseen(&overdue, &all);
    for (conversation, ours) in &all {
        let Some(chat) = salesiq.chat(*conversation) else { continue };
        judge.said(chat);
        if chat.brand < 2 {
            judge.lines(salesiq, chat);
            judge.mails(chat, ours);
            judge.rings(chat, ours);
            judge.agrees(chat, ours);
            let ringing = ours.state.as_ref().is_some_and(|state| state.ring_ends_at().is_some());
            let held = reserved.contains(conversation) && !ringing;
            judge.check("freed", *conversation, held.then(|| "an operator is still reserved for it".to_owned()));
        }
    }
}

async fn overdue(world: &World, now: i64) -> Vec<usize> {
    let mut overdue = Vec::new();
    for shard in 0..WORK_SHARDS {
        let due = world.memory.due(&world.workspace, shard, timestamp(now - PATIENCE_MS), 1_000).await;
        overdue.extend(due.unwrap_or_default().iter().filter_map(|key| conversation_of(key.conversation.as_str())));
    }
    overdue
}

async fn reserved(world: &World, now: i64) -> BTreeSet<usize> {
    let documents = world.memory.documents(&format!("OPLOAD#{}", world.workspace), "").await.unwrap_or_default();
    let reserved = documents.iter().filter_map(|document| serde_json::from_str::<Reserved>(&document.body).ok());
    let still = reserved.flat_map(|reserved| reserved.until).filter(|(_, until)| until.as_millisecond() > now);
    still.filter_map(|(conversation, _)| conversation_of(conversation.as_str())).collect()
}

impl Judge {
    fn stored(&mut self, world: &World, keys: &BTreeSet<(&str, &str)>) {
        for (conversation, dedup, event) in std::mem::take(&mut self.acknowledged) {
            let pk = format!("C#{}#{}", world.workspace, crate::portal::conversation_id(conversation));
            let there = ["D", "U"].iter().any(|kind| keys.contains(&(pk.as_str(), format!("{kind}#{dedup}").as_str())));
            self.check("stored", conversation, (!there).then(|| format!("{event} was acknowledged and is not there")));
        }
    }

    fn waits_unseen(&mut self, overdue: &[usize], all: &BTreeMap<usize, Ours>) {
        self.check("nothing-overdue", 0, None);
        for conversation in overdue {
            let how = |state: &Conversation| {
                let open: Vec<_> = state.actions.iter().filter(|action| action.is_open()).collect();
                let Conversation { phase, turn, retry_at, unanswered, .. } = state;
                format!("{phase:?}, {turn:?}, retry {retry_at:?}, waiting {unanswered:?}, open {open:?}")
            };
            let state = all.get(conversation).and_then(|ours| ours.state.as_ref()).map(how).unwrap_or_default();
            let seen = format!("it has been due for three minutes and nobody took it: {state}");
            self.check("nothing-overdue", *conversation, Some(seen));
        }
    }

    /// What stands in the chat in our name.
    fn said(&mut self, chat: &Chat) {
        let ours = chat.lines.iter().filter(|line| matches!(&line.who, Who::Operator(who) if who == US));
        let replies: Vec<&str> = ours
            .map(|line| line.text.as_str())
            .filter(|text| text.starts_with(['A', 'C']) && text[1..].starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        let mut answered: BTreeMap<&str, &str> = BTreeMap::new();
        for (place, text) in replies.iter().enumerate() {
            let again = replies[..place].contains(text);
            self.check("said-once", chat.number, again.then(|| format!("said twice: {text}")));
            if again || text.starts_with('C') {
                continue;
            }
            for tag in text.split([' ', ':']).filter(|word| word.starts_with('#')) {
                let before = answered.insert(tag, text).filter(|before| before != text);
                let wrong = before.map(|before| format!("{tag} is answered by {before:?} and by {text:?}"));
                self.check("answered-once", chat.number, wrong);
            }
        }
    }

    /// What became of the visitor's lines.
    fn lines(&mut self, salesiq: &Salesiq, chat: &Chat) {
        for line in chat.lines.iter().filter(|line| line.who == Who::Visitor && !line.deleted) {
            let fate = self.fate(salesiq, chat.number, line.id, &line.text);
            let lost = fate.is_none();
            let heard = self.lines.contains_key(&(chat.number, line.id));
            let wrong = lost.then(|| {
                let how = if heard { "acknowledged" } else { "not acknowledged" };
                format!("neither answered nor with a human nor mailed ({how}, chat {:?}): {}", chat.status, line.text)
            });
            self.check("answered", chat.number, wrong);
        }
    }

    fn mails(&mut self, chat: &Chat, ours: &Ours) {
        let number = chat.number;
        let took = self.letters[number].len();
        let known = ours.state.as_ref().map_or(0, |state| usize::try_from(state.counts.mails).unwrap_or(usize::MAX));
        let surplus = took.saturating_sub(known) > self.unsure[number];
        let wrong = surplus.then(|| format!("SES took {took} mails, the state knows of {known}"));
        self.check("mailed-once", number, wrong);
        let unattended = ours.state.as_ref().is_some_and(|state| {
            matches!(state.phase, Phase::Closed { how: shared::domain::conversation::Closed::Unattended })
        });
        if unattended && chat.ended.is_some_and(|ended| self.closed[number].contains(&ended)) {
            let said = |line: &crate::portal::Line| matches!(&line.who, Who::Operator(who) if who == US);
            let silent = !chat.lines.iter().any(said);
            self.check("told", number, silent.then(|| "closed without a word".to_owned()));
        }
    }

    fn rings(&mut self, chat: &Chat, ours: &Ours) {
        let decided = ours.decisions.iter().filter(|one| matches!(one.outcome, Outcome::Ring { .. })).count();
        let rung = usize::try_from(chat.rung_by_us).unwrap_or(usize::MAX);
        let wrong = (rung > decided + self.unsure_rings[chat.number])
            .then(|| format!("{rung} transfers for {decided} decisions"));
        self.check("rung-once", chat.number, wrong);
        if rung > 0 {
            self.check("noted", chat.number, chat.notes.is_empty().then(|| "it rang without a note".to_owned()));
        }
    }

    fn agrees(&mut self, chat: &Chat, ours: &Ours) {
        let name = ours.state.as_ref().map_or("unknown", |state| state.phase.name());
        let agrees = match (chat.status, chat.attender.as_deref()) {
            (Status::Closed | Status::Missed, _) => name == "closed",
            (Status::Waiting, _) => matches!(name, "assisting" | "awaiting_handoff"),
            (Status::Connected, Some(US)) => {
                matches!(name, "assisting" | "escalating" | "unattended" | "with_human")
            }
            (Status::Connected, _) => name == "with_human",
        };
        let (status, attender) = (chat.status, chat.attender.as_deref().unwrap_or("nobody"));
        let wrong = (!agrees).then(|| format!("SalesIQ: {status:?} with {attender}; our phase: {name}"));
        self.check("agrees", chat.number, wrong);
    }
}
