//! Going through a procedure without a model: ask, call, answer.
//!
//! Nothing is remembered but [`UnderWay`], between turns. Within a turn the same is done from the start each time that it is
//! thought about: a call whose outcome is among [`Turn::rounds`] has been made, the first one that is not is asked for. So it
//! makes no difference whether the state of the turn's beginning is given again, or the newest.
//!
//! 1. Where the procedure or its tool needs to know surer who writes, the visitor is asked for what
//!    `identity.conversational` names, and that is looked up. Where it is not set up, the visitor is told to sign in, and a
//!    human is asked for when they insist without having done so.
//! 2. The procedure's own questions, each at most twice.
//! 3. Its call.
//! 4. Its answer. A blank that can't be filled, a call that fails: a human.
//!
//! A visitor who lets go of it, thanks, says goodbye, or plainly asks something else leaves it. What was answered is then
//! forgotten, as it is at the end.

mod answers;
mod date;
mod formats;
mod leaving;
mod template;

use serde::Deserialize;
use serde_json::Value;

use self::answers::Slot;
use self::date::Calendar;
use self::formats::Format;
use super::answer::Voice;
use super::{approval, summary};
use crate::agent::procedures::{containment, spoken};
use crate::agent::understanding::intent::Reading;
use crate::agent::understanding::question::question_of;
use crate::agent::{Next, Thought, ToolCall, ToolOutcome, Turn, guard};
use crate::domain::blanks::fill;
use crate::domain::message::Author;
use crate::domain::player::Level;
use crate::domain::procedure::UnderWay;
use crate::domain::settings::{Asks, ConversationalCheck, HttpTool, Procedure, Run};
use crate::domain::verdict::{EscalationReason, Verdict};

/// The tool that checks who writes.
const LOOKUP: &str = "lookup_player";

/// The tools that are there without being declared, and that it has no use for.
const BUILT_IN: [&str; 2] = ["search_knowledge", "tag"];

/// What tells the calls that are asked for here from those of a model.
const CHECK_ID: &str = "procedure-check";
const CALL_ID: &str = "procedure-call";

/// How many calls are asked for in a turn: one to know who writes, one for the procedure.
const CALLS_LIMIT: usize = 2;

/// How often the same question is asked.
const ASKED_LIMIT: u8 = 2;

/// What stands for a question where the visitor was told to sign in. No question of a procedure is called so.
const SIGN_IN: &str = "sign in";

/// The rule that account data is told to nobody whom we don't know.
const NOT_VERIFIED: &str = "not_verified";

/// The built-in texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcedureTexts {
    /// Tells why there will be questions about the account.
    check: String,
    /// Those questions.
    ask: CheckTexts,
    /// What was told does not fit.
    mismatch: String,
    /// Account data is only for who is signed in.
    sign_in: String,
    /// True.
    yes: String,
    /// False.
    no: String,
}

/// Questions for what only the player knows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckTexts {
    email: String,
    date_of_birth: String,
    username: String,
    phone: String,
    postal_code: String,
}

impl CheckTexts {
    fn of(&self, asks: Asks) -> &str {
        match asks {
            Asks::Email => &self.email,
            Asks::DateOfBirth => &self.date_of_birth,
            Asks::Username => &self.username,
            Asks::Phone => &self.phone,
            Asks::PostalCode => &self.postal_code,
        }
    }
}

/// Whether a procedure can be gone through without a model. What the built-in tools answer is for models; `lookup_player` as
/// the call means that it must be sure who writes.
pub(super) fn is_runnable(procedure: &Procedure) -> bool {
    let says_something = |run: &Run| run.answer.values().any(|text| !text.trim().is_empty());
    let built_in = |run: &Run| run.call.as_ref().is_some_and(|call| BUILT_IN.contains(&call.as_str()));
    procedure.run.as_ref().is_some_and(|run| says_something(run) && !built_in(run))
}

/// The visitor's words without what tells of a person, for a search.
pub(super) fn without_answers(text: &str, turn: &Turn<'_>) -> String {
    formats::without_answers(text, Calendar::of(turn))
}

/// A procedure that is gone through in a turn.
pub(super) struct Running<'a> {
    voice: &'a Voice<'a>,
    reading: &'a Reading,
    procedure: &'a Procedure,
    run: &'a Run,
}

impl<'a> Running<'a> {
    /// That procedure, if it can be gone through.
    pub(super) fn of(voice: &'a Voice<'a>, reading: &'a Reading, procedure: &'a Procedure) -> Option<Self> {
        let run = procedure.run.as_ref().filter(|_| is_runnable(procedure))?;
        Some(Self { voice, reading, procedure, run })
    }

    /// Begins with it.
    pub(super) fn begin(&self) -> Thought {
        let mut state = UnderWay {
            procedure: self.procedure.name.clone(),
            answers: std::collections::BTreeMap::new(),
            asked: None,
            times: 0,
            checks: 0,
        };
        self.take(&mut state, false);
        self.advance(state)
    }

    fn turn(&self) -> &'a Turn<'a> {
        self.voice.turn
    }

    fn take(&self, state: &mut UnderWay, free: bool) -> bool {
        let text = question_of(self.turn().lines);
        let asked = state.asked.clone();
        let slots = self.slots(state);
        answers::take(&text, &slots, asked.as_deref(), free, Calendar::of(self.turn()), &mut state.answers)
    }

    /// What the visitor's lines may answer. Who is known already is not asked who they are, and an address that they write is
    /// then not taken for that.
    fn slots(&self, state: &UnderWay) -> Vec<Slot<'a>> {
        let own = self.run.ask.iter().map(|asked| Slot { name: &asked.name, format: asked.format.into() });
        let fields = self.check_settings().map_or(&[][..], |check| &check.ask);
        let is_asked = |asks: &Asks| state.asked.as_deref() == Some(asks.name());
        let checking = self.turn().player.level < self.needed_level()
            || fields.iter().any(|asks| is_asked(asks) || state.answers.contains_key(asks.name()))
            || self.calls_so_far().any(|call| call.id == CHECK_ID);
        let fields = fields.iter().filter(|_| checking).copied();
        let mut slots: Vec<Slot<'a>> =
            fields.map(|asks| Slot { name: asks.name(), format: Format::from(asks) }).collect();
        for slot in own {
            if !slots.iter().any(|known| known.name == slot.name) {
                slots.push(slot);
            }
        }
        slots
    }

    fn advance(&self, mut state: UnderWay) -> Thought {
        let tool = self.tool();
        if self.run.call.is_some() && tool.is_none() && !self.only_checks() {
            return self.escalate(EscalationReason::ToolFailed);
        }
        if let Some(outcome) = tool.and_then(|tool| self.decided(tool)) {
            return self.conclude_call(state, outcome);
        }
        if self.turn().player.level < self.needed_level() {
            return self.check(state);
        }
        if let Some(next) = self.run.ask.iter().find(|asked| !state.answers.contains_key(&asked.name)) {
            let Some((_, question)) = self.spoken(&next.question) else {
                return self.escalate(EscalationReason::ToolFailed);
            };
            return self.ask(state, &next.name, None, question);
        }
        state.asked = None;
        state.times = 0;
        let Some(tool) = tool else { return self.answer(&state, None) };
        let Some(arguments) = self.arguments(&state, tool) else { return self.escalate(EscalationReason::ToolFailed) };
        let call = ToolCall { id: CALL_ID.to_owned(), name: tool.name.to_string(), arguments };
        match self.outcome(&call) {
            None => self.call(call, state),
            Some(outcome) => self.conclude_call(state, outcome),
        }
    }

    /// Says what the procedure's call came to.
    fn conclude_call(&self, state: UnderWay, outcome: &ToolOutcome) -> Thought {
        let texts = &self.voice.built_in().approval;
        match outcome {
            ToolOutcome::Answered { answer } => self.answer(&state, Some(answer)),
            ToolOutcome::Waits { .. } => {
                let text = self.voice.told([approval::waits(self.voice)], self.reading.about_us);
                self.conclude(super::answer::reply(text), Some(state))
            }
            ToolOutcome::Declined { .. } => {
                let text = self.voice.told([&texts.declined], self.reading.about_us);
                self.conclude(super::answer::reply(text), None)
            }
            ToolOutcome::Refused { .. } | ToolOutcome::Failed { .. } => self.escalate(EscalationReason::ToolFailed),
        }
    }

    /// Makes sure who writes.
    fn check(&self, mut state: UnderWay) -> Thought {
        let Some(check) = self.check_settings() else { return self.not_signed_in(state) };
        if state.checks >= check.tries || self.turn().player.failed_checks >= check.tries {
            return self.not_verified();
        }
        let texts = &self.voice.built_in().procedure;
        if let Some(next) = check.ask.iter().find(|asks| !state.answers.contains_key(asks.name())) {
            let is_new = state.asked.is_none() && state.checks == 0;
            return self.ask(state, next.name(), is_new.then_some(texts.check.as_str()), texts.ask.of(*next));
        }
        let told = check.ask.iter().filter_map(|asks| {
            let answer = state.answers.get(asks.name())?;
            Some((asks.name().to_owned(), Value::String(answer.clone())))
        });
        let call =
            ToolCall { id: CHECK_ID.to_owned(), name: LOOKUP.to_owned(), arguments: Value::Object(told.collect()) };
        match self.outcome(&call) {
            None => {
                state.asked = None;
                state.times = 0;
                self.call(call, state)
            }
            Some(ToolOutcome::Refused { .. }) => self.not_verified(),
            // Nobody is asked for leave to look somebody up.
            Some(ToolOutcome::Failed { .. } | ToolOutcome::Waits { .. } | ToolOutcome::Declined { .. }) => {
                self.escalate(EscalationReason::ToolFailed)
            }
            // It was made, and the visitor is not known surely enough: what they told does not fit.
            Some(ToolOutcome::Answered { .. }) => {
                state.checks = state.checks.saturating_add(1);
                let over = state.checks >= check.tries || self.turn().player.failed_checks >= check.tries;
                let Some(first) = check.ask.first().filter(|_| !over) else { return self.not_verified() };
                for asks in &check.ask {
                    state.answers.remove(asks.name());
                }
                state.asked = None;
                self.ask(state, first.name(), Some(&texts.mismatch), texts.ask.of(*first))
            }
        }
    }

    /// Asks a question, unless it was asked often enough.
    fn ask(&self, state: UnderWay, name: &str, lead: Option<&str>, question: &str) -> Thought {
        let again = state.asked.as_deref() == Some(name);
        if again && state.times >= ASKED_LIMIT {
            return self.escalate(EscalationReason::KnowledgeGap);
        }
        let times = if again { state.times.saturating_add(1) } else { 1 };
        let state = UnderWay { asked: Some(name.to_owned()), times, ..state };
        let text = self.voice.told([lead.unwrap_or_default(), question], self.reading.about_us);
        self.conclude(Verdict::Reply { text, sources: Vec::new(), clarifies: true }, Some(state))
    }

    /// Says what came out.
    fn answer(&self, state: &UnderWay, result: Option<&Value>) -> Thought {
        let filled = self.spoken(&self.run.answer).and_then(|(language, template)| {
            let texts = &super::texts::built_in(language, &self.turn().brand.language).procedure;
            fill(template, |name| match (name.strip_prefix("result"), result) {
                (Some(""), Some(result)) => template::field(result, "", [&texts.yes, &texts.no]),
                (Some(path), Some(result)) if path.starts_with('.') => {
                    template::field(result, &path[1..], [&texts.yes, &texts.no])
                }
                _ => self.known(state, name).and_then(|value| template::said(&value)),
            })
        });
        let Some(filled) = filled else { return self.escalate(EscalationReason::ToolFailed) };
        let text = self.voice.told([&filled], self.reading.about_us);
        let verdict = Verdict::Reply { text, sources: Vec::new(), clarifies: false };
        // A text may claim what the tool did not do.
        if guard::objection(self.turn(), &verdict, self.voice.language).is_some() {
            return self.escalate(EscalationReason::ToolFailed);
        }
        self.conclude(verdict, None)
    }

    fn known(&self, state: &UnderWay, name: &str) -> Option<String> {
        if name == "player.id" {
            return self.turn().player.id.as_ref().map(ToString::to_string);
        }
        state.answers.get(name).cloned()
    }

    fn arguments(&self, state: &UnderWay, tool: &HttpTool) -> Option<Value> {
        let filled = self.run.arguments.iter().map(|(name, template)| {
            let text = fill(template, |blank| self.known(state, blank))?;
            Some((name.clone(), template::typed(text, tool.arguments.pointer(&format!("/properties/{name}/type")))))
        });
        filled.collect::<Option<serde_json::Map<String, Value>>>().map(Value::Object)
    }

    /// Account data is for who is known. Told once; who comes back to it without being known gets a human.
    fn not_signed_in(&self, state: UnderWay) -> Thought {
        let text = &self.voice.built_in().procedure.sign_in;
        let mut ours = self.turn().lines.iter().filter(|line| line.author == Author::Ours);
        if ours.any(|line| line.content.readable().contains(text.as_str())) {
            return self.not_verified();
        }
        let state = UnderWay { asked: Some(SIGN_IN.to_owned()), times: 1, ..state };
        let text = self.voice.told([text], self.reading.about_us);
        self.conclude(Verdict::Reply { text, sources: Vec::new(), clarifies: true }, Some(state))
    }

    fn not_verified(&self) -> Thought {
        self.escalate(EscalationReason::Policy { name: NOT_VERIFIED.to_owned() })
    }

    /// Asks for a human, or says what the company wants said instead.
    fn escalate(&self, reason: EscalationReason) -> Thought {
        let contained =
            containment(self.procedure, &reason, self.voice.language, &self.turn().brand.language).map(str::to_owned);
        let verdict = match contained {
            Some(text) => super::answer::reply(self.voice.told([&text], self.reading.about_us)),
            None => Verdict::Escalate { reason, summary: summary::of(self.turn().lines) },
        };
        self.conclude(verdict, None)
    }

    fn conclude(&self, verdict: Verdict, under_way: Option<UnderWay>) -> Thought {
        self.thought(Next::Conclude(verdict), under_way)
    }

    fn thought(&self, next: Next, under_way: Option<UnderWay>) -> Thought {
        Thought { tags: self.procedure.tags.clone(), under_way, ..Thought::next(next) }
    }

    fn call(&self, call: ToolCall, state: UnderWay) -> Thought {
        if self.calls_so_far().count() >= CALLS_LIMIT {
            return self.escalate(EscalationReason::ToolFailed);
        }
        self.thought(Next::Call(vec![call]), Some(state))
    }

    /// The calls that were asked for here in this turn.
    fn calls_so_far(&self) -> impl Iterator<Item = &'a ToolCall> {
        let calls = self.turn().rounds.iter().flat_map(|round| &round.calls).map(|(call, _)| call);
        calls.filter(|call| call.id == CHECK_ID || call.id == CALL_ID)
    }

    fn outcome(&self, call: &ToolCall) -> Option<&'a ToolOutcome> {
        let calls = self.turn().rounds.iter().rev().flat_map(|round| &round.calls);
        calls.into_iter().find(|(made, _)| made == call).map(|(_, outcome)| outcome)
    }

    /// What became of the procedure's call, which waited for approval since an earlier turn.
    fn decided(&self, tool: &HttpTool) -> Option<&'a ToolOutcome> {
        let mut decided = self.turn().approvals.decided.iter().rev();
        decided.find(|(call, _)| call.name == tool.name.as_str()).map(|(_, outcome)| outcome)
    }

    /// The procedure's tool, if the brand has it.
    fn tool(&self) -> Option<&'a HttpTool> {
        let turn = self.turn();
        turn.settings.tool(self.run.call.as_ref()?.as_str()).filter(|tool| tool.is_for(&turn.brand.id))
    }

    fn needed_level(&self) -> Level {
        let tools = self.tool().map_or(Level::Anonymous, HttpTool::needed_level);
        let checks = if self.only_checks() { Level::Verified } else { Level::Anonymous };
        self.procedure.level.max(tools).max(checks)
    }

    /// Whether being sure who writes is all that is to be called for.
    fn only_checks(&self) -> bool {
        self.run.call.as_ref().is_some_and(|call| call.as_str() == LOOKUP)
    }

    fn check_settings(&self) -> Option<&'a ConversationalCheck> {
        let turn = self.turn();
        turn.settings.identity_of(turn.brand).conversational.as_ref().filter(|check| !check.ask.is_empty())
    }

    fn spoken(&self, texts: &'a std::collections::BTreeMap<String, String>) -> Option<(&'a str, &'a str)> {
        spoken(texts, self.voice.language, &self.turn().brand.language)
    }
}
