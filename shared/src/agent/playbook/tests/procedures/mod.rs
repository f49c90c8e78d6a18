//! Procedures as visitors meet them: whole conversations, with a company's API that is played here.

mod approvals;
mod conversations;
mod leaving;
mod refusals;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DEMO, chat, said};
use crate::agent::playbook::Playbook;
use crate::agent::{Approvals, Line, Next, Round, Thought, ToolCall, ToolOutcome, Turn};
use crate::domain::id::{ConversationId, PlayerId};
use crate::domain::message::{Author, Content};
use crate::domain::player::{How, Level, Player};
use crate::domain::procedure::UnderWay;
use crate::domain::settings::{Article, Procedure, WorkspaceSettings};
use crate::domain::verdict::Verdict;

/// How many calls a turn ever asks for.
const ROUNDS: usize = 2;

/// What the company's API does.
#[derive(Clone)]
struct Api {
    /// What `lookup_player` comes to; without it, it checks what was told.
    lookup: Option<ToolOutcome>,
    /// What the other tools come to.
    call: ToolOutcome,
}

/// A conversation, turn by turn.
#[derive(Clone)]
struct Talk {
    settings: WorkspaceSettings,
    knowledge: Vec<Article>,
    lines: Vec<Line>,
    player: Player,
    under_way: Option<UnderWay>,
    /// The newest state is given when a turn is thought about again, instead of that of its beginning.
    newest: bool,
    language: Option<String>,
    clarifications: u8,
    tags: Vec<String>,
    calls: Vec<ToolCall>,
    /// What was decided of calls that waited, and is to be told.
    decided: Vec<(ToolCall, ToolOutcome)>,
    api: Api,
}

/// The procedures of a gaming company, with what the playbook does in some of them.
fn procedures() -> Vec<Procedure> {
    let mut procedures: Vec<Procedure> =
        serde_json::from_str(include_str!("../../../procedures/tests/gaming.json")).unwrap();
    let runs = json!({
        "withdrawal-status": {
            "call": "withdrawal_status",
            "arguments": {"player": "{player.id}"},
            "answer": {
                "en": "Your withdrawal of {result.amount} EUR is {result.status}.",
                "de": "Ihre Auszahlung von {result.amount} EUR ist {result.status}.",
                "tr": "{result.amount} EUR tutarındaki çekiminiz: {result.status}.",
            },
        },
        "deposit-missing": {
            "ask": [
                {"name": "payment", "format": "number", "question": {"en": "Which payment number?", "es": "¿Qué número de pago?"}},
                {"name": "day", "format": "date", "question": {"en": "On which day?", "es": "¿Qué día?"}},
            ],
            "call": "deposit_status",
            "arguments": {"payment": "{payment}", "day": "{day}", "player": "{player.id}"},
            "answer": {"en": "Payment {payment}: {result.status}. Credited: {result.credited}.", "es": "Pago {payment}: {result.status}. Acreditado: {result.credited}."},
        },
        "game-crashed": {
            "ask": [
                {"name": "game", "question": {"en": "Which game was it?", "fr": "De quel jeu s'agit-il ?"}},
                {"name": "day", "format": "date", "question": {"en": "On which day?", "fr": "Quel jour ?"}},
            ],
            "answer": {"en": "An open round of {game} from {day} ends when you open the game again.", "fr": "Une partie de {game} du {day} se termine quand vous rouvrez le jeu."},
        },
        "change-email": {
            "ask": [{"name": "new_email", "format": "email", "question": {"en": "What is the new address?"}}],
            "call": "change_email",
            "arguments": {"address": "{new_email}"},
            "answer": {"en": "The address is {new_email} now."},
        },
    });
    for procedure in &mut procedures {
        if let Some(run) = runs.get(procedure.name.as_str()) {
            procedure.run = serde_json::from_value(run.clone()).unwrap();
        }
    }
    procedures
}

fn talk() -> Talk {
    let tool = |name: &str, access: &str, payment: Value| {
        json!({
            "name": name, "description": "-", "access": access, "method": "GET", "url": "https://api.example.com/",
            "allowed_hosts": ["api.example.com"],
            "arguments": {"type": "object", "properties": {"payment": payment}},
        })
    };
    let mut settings = chat(&[]).settings;
    settings.procedures = procedures();
    settings.tools = vec![
        serde_json::from_value(tool("withdrawal_status", "read", json!({}))).unwrap(),
        serde_json::from_value(tool("deposit_status", "read", json!({"type": "integer"}))).unwrap(),
        serde_json::from_value(tool("change_email", "write", json!({}))).unwrap(),
    ];
    settings.identity = serde_json::from_value(json!({
        "conversational": {"tool": "check", "ask": ["email", "date_of_birth"], "tries": 2},
    }))
    .unwrap();
    let answer = json!({"status": "pending", "amount": 120.5, "credited": false});
    Talk {
        settings,
        knowledge: chat(&[]).knowledge,
        lines: Vec::new(),
        player: Player::default(),
        under_way: None,
        newest: false,
        language: None,
        clarifications: 0,
        tags: Vec::new(),
        calls: Vec::new(),
        decided: Vec::new(),
        api: Api { lookup: None, call: ToolOutcome::Answered { answer } },
    }
}

/// Mia, signed in.
fn mia() -> Talk {
    let mut talk = talk();
    talk.player.known(Level::Verified, PlayerId::parse("p-77").ok(), How::Signed, Timestamp::UNIX_EPOCH);
    talk
}

fn failed() -> ToolOutcome {
    ToolOutcome::Failed { why: "time-out".to_owned() }
}

fn refused() -> ToolOutcome {
    ToolOutcome::Refused { why: "not now".to_owned() }
}

impl Talk {
    fn procedure(&mut self, name: &str) -> &mut Procedure {
        self.settings.procedures.iter_mut().find(|procedure| procedure.name.as_str() == name).unwrap()
    }

    /// The visitor writes; what comes of it: the reply, or the reason's code.
    fn say(&mut self, text: &str) -> String {
        self.write(text);
        let (verdict, _) = self.turn();
        match verdict {
            Verdict::Reply { text, .. } => text,
            Verdict::Escalate { reason, .. } => format!("[{}]", serde_json::to_string(&reason).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// A conversation of several lines, each with what comes of it.
    fn all(mut self, lines: &[&str]) -> String {
        let mut newest = Talk { newest: true, ..self.clone() };
        let mut record = Vec::new();
        for line in lines {
            let reply = self.say(line);
            assert_eq!(newest.say(line), reply, "whichever state it is given");
            record.push(format!("> {line}\n{reply}"));
        }
        assert_eq!(newest.calls, self.calls);
        for call in &self.calls {
            record.push(format!("{} {}", call.name, call.arguments));
        }
        if !self.tags.is_empty() {
            record.push(format!("tags {}", self.tags.join(" ")));
        }
        record.join("\n")
    }

    fn write(&mut self, text: &str) {
        self.lines.push(said(text, true));
    }

    /// One turn with all its rounds.
    fn turn(&mut self) -> (Verdict, Vec<Round>) {
        let mut rounds = Vec::new();
        let mut under_way = self.under_way.clone();
        loop {
            let thought = self.think(under_way.as_ref(), &rounds);
            assert_eq!(thought, self.think(under_way.as_ref(), &rounds), "the same turn gets the same");
            let Next::Call(calls) = &thought.next else {
                return (self.conclude(thought), rounds);
            };
            assert!(rounds.len() < ROUNDS && calls.len() == 1, "{rounds:?} {calls:?}");
            let outcome = self.make(&calls[0]);
            rounds.push(Round { calls: vec![(calls[0].clone(), outcome)] });
            if self.newest {
                under_way = thought.under_way;
            }
        }
    }

    fn think(&self, under_way: Option<&UnderWay>, rounds: &[Round]) -> Thought {
        thread_local!(static PLAYBOOK: Playbook = Playbook::new());
        let conversation = ConversationId::parse("1").unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let turn = Turn {
            knowledge: &self.knowledge,
            language: self.language.as_deref(),
            clarifications: self.clarifications,
            spoke_before: self.lines.iter().any(|line| line.author == Author::Ours),
            player: &self.player,
            under_way,
            rounds,
            approvals: Approvals { decided: &self.decided, ..Approvals::default() },
            ..Turn::about(&conversation, &self.settings, &self.settings.brands[0], &self.lines, now)
        };
        PLAYBOOK.with(|playbook| playbook.consider(&turn))
    }

    /// Makes a call, as the engine and the company's API would.
    fn make(&mut self, call: &ToolCall) -> ToolOutcome {
        self.calls.push(call.clone());
        if call.name != "lookup_player" {
            assert_eq!(self.player.level, Level::Verified, "{} is for who is known", call.name);
            return self.api.call.clone();
        }
        if let Some(outcome) = &self.api.lookup {
            return outcome.clone();
        }
        let verified = call.arguments == json!({"email": "mia@example.com", "date_of_birth": "1990-05-12"});
        if verified {
            let id = PlayerId::parse("p-77").ok();
            self.player.known(Level::Verified, id, How::Conversational, Timestamp::UNIX_EPOCH);
        } else {
            self.player.failed_checks += 1;
        }
        ToolOutcome::Answered { answer: json!({"verified": verified}) }
    }

    fn conclude(&mut self, thought: Thought) -> Verdict {
        let verdict = thought.verdict().cloned().unwrap();
        self.language = thought.language.or(self.language.take());
        self.under_way = thought.under_way;
        for tag in thought.tags {
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        self.lines.iter_mut().for_each(|line| line.unanswered = false);
        if let Verdict::Reply { text, clarifies, .. } = &verdict {
            self.clarifications = if *clarifies { self.clarifications.saturating_add(1) } else { 0 };
            self.lines.push(Line { author: Author::Ours, content: Content::text(text), unanswered: false });
        }
        verdict
    }
}

fn anything() -> impl Strategy<Value = String> {
    let known = [
        "where is my withdrawal",
        "wo bleibt meine Auszahlung",
        "my deposit is missing",
        "the game crashed",
        "I want to change my email address",
        "my bonus was cancelled for abuse",
        "mia@example.com",
        "12.05.1990",
        "mia@example.com 12.05.1990",
        "13.05.1990",
        "48213",
        "hello",
        "thanks",
        "ok",
        "never mind",
        "are you a bot?",
        "what are the wagering requirements?",
        "4111 1111 1111 1111",
        "which one?",
        "???",
        "no",
        "Book of Dead",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // That no tool is called before the level is reached, and no more often than ROUNDS in a turn, is asserted by `Talk`.
    #[test]
    fn whatever_is_written_it_ends_and_calls_only_what_the_procedures_name(
        lines in prop::collection::vec(anything(), 1..14),
        newest in any::<bool>(),
        signed in any::<bool>(),
        outcome in prop::sample::select(vec![0, 1, 2]),
    ) {
        let mut talk = Talk { newest, ..if signed { mia() } else { talk() } };
        match outcome { 1 => talk.api.call = failed(), 2 => talk.api.lookup = Some(refused()), _ => {} }
        let mut asked = 0;
        for line in &lines {
            let reply = talk.say(line);
            prop_assert!(!reply.trim().is_empty());
            let Some(state) = &talk.under_way else {
                asked = 0;
                continue;
            };
            // Two questions of a procedure, two fields, two tries, each asked twice.
            asked += 1;
            prop_assert!(asked <= 2 * (2 + 2 * 2), "{state:?}");
            prop_assert!(state.times >= 1 && state.times <= 2 && state.checks < 2);
            for answer in state.answers.values() {
                prop_assert!(answer.len() <= 200 && !answer.contains("4111 1111"));
            }
        }
        let named = ["lookup_player", "withdrawal_status", "deposit_status", "change_email"];
        prop_assert!(talk.calls.iter().all(|call| named.contains(&call.name.as_str())));
        let checks = talk.calls.iter().filter(|call| call.name == "lookup_player").count();
        prop_assert!(outcome == 2 || checks <= 2 + 1, "{checks}");
    }
}

#[test]
fn the_demo_is_what_is_talked_about() {
    assert_eq!(talk().knowledge.len(), DEMO.len());
}
