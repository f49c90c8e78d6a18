//! The models and what they may cost. Whether a model answers is for the doctor to find out; here is what can't be.

use std::collections::BTreeMap;

use url::Url;

use super::Problems;
use crate::domain::settings::{BackendApi, WorkspaceSettings};

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let mut first = BTreeMap::new();
    for (index, backend) in settings.agent.backends.iter().enumerate() {
        let place = format!("agent.backends[{index}]");
        if let Some(earlier) = first.get(&backend.name) {
            let problem = format!("agent.backends[{earlier}] has the same name");
            problems.add(format_args!("{place}.name"), problem, "give each backend a name of its own");
        } else {
            first.insert(&backend.name, index);
        }
        if backend.model.trim().is_empty() {
            let fix = "write the model's name as the endpoint has it; with Azure, the deployment's";
            problems.add(format_args!("{place}.model"), "it is blank, and no model would be asked", fix);
        }
        if let BackendApi::Openai { base_url, .. } = &backend.api {
            url(&format!("{place}.api.base_url"), base_url, problems);
        }
        if let BackendApi::Bedrock { region: Some(region) } = &backend.api
            && !is_region(region)
        {
            let fix = "write it as AWS does, such as eu-central-1, or leave it out";
            problems.add(format_args!("{place}.api.region"), "this is no name of a region", fix);
        }
    }
    for (index, brand) in settings.brands.iter().enumerate() {
        for name in brand.agent.backends.iter().flatten().filter(|name| settings.backend(name).is_none()) {
            let problem = format!("there is no backend {name}");
            let fix = "name one of agent.backends";
            problems.add(format_args!("brands[{index}].agent.backends"), problem, fix);
        }
    }
    too_slow(settings, problems);
}

/// A model that is asked first and may take longer than the turn leaves nothing for those behind it.
fn too_slow(settings: &WorkspaceSettings, problems: &mut Problems) {
    let turn_ms = settings.agent.budget.turn_ms;
    let mut places = Vec::new();
    let mut look = |first: Option<&crate::domain::settings::Backend>| {
        let Some(backend) = first.filter(|backend| backend.timeout_ms > turn_ms) else { return };
        let place = settings.agent.backends.iter().position(|own| own.name == backend.name);
        places.extend(place.map(|place| (place, backend.timeout_ms)));
    };
    look(settings.agent.backends.first());
    for brand in &settings.brands {
        look(settings.backends_of(brand).first().copied());
    }
    places.sort_unstable();
    places.dedup();
    for (place, timeout_ms) in places {
        let problem =
            format!("it is {timeout_ms}, a turn has {turn_ms}, and no time would be left for the next backend");
        let fix = "make it shorter than agent.budget.turn_ms";
        problems.add(format_args!("agent.backends[{place}].timeout_ms"), problem, fix);
    }
}

pub(super) fn warn(settings: &WorkspaceSettings, problems: &mut Problems) {
    let limited = settings.agent.budget.day_cost_micros.is_some()
        || settings.brands.iter().any(|brand| brand.agent.day_cost_micros.is_some());
    for (index, backend) in settings.agent.backends.iter().enumerate() {
        if limited && backend.prices.is_free() {
            let problem = "there are none, and the day's budget would never be used up by it";
            let fix = "write what a million tokens cost, or limit day_tokens";
            problems.add(format_args!("agent.backends[{index}].prices"), problem, fix);
        }
        if let BackendApi::Openai { base_url, secret: Some(_), .. } = &backend.api
            && Url::parse(base_url).is_ok_and(|url| url.scheme() == "http" && !is_local(&url))
        {
            let problem = "it is plain HTTP, and the key and what visitors write could be read on the way";
            problems.add(format_args!("agent.backends[{index}].api.base_url"), problem, "write https");
        }
    }
}

fn url(field: &str, text: &str, problems: &mut Problems) {
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() => {
            problems.add(field, "it is no address of an HTTP server", "write it as https://host/path");
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            let fix = "put the key into Secrets Manager and name the secret";
            problems.add(field, "it has a user or a password in it, and settings are no place for secrets", fix);
        }
        Ok(url) if url.path().trim_end_matches('/').ends_with("/chat/completions") => {
            problems.add(field, "it ends in /chat/completions, which is put behind it", "leave that out");
        }
        Ok(_) => {}
        Err(_) => problems.add(field, "it is no URL", "write it as https://host/path"),
    }
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && parts.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(backends: &Value, budget: &Value, brand: &Value) -> WorkspaceSettings {
        serde_json::from_value(json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
            "default_department": "2", "webhook_keys": ["MIIB"],
            "escalation": {"last_resort_email": "duty@lumen.example", "sender": "Lumen <support@lumen.example>"},
            "agent": {"backends": backends, "budget": budget},
            "brands": [{
                "id": "10", "name": "Lumen", "automated": true, "agent": brand,
                "escalation": {"email": "inbox@lumen.example"},
            }],
        }))
        .unwrap()
    }

    fn openai(name: &str, base_url: &str) -> Value {
        json!({"name": name, "model": "gpt", "api": {"type": "openai", "base_url": base_url, "secret": "key"}})
    }

    fn refused(settings: &WorkspaceSettings) -> Vec<String> {
        settings.check().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn backends_that_can_be_asked_are_no_problem() {
        let bedrock = json!({"name": "spare", "model": "eu.amazon.nova-lite-v1:0", "api": {"type": "bedrock", "region": "eu-central-1"}});
        let backends = json!([openai("main", "https://api.openai.com/v1"), bedrock]);
        let settings = settings(&backends, &json!({}), &json!({"backends": ["spare", "main"]}));
        assert_eq!((settings.check(), settings.warnings()), (vec![], vec![]));
    }

    #[test]
    fn names_are_given_once_and_brands_name_those_there_are() {
        let backends = json!([openai("main", "https://a.example/v1"), openai("main", "https://b.example/v1")]);
        let settings = settings(&backends, &json!({}), &json!({"backends": ["main", "other"]}));
        assert_eq!(refused(&settings), ["agent.backends[1].name", "brands[0].agent.backends"]);
    }

    #[test]
    fn an_address_is_one_of_an_http_server_and_holds_no_secret() {
        for base_url in [
            "ftp://a.example/v1",
            "a.example/v1",
            "https://user:hush@a.example/v1",
            "https://a.example/v1/chat/completions",
            "data:text/plain,x",
        ] {
            let problems = settings(&json!([openai("main", base_url)]), &json!({}), &json!({})).check();
            assert_eq!(problems.len(), 1, "{base_url}");
            assert!(!problems[0].to_string().contains("hush"));
        }
    }

    #[test]
    fn a_model_and_a_region_have_names() {
        let backend = json!({"name": "main", "model": " ", "api": {"type": "bedrock", "region": "Frankfurt"}});
        let settings = settings(&json!([backend]), &json!({}), &json!({}));
        assert_eq!(refused(&settings), ["agent.backends[0].model", "agent.backends[0].api.region"]);
    }

    #[test]
    fn the_first_model_leaves_time_for_the_next_one() {
        let slow = |name: &str, timeout_ms: u32| json!({"name": name, "model": "m", "api": {"type": "bedrock"}, "timeout_ms": timeout_ms});
        let backends = json!([slow("main", 5_000), slow("spare", 20_000)]);
        let of = |brand: Value| refused(&settings(&backends, &json!({"turn_ms": 10_000}), &brand));
        assert_eq!(of(json!({})), Vec::<String>::new());
        assert_eq!(of(json!({"backends": ["spare", "main"]})), ["agent.backends[1].timeout_ms"]);
    }

    #[test]
    fn numbers_out_of_their_bounds_do_harm() {
        let backend = json!({
            "name": "main", "model": "m", "api": {"type": "bedrock"}, "timeout_ms": 1, "attempts": 0,
            "max_output_tokens": 1, "temperature_permille": 9_999,
        });
        let budget = json!({"turn_calls": 0, "turn_ms": 1, "turn_tokens": 1});
        let mut settings = settings(&json!([backend]), &budget, &json!({}));
        settings.agent.message_chars = 1;
        settings.agent.typing.chars_per_second = 5_000;
        settings.agent.typing.longest_ms = 60_000;
        let harmful: Vec<String> = settings.harmful().into_iter().map(|problem| problem.field).collect();
        insta::assert_snapshot!(harmful.join("\n"), @r"
        agent.message_chars
        agent.budget.turn_calls
        agent.budget.turn_ms
        agent.budget.turn_tokens
        agent.typing.chars_per_second
        agent.typing.longest_ms
        agent.backends[0].timeout_ms
        agent.backends[0].attempts
        agent.backends[0].max_output_tokens
        agent.backends[0].temperature_permille
        ");
    }

    #[test]
    fn a_budget_that_nothing_counts_against_and_a_key_in_clear_are_told() {
        let backends = json!([openai("main", "http://models.example/v1"), openai("own", "http://localhost:11434/v1")]);
        let settings = settings(&backends, &json!({}), &json!({"day_cost_micros": 5}));
        let warned: Vec<String> = settings.warnings().into_iter().map(|problem| problem.field).collect();
        assert_eq!(warned, ["agent.backends[0].prices", "agent.backends[0].api.base_url", "agent.backends[1].prices"]);
    }
}
