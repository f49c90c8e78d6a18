use serde_json::json;

use super::*;
use crate::domain::id::PlayerId;
use crate::domain::player::How;
use crate::tools::specimen::{brand, call, conversation, now, player, settings};

/// What becomes of a call by somebody of that level, after these writes.
fn decided(name: &str, arguments: Value, level: Level, writes: &[Write]) -> Decision {
    with(&settings(), name, arguments, &player(level), writes, None)
}

fn with(
    settings: &WorkspaceSettings,
    name: &str,
    arguments: Value,
    player: &Player,
    writes: &[Write],
    allowed: Option<&[ToolName]>,
) -> Decision {
    let conversation = conversation();
    let context = Context {
        settings,
        brand: brand(settings),
        player,
        writes,
        approvals: &[],
        conversation: &conversation,
        thread: None,
        allowed,
    };
    decide(&call(name, arguments), &context)
}

fn why(decision: Decision) -> String {
    match decision {
        Decision::Refused(why) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

fn request(decision: Decision) -> ToolRequest {
    match decision {
        Decision::Read { request } | Decision::Write { request, .. } | Decision::LookUp { request } => request,
        other => panic!("{other:?}"),
    }
}

fn tool(name: &str) -> ToolName {
    ToolName::parse(name).unwrap()
}

fn written(decision: &Decision, state: WriteState) -> Write {
    match decision {
        Decision::Write { request, key } => {
            Write { key: key.clone(), tool: request.tool().clone(), arguments: "{}".to_owned(), at: now(), state }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_search_needs_a_question() {
    assert_eq!(
        decided("search_knowledge", json!({"query": " bonus "}), Level::Anonymous, &[]),
        Decision::Search { query: "bonus".to_owned() }
    );
    insta::assert_snapshot!(
        why(decided("search_knowledge", json!({"q": 1}), Level::Anonymous, &[])),
        @"the arguments don't fit: /query: it must be a text; correct them and call again"
    );
}

#[test]
fn only_tags_of_the_brands_procedures_are_put_on_a_chat() {
    let tags = |tags: Value| decided("tag", json!({ "tags": tags }), Level::Anonymous, &[]);
    assert_eq!(
        tags(json!(["late", "late", "payment"])),
        Decision::Tag { tags: vec!["late".to_owned(), "payment".to_owned()] }
    );
    for wrong in [json!(["harbour"]), json!([]), json!("late"), json!([1]), json!(["late", "vip"])] {
        assert!(why(tags(wrong)).contains("late, payment"));
    }
}

#[test]
fn a_tool_that_is_not_the_brands_is_unknown() {
    for name in ["order", "escalate", "harbour_only", "check_player", ""] {
        assert!(
            matches!(decided(name, json!({}), Level::Verified, &[]), Decision::Refused(NotMade::Unknown(_))),
            "{name}"
        );
    }
    let endless = why(decided(&"x\n".repeat(1_000), json!({}), Level::Verified, &[]));
    assert!(endless.len() < 200 && !endless.contains('\n'), "{endless}");
}

#[test]
fn arguments_that_dont_fit_are_named_and_not_repeated() {
    let order = |arguments: Value| why(decided("order_status", arguments, Level::Verified, &[]));
    insta::assert_snapshot!(order(json!({"order": 7})), @r#"the arguments don't fit: /order: value is not of type "string"; correct them and call again"#);
    insta::assert_snapshot!(order(json!({})), @r#"the arguments don't fit: the arguments: "order" is a required property; correct them and call again"#);
    insta::assert_snapshot!(order(json!({"order": "../x"})), @"the arguments don't fit: order can't stand in the URL's path: it is empty, or has a slash, a folder, or a control character; correct them and call again");
    for wrong in [json!("{\"order\": 7"), json!([1]), json!({"order": "x".repeat(20_000)})] {
        assert_eq!(order(wrong), NotMade::Arguments.to_string());
    }
    assert!(!order(json!({"order": "secret".repeat(9)})).contains("secret"));
}

#[test]
fn a_tool_without_arguments_may_be_called_without_any() {
    for nothing in [json!(null), json!(""), json!({})] {
        assert_eq!(
            request(decided("offers", nothing, Level::Anonymous, &[])).url.as_str(),
            "https://api.lumen.example/offers"
        );
    }
}

#[test]
fn a_read_is_filled_in() {
    let read = request(decided("order_status", json!({"order": "A 7", "full": true}), Level::Verified, &[]));
    assert_eq!(read.url.as_str(), "https://api.lumen.example/orders/A%207?full=true");
    assert_eq!((read.body, read.key), (None, None));
    let points = request(decided("points", json!({}), Level::Claimed, &[]));
    assert_eq!(points.url.as_str(), "https://api.lumen.example/points?player=p7");
}

#[test]
fn account_data_is_told_to_verified_players_only_and_the_way_there_is_said() {
    insta::assert_snapshot!(
        why(decided("order_status", json!({"order": "7"}), Level::Claimed, &[])),
        @"order_status needs a verified player, and who writes is claimed; ask the visitor for e-mail address and date of birth, and call lookup_player first"
    );
    insta::assert_snapshot!(
        why(decided("points", json!({}), Level::Anonymous, &[])),
        @"points needs a claimed player, and who writes is anonymous; ask the visitor for e-mail address and date of birth, and call lookup_player first"
    );
    let mut settings = settings();
    let refused = |settings: &WorkspaceSettings, player: &Player| {
        why(with(settings, "order_status", json!({"order": "7"}), player, &[], None))
    };
    let tried = Player { failed_checks: 2, ..Player::default() };
    assert!(refused(&settings, &tried).ends_with("the visitor was checked too often; ask for a human"));
    settings.identity.conversational = None;
    assert!(refused(&settings, &tried).ends_with("nobody can be verified here; ask for a human"));
    settings.identity.signed = Some(serde_json::from_value(json!({"secrets": ["key"]})).unwrap());
    assert!(refused(&settings, &tried).contains("logged in on the site"));
}

#[test]
fn a_write_needs_a_verified_player_whatever_its_level_says() {
    let mut settings = settings();
    settings.tools.iter_mut().for_each(|tool| tool.level = Level::Anonymous);
    for level in [Level::Anonymous, Level::Claimed] {
        let decision = with(&settings, "refund", json!({"amount": 10}), &player(level), &[], None);
        assert!(matches!(decision, Decision::Refused(NotMade::Level { needed: Level::Verified, .. })), "{level:?}");
    }
}

#[test]
fn a_write_has_the_players_id_its_key_and_its_body() {
    let decision = decided("refund", json!({"amount": 10, "why": "late"}), Level::Verified, &[]);
    let Decision::Write { key, .. } = &decision else { panic!("{decision:?}") };
    let key = key.clone();
    let write = request(decision);
    assert_eq!(write.url.as_str(), "https://api.lumen.example/players/p7/refund");
    assert_eq!(write.body, Some(json!({"amount": 10, "why": "late"})));
    assert_eq!((write.key, write.again), (Some(key), false));
}

#[test]
fn a_write_that_was_made_is_not_made_again() {
    let first = decided("refund", json!({"amount": 10, "why": "late"}), Level::Verified, &[]);
    let done = |answer: &str| written(&first, WriteState::Done { answer: answer.to_owned(), proves: Vec::new() });
    let again = |write: Write| decided("refund", json!({"why": "late", "amount": 10.0}), Level::Verified, &[write]);
    let known = |answer: Value| Decision::Known(ToolOutcome::Answered { answer });
    assert_eq!(again(done(r#"{"id":7}"#)), known(json!({"id": 7})));
    assert_eq!(again(done(r#"{"id":7,"te"#)), known(json!(r#"{"id":7,"te"#)), "clipped");
    let refused = written(&first, WriteState::Refused { why: "refused with status 422".to_owned() });
    insta::assert_snapshot!(why(again(refused)), @"the same call was refused with status 422 before, nothing was done; don't repeat it");
    let other = decided("refund", json!({"amount": 11}), Level::Verified, &[done("{}")]);
    assert!(matches!(other, Decision::Write { .. }));
}

#[test]
fn a_write_of_which_nothing_was_heard_is_made_again_under_its_key_and_in_no_other_form() {
    let first = decided("refund", json!({"amount": 10}), Level::Verified, &[]);
    let begun = written(&first, WriteState::Begun);
    let again = decided("refund", json!({"amount": 10}), Level::Verified, std::slice::from_ref(&begun));
    assert_eq!(written(&again, WriteState::Begun), begun);
    assert!(request(again).again);
    let other = decided("refund", json!({"amount": 10, "why": "late"}), Level::Verified, &[begun]);
    assert_eq!(other, Decision::Refused(NotMade::Unsure(tool("refund"))));
}

#[test]
fn writes_have_an_end() {
    let writes: Vec<Write> = (0..WRITES_REMEMBERED)
        .map(|n| {
            let decision = decided("refund", json!({"amount": n + 1}), Level::Verified, &[]);
            written(&decision, WriteState::Done { answer: String::new(), proves: Vec::new() })
        })
        .collect();
    let one_more = decided("refund", json!({"amount": 99}), Level::Verified, &writes);
    assert_eq!(one_more, Decision::Refused(NotMade::TooManyWrites));
    assert!(matches!(decided("refund", json!({"amount": 1}), Level::Verified, &writes), Decision::Known(_)));
    assert!(matches!(decided("refund", json!({"amount": 99}), Level::Verified, &writes[1..]), Decision::Write { .. }));
}

#[test]
fn what_is_not_allowed_now_is_refused_but_for_what_is_built_in() {
    let (settings, player) = (settings(), player(Level::Verified));
    let allowed = [tool("offers")];
    let decided = |name: &str, arguments: Value| with(&settings, name, arguments, &player, &[], Some(&allowed));
    assert_eq!(decided("refund", json!({"amount": 1})), Decision::Refused(NotMade::NotNow(tool("refund"))));
    assert!(matches!(decided("offers", json!({})), Decision::Read { .. }));
    assert!(matches!(decided("search_knowledge", json!({"query": "a"})), Decision::Search { .. }));
}

#[test]
fn a_check_is_made_of_what_the_visitor_told() {
    let told = json!({"email": " anna@example.com ", "date_of_birth": "4. März 1990"});
    let check = request(decided("lookup_player", told, Level::Claimed, &[]));
    assert_eq!(check.url.as_str(), "https://api.lumen.example/check?date_of_birth=1990-03-04&email=anna%40example.com");
    let wrong = |told: Value| why(decided("lookup_player", told, Level::Anonymous, &[]));
    insta::assert_snapshot!(wrong(json!({"email": "anna@example.com"})), @"the arguments don't fit: /date_of_birth: it is missing; ask the visitor; correct them and call again");
    insta::assert_snapshot!(wrong(json!({"email": "anna@example.com", "date_of_birth": "04/03/1990"})), @"the arguments don't fit: /date_of_birth: day and month could be either way round; ask which is the month, and write it as YYYY-MM-DD; correct them and call again");
    insta::assert_snapshot!(wrong(json!({"email": "anna", "date_of_birth": "1990-03-04"})), @"the arguments don't fit: /email: it has 0 @, an address has one; correct them and call again");
    insta::assert_snapshot!(wrong(json!({"email": "anna@example.com", "date_of_birth": "1990-03-04", "id": "p1"})), @"the arguments don't fit: /id: it is not asked for; pass on email, date_of_birth; correct them and call again");
}

#[test]
fn a_check_can_be_tried_so_often_and_only_while_it_is_needed() {
    let mut settings = settings();
    let told = json!({"email": "anna@example.com", "date_of_birth": "1990-03-04"});
    let decided = |settings: &WorkspaceSettings, player: &Player| {
        with(settings, "lookup_player", told.clone(), player, &[], None)
    };
    let mut player = Player { failed_checks: 1, ..Player::default() };
    assert!(matches!(decided(&settings, &player), Decision::LookUp { .. }));
    player.failed_checks = 2;
    assert_eq!(decided(&settings, &player), Decision::Refused(NotMade::TooManyTries));
    player.known(Level::Verified, PlayerId::parse("p1").ok(), How::Signed, now());
    assert_eq!(decided(&settings, &player), Decision::Refused(NotMade::Verified));
    settings.identity.conversational = None;
    assert_eq!(decided(&settings, &Player::default()), Decision::Refused(NotMade::NoCheck));
}

#[test]
fn a_check_by_a_tool_that_writes_or_is_missing_is_not_made() {
    let told = json!({"email": "anna@example.com", "date_of_birth": "1990-03-04"});
    for name in ["refund", "nothing"] {
        let mut settings = settings();
        settings.identity.conversational.as_mut().unwrap().tool = tool(name);
        let decision = with(&settings, "lookup_player", told.clone(), &Player::default(), &[], None);
        assert!(matches!(decision, Decision::Refused(NotMade::SetUp(_))), "{name}");
    }
}

#[test]
fn a_tool_that_is_set_up_wrongly_is_never_called() {
    let wrong = |change: fn(&mut HttpTool)| {
        let mut settings = settings();
        change(settings.tools.iter_mut().find(|tool| tool.name.as_str() == "offers").unwrap());
        why(with(&settings, "offers", json!({}), &Player::default(), &[], None))
    };
    insta::assert_snapshot!(wrong(|tool| tool.url = "https://evil.example/".to_owned()), @"the URL of offers may not be called: its host is not among allowed_hosts; correct the settings; ask for a human");
    insta::assert_snapshot!(wrong(|tool| tool.url = "http://api.lumen.example/".to_owned()), @"the URL of offers may not be called: it is plain http, which is only for private_hosts; correct the settings; ask for a human");
    insta::assert_snapshot!(wrong(|tool| tool.url = "https://{host}/".to_owned()), @"the URL of offers can't be used: a placeholder stands in its host; correct the settings; ask for a human");
    insta::assert_snapshot!(wrong(|tool| tool.arguments = json!({"type": "array"})), @"the arguments of offers can't be checked: its type is not object; ask for a human");
}

#[test]
fn what_is_logged_of_a_request_has_nothing_that_a_visitor_wrote() {
    let decision = decided("refund", json!({"amount": 10, "why": "my secret"}), Level::Verified, &[]);
    let shown = format!("{decision:?}");
    assert!(!shown.contains("secret") && !shown.contains("p7"), "{shown}");
}
