use serde_json::json;

use super::*;
use crate::tools::specimen::{brand, settings};

fn answered(answer: Value) -> Performed {
    Performed::Answered { answer }
}

#[test]
fn verified_is_only_who_is_said_to_be_and_has_an_id() {
    let account = |id: &str, vip| Account { id: PlayerId::parse(id).unwrap(), vip, details: BTreeMap::new() };
    let verified = [
        (json!({"verified": true, "id": "p1"}), account("p1", false)),
        (json!({"verified": true, "id": 17, "vip": true}), account("17", true)),
        (json!({"verified": true, "id": "p1", "vip": "yes"}), account("p1", false)),
    ];
    for (answer, account) in verified {
        assert_eq!(checked(&answered(answer)), LookedUp::Verified(account));
    }
    let not = [
        json!({"verified": "true", "id": "p1"}),
        json!({"verified": 1, "id": "p1"}),
        json!({"id": "p1"}),
        json!({"verified": true}),
        json!({"verified": true, "id": null}),
        json!({"verified": true, "id": " "}),
        json!({"verified": true, "id": {"a": 1}}),
        json!([{"verified": true, "id": "p1"}]),
        json!("verified: true"),
        json!(null),
    ];
    for answer in not {
        let looked_up = checked(&answered(answer.clone()));
        assert!(matches!(looked_up, LookedUp::Failed { .. }), "{answer}: {looked_up:?}");
        assert!(looked_up.is_a_failed_try(), "what was told could have been read off the answer");
    }
}

#[test]
fn a_mismatch_counts_and_what_never_arrived_does_not() {
    let mismatches = [
        answered(json!({"verified": false})),
        answered(json!({"verified": false, "id": "p1"})),
        Performed::Refused { status: 404, detail: None },
        Performed::Refused { status: 422, detail: Some("wrong date_of_birth".to_owned()) },
    ];
    for performed in mismatches {
        assert_eq!(checked(&performed), LookedUp::Mismatch);
        assert!(checked(&performed).is_a_failed_try());
    }
    assert!(checked(&Performed::Refused { status: 401, detail: None }).is_a_failed_try());
    assert!(!checked(&Performed::Failed { why: "unreachable".to_owned() }).is_a_failed_try());
}

#[test]
fn the_agent_does_not_learn_what_was_wrong_or_what_is_in_the_account() {
    let wrong = Performed::Refused { status: 422, detail: Some("wrong date_of_birth".to_owned()) };
    insta::assert_snapshot!(
        serde_json::to_string(&checked(&wrong).outcome()).unwrap(),
        @r#"{"type":"answered","answer":{"hint":"what the visitor told does not fit an account; which part is not known","verified":false}}"#
    );
    let right = answered(json!({"verified": true, "id": "p1", "balance": 100}));
    insta::assert_snapshot!(
        serde_json::to_string(&checked(&right).outcome()).unwrap(),
        @r#"{"type":"answered","answer":{"verified":true}}"#
    );
}

#[test]
fn what_the_page_tells_is_looked_up_as_far_as_it_is_asked_for() {
    let settings = settings();
    let url = |told: &[(&str, &str)]| {
        let told = told.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        passive(&settings, brand(&settings), &told).map(|request| request.url.to_string())
    };
    assert_eq!(
        url(&[("email", " anna@example.com"), ("login", "anna"), ("admin", "1")]).as_deref(),
        Some("https://api.lumen.example/find?email=anna%40example.com&login=anna")
    );
    assert_eq!(
        url(&[("email", "a@b.example"), ("login", " ")]).as_deref(),
        Some("https://api.lumen.example/find?email=a%40b.example")
    );
    assert_eq!(url(&[("login", "anna")]), None, "the tool needs an e-mail address");
    assert_eq!(url(&[("admin", "1")]), None);
    assert_eq!(url(&[("email", "a\nb")]), None);
}

#[test]
fn what_is_found_is_flat_and_short() {
    let mut answer = json!({
        "id": 5, "vip": true, "verified": true, "level": "gold\nplus", "since": 2020, "closed": false, "nothing": null, "nested": {"a": 1},
        "list": [1], "long": "ü".repeat(100),
    });
    for n in 0..20 {
        answer[format!("x{n}")] = json!(n);
    }
    let Found::Account(account) = found(&answered(answer)) else { panic!("nobody was found") };
    assert_eq!((account.id.as_str(), account.vip, account.details.len()), ("5", true, DETAILS));
    assert_eq!(account.details["level"], "gold plus");
    assert_eq!(account.details["closed"], "false");
    assert_eq!(account.details["long"].len(), 100);
    assert!(!account.details.contains_key("nested") && !account.details.contains_key("verified"));
}

#[test]
fn nobody_is_found_where_the_system_says_so() {
    for nobody in
        [answered(json!(null)), answered(json!({"id": null})), Performed::Refused { status: 404, detail: None }]
    {
        assert_eq!(found(&nobody), Found::Nobody);
    }
    for failed in [
        answered(json!({})),
        answered(json!([])),
        Performed::Refused { status: 401, detail: None },
        Performed::Failed { why: String::new() },
    ] {
        assert!(matches!(found(&failed), Found::Failed { .. }), "{failed:?}");
    }
}
