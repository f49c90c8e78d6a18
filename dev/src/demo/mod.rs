//! `cargo dev demo`: a scripted conversation on a fresh stack, told step by step.

mod answers;
mod burst;
mod deliveries;
mod human;
mod look;
mod nobody;
mod team;

use reqwest::Method;
use serde::Serialize;

use crate::error::Error;
use crate::portal::Portal;
use crate::seed::WORKSPACE;
use crate::stack::{Stack, StackName};
use crate::test::interrupted;
use crate::workspace::Workspace;
use crate::{down, output, up};
use look::Seen;
use team::Team;

/// The stack that the demo has to itself.
const STACK: &str = "demo";

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
    answers::question(&mut script, &portal).await;
    answers::two_lines(&mut script, &portal).await;
    deliveries::deliveries(&mut script, &portal, &webhook_url(&stack)).await;
    answers::other_brand(&mut script, &portal).await;
    human::wanted(&mut script, &portal).await;
    // From here on three humans of one department, and single desks that ring.
    let team = Team::gather(&portal).await?;
    burst::all_at_their_limit(&mut script, &portal, &team).await;
    human::accepts(&mut script, &portal, &team).await;
    human::rejects(&mut script, &portal, &team).await;
    burst::ten(&mut script, &portal, &team).await;
    nobody::nobody_there(&mut script, &portal, &team).await;
    team.dismiss(&portal).await?;
    healthy(&mut script, &portal).await;
    let ok = script.steps.iter().all(|step| step.ok);
    Ok(Report { ok, steps: script.steps })
}

fn webhook_url(stack: &Stack) -> String {
    let base = stack.deployed.as_ref().map(|deployed| deployed.webhook_url.clone()).unwrap_or_default();
    format!("{base}{WORKSPACE}")
}

async fn healthy(script: &mut Script, portal: &Portal) {
    let health = portal.control(Method::GET, "health", None).await;
    let seen = health.map(|health| (health["status"] == "ok", "simulator ok".to_owned()));
    script.saw("the stack", "is healthy at the end", seen);
}

/// The steps so far, each told as it comes.
struct Script {
    steps: Vec<Outcome>,
    json: bool,
}

impl Script {
    /// Tells a step. Gives whether it went as it should.
    fn saw(&mut self, scenario: &'static str, step: &'static str, seen: Seen) -> bool {
        let (ok, detail) = seen.unwrap_or_else(|error| (false, error.to_string()));
        if !self.json {
            let verdict = if ok { "ok" } else { "FAILED" };
            output::text(&format!("{verdict:<7}{scenario}: {step}  ({detail})"));
        }
        self.steps.push(Outcome { scenario, step, ok, detail });
        ok
    }
}
