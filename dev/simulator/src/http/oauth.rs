//! Zoho's accounts server (api.md 7): the page with "Accept", and the token endpoint whose errors come with HTTP 200.

use super::App;
use super::answer::{Answer, Content};
use super::incoming::{Incoming, pairs};
use crate::seed;
use crate::state::State;
use crate::state::oauth::{Grant, OAuthError, Principal};
use reqwest::Url;
use serde_json::{Value, json};

pub(super) fn perform(app: &App, incoming: &Incoming) -> Answer {
    let path: Vec<&str> = incoming.segments.iter().map(String::as_str).collect();
    match (incoming.method.as_str(), path.as_slice()) {
        ("GET" | "POST", ["oauth", "v2", "auth"]) => authorize(app, incoming, false),
        ("GET" | "POST", ["oauth", "v2", "org", "auth"]) => authorize(app, incoming, true),
        ("POST", ["oauth", "v2", "token"]) => app.with(|state, now| token(state, now, incoming)),
        ("POST", ["oauth", "v2", "token", "revoke"]) => app.with(|state, _| {
            let done = state.oauth.revoke(&incoming.form_or_query("token"));
            Answer::ok(Content::Json(if done {
                json!({"status": "success"})
            } else {
                json!({"error": "invalid_token"})
            }))
        }),
        _ => Answer { status: 404, ..Answer::ok(Content::Json(json!({"error": "invalid_url"}))) },
    }
}

fn token(state: &mut State, now: i64, incoming: &Incoming) -> Answer {
    match state.token(now, |name| incoming.form_or_query(name)) {
        Ok(given) => {
            let mut body = json!({
                "access_token": given.access_token,
                "api_domain": "https://www.zohoapis.com",
                "token_type": "Bearer",
                "expires_in": given.expires_in,
            });
            if let Some(refresh_token) = given.refresh_token {
                body["refresh_token"] = json!(refresh_token);
            }
            let principal = state.oauth.grant(now, &given.access_token).map(|g| g.principal.label().to_owned());
            Answer { principal, ..Answer::ok(Content::Json(body)) }
        }
        Err(error) => {
            let status = if state.settings.real_status_errors { 400 } else { 200 };
            Answer { status, ..Answer::ok(Content::Json(error_body(error))) }
        }
    }
}

fn error_body(error: OAuthError) -> Value {
    match error {
        OAuthError::InvalidClient => json!({"error": "invalid_client"}),
        OAuthError::InvalidCode => json!({"error": "invalid_code"}),
        OAuthError::InvalidRedirectUri => json!({"error": "invalid_redirect_uri"}),
        OAuthError::UnsupportedGrantType => json!({"error": "unsupported_grant_type"}),
        OAuthError::AccessDenied => json!({
            "error": "Access Denied",
            "error_description": "You have made too many requests continuously. Please try again after some time.",
        }),
    }
}

/// The consent page; `auto=1`, or its button, sends the browser back with a code.
fn authorize(app: &App, incoming: &Incoming, org: bool) -> Answer {
    let query = |name: &str| incoming.query.get(name).cloned().unwrap_or_default();
    let redirect_uri = query("redirect_uri");
    let Ok(mut back) = Url::parse(&redirect_uri) else {
        return Answer { status: 400, ..Answer::ok(Content::Json(json!({"error": "invalid_redirect_uri"}))) };
    };
    if query("client_id") != seed::CLIENT_ID {
        return Answer { status: 400, ..Answer::ok(Content::Json(json!({"error": "invalid_client"}))) };
    }
    let registered = app.quietly(|state, _| state.settings.redirect_uris.clone());
    if !registered.is_empty() && !registered.contains(&redirect_uri) {
        return Answer { status: 400, ..Answer::ok(Content::Json(json!({"error": "invalid_redirect_uri"}))) };
    }
    let scope = query("scope");
    if query("response_type") != "code" || scope.is_empty() {
        return Answer { status: 400, ..Answer::ok(Content::Json(json!({"error": "invalid_request"}))) };
    }
    let accepted = query("auto") == "1" || incoming.form_or_query("answer") == "accept";
    let state_param = query("state");
    if incoming.form_or_query("answer") == "reject" {
        back.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &state_param);
        return Answer { status: 302, ..Answer::ok(Content::Redirect(back.into())) };
    }
    if !accepted {
        return app.quietly(|state, _| Answer::ok(Content::Page(consent(state, &scope, org))));
    }
    let operator = Some(incoming.form_or_query("operator")).filter(|id| !id.is_empty());
    let operator = operator.unwrap_or_else(|| seed::OPERATOR_NOVA.to_owned());
    let code = app.with(|state, now| {
        let principal =
            if org { Principal::Org } else { Principal::Operator(state.operator(&operator).ok()?.id.clone()) };
        let offline = query("access_type") == "offline";
        Some(state.grant_code(now, Grant::new(principal, &scope), &redirect_uri, offline))
    });
    let Some(code) = code else {
        return Answer { status: 400, ..Answer::ok(Content::Json(json!({"error": "invalid_user"}))) };
    };
    let kept: Vec<(String, String)> = pairs(back.query().unwrap_or_default()).into_iter().collect();
    back.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair("state", &state_param)
        .append_pair("code", &code)
        .append_pair("location", "us")
        .append_pair("accounts-server", &app.base_url);
    Answer { status: 302, ..Answer::ok(Content::Redirect(back.into())) }
}

fn consent(state: &State, scope: &str, org: bool) -> String {
    let scopes: Vec<String> = scope.split(',').map(|s| format!("<li>{}</li>", escaped(s.trim()))).collect();
    let people = state.operators.iter().filter(|o| !o.is_bot);
    let people: Vec<String> = people
        .map(|o| {
            format!("<option value=\"{}\">{} &lt;{}&gt;</option>", o.id, escaped(&o.nick_name), escaped(&o.email_id))
        })
        .collect();
    let who = if org {
        "<p>on behalf of the organisation <b>demo</b></p>".to_owned()
    } else {
        format!("<label>Signed in as <select name=\"operator\">{}</select></label>", people.concat())
    };
    include_str!("../assets/consent.html").replace("{{scopes}}", &scopes.concat()).replace("{{who}}", &who)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
