#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use crate::domain::id::{DepartmentId, OperatorId, ScreenName};
use crate::salesiq::assumptions::{ASSUMPTIONS, BEHAVIOURS};
use crate::salesiq::client::{Availability, Brand, ChatLimit, Department, Operator, Portal};
use crate::salesiq::oauth::Principal;
use serde_json::json;

use super::shape::{self, Holds};
use super::*;
use crate::doctor::report::{Outcome, table};
use crate::doctor::seen::{Because, Raw, Reads, SeenHost, SeenMail, SeenPrincipal, SeenSecret};

const NOVA: &str = "415000000000004001";
const ADA: &str = "415000000000004003";
const SUPPORT: &str = "415000000000003001";

/// As the local stack's workspace is set.
fn demo() -> WorkspaceSettings {
    let sender = |name: &str| format!("{name} <support@lumen.example>");
    let settings = json!({
        "workspace": "demo", "screen_name": "demo", "org_id": "55778119", "data_centre": "eu",
        "bot_operator": NOVA, "default_department": SUPPORT,
        "escalation": {
            "sender": sender("Demo Gaming Group"), "last_resort_email": "duty@demo.example",
            "facilitator": ADA, "direct_deadline_s": 20, "department_deadline_s": 30,
        },
        "idle": {"check_in_s": 1800},
        "brands": [
            {"id": "415000000000002001", "name": "Lumen Casino", "automated": true,
                "escalation": {"email": "inbox@lumen.example", "sender": sender("Lumen Casino")}},
            {"id": "415000000000002003", "name": "Harbour Bets", "automated": false},
            {"id": "415000000000002005", "name": "Meridian Games", "automated": true,
                "escalation": {"mode": "direct", "email": "inbox@meridian.example", "sender": sender("Meridian Games")}},
        ],
    });
    serde_json::from_value(settings).unwrap()
}

fn operator(id: &str, name: &str, role: &str) -> Operator {
    Operator {
        id: OperatorId::parse(id).unwrap(),
        name: Some(name.to_owned()),
        email: None,
        role: Some(role.to_owned()),
        bot: false,
        enabled: Some(true),
        confirmed: Some(true),
        chat_enabled: Some(true),
        deleted: Some(false),
        availability: Some(Availability::Available),
        chat_limit: Some(ChatLimit::Unlimited),
        departments: vec![DepartmentId::parse(SUPPORT).unwrap()],
    }
}

fn missing(principal: Principal) -> SeenPrincipal {
    SeenPrincipal { principal, secret: SeenSecret::Missing, token: Read::NotAsked, reads: Reads::default() }
}

/// A portal with one human too few, a webhook that was forgotten, and SES in its sandbox.
fn seen() -> Seen {
    let settings = demo();
    let departments = vec![Department {
        id: DepartmentId::parse(SUPPORT).unwrap(),
        name: Some("Player Support".to_owned()),
        enabled: Some(true),
    }];
    let nova = Operator { chat_limit: Some(ChatLimit::AtMost(25)), ..operator(NOVA, "Nova", "Associate") };
    let ada = operator(ADA, "Ada", "Administrator");
    let reads = Reads {
        conversations: Read::Got(()),
        operators: Read::Got(vec![nova, Operator { confirmed: Some(false), ..ada }]),
        departments: Read::Got(departments),
        brands: Read::NotAsked,
        portals: Read::NotAsked,
        webhooks: Read::NotAsked,
    };
    let brands = settings.brands.iter().map(|brand| Brand { id: brand.id.clone(), name: Some(brand.name.clone()) });
    let all = Reads {
        brands: Read::Got(brands.collect()),
        portals: Read::Got(vec![Portal {
            screen_name: ScreenName::parse("demo").unwrap(),
            name: Some("Demo Gaming Group".to_owned()),
            org_id: None,
        }]),
        webhooks: Read::Got(Vec::new()),
        ..reads.clone()
    };
    let there = || SeenSecret::There { blank: Vec::new(), accounts_host: None };
    Seen {
        simulated: false,
        hosts: vec![SeenHost { host: "salesiq.zoho.eu".to_owned(), answered: Ok(200) }],
        principals: vec![
            SeenPrincipal { principal: Principal::Bot, secret: there(), token: Read::Got(()), reads },
            SeenPrincipal { principal: Principal::Facilitator, secret: there(), token: Read::Got(()), reads: all },
            missing(Principal::Organisation),
        ],
        chats: BTreeMap::from([(DepartmentId::parse(SUPPORT).unwrap(), (Read::Got(()), Read::Got(())))]),
        webhook_url: Some("https://x.example/webhooks/salesiq/demo".to_owned()),
        webhook_head: Some(Ok(200)),
        failed_executions: Read::NotAsked,
        mail: SeenMail {
            identities: Some(Ok(BTreeMap::from([("lumen.example".to_owned(), "Success".to_owned())]))),
            quota: Some(Ok((200.0, 3.0))),
            sending_enabled: Some(Ok(true)),
        },
        raw: Raw { conversations: Read::Got(Vec::new()), messages: Read::Got(Vec::new()), ..Raw::default() },
        writes: None,
    }
}

#[test]
fn the_report_is_a_table_by_section_with_a_summary() {
    let checks = judge(&demo(), &seen());
    insta::assert_snapshot!(table(&checks));
}

#[test]
fn the_report_for_machines_has_a_row_a_check() {
    let checks = judge(&demo(), &seen());
    let some: Vec<&Check> = checks.iter().filter(|check| check.section == Section::Webhook).collect();
    insta::assert_json_snapshot!(some);
}

#[test]
fn checks_come_by_section() {
    let checks = judge(&demo(), &seen());
    assert!(checks.is_sorted_by_key(|check| check.section));
}

#[test]
fn each_assumption_is_either_checked_or_listed_with_the_way_to_find_out() {
    let mut seen = seen();
    seen.writes = Some(crate::doctor::seen::Writes::default());
    let checks = judge(&demo(), &seen);
    let listed: Vec<&Check> = checks.iter().filter(|check| check.section == Section::Assumptions).collect();
    assert_eq!(listed.len(), ASSUMPTIONS.len() + BEHAVIOURS.len());
    assert!(listed.iter().all(|check| !check.seen.starts_with("not asked")), "one is to be read and is not");
}

#[test]
fn an_account_of_another_data_centre_tells_which() {
    let settings = demo();
    let mut seen = seen();
    seen.principals[0].secret =
        SeenSecret::There { blank: Vec::new(), accounts_host: Some("accounts.zoho.in".to_owned()) };
    let said = "the accounts server refused refresh: invalid_client".to_owned();
    seen.principals[0].token = Read::Failed(Failed { because: Because::Denied, said });
    let checks = judge(&settings, &seen);
    for name in ["bot: token", "data centre"] {
        let check = checks.iter().find(|check| check.name == name).unwrap();
        assert!(check.fix.as_ref().unwrap().starts_with("set data_centre to in"), "{check:?}");
    }
}

#[test]
fn a_mail_address_for_examples_is_no_matter_in_a_simulated_portal() {
    let settings = demo();
    let outcome = |simulated| {
        let checks = judge(&settings, &Seen { simulated, ..seen() });
        checks.iter().find(|check| check.name == "recipients").unwrap().outcome
    };
    assert_eq!((outcome(true), outcome(false)), (Outcome::Ok, Outcome::Warn));
}

#[test]
fn a_sender_is_verified_by_its_address_or_any_domain_above() {
    let address = crate::domain::email::EmailAddress::parse("a@mail.lumen.example").unwrap();
    assert_eq!(mail::identities_of(&address), ["a@mail.lumen.example", "mail.lumen.example", "lumen.example"]);
}

#[test]
fn rows_that_are_not_as_assumed_are_told_by_their_keys_and_types() {
    let number = [json!({"id": 19_000_000_033_103_u64})];
    assert!(matches!(shape::ids(&[("operators", &number)]), Holds::Partly(_)));
    assert!(matches!(shape::ids(&[("operators", &[json!({"id": "abc"})])]), Holds::No(_)));
    assert!(matches!(shape::times(&[json!({"start_time": "2020-01-01"})]), Holds::No(_)));
    assert!(matches!(shape::times(&[json!({"start_time": "1612943810186"})]), Holds::Yes(_)));
    let state = |state: i64, end: bool| {
        let mut row = json!({"chat_status": {"state": state}});
        if end {
            row["end_time"] = json!("1612943810186");
        }
        shape::states(&[row])
    };
    assert!(matches!(state(4, true), Holds::Yes(_)));
    assert!(matches!(state(4, false), Holds::No(_)));
    assert!(matches!(state(7, false), Holds::No(_)));
    let row = |sender: &str, time: &str| json!({"sender": {"id": sender}, "time": time, "message": {"text": "secret"}});
    let rows = [row("$34", "1612943810187"), row("82", "1612943810186")];
    assert!(matches!(shape::sender_prefix(&rows), Holds::Yes(_)));
    assert!(matches!(shape::newest_first(&rows), Holds::Yes(_)));
    assert!(matches!(shape::newest_first(&[rows[1].clone(), rows[0].clone()]), Holds::No(_)));
    let Holds::No(told) = shape::message_ids(&rows) else { panic!("there is no id") };
    assert!(told.contains("message, sender, time") && !told.contains("secret"), "{told}");
}
