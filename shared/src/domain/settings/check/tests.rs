use serde_json::{Value, json};

use super::super::WorkspaceSettings;

/// Settings that have what is required, and nothing to warn of.
pub(super) fn whole() -> Value {
    json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1", "default_department": "2",
        "webhook_keys": ["MIIB"],
        "escalation": {"last_resort_email": "duty@lumen.example", "sender": "Lumen <support@lumen.example>"},
        "brands": [
            {"id": "10", "name": "Lumen", "automated": true, "escalation": {"email": "inbox@lumen.example"}},
            {"id": "11", "name": "Harbour", "automated": false},
        ],
    })
}

/// The same, with one value put at a JSON pointer whose parents are made as needed.
pub(super) fn with(pointer: &str, value: Value) -> WorkspaceSettings {
    parsed(put(whole(), pointer, value))
}

pub(super) fn put(mut settings: Value, pointer: &str, value: Value) -> Value {
    let place =
        pointer.trim_start_matches('/').split('/').fold(&mut settings, |place, part| match part.parse::<usize>() {
            Ok(index) if place.is_array() => &mut place[index],
            _ => &mut place[part],
        });
    *place = value;
    settings
}

pub(super) fn parsed(settings: Value) -> WorkspaceSettings {
    serde_json::from_value(settings).unwrap()
}

/// The fields that are not usable.
pub(super) fn refused(settings: &WorkspaceSettings) -> Vec<String> {
    settings.check().into_iter().map(|problem| problem.field).collect()
}

fn warned(settings: &WorkspaceSettings) -> Vec<String> {
    settings.warnings().into_iter().map(|problem| problem.field).collect()
}

#[test]
fn whole_settings_have_no_problem_and_no_warning() {
    assert_eq!(parsed(whole()).check(), []);
    assert_eq!(parsed(whole()).warnings(), []);
}

#[test]
fn what_is_required_is_named_all_at_once() {
    let mut settings = parsed(whole());
    settings.default_department = None;
    settings.escalation.last_resort_email = None;
    settings.escalation.sender = None;
    let problems: Vec<String> = settings.check().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    default_department: there is none, and a chat that needs a human would go nowhere; name the department that such chats go to
    escalation.last_resort_email: there is none, and a request would be lost when nobody can be reached; give an address that is read day and night
    escalation.sender: there is none, and brands[0] would write to nobody; give an address that SES may send as, here or in each automated brand
    ");
}

#[test]
fn what_is_missing_for_an_escalation_does_no_harm_at_run_time() {
    let mut settings = parsed(whole());
    settings.default_department = None;
    settings.escalation.last_resort_email = None;
    settings.time_zone = "Atlantis".to_owned();
    assert_eq!(settings.harmful(), []);
}

#[test]
fn a_sender_of_each_automated_brand_is_enough() {
    let mut settings = parsed(whole());
    settings.escalation.sender = None;
    settings.brands[0].escalation.sender = Some("support@lumen.example".to_owned());
    assert_eq!(settings.check(), []);
}

#[test]
fn numbers_out_of_bounds_are_harmful_and_named_with_the_values_that_work() {
    let outside = [
        ("burst_window_ms", 60_000),
        ("human_silence_s", 0),
        ("retention_days", 5_000_000),
        ("playbook.threshold_permille", 1_001),
        ("playbook.clarifications", 6),
        ("escalation.direct_deadline_s", 4),
        ("escalation.direct_deadline_s", 3_601),
        ("escalation.department_deadline_s", 4),
        ("escalation.department_deadline_s", 3_601),
        ("escalation.direct_attempts", 21),
        ("escalation.waiting_replies", 21),
    ];
    for (field, value) in outside {
        let settings = with(&field.replace('.', "/"), value.into());
        assert_eq!(refused(&settings), [field], "{value}");
        assert_eq!(settings.harmful(), settings.check());
    }
    insta::assert_snapshot!(
        with("human_silence_s", 0.into()).check()[0],
        @"human_silence_s: it is 0, and the AI would talk over a human, or never resume; set it to 10 to 86400"
    );
}

#[test]
fn the_bounds_themselves_are_allowed() {
    for (field, value) in [("direct_deadline_s", 5), ("department_deadline_s", 3_600), ("direct_attempts", 20)] {
        assert_eq!(with(&format!("escalation/{field}"), value.into()).check(), [], "{field}");
    }
}

#[test]
fn an_address_that_is_none_is_refused_wherever_it_stands() {
    for field in ["escalation.last_resort_email", "escalation.sender"] {
        assert_eq!(refused(&with(&field.replace('.', "/"), "a@b@example.com".into())), [field]);
    }
    for field in ["email", "sender"] {
        let settings = with(&format!("brands/1/escalation/{field}"), "nobody".into());
        assert_eq!(refused(&settings), [format!("brands[1].escalation.{field}")]);
    }
}

#[test]
fn only_a_sender_may_have_a_name() {
    let named = "Lumen Casino <support@lumen.example>";
    assert_eq!(refused(&with("escalation/last_resort_email", named.into())), ["escalation.last_resort_email"]);
    assert_eq!(with("escalation/sender", named.into()).check(), []);
}

#[test]
fn a_sender_that_breaks_its_header_is_refused() {
    for sender in [
        "Lumen\r\nBcc: a@b.example <support@lumen.example>",
        "A <b@c.example> <support@lumen.example>",
        "Lumen <support@lumen.example> and more",
        "Lumen <nobody>",
    ] {
        assert_eq!(refused(&with("escalation/sender", sender.into())), ["escalation.sender"], "{sender:?}");
    }
}

#[test]
fn a_problem_does_not_repeat_an_address() {
    let problem = &with("escalation/last_resort_email", "secret person@lumen.example".into()).check()[0];
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[test]
fn an_unknown_time_zone_is_refused_wherever_it_stands() {
    assert_eq!(refused(&with("time_zone", "Europe/Atlantis".into())), ["time_zone"]);
    assert_eq!(refused(&with("brands/0/time_zone", "CET+1".into())), ["brands[0].time_zone"]);
    let hours = json!({"time_zone": "Malta time", "week": {}});
    assert_eq!(refused(&with("business_hours", hours.clone())), ["business_hours.time_zone"]);
    assert_eq!(refused(&with("brands/1/business_hours", hours)), ["brands[1].business_hours.time_zone"]);
    assert_eq!(with("time_zone", "Europe/Malta".into()).check(), []);
}

#[test]
fn a_language_is_a_plausible_tag() {
    for tag in ["en", "pt-BR", "zh-Hant-TW", "fil", "de-1996"] {
        assert_eq!(with("team_language", tag.into()).check(), [], "{tag}");
    }
    for tag in ["", "english", "en_GB", "e", "en-", "12", "en-ninechars"] {
        assert_eq!(refused(&with("team_language", tag.into())), ["team_language"], "{tag}");
    }
    assert_eq!(refused(&with("brands/0/language", "Deutsch".into())), ["brands[0].language"]);
    assert_eq!(refused(&with("brands/0/texts", json!({"Deutsch": {}}))), ["brands[0].texts.Deutsch"]);
}

#[test]
fn a_reason_is_one_of_the_codes_and_the_fix_lists_them() {
    let settings = with("escalation/departments", json!({"vip": "3", "VIP": "3"}));
    insta::assert_snapshot!(settings.check()[0], @"escalation.departments.VIP: there is no such reason; use visitor_asked, knowledge_gap, tool_failed, policy, responsible_gaming, self_harm, legal, fraud, child_safety, vip, file_shared, frustrated, repeated_failure, ai_error, uncertain_reply, reassigned");
    assert_eq!(settings.check().len(), 1);
    let of_brand = with("brands/0/escalation/departments", json!({"angry": "3"}));
    assert_eq!(refused(&of_brand), ["brands[0].escalation.departments.angry"]);
    let texts = with("brands/0/texts", json!({"en": {"looking_by_reason": {"sad": "One moment."}}}));
    assert_eq!(refused(&texts), ["brands[0].texts.en.looking_by_reason.sad"]);
}

#[test]
fn spans_of_a_day_dont_overlap() {
    let monday = |spans: &[&str]| with("business_hours", json!({"week": {"monday": spans}}));
    for spans in [&["09:00-12:00", "12:00-17:30"][..], &["22:00-02:00", "01:00-03:00"], &["00:00-24:00"]] {
        assert_eq!(monday(spans).check(), [], "{spans:?}");
    }
    for spans in [&["12:00-17:00", "09:00-12:01"][..], &["22:00-02:00", "23:00-24:00"], &["09:00-10:00", "09:00-10:00"]]
    {
        assert_eq!(refused(&monday(spans)), ["business_hours.week.monday"], "{spans:?}");
    }
    let holiday = json!({"week": {}, "holidays": [{"date": "2026-12-24", "open": ["09:00-12:00", "11:00-13:00"]}]});
    assert_eq!(refused(&with("brands/0/business_hours", holiday)), ["brands[0].business_hours.holidays[0].open"]);
}

#[test]
fn a_day_is_a_holiday_once() {
    let holidays = json!([{"date": "2026-12-25"}, {"date": "2026-12-26"}, {"date": "2026-12-25"}]);
    let settings = with("business_hours", json!({"week": {}, "holidays": holidays}));
    insta::assert_snapshot!(
        settings.check()[0],
        @"business_hours.holidays[2].date: 2026-12-25 stands in holidays[0] already; list each day once"
    );
}

#[test]
fn a_brand_is_listed_once() {
    assert_eq!(refused(&with("brands/1/id", "10".into())), ["brands[1].id"]);
}

#[test]
fn a_brand_has_a_name() {
    for name in [" ", "Lumen\nCasino", &"L".repeat(101)] {
        assert_eq!(refused(&with("brands/0/name", name.into())), ["brands[0].name"], "{name:?}");
    }
}

#[test]
fn a_subject_holds_only_what_is_filled_in() {
    let subject = |text: &str| with("brands/0/escalation/subject", text.into());
    assert_eq!(subject("[{brand}] {visitor}: {reason} ({reference})").check(), []);
    for text in ["{name} asks", "{brand", "{}", "{bränd}", "Hi\r\nBcc: a@b.example", " "] {
        assert_eq!(refused(&subject(text)), ["brands[0].escalation.subject"], "{text:?}");
    }
}

#[test]
fn a_text_has_no_control_characters_and_an_end() {
    let text = |text: &str| with("brands/0/texts", json!({"en": {"greeting": text}}));
    assert_eq!(text("Hi,\nthis is Nova.").check(), []);
    assert_eq!(text(&"ü".repeat(2_000)).check(), []);
    for wrong in ["Hi\u{7}", "Hi\u{1b}[1m", "Hi\r\n", &"ü".repeat(2_001)] {
        assert_eq!(refused(&text(wrong)), ["brands[0].texts.en.greeting"], "{wrong:?}");
    }
}

#[test]
fn a_countdown_tells_the_seconds_and_nothing_else_does() {
    let texts = |texts: Value| refused(&with("/brands/0/texts/en", texts));
    assert_eq!(texts(json!({"countdown": "Bye in {seconds} s.", "check_in": "Hello?"})), [] as [&str; 0]);
    assert_eq!(texts(json!({"countdown": "Bye soon."})), ["brands[0].texts.en.countdown"]);
    let filled = json!({"check_in": "{seconds}?", "last_word": "{seconds}!"});
    assert_eq!(texts(filled), ["brands[0].texts.en.check_in", "brands[0].texts.en.last_word"]);
    assert_eq!(texts(json!({"check_in": " "})), ["brands[0].texts.en.check_in"]);
}

#[test]
fn what_is_said_alone_is_not_blank() {
    for name in ["clarify", "looking_for_colleague", "waiting", "nobody_available", "out_of_hours"] {
        let settings = with("brands/0/texts", json!({"en": {name: " "}}));
        assert_eq!(refused(&settings), [format!("brands[0].texts.en.{name}")]);
    }
    let by_reason = with("brands/0/texts", json!({"en": {"looking_by_reason": {"vip": ""}}}));
    assert_eq!(refused(&by_reason), ["brands[0].texts.en.looking_by_reason.vip"]);
    assert_eq!(with("brands/0/texts", json!({"en": {"greeting": "", "closing": ""}})).check(), []);
}

#[test]
fn direct_without_a_facilitator_is_warned_of() {
    assert_eq!(warned(&with("escalation/mode", "direct".into())), ["escalation.facilitator"]);
    let mut settings = with("brands/0/escalation/mode", "direct".into());
    assert_eq!(warned(&settings), ["escalation.facilitator"]);
    settings.escalation.facilitator = Some("7".parse().unwrap());
    assert_eq!(warned(&settings), [""; 0]);
}

#[test]
fn a_search_longer_than_salesiq_waits_is_warned_of() {
    let mut settings = with("escalation/department_deadline_s", 999.into());
    assert_eq!(warned(&settings), [""; 0]);
    settings.escalation.department_deadline_s = 1_000;
    assert_eq!(warned(&settings), ["escalation.department_deadline_s"]);

    let mut settings = with("escalation/mode", "direct".into());
    settings.escalation.facilitator = Some("7".parse().unwrap());
    settings.escalation.direct_attempts = 10;
    settings.escalation.direct_deadline_s = 82;
    assert_eq!(warned(&settings), ["escalation.direct_deadline_s"], "10 * 82 + 180");
    settings.escalation.direct_attempts = 9;
    assert_eq!(warned(&settings), [""; 0]);
}

#[test]
fn an_automated_brand_whose_mail_goes_to_the_last_resort_is_warned_of() {
    let mut settings = parsed(whole());
    settings.brands[0].escalation.email = None;
    assert_eq!(warned(&settings), ["brands[0].escalation.email"]);
}

#[test]
fn a_workspace_that_no_webhook_reaches_is_warned_of() {
    assert_eq!(warned(&with("webhook_keys", json!([]))), ["webhook_keys"]);
}

#[test]
fn an_identity_that_would_verify_nobody_or_anybody_is_refused() {
    let settings = parsed(put(
        put(
            whole(),
            "/identity",
            json!({
                "signed": {"field": " ", "secrets": [], "longest_s": 29, "audience": ""},
                "passive": {"tool": "lookup", "fields": []},
                "conversational": {"tool": "check", "ask": [], "tries": 11},
            }),
        ),
        "/brands/0/identity",
        json!({
            "signed": {"field": "t", "secrets": ["a", "b", "c"], "longest_s": 86_401},
            "passive": {"tool": "lookup", "fields": ["t", "k".repeat(65)]},
        }),
    ));
    let problems: Vec<String> = settings.check().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    identity.signed.longest_s: it is 29, and a token would be over before it is shown, or be good for whoever finds it; set it to 30 to 86400
    identity.conversational.tries: it is 11, and nobody could be checked, or anybody could guess; set it to 1 to 10
    brands[0].identity.signed.longest_s: it is 86401, and a token would be over before it is shown, or be good for whoever finds it; set it to 30 to 86400
    identity.signed.field: it is blank; write the key that the page passes to visitor.info
    identity.signed.secrets: there is none, and every token would be refused; name the secret that the site signs with
    identity.signed.audience: it is blank; write what aud says, or leave it out
    identity.passive.fields: there is none, and nobody could be looked up; name what the page tells
    identity.conversational.ask: there is nothing, and nobody could be checked; say what is asked for
    brands[0].identity.signed.secrets: there are 3, and an old one would be good for ever; name the one in use, and a second one only while it is changed
    brands[0].identity.passive.fields[1]: it has 65 bytes, and keys of more than 64 are not read; use a shorter key
    brands[0].identity.passive.fields: it names the field of the token, which is never passed on; leave it out
    identity.passive.tool: there is no such tool; declare it in tools
    identity.conversational.tool: there is no such tool; declare it in tools
    brands[0].identity.passive.tool: there is no such tool; declare it in tools
    ");
    assert_eq!(settings.harmful().len(), 3);
    let twice = with("/identity", json!({"signed": {"secrets": ["a", "a"]}}));
    assert_eq!(refused(&twice), ["identity.signed.secrets"]);
    assert_eq!(refused(&with("/identity", json!({"signed": {"secrets": ["a", "b"], "audience": "chat"}}))), [""; 0]);
}

#[test]
fn a_rule_of_a_country_is_about_a_page_and_names_a_country() {
    let rules = |rules| refused(&with("/brands/0/countries", rules));
    assert_eq!(
        rules(json!([{"host": "a.example", "country": "uk"}, {"path": "/x/"}, {"path": "/y/", "country": "mt"}])),
        [""; 0]
    );
    let wrong = json!([
        {"country": "DE"}, {"host": " ", "path": ""}, {"path": "/x/", "country": "Germany"}, {"path": "/x/", "country": "ZZ"},
        {"host": "https://a.example/", "country": "DE"},
    ]);
    let places = ["[0]", "[1]", "[2].country", "[3].country", "[4].host"];
    assert_eq!(rules(wrong), places.map(|place| format!("brands[0].countries{place}")));
}

#[test]
fn what_a_visitor_is_asked_for_is_not_masked_in_the_log() {
    let asking = |ask: &str, masked: &str| {
        let check = json!({"tool": "check_player", "ask": [ask]});
        let settings = put(whole(), "/identity/conversational", check.clone());
        let by_brand = put(whole(), "/brands/0/identity/conversational", check);
        let pointer = format!("/redaction/{masked}/log");
        [settings, by_brand].map(|settings| {
            let fields = refused(&parsed(put(settings, &pointer, json!(true))));
            fields.into_iter().filter(|field| field.starts_with("redaction")).collect::<Vec<_>>()
        })
    };
    assert_eq!(asking("email", "email"), [["redaction.email.log"], ["redaction.email.log"]]);
    assert_eq!(asking("phone", "phone"), [["redaction.phone.log"], ["redaction.phone.log"]]);
    assert_eq!(asking("email", "phone"), [[""; 0], [""; 0]]);
}
