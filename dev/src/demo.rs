//! `cargo dev demo`: a scripted conversation on a fresh stack, told step by step.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde_json::json;

use crate::error::Error;
use crate::portal::{Opening, Portal, until};
use crate::seed::{HARBOUR, LUMEN, NOVA, SUPPORT, WORKSPACE};
use crate::stack::{Stack, StackName};
use crate::test::interrupted;
use crate::workspace::Workspace;
use crate::{down, output, up};

/// The stack that the demo has to itself.
const STACK: &str = "demo";
/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long is watched that something does not happen: longer than a burst window and a wake-up.
const WATCHED: Duration = Duration::from_secs(5);

/// What the demo came to.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Every step went as it should.
    pub(crate) ok: bool,
    /// The steps.
    pub(crate) steps: Vec<Outcome>,
}

/// What a step of the demo came to.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    scenario: &'static str,
    step: &'static str,
    ok: bool,
    detail: String,
}

/// What a step found: whether it is as it should be, and what was seen.
type Seen = Result<(bool, String), Error>;

/// Plays the demo on a stack of its own, which goes when it has ended.
pub(crate) async fn demo(workspace: &Workspace, port: u16, json: bool) -> Result<Report, Error> {
    let name: StackName = STACK.parse()?;
    down::down(workspace, &name).await?;
    let report = tokio::select! {
        report = play(workspace, &name, port, json) => report,
        () = interrupted() => Err(Error::Interrupted),
    };
    let gone = down::down(workspace, &name).await;
    let report = report?;
    gone?;
    Ok(report)
}

async fn play(workspace: &Workspace, name: &StackName, port: u16, json: bool) -> Result<Report, Error> {
    let options = up::Options { name: name.clone(), base_port: Some(port) };
    let stack = up::up(workspace, &options).await?;
    let portal = Portal::at(&stack.simulator_url)?;
    let mut script = Script { steps: Vec::new(), json };
    question(&mut script, &portal).await;
    burst(&mut script, &portal).await;
    deliveries(&mut script, &portal, &webhook_url(&stack)).await;
    other_brand(&mut script, &portal).await;
    human_wanted(&mut script, &portal).await;
    let ok = script.steps.iter().all(|step| step.ok);
    Ok(Report { ok, steps: script.steps })
}

fn webhook_url(stack: &Stack) -> String {
    let base = stack.deployed.as_ref().map(|deployed| deployed.webhook_url.clone()).unwrap_or_default();
    format!("{base}{WORKSPACE}")
}

struct Script {
    steps: Vec<Outcome>,
    json: bool,
}

impl Script {
    fn saw(&mut self, scenario: &'static str, step: &'static str, seen: Seen) {
        let (ok, detail) = seen.unwrap_or_else(|error| (false, error.to_string()));
        if !self.json {
            let verdict = if ok { "ok" } else { "FAILED" };
            output::text(&format!("{verdict:<7}{scenario}: {step}  ({detail})"));
        }
        self.steps.push(Outcome { scenario, step, ok, detail });
    }
}

fn opening<'a>(brand: &'a str, question: &'a str, name: &'a str, email: &'a str) -> Opening<'a> {
    Opening { brand, department: SUPPORT, question, name, email }
}

async fn question(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "a question";
    let asked = opening(LUMEN, "How long does a withdrawal take?", "Mia", "mia@example.com");
    let conversation = match portal.open(&asked).await {
        Ok(conversation) => conversation,
        Err(error) => return script.saw(SCENARIO, "is asked in the widget", Err(error)),
    };
    script.saw(SCENARIO, "is asked in the widget", Ok((true, format!("conversation {conversation}"))));
    script.saw(SCENARIO, "is answered from the knowledge", answered(portal, &conversation, 1, "withdrawal").await);
    script.saw(
        SCENARIO,
        "is answered by the operator who picked the chat up",
        attended_by_us(portal, &conversation).await,
    );
}

/// Waits for the `count`-th line of ours and tells whether it holds `word`.
async fn answered(portal: &Portal, conversation: &str, count: usize, word: &str) -> Seen {
    let said = until(PATIENCE, || async {
        let said = portal.said_by(conversation, NOVA).await?;
        Ok((said.len() >= count).then_some(said))
    })
    .await?;
    let Some(said) = said else { return Ok((false, format!("no answer within {} s", PATIENCE.as_secs()))) };
    let last = said.last().cloned().unwrap_or_default();
    Ok((said.len() == count && last.to_lowercase().contains(word), first_line(&last)))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(80).collect()
}

async fn attended_by_us(portal: &Portal, conversation: &str) -> Seen {
    let conversation = portal.conversation(conversation).await?;
    let attender = conversation["attender"]["id"].as_str().or(conversation["attender"].as_str()).unwrap_or("nobody");
    Ok((attender == NOVA, format!("attender {attender}")))
}

async fn burst(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "two quick messages";
    let seen = async {
        let asked = opening(LUMEN, "hello", "Noah", "noah@example.com");
        let conversation = portal.open(&asked).await?;
        portal.visitor_says(&conversation, "I forgot my password, what now?").await?;
        let (ok, detail) = answered(portal, &conversation, 1, "password").await?;
        let settled = stays_at(portal, &conversation, 1).await?;
        Ok((ok && settled, if settled { detail } else { "answered more than once".to_owned() }))
    };
    script.saw(SCENARIO, "are answered once", seen.await);
}

/// Whether the number of our lines stays what it is.
async fn stays_at(portal: &Portal, conversation: &str, count: usize) -> Result<bool, Error> {
    let more = until(WATCHED, || async {
        let said = portal.said_by(conversation, NOVA).await?;
        Ok((said.len() != count).then_some(()))
    });
    Ok(more.await?.is_none())
}

async fn deliveries(script: &mut Script, portal: &Portal, url: &str) {
    const SCENARIO: &str = "a delivery";
    let asked = opening(LUMEN, "What bonuses do you have?", "Ida", "ida@example.com");
    let conversation = match portal.open(&asked).await {
        Ok(conversation) => conversation,
        Err(error) => return script.saw(SCENARIO, "is taken", Err(error)),
    };
    let answered_once = answered(portal, &conversation, 1, "").await;
    let again = json!({
        "entity_type": "conversation", "event": "conversation.visitor.replied", "entity_id": conversation,
        "app_id": LUMEN, "event_time": "1790000000000", "attempt": 1, "version": "1",
        "entity": {"id": conversation, "message": {
            "sender": {"id": "$1", "name": "Ida", "type": "visitor"}, "msgid": "1790000000001", "meta": {},
            "text": "How do I verify my account?",
        }},
    });
    let seen = async {
        answered_once?;
        let (first, _) = portal.deliver(url, &again, "valid").await?;
        let (ok, detail) = answered(portal, &conversation, 2, "").await?;
        Ok((first == 200 && ok, format!("HTTP {first}; {detail}")))
    };
    script.saw(SCENARIO, "is taken and answered", seen.await);
    let seen = async {
        let mut second = again.clone();
        second["attempt"] = json!(2);
        let (status, body) = portal.deliver(url, &second, "valid").await?;
        let settled = stays_at(portal, &conversation, 2).await?;
        let reason = body["reason"].as_str().unwrap_or_default().to_owned();
        Ok((status == 200 && settled, format!("HTTP {status}, {reason}")))
    };
    script.saw(SCENARIO, "that comes twice is ignored", seen.await);
    for (step, sign) in [("with a bad signature is refused", "garbage"), ("without a signature is refused", "none")] {
        let seen = async {
            let (status, body) = portal.deliver(url, &again, sign).await?;
            Ok((status == 401, format!("HTTP {status}, {}", body["reason"].as_str().unwrap_or_default())))
        };
        script.saw(SCENARIO, step, seen.await);
    }
}

async fn other_brand(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "a brand that is not automated";
    let seen = async {
        let asked = opening(HARBOUR, "How long does a withdrawal take?", "Leo", "leo@example.com");
        let conversation = portal.open(&asked).await?;
        let taken = until(PATIENCE, || async {
            let deliveries = portal.deliveries(&conversation).await?;
            Ok(deliveries.iter().any(|delivery| delivery["status"] == 200).then_some(()))
        });
        let taken = taken.await?.is_some();
        let silent = stays_at(portal, &conversation, 0).await?;
        let calls = portal.calls(&conversation).await?.len();
        Ok((taken && silent && calls == 0, format!("webhook taken: {taken}; calls to SalesIQ: {calls}")))
    };
    script.saw(SCENARIO, "is left alone", seen.await);
}

async fn human_wanted(script: &mut Script, portal: &Portal) {
    const SCENARIO: &str = "a visitor who wants a human";
    let seen = async {
        let asked = opening(LUMEN, "I want to talk to a real person", "Eva", "eva@example.com");
        let conversation = portal.open(&asked).await?;
        answered(portal, &conversation, 1, "colleague").await
    };
    script.saw(SCENARIO, "is told that a colleague is looked for", seen.await);
    let health = portal.control(Method::GET, "health", None).await;
    script.saw(
        "the stack",
        "is healthy at the end",
        health.map(|health| (health["status"] == "ok", "simulator ok".to_owned())),
    );
}
