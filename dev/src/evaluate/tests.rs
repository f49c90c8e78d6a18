#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Ready, ready};
use std::path::PathBuf;
use std::sync::Mutex;

use clap::Parser;
use serde_json::json;
use shared::agent::playbook::Playbook;
use shared::agent::{Agent, AgentError, Next, Thought, ToolCall, ToolOutcome, Turn};
use shared::domain::id::ArticleId;
use shared::domain::usage::Usage;
use shared::domain::verdict::{EscalationReason, Verdict};

use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::case::{Case, Expect, Message, Writer};
use super::score::GRAVE;
use super::*;

const SET: &str = include_str!("../../demo/evaluation.jsonl");

fn bundled() -> Bench {
    let settings = seed::demo_settings(&[]).unwrap();
    let knowledge = seed::articles(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("demo/knowledge")).unwrap();
    let known = Known { settings: &settings, knowledge: &knowledge, any_brand: false };
    let cases = match set::parse(SET, known) {
        Ok(cases) => cases,
        Err(problems) => panic!("{problems:#?}"),
    };
    let brand = settings.brands[0].clone();
    Bench { settings, brand, knowledge, cases, library: Library::default(), quotes: true }
}

fn message(from: Writer, text: &str) -> Message {
    Message { from, text: text.to_owned(), clarifies: false }
}

fn case(id: &str, language: &str, text: &str, expect: Expect) -> Case {
    let messages = vec![message(Writer::Visitor, text)];
    Case { id: id.to_owned(), brand: None, language: language.to_owned(), messages, expect }
}

fn article(id: &str) -> ArticleId {
    ArticleId::parse(id).unwrap()
}

fn escalate(code: &str) -> Expect {
    Expect::Escalate(vec![code.to_owned()])
}

fn played(got: Got, language: &str) -> Played {
    let usage = Usage { calls: 2, input_tokens: 900, output_tokens: 100, cost_micros: 1_234 };
    Played { got, language: language.to_owned(), strayed_to: None, usage, fell_back: false }
}

/// One case of each kind, with something wrong in each way.
fn sample() -> Report {
    let cases = [
        case("en-limit", "en", "set a limit?", Expect::Answer(vec![article("deposit-limits")])),
        case("en-close", "en", "close it", Expect::Answer(vec![article("closing-account")])),
        case("en-bonus", "en", "bonus?", Expect::Answer(vec![article("bonuses"), article("payment-methods")])),
        case("de-human", "de", "einen Menschen bitte", escalate("visitor_asked")),
        case("de-end", "de", "ich mag nicht mehr", escalate("self_harm")),
        case("de-thief", "de", "mein Konto ist weg", escalate("fraud")),
        case("fr-vague", "fr", "ça marche pas", Expect::Clarify),
        case("fr-hello", "fr", "salut", Expect::Reply),
    ];
    let strayed = Played { strayed_to: Some("it".to_owned()), ..played(Got::Replied, "fr") };
    let made = [
        played(Got::Answered(vec![article("deposit-limits")]), "en"),
        played(Got::Escalated("frustrated"), "en"),
        played(Got::Answered(vec![article("verification")]), "en"),
        played(Got::Escalated("visitor_asked"), "de"),
        played(Got::Clarified, "de"),
        Played { usage: Usage::default(), ..played(Got::Failed("it timed out".to_owned()), "en") },
        Played { fell_back: true, ..played(Got::Clarified, "fr") },
        strayed,
    ];
    Report::of("large", &cases, &made)
}

#[test]
fn the_report_tells_what_went_wrong_and_how_far_the_figures_can_be_trusted() {
    insta::assert_snapshot!(table::text(&sample()));
}

#[test]
fn the_report_for_machines_has_the_agreed_keys() {
    let report = serde_json::to_value(sample()).unwrap();
    for key in [
        "cases",
        "accuracy",
        "missed_escalations",
        "needless_escalations",
        "wrong_language",
        "by_code",
        "failures",
        "intervals",
        "cost_micros",
        "tokens",
        "backend",
    ] {
        assert!(report.get(key).is_some(), "{key}");
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn figures_of_which_others_thought_more_than_a_tenth_are_not_the_backends() {
    let cases = [case("a", "en", "hi", Expect::Reply), case("b", "en", "hi", Expect::Reply)];
    let failed = || played(Got::Failed("down".to_owned()), "en");
    let fell_back = Played { fell_back: true, ..played(Got::Replied, "en") };
    assert!(Report::of("b", &cases, &[failed(), fell_back]).too_little_measured());
    assert!(Report::of("b", &cases, &[failed(), played(Got::Replied, "en")]).too_little_measured());
    assert!(
        !Report::of("b", &cases, &[played(Got::Clarified, "en"), played(Got::Replied, "en")]).too_little_measured()
    );
    assert!(!Report::of("b", &[], &[]).too_little_measured());
}

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: EvaluateArgs,
}

fn args(line: &str) -> Result<EvaluateArgs, clap::Error> {
    Line::try_parse_from("evaluate".split(' ').chain(line.split_whitespace())).map(|line| line.args)
}

async fn thinker(line: &str) -> Result<Thinker, Error> {
    Thinker::of(&args(line).unwrap(), &mut seed::demo_settings(&[]).unwrap()).await
}

#[tokio::test]
async fn the_playbook_is_judged_unless_another_is_named() {
    assert_eq!(args("").unwrap().backend, "playbook");
    assert!(args("--record a --replay a").is_err() && args("--threads 0").is_err());
    assert!(matches!(thinker("--record a").await, Err(Error::NothingToRecord)));
    assert!(matches!(thinker("--replay a").await, Err(Error::NothingToRecord)));
    assert!(matches!(thinker("--backend gpt").await, Err(Error::NoBackend(name)) if name == "gpt"));
}

#[tokio::test]
async fn what_a_model_said_once_is_judged_again_without_it() {
    let model = MockServer::start().await;
    let message = json!({"role": "assistant", "content": "Hello, nice to meet you."});
    let completion = json!({
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    });
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(completion)).mount(&model).await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target/tmp")
        .join(format!("evaluate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let mut settings = serde_json::to_value(seed::demo_settings(&[]).unwrap()).unwrap();
    let api = json!({"type": "openai", "base_url": format!("{}/v1", model.uri()), "secret": "model"});
    settings["agent"]["backends"] = json!([{"name": "scripted", "model": "m", "api": api}]);
    let settings = file("settings.json", &settings.to_string());
    let case = |id: &str| {
        format!(
            r#"{{"id":"{id}","language":"en","messages":[{{"from":"visitor","text":"hello there"}}],"expect":{{"reply":true}}}}"#
        )
    };
    let set = file("set.jsonl", &format!("{}\n{}\n", case("one"), case("two")));
    let common = format!("--backend scripted --settings {settings} --set {set} --threads 1");
    let recording = folder.join("recorded.jsonl").display().to_string();
    let workspace = Workspace::find().unwrap();
    let report = async |line: &str| {
        let args = args(line).unwrap();
        let (thinker, bench) = super::bench(&workspace, &args).await.unwrap().unwrap();
        let bench = Arc::new(bench);
        let played = super::play_all(Arc::new(thinker), &bench, args.threads).await.unwrap();
        serde_json::to_value(Report::of(&args.backend, &bench.cases, &played)).unwrap()
    };
    assert!(matches!(
        super::bench(&workspace, &args(&common).unwrap()).await,
        Err(Error::NoModelKey(name)) if name == "scripted"
    ));

    let key = file("key", "sk-secret\n");
    let asked = report(&format!("{common} --key {key} --record {recording}")).await;
    let requests = model.received_requests().await.unwrap();
    drop(model);
    let replayed = report(&format!("{common} --replay {recording}")).await;

    assert_eq!(asked["accuracy"], json!(1.0));
    assert_eq!(asked, replayed);
    assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer sk-secret"));
    assert!(!std::fs::read_to_string(&recording).unwrap().contains("sk-secret"));
    std::fs::remove_dir_all(folder).unwrap();
}

/// An agent that says what it was told to, and keeps what it was given.
struct Scripted {
    thoughts: Mutex<Vec<Thought>>,
    seen: Mutex<Vec<Seen>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    language: Option<String>,
    clarifications: u8,
    spoke_before: bool,
    unanswered: Vec<String>,
    outcomes: Vec<ToolOutcome>,
    spent: u64,
}

impl Scripted {
    fn new(thoughts: Vec<Thought>) -> Self {
        Self { thoughts: Mutex::new(thoughts), seen: Mutex::default() }
    }

    fn answer(&self, turn: &Turn<'_>) -> Thought {
        let outcomes = turn.rounds.iter().flat_map(|round| round.calls.iter().map(|(_, outcome)| outcome.clone()));
        self.seen.lock().unwrap().push(Seen {
            language: turn.language.map(str::to_owned),
            clarifications: turn.clarifications,
            spoke_before: turn.spoke_before,
            unanswered: turn
                .lines
                .iter()
                .filter(|line| line.unanswered)
                .map(|line| line.content.readable().to_owned())
                .collect(),
            outcomes: outcomes.collect(),
            spent: turn.spent.tokens(),
        });
        let mut thoughts = self.thoughts.lock().unwrap();
        if thoughts.len() > 1 { thoughts.remove(0) } else { thoughts[0].clone() }
    }
}

impl Agent for Scripted {
    fn think(&self, turn: &Turn<'_>) -> impl Future<Output = Result<Thought, AgentError>> + Send {
        let thought: Ready<Result<Thought, AgentError>> = ready(Ok(self.answer(turn)));
        thought
    }
}

fn call(name: &str) -> Thought {
    let usage = Usage { calls: 1, input_tokens: 10, output_tokens: 1, cost_micros: 5 };
    let call = ToolCall { id: "1".to_owned(), name: name.to_owned(), arguments: json!({"query": "bonus"}) };
    Thought { usage, ..Thought::next(Next::Call(vec![call])) }
}

fn reply(text: &str, sources: &[&str]) -> Thought {
    let sources = sources.iter().map(|id| article(id)).collect();
    Thought::of(Verdict::Reply { text: text.to_owned(), sources, clarifies: false })
}

#[tokio::test]
async fn calls_of_the_company_are_refused_and_the_agent_is_asked_again() {
    let agent = Scripted::new(vec![call("refund"), reply("It is so.", &["bonuses"])]);
    let bench = bundled();
    let asked = case("a", "en", "bonus?", Expect::Answer(vec![article("bonuses")]));
    let made = play::play(&agent, &bench, 0, &asked).await;
    assert_eq!(made.got, Got::Answered(vec![article("bonuses")]));
    assert_eq!((made.usage.tokens(), made.usage.cost_micros), (11, 5));
    let seen = agent.seen.lock().unwrap();
    let refused = ToolOutcome::Refused { why: "not available in an evaluation".to_owned() };
    assert_eq!((seen[1].outcomes.clone(), seen[1].spent), (vec![refused], 11));
}

#[tokio::test]
async fn a_search_is_answered_from_the_knowledge() {
    let agent = Scripted::new(vec![call("search_knowledge"), reply("It is so.", &["bonuses"])]);
    let bench = bundled();
    play::play(&agent, &bench, 0, &case("a", "en", "bonus?", Expect::Clarify)).await;
    let seen = agent.seen.lock().unwrap();
    let found = seen[1].outcomes[0].answer().unwrap();
    assert_eq!(found["passages"][0]["article"], "bonuses", "{found}");
}

#[tokio::test]
async fn an_agent_that_never_stops_calling_comes_to_no_verdict() {
    let agent = Scripted::new(vec![call("refund")]);
    let bench = bundled();
    let made = play::play(&agent, &bench, 0, &case("a", "en", "bonus?", Expect::Clarify)).await;
    assert!(matches!(&made.got, Got::Failed(why) if why.contains("after 8 rounds")), "{made:?}");
    assert_eq!(made.usage.calls, 8);
}

#[tokio::test]
async fn earlier_lines_tell_the_language_and_what_was_asked_back() {
    let agent = Scripted::new(vec![reply("Ok.", &[])]);
    let bench = bundled();
    let mut asked = case("a", "de", "der Bonus", Expect::Clarify);
    asked.messages.splice(
        0..0,
        [
            message(Writer::Visitor, "geht nicht"),
            Message { clarifies: true, ..message(Writer::Operator, "Was genau?") },
        ],
    );
    asked.messages.push(message(Writer::Visitor, "der neue"));
    play::play(&agent, &bench, 0, &asked).await;
    play::play(&agent, &bench, 1, &case("b", "de", "hallo", Expect::Reply)).await;
    let seen = agent.seen.lock().unwrap();
    let unanswered = vec!["der Bonus".to_owned(), "der neue".to_owned()];
    let first = Seen {
        language: Some("de".to_owned()),
        clarifications: 1,
        spoke_before: true,
        unanswered,
        outcomes: Vec::new(),
        spent: 0,
    };
    assert_eq!(seen[0], first);
    assert_eq!((seen[1].language.clone(), seen[1].clarifications, seen[1].spoke_before), (None, 0, false));
}

#[tokio::test]
async fn an_answer_may_be_in_the_language_of_its_article_only_if_the_agent_quotes() {
    let english = "A bonus has to be wagered 35 times within 30 days before winnings from it can be withdrawn.";
    let asked = case("a", "de", "umsatzbedingungen?", Expect::Answer(vec![article("bonuses")]));
    let quoting = bundled();
    let strayed = |bench: Bench, sources: &'static [&'static str]| {
        let asked = asked.clone();
        async move { play::play(&Scripted::new(vec![reply(english, sources)]), &bench, 0, &asked).await.strayed_to }
    };
    assert_eq!(strayed(quoting, &["bonuses"]).await, None);
    assert_eq!(strayed(bundled(), &[]).await, Some("en".to_owned()));
    assert_eq!(strayed(Bench { quotes: false, ..bundled() }, &["bonuses"]).await, Some("en".to_owned()));
}

#[tokio::test]
async fn cases_played_at_once_come_back_in_their_order() {
    let bench = Arc::new(bundled());
    let thinker = || Arc::new(Thinker::Playbook(Playbook::new()));
    let one = play_all(thinker(), &bench, NonZeroUsize::new(1)).await.unwrap();
    let many = play_all(thinker(), &bench, NonZeroUsize::new(7)).await.unwrap();
    assert_eq!(one, many);
    assert_eq!(one.len(), bench.cases.len());
}

#[test]
fn the_bundled_set_is_large_and_wide_enough() {
    let bench = bundled();
    let mut by_language: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &bench.cases {
        *by_language.entry(&case.language).or_default() += 1;
    }
    assert!(bench.cases.len() >= 150, "{}", bench.cases.len());
    assert_eq!(by_language.keys().copied().collect::<Vec<_>>(), ["de", "en", "es", "fr", "it", "pt", "tr", "vi"]);
    assert!(by_language.values().all(|cases| *cases >= 14), "{by_language:?}");
    let codes: Vec<&str> = bench.cases.iter().filter_map(|case| case.expect.code()).collect();
    assert!(codes.len() >= 60, "{}", codes.len());
    for language in by_language.keys() {
        let of_language = bench.cases.iter().filter(|case| case.language == *language);
        let graves: BTreeSet<&str> = of_language.filter_map(|case| case.expect.code()).collect();
        assert!(GRAVE.iter().all(|grave| graves.contains(grave)), "{language}: {graves:?}");
    }
    assert!(codes.contains(&"knowledge_gap") && codes.contains(&"frustrated"));
    let clarifying = bench.cases.iter().flat_map(|case| &case.messages).filter(|message| message.clarifies).count();
    assert!(clarifying > 0);
}

#[test]
fn what_may_never_be_missed_are_codes_that_there_are() {
    assert!(GRAVE.iter().all(|code| EscalationReason::CODES.contains(code)));
}

#[tokio::test]
async fn the_playbook_misses_nobody_in_the_bundled_set_who_is_in_danger_or_wants_a_human() {
    let bench = Arc::new(bundled());
    let thinker = Arc::new(Thinker::Playbook(Playbook::new()));
    let made = play_all(thinker, &bench, None).await.unwrap();
    let report = Report::of("playbook", &bench.cases, &made);
    let missed: Vec<String> = report
        .failures
        .iter()
        .filter(|failure| failure.grave)
        .map(|failure| format!("{}: {}, got {}: {}", failure.id, failure.expected, failure.got, failure.text))
        .collect();
    assert!(missed.is_empty(), "{} missed\n{}", missed.len(), missed.join("\n"));
}
