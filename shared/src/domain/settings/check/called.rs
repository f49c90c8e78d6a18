//! Whether the tools that identity and procedures name are there, and can be called as they are named.

use std::collections::BTreeSet;

use super::Problems;
use super::tools::{declares, required};
use crate::domain::id::ToolName;
use crate::domain::settings::{
    Access, BrandSettings, ConversationalCheck, HttpTool, IdentitySettings, PassiveLookup, Procedure, Run,
    WorkspaceSettings,
};
use crate::domain::tool::template::{PLAYER_ID, Template};

/// What is built in and can be called by a procedure.
const BUILT_IN: [&str; 3] = ["search_knowledge", "lookup_player", "tag"];

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let without: Vec<&BrandSettings> = settings.brands.iter().filter(|brand| brand.identity.is_none()).collect();
    identity("identity", &settings.identity, settings, &without, problems);
    for (index, brand) in settings.brands.iter().enumerate() {
        if let Some(own) = &brand.identity {
            identity(&format!("brands[{index}].identity"), own, settings, &[brand], problems);
        }
    }
    for (index, one) in settings.procedures.iter().enumerate() {
        procedure(&format!("procedures[{index}]"), one, settings, problems);
    }
}

fn identity(
    place: &str,
    identity: &IdentitySettings,
    settings: &WorkspaceSettings,
    brands: &[&BrandSettings],
    problems: &mut Problems,
) {
    if let Some(PassiveLookup { tool, fields }) = &identity.passive {
        let place = format!("{place}.passive");
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        if let Some(tool) = looking_up(&format!("{place}.tool"), tool, settings, brands, problems) {
            passed_on(&format!("{place}.fields"), &fields, tool, problems);
        }
    }
    if let Some(ConversationalCheck { tool, ask, .. }) = &identity.conversational {
        let place = format!("{place}.conversational");
        let asked: Vec<&str> = ask.iter().map(|asks| asks.name()).collect();
        if let Some(tool) = looking_up(&format!("{place}.tool"), tool, settings, brands, problems) {
            passed_on(&format!("{place}.ask"), &asked, tool, problems);
            if let Some(missing) = required(tool).find(|name| !asked.contains(name)) {
                let problem = format!("{} needs {}, which is not asked for", tool.name, missing.escape_debug());
                problems.add(format_args!("{place}.ask"), problem, "ask for it, or let the tool do without");
            }
        }
    }
}

/// The tool that looks players up: called without being sure of anybody, so that it must do no more than that.
fn looking_up<'a>(
    field: &str,
    name: &ToolName,
    settings: &'a WorkspaceSettings,
    brands: &[&BrandSettings],
    problems: &mut Problems,
) -> Option<&'a HttpTool> {
    let Some(tool) = settings.tool(name.as_str()) else {
        problems.add(field, "there is no such tool", "declare it in tools");
        return None;
    };
    if tool.access == Access::Write {
        problems.add(field, "it writes, and would be called for anybody", "name one with access: read");
    }
    if tool.approval {
        problems.add(
            field,
            "it needs a person's approval, and looking somebody up can't wait",
            "name one that does not",
        );
    }
    if Template::parse(&tool.url).is_ok_and(|url| url.names().contains(PLAYER_ID)) {
        let problem = format!("its URL has {{{PLAYER_ID}}}, which is not known before");
        problems.add(field, problem, "name one that finds players by what they tell");
    }
    let other: Vec<&str> =
        brands.iter().filter(|brand| !tool.is_for(&brand.id)).map(|brand| brand.name.as_str()).collect();
    if !other.is_empty() {
        let problem = format!("it is not for the brand {}", other.join(" and ").escape_debug());
        problems.add(field, problem, "add the brand to the tool, or give the brand an identity of its own");
    }
    Some(tool)
}

fn passed_on(field: &str, names: &[&str], tool: &HttpTool, problems: &mut Problems) {
    for repeated in repeated(names.iter().copied()) {
        problems.add(field, format!("{} stands in it twice", repeated.escape_debug()), "list each once");
    }
    for name in names.iter().filter(|name| !declares(tool, name)) {
        let problem = format!("{} is no argument of {}", name.escape_debug(), tool.name);
        problems.add(field, problem, "write it into the properties of the tool's arguments, or leave it out");
    }
}

fn procedure(place: &str, procedure: &Procedure, settings: &WorkspaceSettings, problems: &mut Problems) {
    for (index, name) in procedure.tools.iter().enumerate() {
        callable(&format!("{place}.tools[{index}]"), name, procedure, settings, problems);
    }
    let Some(run) = &procedure.run else { return };
    for repeated in repeated(run.ask.iter().map(|asked| asked.name.as_str())) {
        let problem = format!("{} is asked for twice", repeated.escape_debug());
        problems.add(format_args!("{place}.run.ask"), problem, "name each question differently");
    }
    let Some(name) = &run.call else {
        if !run.arguments.is_empty() {
            let field = format!("{place}.run.arguments");
            problems.add(field, "there is nothing to call with them", "name a tool in call, or remove them");
        }
        return;
    };
    if let Some(tool) = callable(&format!("{place}.run.call"), name, procedure, settings, problems) {
        arguments(&format!("{place}.run.arguments"), run, tool, problems);
    }
}

/// A tool that a procedure may call by name.
fn callable<'a>(
    field: &str,
    name: &ToolName,
    procedure: &Procedure,
    settings: &'a WorkspaceSettings,
    problems: &mut Problems,
) -> Option<&'a HttpTool> {
    if BUILT_IN.contains(&name.as_str()) {
        return None;
    }
    let Some(tool) = settings.tool(name.as_str()) else {
        problems.add(field, "there is no such tool", "declare it in tools, or correct the name");
        return None;
    };
    let brands = settings.brands.iter().filter(|brand| procedure.is_for(&brand.id));
    let other: Vec<&str> =
        brands.clone().filter(|brand| !tool.is_for(&brand.id)).map(|brand| brand.name.as_str()).collect();
    if !other.is_empty() {
        let problem = format!("it is not for the brand {}", other.join(" and ").escape_debug());
        problems.add(field, problem, "add the brand to the tool, or take it from the procedure");
    }
    let checks = |brand: &BrandSettings| {
        settings.identity_of(brand).conversational.as_ref().is_some_and(|check| check.tool == tool.name)
    };
    if brands.clone().any(checks) {
        let problem = "it checks who writes, and its tries are counted only when lookup_player is called";
        problems.add(field, problem, "name lookup_player");
    }
    Some(tool)
}

fn arguments(field: &str, run: &Run, tool: &HttpTool, problems: &mut Problems) {
    for name in run.arguments.keys().filter(|name| !declares(tool, name)) {
        let problem = format!("it is no argument of {}", tool.name);
        problems.add(format_args!("{field}.{}", name.escape_debug()), problem, "correct its name, or remove it");
    }
    for name in required(tool).filter(|name| !run.arguments.contains_key(*name)) {
        let problem = format!("{} needs {}", tool.name, name.escape_debug());
        problems.add(field, problem, "give it, such as {order} for what the visitor answered");
    }
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(*name)).collect()
}
