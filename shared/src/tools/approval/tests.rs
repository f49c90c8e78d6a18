#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::domain::approval::Approval;
use crate::domain::ask::Person;
use crate::domain::email::EmailAddress;
use crate::domain::player::{Level, Player};
use crate::domain::settings::WorkspaceSettings;
use crate::domain::tool::{IdempotencyKey, Write, WriteState};
use crate::tools::specimen::{brand, call, conversation, now, player, settings};

fn with(
    settings: &WorkspaceSettings,
    arguments: Value,
    player: &Player,
    writes: &[Write],
    approvals: &[Approval],
) -> Decision {
    let conversation = conversation();
    let context = Context {
        settings,
        brand: brand(settings),
        player,
        writes,
        approvals,
        conversation: &conversation,
        thread: None,
        allowed: None,
    };
    crate::tools::decide(&call("close_account", arguments), &context)
}

fn after(approvals: &[Approval]) -> Decision {
    with(&settings(), json!({"amount": 1}), &player(Level::Verified), &[], approvals)
}

fn key() -> IdempotencyKey {
    match after(&[]) {
        Decision::Wait { key } => key,
        other => panic!("{other:?}"),
    }
}

fn person() -> Person {
    Person { email: EmailAddress::parse("ada@example.com").unwrap(), name: "Ada".to_owned(), operator: None }
}

fn of(key: IdempotencyKey, state: ApprovalState) -> Approval {
    Approval {
        key,
        tool: settings().tools[4].name.clone(),
        arguments: r#"{"amount":1}"#.to_owned(),
        summary: String::new(),
        at: now(),
        deadline: now(),
        state,
    }
}

fn approved() -> ApprovalState {
    ApprovalState::Approved { by: person(), at: now() }
}

fn why(decision: Decision) -> String {
    match decision {
        Decision::Refused(why) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_needs_approval_waits_for_it_and_is_made_only_then() {
    let key = key();
    let waiting = after(&[of(key.clone(), ApprovalState::Waiting)]);
    assert!(matches!(waiting, Decision::Known(ToolOutcome::Waits { .. })), "{waiting:?}");
    let denied = after(&[of(key.clone(), ApprovalState::Denied { by: person(), at: now() })]);
    assert!(matches!(denied, Decision::Known(ToolOutcome::Declined { .. })), "{denied:?}");
    let expired = after(&[of(key.clone(), ApprovalState::Expired { at: now() })]);
    assert!(matches!(expired, Decision::Known(ToolOutcome::Refused { .. })), "{expired:?}");
    let Decision::Write { key: made, .. } = after(&[of(key.clone(), approved())]) else { panic!("not made") };
    assert_eq!(made, key);
}

#[test]
fn what_was_approved_is_made_once() {
    let approval = of(key(), approved());
    let state = WriteState::Done { answer: r#"{"closed":true}"#.to_owned(), proves: Vec::new() };
    let write = Write { key: key(), tool: approval.tool.clone(), arguments: String::new(), at: now(), state };
    let (settings, player) = (settings(), player(Level::Verified));
    let again = with(&settings, json!({"amount": 1.0}), &player, &[write], std::slice::from_ref(&approval));
    assert_eq!(again, Decision::Known(ToolOutcome::Answered { answer: json!({"closed": true}) }));
}

#[test]
fn an_approval_holds_for_its_arguments_and_its_player_alone() {
    let approval = of(key(), approved());
    let settings = settings();
    let other = with(&settings, json!({"amount": 2}), &player(Level::Verified), &[], std::slice::from_ref(&approval));
    assert!(matches!(other, Decision::Wait { .. }), "{other:?}");
    let nobody = with(&settings, json!({"amount": 1}), &Player::default(), &[], std::slice::from_ref(&approval));
    assert!(why(nobody).contains("needs a verified player"));
}

#[test]
fn nobody_is_asked_for_what_would_be_refused_anyhow() {
    let (settings, player) = (settings(), player(Level::Verified));
    let misfit = with(&settings, json!({"amount": 0}), &player, &[], &[]);
    assert!(why(misfit).contains("don't fit"));
    let tool = settings.tools[4].name.clone();
    let begun = Write {
        key: IdempotencyKey("other".to_owned()),
        tool,
        arguments: String::new(),
        at: now(),
        state: WriteState::Begun,
    };
    assert!(why(with(&settings, json!({"amount": 1}), &player, &[begun], &[])).contains("it is not known what became"));
}

#[test]
fn what_may_not_be_kept_does_not_wait() {
    let (mut settings, player) = (settings(), player(Level::Verified));
    let asked =
        |why: &str, settings: &WorkspaceSettings| with(settings, json!({"amount": 1, "why": why}), &player, &[], &[]);
    let refused = why(asked("card 4111 1111 1111 1111", &settings));
    insta::assert_snapshot!(
        refused,
        @"close_account needs a person's approval, and its arguments are too long or hold what may not be kept until then; ask for a human"
    );
    assert!(matches!(asked("ana@example.com", &settings), Decision::Wait { .. }));
    settings.redaction.email.log = true;
    assert_eq!(why(asked("ana@example.com", &settings)), refused);
    assert_eq!(why(asked(&"x".repeat(APPROVAL_ARGUMENTS_BYTES), &settings)), refused);
}

#[test]
fn people_are_not_asked_for_ever() {
    let other = |number: usize, state| of(IdempotencyKey(number.to_string()), state);
    let waiting: Vec<Approval> = (0..APPROVALS_AT_ONCE).map(|n| other(n, ApprovalState::Waiting)).collect();
    assert!(why(after(&waiting)).contains("too many calls"));
    let mut many: Vec<Approval> =
        (0..APPROVALS_REMEMBERED).map(|n| other(n, ApprovalState::Expired { at: now() })).collect();
    assert!(why(after(&many)).contains("too many calls"));
    many.pop();
    assert!(matches!(after(&many), Decision::Wait { .. }));
}

#[test]
fn what_was_void_may_be_asked_for_anew_and_what_failed_may_not() {
    assert!(matches!(after(&[of(key(), ApprovalState::Void { at: now() })]), Decision::Wait { .. }));
    let failed = ApprovalState::NotMade { by: person(), at: now(), why: "nothing was done".to_owned() };
    assert_eq!(why(after(&[of(key(), failed)])), "nothing was done; don't repeat it, ask for a human");
}

#[test]
fn what_only_reads_is_approved_and_made_under_the_same_rules() {
    let mut settings = settings();
    let tool = &mut settings.tools[4];
    tool.access = crate::domain::settings::Access::Read;
    let player = player(Level::Verified);
    let Decision::Wait { key } = with(&settings, json!({"amount": 1}), &player, &[], &[]) else {
        panic!("not asked for")
    };
    let made = with(&settings, json!({"amount": 1}), &player, &[], &[of(key.clone(), approved())]);
    assert!(matches!(made, Decision::Write { key: made, .. } if made == key));
}
