//! Each assumption of `salesiq::assumptions`: seen, or listed with the way to find out.

use crate::domain::settings::{DataCentre, WorkspaceSettings};
use crate::salesiq::assumptions::{
    ASSUMPTIONS, Asking, Assumption, BEHAVIOURS, BOT_SENDER_TYPES, OPERATOR_SENDER_TYPES, SA_API_HOST, UK_API_HOST,
};
use serde_json::Value;

use super::shape::{self, Holds};
use super::{counted, unread};
use crate::doctor::report::{Checks, Section};
use crate::doctor::seen::{Because, Failed, Read, Seen, Writes};

const REPORT: &str = "correct the assumption in shared/src/salesiq/assumptions.rs, and what rests on it";

pub(super) fn judge(settings: &WorkspaceSettings, seen: &Seen) -> Checks {
    let mut checks = Checks::of(Section::Assumptions);
    for assumption in ASSUMPTIONS {
        let check = format!("{} (api.md {})", assumption.name, assumption.section);
        match asked(assumption, settings, seen) {
            Holds::Yes(seen) => checks.ok(check, seen),
            Holds::Partly(seen) => {
                checks.warn(check, seen, "nothing at once: the client copes with it; note it in api.md");
            }
            Holds::No(seen) => checks.fail(check, seen, REPORT),
            Holds::Unknown(why) => checks.skipped(check, why),
        }
    }
    for behaviour in BEHAVIOURS {
        let check = format!("{} (api.md {})", behaviour.assumed, behaviour.section);
        checks.skipped(check, needs_a_visitor(behaviour.check));
    }
    checks
}

fn needs_a_visitor(check: &str) -> String {
    format!("needs a visitor: {check}")
}

fn asked(assumption: &Assumption, settings: &WorkspaceSettings, seen: &Seen) -> Holds {
    match assumption.asking {
        Asking::Visitor => Holds::Unknown(needs_a_visitor(assumption.check)),
        Asking::Writing => match &seen.writes {
            Some(writes) => written(assumption, writes),
            None => Holds::Unknown("run this with --write".to_owned()),
        },
        Asking::Reading => read(assumption, settings, seen),
    }
}

fn read(assumption: &Assumption, settings: &WorkspaceSettings, seen: &Seen) -> Holds {
    let raw = &seen.raw;
    let conversations = |verdict: fn(&[Value]) -> Holds| of(&raw.conversations, verdict);
    let operators = |key, is| of(&raw.operators, |rows| shape::operators_have(rows, key, is));
    let messages = |verdict: fn(&[Value]) -> Holds| of(&raw.messages, verdict);
    match assumption.name {
        "ids in lists" => {
            let lists = [
                ("operators", &raw.operators),
                ("departments", &raw.departments),
                ("conversations", &raw.conversations),
            ];
            let rows: Vec<(&str, &[Value])> =
                lists.iter().filter_map(|(name, read)| Some((*name, read.got()?.as_slice()))).collect();
            shape::ids(&rows)
        }
        "times in lists" => conversations(shape::times),
        "status_of_state" => conversations(shape::states),
        "status_of_label" => conversations(shape::labels),
        "pages of conversations" => match (&raw.conversations, &raw.single_pages) {
            (Read::Got(whole), Read::Got((first, second))) => shape::pages(whole.len(), first, second),
            (Read::Got(_), other) => failed(other),
            (other, _) => failed(other),
        },
        "departments in the list of operators" => operators("departments", Value::is_array),
        "limits in the list of operators" => operators("maximum_concurrent_chat", |limit| !limit.is_null()),
        "the whole team in one list" => of(&raw.operators, |rows| {
            Holds::Unknown(format!("{} listed: compare with the console", counted(rows.len(), "operator")))
        }),
        "TAGS_PATH" => of(&raw.tags, shape::tags),
        "BOT_SENDER_TYPES" => of(&raw.messages, |rows| shape::sender_types(rows, &BOT_SENDER_TYPES)),
        "OPERATOR_SENDER_TYPES" => of(&raw.messages, |rows| shape::sender_types(rows, &OPERATOR_SENDER_TYPES)),
        "VISITOR_SENDER_PREFIX" => messages(shape::sender_prefix),
        "MESSAGE_ID_KEYS" => messages(shape::message_ids),
        "MESSAGES_NEWEST_FIRST" => messages(shape::newest_first),
        "SA_API_HOST" => host(SA_API_HOST, settings.data_centre == DataCentre::Sa, assumption, seen),
        "UK_API_HOST" => host(UK_API_HOST, settings.data_centre == DataCentre::Uk, assumption, seen),
        _ => Holds::Unknown(format!("not asked: {}", assumption.check)),
    }
}

fn of(read: &Read<Vec<Value>>, verdict: impl Fn(&[Value]) -> Holds) -> Holds {
    match read {
        Read::Got(rows) => verdict(rows),
        other => failed(other),
    }
}

fn failed<T>(read: &Read<T>) -> Holds {
    Holds::Unknown(unread(read))
}

fn host(host: &str, is_ours: bool, assumption: &Assumption, seen: &Seen) -> Holds {
    if !is_ours || seen.simulated {
        return Holds::Unknown(format!("the portal is elsewhere: {} {host}", assumption.check));
    }
    match seen.hosts.iter().find(|seen| seen.host == host).map(|seen| &seen.answered) {
        Some(Ok(status)) => Holds::Yes(format!("{host} answers with HTTP {status}")),
        Some(Err(said)) => Holds::No(said.clone()),
        None => Holds::Unknown("it was not asked".to_owned()),
    }
}

/// A wrong method or path is refused before the conversation is looked for.
fn written(assumption: &Assumption, writes: &Writes) -> Holds {
    if assumption.name == "methods::OPERATOR_STATUS" {
        return match &writes.status {
            Read::Got(_) => Holds::Yes("the status was set".to_owned()),
            Read::Failed(Failed { because: Because::Method | Because::Path, said }) => Holds::No(said.clone()),
            Read::Failed(Failed { said, .. }) => Holds::Unknown(said.clone()),
            Read::NotAsked => Holds::Unknown("the operator's availability could not be read".to_owned()),
        };
    }
    // The tag's path and its method are one call.
    let call = if assumption.name == "TAG_PATH" { "methods::TAG" } else { assumption.name };
    let answer = writes.on_nothing.iter().find(|(name, _)| *name == call).map(|(_, answer)| answer);
    match answer {
        Some(Err(Failed { because: Because::Method | Because::Path, said })) => Holds::No(said.clone()),
        Some(Err(Failed { because: Because::NotFound, .. })) => {
            Holds::Yes("taken; only the conversation was not found, which does not exist".to_owned())
        }
        Some(Err(Failed { said, .. })) => Holds::Unknown(format!("the answer does not tell: {said}")),
        Some(Ok(())) => Holds::Unknown("the answer does not tell: it was a success".to_owned()),
        None => Holds::Unknown("it was not tried".to_owned()),
    }
}
