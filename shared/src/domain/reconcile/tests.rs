use proptest::prelude::*;

use super::*;

const US: &str = "700";
const ADA: &str = "701";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn us() -> OperatorId {
    OperatorId::parse(US).unwrap()
}

fn operator(id: &str) -> OperatorRef {
    OperatorRef { id: OperatorId::parse(id).unwrap(), name: None, is_bot: false }
}

/// Open since 0, the visitor's last line known at 100.
fn open(phase: &str, attender: Option<&str>) -> Known {
    let body = serde_json::json!({
        "phase": phase, "attender": attender, "opened_at": at(0).as_millisecond(), "wrote_at": at(100).as_millisecond(),
    });
    Known::Open(serde_json::from_value(body).unwrap())
}

/// Connected, the last line is not the visitor's.
fn chat(status: ReadStatus, attender: Option<&str>, changed: i64) -> Chat {
    Chat {
        status,
        brand: None,
        attender: attender.map(operator),
        changed_at: Some(at(changed)),
        visitor_wrote_at: None,
    }
}

fn step(known: &Known, chat: &Chat, source: Source, compared: Option<i64>, now: i64) -> Step {
    decide(known, chat, source, compared.map(at), &us(), at(now))
}

const IN_STEP: Step = Step::Follow { record: false, compare: None };

#[test]
fn a_chat_that_we_never_heard_of_is_opened() {
    let waiting = chat(ReadStatus::Waiting, None, 5);
    assert_eq!(step(&Known::Nothing, &waiting, Source::List, None, 6), Step::Open);
    assert_eq!(step(&Known::Unread, &waiting, Source::List, None, 6), Step::Nothing, "it is about to be read");
    assert_eq!(step(&Known::Nothing, &chat(ReadStatus::Closed, None, 5), Source::Itself, None, 6), Step::Nothing);
}

#[test]
fn another_attender_is_news_and_a_list_that_lags_behind_a_pickup_is_not() {
    let ours = open("assisting", Some(US));
    let taken = Step::Follow { record: true, compare: None };
    assert_eq!(step(&ours, &chat(ReadStatus::Connected, Some(ADA), 110), Source::List, None, 120), taken);
    assert_eq!(step(&ours, &chat(ReadStatus::Connected, Some(US), 110), Source::List, None, 120), IN_STEP);
    assert_eq!(step(&ours, &chat(ReadStatus::Waiting, None, 110), Source::List, None, 120), IN_STEP);
}

#[test]
fn a_line_that_we_did_not_hear_of_is_looked_for_once_its_webhook_had_time() {
    let known = open("assisting", Some(US));
    let wrote = Chat { visitor_wrote_at: Some(at(200)), ..chat(ReadStatus::Connected, Some(US), 200) };
    assert_eq!(step(&known, &wrote, Source::List, None, 205), IN_STEP);
    let unheard = Step::Follow { record: false, compare: Some(Compare::Unheard) };
    assert_eq!(step(&known, &wrote, Source::List, None, 210), unheard);
    assert_eq!(step(&known, &wrote, Source::List, Some(200), 210), IN_STEP, "it was looked for");
    let heard = Chat { visitor_wrote_at: Some(at(103)), ..wrote };
    assert_eq!(step(&known, &heard, Source::List, None, 215), IN_STEP, "as far as the clocks tell");
}

#[test]
fn messages_are_compared_once_a_lull() {
    let known = open("assisting", Some(US));
    let changed = chat(ReadStatus::Connected, Some(US), 200);
    let quiet = Step::Follow { record: false, compare: Some(Compare::Quiet) };
    assert_eq!(step(&known, &changed, Source::List, Some(150), 229), IN_STEP);
    assert_eq!(step(&known, &changed, Source::List, Some(150), 230), quiet);
    assert_eq!(step(&known, &changed, Source::List, Some(200), 900), IN_STEP);
}

#[test]
fn messages_of_chats_that_are_not_ours_to_answer_are_left_alone() {
    for known in [open("observed", None), open("bridged", None), open("with_human", Some(ADA))] {
        let attender = if let Known::Open(open) = &known { open.attender.clone() } else { None };
        let chat = chat(ReadStatus::Connected, attender.as_ref().map(OperatorId::as_str), 200);
        assert_eq!(step(&known, &chat, Source::List, None, 900), IN_STEP, "{known:?}");
        let over = Chat { status: ReadStatus::Closed, ..chat };
        assert_eq!(step(&known, &over, Source::Itself, None, 900), Step::End { compare: false });
    }
}

#[test]
fn a_chat_that_is_open_again_is_read_by_itself_first() {
    let closed = Known::Closed { ended_at: at(50) };
    let open = chat(ReadStatus::Waiting, None, 60);
    assert_eq!(step(&closed, &open, Source::List, None, 70), Step::Look);
    assert_eq!(step(&closed, &open, Source::Itself, None, 70), Step::Reopen { ended_at: at(50) });
    let lagging = chat(ReadStatus::Connected, Some(US), 49);
    assert_eq!(step(&closed, &lagging, Source::List, None, 70), Step::Nothing);
}

#[test]
fn only_chats_of_the_settings_brands_or_of_our_operator_concern_us() {
    let settings: WorkspaceSettings = serde_json::from_value(serde_json::json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": US,
        "brands": [{"id": "100", "name": "Lumen", "automated": false}],
    }))
    .unwrap();
    let of = |brand: Option<&str>, attender: Option<&str>| {
        let brand = brand.map(|id| BrandId::parse(id).unwrap());
        Chat { brand, ..chat(ReadStatus::Connected, attender, 0) }.concerns(&settings)
    };
    assert!(of(Some("100"), None) && of(None, None) && of(Some("999"), Some(US)));
    assert!(!of(Some("999"), None) && !of(Some("999"), Some(ADA)));
}

fn any_known() -> impl Strategy<Value = Known> {
    let phases = prop::sample::select(vec!["unplaced", "assisting", "with_human", "observed", "escalating"]);
    prop_oneof![
        Just(Known::Nothing),
        Just(Known::Unread),
        (0_i64..300).prop_map(|end| Known::Closed { ended_at: at(end) }),
        (phases, prop::option::of(prop::sample::select(vec![US, ADA]))).prop_map(|(phase, who)| open(phase, who)),
    ]
}

fn any_chat() -> impl Strategy<Value = Chat> {
    let status = prop::sample::select(vec![
        ReadStatus::Waiting,
        ReadStatus::Connected,
        ReadStatus::Missed,
        ReadStatus::Closed,
        ReadStatus::Unknown,
    ]);
    let attender = prop::option::of(prop::sample::select(vec![US, ADA]));
    (status, attender, 0_i64..300, prop::option::of(0_i64..300)).prop_map(|(status, attender, changed, wrote)| Chat {
        visitor_wrote_at: wrote.map(at),
        ..chat(status, attender, changed)
    })
}

proptest! {
    #[test]
    fn a_list_never_closes_or_reopens_anything(known in any_known(), chat in any_chat(), now in 0_i64..900) {
        let step = step(&known, &chat, Source::List, None, now);
        prop_assert!(!matches!(step, Step::End { .. } | Step::Reopen { .. }), "{:?}", step);
    }

    #[test]
    fn what_is_not_over_is_not_ended(known in any_known(), chat in any_chat(), now in 0_i64..900) {
        let ended = matches!(step(&known, &chat, Source::Itself, None, now), Step::End { .. });
        prop_assert!(!ended || chat.is_over());
    }

    #[test]
    fn what_was_followed_needs_nothing_more(chat in any_chat(), now in 300_i64..900) {
        // As it is known once the read is drained and the messages were compared.
        let attender = chat.attender.as_ref().map(|attender| attender.id.as_str());
        let known = open("assisting", attender);
        let compared = chat.changed_at.map(|at| at.as_second() - 1_767_225_600);
        if chat.is_open() {
            prop_assert_eq!(step(&known, &chat, Source::List, compared, now), IN_STEP);
        }
    }
}
