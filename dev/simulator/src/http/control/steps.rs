//! The fault points of functions under test.

use super::fields::{Fields, rules};
use super::{App, Failure, Result};
use crate::state::steps::{Do, Rule};
use serde_json::{Value, json};
use std::time::Duration;

/// The longest hold.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

pub(super) async fn route(app: &App, method: &str, path: &[&str], fields: Fields<'_>) -> Result<Value> {
    match (method, path) {
        ("GET", ["steps"]) => Ok(app.quietly(|state, _| json!(state.steps.log))),
        ("PUT", ["steps"]) => {
            let new = rules(fields.0)?.iter().enumerate().map(rule).collect::<Result<Vec<_>>>()?;
            app.quietly(|state, _| state.steps.rules = new);
            Ok(json!({}))
        }
        ("POST", ["steps"]) => {
            let more = rules(fields.0)?.iter().enumerate().map(rule).collect::<Result<Vec<_>>>()?;
            app.quietly(|state, _| state.steps.rules.extend(more));
            Ok(json!({}))
        }
        ("DELETE", ["steps"]) => {
            app.quietly(|state, _| state.steps.clear());
            app.steps.send_modify(|turn| *turn += 1);
            Ok(json!({}))
        }
        ("POST", ["steps", "release"]) => {
            let conversation = fields.text("conversation")?.unwrap_or_else(|| "*".to_owned());
            let step = fields.text("step")?.unwrap_or_else(|| "*".to_owned());
            let released = app.quietly(|state, _| state.steps.release(&conversation, &step));
            app.steps.send_modify(|turn| *turn += 1);
            Ok(json!({ "released": released }))
        }
        ("GET", ["steps", conversation, step]) => Ok(json!({"do": arrive(app, conversation, step).await})),
        _ => Err(Failure::NoSuchCall),
    }
}

/// A function asks whether to go on; a held one waits here.
async fn arrive(app: &App, conversation: &str, step: &str) -> &'static str {
    // Subscribed before the step is logged, so that a release can't slip between.
    let mut turns = app.steps.subscribe();
    let (seq, action) = app.quietly(|state, now| state.steps.arrive(now, conversation, step));
    match action {
        Do::Go => return "go",
        Do::Die => return "die",
        Do::Hold => {}
    }
    let released = async {
        while !app.quietly(|state, _| state.steps.is_free(seq)) {
            if turns.changed().await.is_err() {
                return;
            }
        }
    };
    if tokio::time::timeout(LONGEST_HOLD, released).await.is_err() {
        app.quietly(|state, _| state.steps.give_up(seq));
    }
    "go"
}

fn rule((number, value): (usize, &Value)) -> Result<Rule> {
    let fields = Fields(value);
    let action = match fields.text("do")?.as_deref() {
        Some("die") => Do::Die,
        Some("hold") => Do::Hold,
        Some("go") => Do::Go,
        other => {
            let problem = other.map_or("is absent".to_owned(), |o| format!("is \"{o}\""));
            return Err(Failure::field(&format!("rules[{number}].do"), problem, "send die, hold or go"));
        }
    };
    let times = fields.number("times")?.unwrap_or(1);
    let times = u32::try_from(times).map_err(|_| Failure::field("times", format!("is {times}"), "send 1 or more"))?;
    let any = || "*".to_owned();
    Ok(Rule {
        conversation: fields.text("conversation")?.unwrap_or_else(any),
        step: fields.text("step")?.unwrap_or_else(any),
        action,
        times,
    })
}
