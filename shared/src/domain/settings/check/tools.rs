//! What the AI may call: whether it can be called, reaches only what is declared, and tells what it changes.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::Value;

use super::Problems;
use super::numbers::{ANSWER_BYTES, TIMEOUT_MS};
use super::texts::{MOST_CHARACTERS, characters};
use crate::domain::promise::Claim;
use crate::domain::settings::{Access, HttpTool, ToolMethod, WorkspaceSettings};
use crate::domain::tool::RESERVED;
use crate::domain::tool::hosts::{DeclaredHost, Unreachable, reach};
use crate::domain::tool::schema::Arguments;
use crate::domain::tool::template::{PLAYER_ID, Template};

/// Headers that are not a secret's: they say what is sent and where, or are ours to set.
const NO_SECRETS_HEADERS: [&str; 18] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let mut first = BTreeMap::new();
    for (index, tool) in settings.tools.iter().enumerate() {
        let place = format!("tools[{index}]");
        let name = format!("{place}.name");
        if let Some(earlier) = first.get(&tool.name) {
            problems.add(&name, format!("tools[{earlier}] has the same name"), "name each tool differently");
        } else {
            first.insert(&tool.name, index);
        }
        if RESERVED.contains(&tool.name.as_str()) {
            problems.add(&name, "the name is built in", format!("use another than {}", RESERVED.join(", ")));
        }
        if tool.description.trim().is_empty() {
            let problem = "it is blank, and a model would not know when to call it";
            problems.add(format_args!("{place}.description"), problem, "write what it does and when to call it");
        }
        characters(&format!("{place}.description"), &tool.description, MOST_CHARACTERS, "\n", problems);
        access(&place, tool, problems);
        hosts(&place, tool, problems);
        if let Err(error) = Arguments::compile(&tool.arguments) {
            let fix = "write a JSON Schema with type: object that refers to no other document";
            problems.add(format_args!("{place}.arguments"), error.to_string(), fix);
        }
        url(&place, tool, problems);
        secret_header(format_args!("{place}.secret_header"), &tool.secret_header, problems);
    }
}

/// What would do harm out of its bounds.
pub(super) fn numbers(settings: &WorkspaceSettings, problems: &mut Problems) {
    let mut bounded = |field: String, value: u32, (least, most): (u32, u32), harm: &str| {
        if !(least..=most).contains(&value) {
            problems.add(field, format!("it is {value}, and {harm}"), format!("set it to {least} to {most}"));
        }
    };
    for (index, tool) in settings.tools.iter().enumerate() {
        let harm = "no call would be answered in time, or a turn would wait for ever";
        bounded(format!("tools[{index}].timeout_ms"), tool.timeout_ms, TIMEOUT_MS, harm);
        let harm = "no answer would fit, or one would be more than a model can read";
        bounded(format!("tools[{index}].answer_bytes"), tool.answer_bytes, ANSWER_BYTES, harm);
    }
}

fn access(place: &str, tool: &HttpTool, problems: &mut Problems) {
    let method = format!("{place}.method");
    match (tool.access, tool.method) {
        (Access::Write, ToolMethod::Get) => {
            problems.add(method, "a GET changes nothing", "use POST, PUT, PATCH or DELETE, or access: read");
        }
        (Access::Read, ToolMethod::Put | ToolMethod::Patch | ToolMethod::Delete) => {
            let problem = "it changes something, and would be called for anybody and more than once";
            problems.add(method, problem, "write access: write, or use GET or POST");
        }
        _ => {}
    }
    let proves = format!("{place}.proves");
    if tool.access == Access::Read && !tool.proves.is_empty() {
        problems.add(&proves, "what only reads proves nothing", "remove it, or write access: write");
    }
    if tool.proves.iter().any(|claim| matches!(claim, Claim::HandedOver | Claim::WillReturn)) {
        let problem = "no call makes it true that somebody takes over or comes back";
        problems.add(&proves, problem, "use refunded, mailed and account_changed");
    }
}

fn hosts(place: &str, tool: &HttpTool, problems: &mut Problems) {
    let mut parsed = |name: &str, hosts: &[String]| {
        let mut known = Vec::new();
        for (index, host) in hosts.iter().enumerate() {
            match DeclaredHost::parse(host) {
                Ok(host) => known.push((index, host)),
                Err(error) => problems.add(
                    format_args!("{place}.{name}[{index}]"),
                    error.to_string(),
                    "write it such as api.example.com or 10.0.0.5:8443",
                ),
            }
        }
        known
    };
    let allowed = parsed("allowed_hosts", &tool.allowed_hosts);
    for (index, host) in parsed("private_hosts", &tool.private_hosts) {
        if !allowed.iter().any(|(_, allowed)| *allowed == host) {
            let field = format!("{place}.private_hosts[{index}]");
            problems.add(field, "it is not among allowed_hosts", "write it there too, with the same port");
        }
    }
}

fn url(place: &str, tool: &HttpTool, problems: &mut Problems) {
    let field = format!("{place}.url");
    let template = match Template::parse(&tool.url) {
        Ok(template) => template,
        Err(error) => {
            let fix = "write it such as https://api.example.com/players/{player.id}/orders?state={state}";
            return problems.add(field, error.to_string(), fix);
        }
    };
    if let Err(error) = reach(template.sample(), &tool.allowed_hosts, &tool.private_hosts) {
        let fix = match error {
            Unreachable::Scheme => "use https",
            Unreachable::Userinfo => "remove it",
            Unreachable::Host => "write its host, and its port if it has one, into allowed_hosts",
            Unreachable::Plain => "use https, or list the host in private_hosts if it is within your network",
            Unreachable::Address => "use a name, or list the address in private_hosts if it is within your network",
        };
        problems.add(&field, error.to_string(), fix);
    }
    for name in template.names().into_iter().filter(|name| *name != PLAYER_ID) {
        if !declares(tool, name) {
            let fix = "write it into the properties of arguments, or correct the URL";
            problems.add(&field, format!("{{{name}}} is no argument"), fix);
        } else if !required(tool).any(|required| required == name) {
            let problem = format!("{{{name}}} may be missing, and there would be no URL");
            problems.add(&field, problem, "write it into required of arguments");
        }
    }
    let names = template.names();
    let fixed: Vec<String> = template.sample().query_pairs().map(|(name, _)| name.to_lowercase()).collect();
    for name in properties(tool).filter(|name| !names.contains(name)) {
        let in_query = matches!(tool.method, ToolMethod::Get | ToolMethod::Delete);
        if in_query && fixed.contains(&name.to_lowercase()) {
            let problem = format!("the argument {} would be a second parameter of that name", name.escape_debug());
            problems.add(&field, problem, "fill it in as {name} where it stands, or rename it");
        }
    }
}

/// The arguments that a tool's schema names.
fn properties(tool: &HttpTool) -> impl Iterator<Item = &str> {
    tool.arguments.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
}

/// Whether a tool has an argument of that name.
pub(super) fn declares(tool: &HttpTool, name: &str) -> bool {
    properties(tool).any(|property| property == name)
}

/// The arguments without which a tool is not called.
pub(super) fn required(tool: &HttpTool) -> impl Iterator<Item = &str> {
    tool.arguments.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn secret_header(field: impl Display, name: &str, problems: &mut Problems) {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > 100 || !name.bytes().all(token) {
        problems.add(field, "it is no name of a header", "write it such as Authorization or X-Api-Key");
    } else if NO_SECRETS_HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header)) {
        problems.add(
            field,
            "it says something else about the request",
            "use another, such as Authorization or X-Api-Key",
        );
    }
}

#[cfg(test)]
mod tests;
