//! Each kind of difference, and what is put right of it.

use serde_json::json;

use super::*;

fn settings(change: &serde_json::Value) -> WorkspaceSettings {
    let mut settings = json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1", "webhook_keys": ["AAAA"],
        "brands": [
            {"id": "11", "name": "Lumen", "automated": true},
            {"id": "12", "name": "Harbour", "automated": false},
        ],
    });
    for (key, value) in change.as_object().unwrap() {
        settings[key] = value.clone();
    }
    serde_json::from_value(settings).unwrap()
}

fn brand(id: &str) -> BrandId {
    BrandId::parse(id).unwrap()
}

const HERE: &str = "https://a.example/webhooks/salesiq/demo";

fn webhook() -> Registered {
    Registered {
        id: "7".to_owned(),
        url: Some(HERE.to_owned()),
        enabled: true,
        secured: true,
        events: EVENTS.iter().map(|event| (*event).to_owned()).collect(),
        brands: vec![brand("11"), brand("12")],
        keys: vec![key("71", "AAAA")],
    }
}

fn key(id: &str, key: &str) -> Key {
    Key { id: id.to_owned(), key: key.to_owned(), usable: !key.starts_with('!') }
}

fn sight_of(webhook: Registered) -> Sight {
    let row = |id: &str| SeenBrand { id: brand(id), name: None };
    Sight { webhooks: Ok(vec![webhook]), brands: Ok(vec![row("11"), row("12")]) }
}

fn drifts(settings: &WorkspaceSettings, sight: &Sight) -> Vec<Drift> {
    compare(settings, sight, Some("7")).drifts
}

fn mended(settings: &WorkspaceSettings, sight: &Sight) -> Mending {
    mending(settings, sight, &compare(settings, sight, Some("7")).webhook.unwrap())
}

#[test]
fn what_is_the_same_is_no_difference_and_needs_no_mending() {
    let pem = "-----BEGIN PUBLIC KEY-----\nAA\nAA\n-----END PUBLIC KEY-----\n";
    for settings in [settings(&json!({})), settings(&json!({"webhook_keys": [pem]}))] {
        let sight = sight_of(webhook());
        assert_eq!(drifts(&settings, &sight), []);
        assert_eq!(mended(&settings, &sight), Mending::default());
    }
}

#[test]
fn our_webhook_is_known_by_its_url() {
    let named = settings(&json!({"sentinel": {"webhook_url": "https://b.example:443/webhooks/salesiq/demo/"}}));
    let table = [
        (HERE, true, false),
        ("https://b.example/webhooks/salesiq/demo?event=x", true, true),
        ("http://b.example/webhooks/salesiq/demo", true, false),
        ("http://127.0.0.1:4566/_aws/execute-api/a1/$default/webhooks/salesiq/demo", true, false),
        ("https://a.example/webhooks/salesiq/demo2", false, false),
        ("https://a.example/webhooks/salesiq/other", false, false),
        ("no url", false, false),
    ];
    for (url, by_path, by_name) in table {
        assert_eq!(delivers_here(url, &settings(&json!({}))), by_path, "{url}");
        assert_eq!(delivers_here(url, &named), by_name, "{url}");
    }
}

#[test]
fn of_two_that_deliver_here_the_one_that_is_on_is_ours_and_another_stacks_is_not() {
    let settings = settings(&json!({"sentinel": {"webhook_url": HERE}}));
    let off = Registered { id: "6".to_owned(), enabled: false, ..webhook() };
    let other = Registered {
        id: "5".to_owned(),
        url: Some("https://staging.example/webhooks/salesiq/demo".to_owned()),
        ..webhook()
    };
    let both = [off.clone(), webhook(), other.clone()];
    assert_eq!(ours(&both, &settings, None).unwrap().id, "7");
    assert_eq!(ours(&[off, other.clone()], &settings, None).unwrap().id, "6");
    assert_eq!(ours(std::slice::from_ref(&other), &settings, None), None);
    assert_eq!(ours(std::slice::from_ref(&other), &settings, Some("5")).unwrap().id, "5");
}

#[test]
fn each_difference_of_the_webhook_is_called_what_it_is() {
    let lacks = |event: &str| webhook().events.into_iter().filter(|one| one != event).collect::<Vec<_>>();
    let elsewhere = "https://elsewhere.example/x".to_owned();
    let table = [
        (Registered { enabled: false, ..webhook() }, vec![Drift::WebhookOff]),
        (Registered { secured: false, ..webhook() }, vec![Drift::WebhookUnsigned]),
        (
            Registered { url: Some(elsewhere.clone()), ..webhook() },
            vec![Drift::WebhookElsewhere { url: Some(elsewhere) }],
        ),
        (
            Registered { events: lacks("conversation.missed"), ..webhook() },
            vec![Drift::EventsMissing { events: vec!["conversation.missed".to_owned()] }],
        ),
        (Registered { brands: vec![brand("12")], ..webhook() }, vec![Drift::BrandNotDelivered { brand: brand("11") }]),
        (Registered { brands: Vec::new(), ..webhook() }, vec![]),
        (
            Registered { keys: vec![key("71", "AAAA"), key("72", "BBBB")], ..webhook() },
            vec![Drift::KeyNotInSettings { key: "72".to_owned(), in_use: false }],
        ),
        (
            Registered { keys: vec![key("72", "BBBB")], ..webhook() },
            vec![Drift::KeyNotInSettings { key: "72".to_owned(), in_use: true }, Drift::KeyGone { place: 1 }],
        ),
        (Registered { keys: Vec::new(), ..webhook() }, vec![]),
    ];
    for (webhook, expected) in table {
        assert_eq!(drifts(&settings(&json!({})), &sight_of(webhook.clone())), expected, "{webhook:?}");
    }
    let none = Sight { webhooks: Ok(Vec::new()), ..sight_of(webhook()) };
    assert_eq!(drifts(&settings(&json!({})), &none), [Drift::WebhookMissing]);
}

#[test]
fn brands_that_come_and_go_are_told() {
    let row = |id: &str, name: Option<&str>| SeenBrand { id: brand(id), name: name.map(str::to_owned) };
    let sight = Sight { brands: Ok(vec![row("13", Some("New")), row("11", None)]), ..sight_of(webhook()) };
    let new = Drift::BrandNotInSettings { brand: brand("13"), name: Some("New".to_owned()), delivered: false };
    assert_eq!(drifts(&settings(&json!({})), &sight), [new, Drift::BrandGone { brand: brand("12") }]);
}

#[test]
fn what_can_not_be_read_is_told_as_what_it_is_and_the_rest_is_compared() {
    let blind = Sight { webhooks: Err(Cause::ScopeMissing), ..sight_of(webhook()) };
    let part = Part::Webhooks;
    assert_eq!(drifts(&settings(&json!({})), &blind), [Drift::NotReadable { part, cause: Cause::ScopeMissing }]);
    let lacking = Registered { brands: vec![brand("12")], ..webhook() };
    let brandless = Sight { brands: Err(Cause::NotPermitted), ..sight_of(lacking) };
    let expected = [
        Drift::NotReadable { part: Part::Brands, cause: Cause::NotPermitted },
        Drift::BrandNotDelivered { brand: brand("11") },
    ];
    assert_eq!(drifts(&settings(&json!({})), &brandless), expected);
}

#[test]
fn a_mended_webhook_has_what_it_had_and_what_is_needed() {
    let poor = Registered {
        enabled: false,
        secured: false,
        events: vec!["visitor.updated".to_owned(), "conversation.created".to_owned()],
        brands: vec![brand("99")],
        ..webhook()
    };
    let mut sight = sight_of(poor);
    if let Ok(brands) = &mut sight.brands {
        brands.push(SeenBrand { id: brand("13"), name: None });
    }
    let mending = mended(&settings(&json!({})), &sight);
    let update = mending.update.unwrap();
    assert!(mending.switch_on);
    assert_eq!(update.url.as_str(), HERE);
    assert_eq!(update.brands, ["99", "11", "12", "13"].map(brand));
    assert_eq!(update.events.len(), EVENTS.len() + 1);
    assert_eq!(update.events[0], "visitor.updated");
}

#[test]
fn a_webhook_of_all_brands_stays_one() {
    let sight = sight_of(Registered { secured: false, brands: Vec::new(), ..webhook() });
    assert_eq!(mended(&settings(&json!({})), &sight).update.unwrap().brands, []);
}

#[test]
fn a_webhook_that_delivers_elsewhere_is_moved_back_only_if_the_settings_say_where_to() {
    let sight = sight_of(Registered {
        url: Some("https://elsewhere.example/x".to_owned()),
        enabled: false,
        keys: vec![key("72", "BBBB")],
        ..webhook()
    });
    assert_eq!(mended(&settings(&json!({})), &sight), Mending::default());
    let named = settings(&json!({"sentinel": {"webhook_url": HERE}}));
    assert_eq!(mended(&named, &sight).update.unwrap().url.as_str(), HERE);
}

#[test]
fn keys_are_taken_up_as_salesiq_lists_them_and_never_dropped_while_it_does() {
    let keys =
        |listed: Vec<Key>| mended(&settings(&json!({})), &sight_of(Registered { keys: listed, ..webhook() })).keys;
    let both = Some(vec!["AAAA".to_owned(), "BBBB".to_owned()]);
    assert_eq!(keys(vec![key("71", "AAAA"), key("72", "BBBB")]), both);
    assert_eq!(keys(vec![key("72", "BBBB")]), Some(vec!["BBBB".to_owned()]));
    assert_eq!(keys(vec![key("71", "AAAA")]), None);
    assert_eq!(keys(vec![key("72", "!not a key")]), None);
    assert_eq!(keys(Vec::new()), None);
}

#[test]
fn a_difference_is_told_when_it_appears_and_each_hour_while_it_stays() {
    let at = |minutes: i64| Timestamp::from_second(1_790_000_000 + minutes * 60).unwrap();
    let off = Compared { webhook: Some(webhook()), drifts: vec![Drift::WebhookOff] };
    let none = Compared { webhook: Some(webhook()), drifts: Vec::new() };
    let (first, told) = Comparison::after(None, &none, Vec::new(), at(0));
    assert!(!told);
    let (second, told) = Comparison::after(Some(&first), &off, Vec::new(), at(10));
    assert!(told);
    let (third, told) = Comparison::after(Some(&second), &off, Vec::new(), at(20));
    assert!(!told);
    let (fourth, told) = Comparison::after(Some(&third), &off, Vec::new(), at(70));
    assert!(told);
    let (fifth, told) = Comparison::after(Some(&fourth), &none, vec![Drift::WebhookOff], at(80));
    assert!(told);
    assert_eq!((fifth.mended.as_slice(), fifth.mended_at), ([Drift::WebhookOff].as_slice(), Some(at(80))));
    let (sixth, _) = Comparison::after(Some(&fifth), &none, Vec::new(), at(90));
    assert_eq!((sixth.mended_at, sixth.webhook.as_deref()), (Some(at(80)), Some("7")));
    let text = serde_json::to_string(&third).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), third);
}

#[test]
fn it_is_compared_about_every_ten_minutes() {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let compared = Compared { webhook: None, drifts: Vec::new() };
    let (last, _) = Comparison::after(None, &compared, Vec::new(), now);
    assert!(is_due(None, now));
    assert!(!is_due(Some(&last), now + SignedDuration::from_mins(9)));
    assert!(is_due(Some(&last), now + SignedDuration::from_secs(598)));
}

#[test]
fn each_difference_is_one_of_a_few_findings() {
    let all = [
        Drift::WebhookOff,
        Drift::BrandNotDelivered { brand: brand("1") },
        Drift::EventsMissing { events: Vec::new() },
        Drift::KeyGone { place: 1 },
    ];
    let expected = [Finding::WebhookOff, Finding::WebhookIncomplete, Finding::WebhookKeysChanged];
    assert_eq!(findings(&all), BTreeSet::from(expected));
}
