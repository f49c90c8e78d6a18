//! Turning the knobs: settings, faults, the clock, tokens, and back to the start.

use super::fields::{Fields, rules};
use super::{App, Failure, Result};
use crate::faults::Rule;
use crate::seed;
use crate::state::oauth::{Grant, Principal};
use crate::state::operator::Role;
use serde_json::{Value, json};

pub(super) fn route(app: &App, method: &str, path: &[&str], fields: Fields<'_>) -> Result<Value> {
    match (method, path) {
        ("GET", ["settings"]) => Ok(app.quietly(|state, _| json!(state.settings))),
        ("PUT", ["settings"]) => settings(app, fields),
        ("GET", ["faults"]) => Ok(app.quietly(|state, _| json!(state.faults.rules))),
        ("PUT", ["faults"]) => {
            let rules = faults(fields.0)?;
            app.quietly(|state, now| state.faults.rules = from_now(rules, now));
            Ok(json!({}))
        }
        ("POST", ["faults"]) => {
            let rules = faults(fields.0)?;
            app.quietly(|state, now| state.faults.rules.extend(from_now(rules, now)));
            Ok(json!({}))
        }
        ("DELETE", ["faults"]) => {
            app.quietly(|state, _| state.faults.rules.clear());
            Ok(json!({}))
        }
        ("POST", ["down"]) => {
            let seconds = fields.number("seconds")?.filter(|seconds| (1..=86_400).contains(seconds));
            let seconds = seconds.ok_or_else(|| {
                Failure::field("seconds", "is absent, below 1 or more than a day", "send how long SalesIQ is down")
            })?;
            app.quietly(|state, now| state.faults.go_down(now, seconds * 1000));
            Ok(json!({}))
        }
        ("POST", ["reset"]) => {
            let keep = fields.flag("keep_settings")?.unwrap_or(false);
            app.with(|state, now| {
                let settings = if keep { &state.settings } else { &app.started_with };
                let settings = settings.clone();
                state.reset(now, settings);
            });
            app.steps.send_modify(|turn| *turn += 1);
            Ok(json!({}))
        }
        ("POST" | "PUT", ["clock"]) => {
            let ahead = fields.number("advance_ms")?;
            let ahead = ahead.filter(|ms| *ms >= 0).ok_or_else(|| {
                Failure::field(
                    "advance_ms",
                    "is absent or negative",
                    "send how many milliseconds to go ahead; time never goes back",
                )
            })?;
            app.with(|state, _| state.clock_ahead_ms += ahead);
            // What the time brought about is there when the answer is.
            Ok(app.with(|state, now| {
                state.tick(now);
                json!({"now_ms": now, "ahead_ms": state.clock_ahead_ms})
            }))
        }
        ("POST", ["tokens"]) => token(app, fields),
        ("POST", ["tokens", "revoke"]) => {
            let token = fields.needed("token", "a refresh token or an access token")?;
            Ok(app.quietly(|state, _| json!({"revoked": state.oauth.revoke(&token)})))
        }
        ("POST", ["tokens", "expire"]) => Ok(app.quietly(|state, now| json!({"expired": state.oauth.expire_all(now)}))),
        _ => Err(Failure::NoSuchCall),
    }
}

fn settings(app: &App, fields: Fields<'_>) -> Result<Value> {
    let changes = fields.0.as_object();
    let changes = changes.ok_or_else(|| Failure::field("body", "is not an object", "send {\"<setting>\": <value>}"))?;
    app.with(|state, _| {
        let merged = state.settings.with(changes);
        state.settings = merged.map_err(|(field, problem)| {
            Failure::field(&field, problem, "GET /_control/settings shows every setting with a value of its type")
        })?;
        Ok(json!(state.settings))
    })
}

fn faults(body: &Value) -> Result<Vec<Rule>> {
    let rules = rules(body)?.iter().enumerate().map(|(number, value)| {
        let rule = serde_json::from_value::<Rule>(value.clone());
        let failure = |problem: String| {
            Failure::field(&format!("rules[{number}]"), problem, "dev/simulator/README.md, Faults, has the form")
        };
        let rule = rule.map_err(|e| failure(e.to_string()))?;
        rule.problem().map_or(Ok(()), |problem| Err(failure(problem.to_owned())))?;
        Ok(rule)
    });
    rules.collect()
}

/// The time of rules that hold for a while begins now.
fn from_now(rules: Vec<Rule>, now: i64) -> Vec<Rule> {
    let begun = |rule: Rule| Rule { until_ms: rule.until_ms.or(rule.for_ms.map(|ms| now + ms)), ..rule };
    rules.into_iter().map(begun).collect()
}

/// An access token outside Zoho's limits.
fn token(app: &App, fields: Fields<'_>) -> Result<Value> {
    let operator = fields.text("operator")?;
    let org = fields.flag("org")?.unwrap_or(false);
    let seconds = fields.number("seconds")?.unwrap_or(3_600);
    let scopes = fields.text("scopes")?;
    app.quietly(|state, now| {
        let (principal, usual) = match operator {
            Some(id) => {
                let role = state.operator(&id)?.role;
                let usual = if role == Role::Associate { seed::OPERATOR_SCOPES } else { seed::FACILITATOR_SCOPES };
                (Principal::Operator(id), usual)
            }
            None if org => (Principal::Org, seed::ORG_SCOPES),
            None => {
                return Err(Failure::field("operator", "is absent", "send an operator's id, or \"org\": true"));
            }
        };
        let grant = Grant::new(principal, scopes.as_deref().unwrap_or(usual));
        Ok(json!({"access_token": state.oauth.mint(now, &mut state.ids, grant, seconds)}))
    })
}
