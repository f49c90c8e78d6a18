//! How long it takes to plan whom to ring: `cargo bench -p shared --bench router`.
//!
//! Five hundred operators, half of them with chats being assigned, in direct mode, outside of an ordinary day's hours:
//! everything that routing looks at.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints what it measured")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::domain::id::{ConversationId, DepartmentId, OperatorId};
use shared::domain::router::{
    ChatLimit, Colleague, Inquiry, Loads, Outcome, Presence, Reserved, Roster, Target, route,
};
use shared::domain::settings::WorkspaceSettings;
use shared::domain::verdict::EscalationReason;

const OPERATORS: u32 = 500;
const WARM_UP: u32 = 200;
const ITERATIONS: u32 = 2_000;

fn main() {
    let now: Timestamp = "2026-01-05T22:00:00Z".parse().unwrap();
    let conversation = ConversationId::parse("9001").unwrap();
    let (settings, roster, reservations) = (settings(), roster(now), reservations(now));
    let inquiry = Inquiry {
        conversation: &conversation,
        settings: &settings,
        brand: settings.brands.first(),
        reason: &EscalationReason::VisitorAsked,
        roster: &roster,
        reservations: &reservations,
        attempts: &[],
        now,
    };
    assert!(
        matches!(route(&inquiry).outcome, Outcome::Ring { targets } if matches!(targets[0], Target { operator: Some(_), .. }))
    );
    for _ in 0..WARM_UP {
        black_box(route(black_box(&inquiry)));
    }
    let mut plans: Vec<Duration> = (0..ITERATIONS)
        .map(|_| {
            let start = Instant::now();
            black_box(route(black_box(&inquiry)));
            start.elapsed()
        })
        .collect();
    plans.sort_unstable();
    // The median: what else the machine does meanwhile is not in it.
    let at = |permille: usize| plans[(plans.len() - 1) * permille / 1_000];
    println!("operators      {OPERATORS}");
    println!("iterations     {ITERATIONS}");
    println!("per operator   {} ns", at(500).as_nanos() / u128::from(OPERATORS));
    println!("per plan       {:.1?} (99 of 100 under {:.1?})", at(500), at(990));
}

fn settings() -> WorkspaceSettings {
    let day = ["09:00-12:30", "13:00-17:30"];
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
        "default_department": "17", "time_zone": "Europe/Malta",
        "escalation": {"mode": "direct", "when_closed": "ring"},
        "business_hours": {"week": {"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day}},
        "brands": [{"id": "100", "name": "Lumen Casino", "automated": true, "escalation": {"department": "18"}}],
    }))
    .unwrap()
}

fn roster(now: Timestamp) -> Roster {
    let departments = vec![DepartmentId::parse("17").unwrap(), DepartmentId::parse("18").unwrap()];
    let colleague = |number: u32| Colleague {
        id: operator(number),
        name: Some(format!("Operator {number}")),
        bot: number.is_multiple_of(50),
        enabled: Some(true),
        confirmed: Some(true),
        chat_enabled: Some(true),
        deleted: Some(false),
        presence: if number.is_multiple_of(7) { Presence::Busy } else { Presence::Available },
        limit: Some(ChatLimit::AtMost(5)),
        departments: departments.clone(),
        open_chats: number * 7 % 5,
        open_and_reserved: vec![conversation(number)],
        took_last_at: Some(now - SignedDuration::from_secs(i64::from(number * 13 % 3_600))),
    };
    // Not in the order of their ids.
    let operators = (0..OPERATORS).map(|number| colleague(number * 211 % OPERATORS)).collect();
    Roster { taken_at: now, loads: Loads::Full, operators, closed_departments: Vec::new() }
}

fn reservations(now: Timestamp) -> BTreeMap<OperatorId, Reserved> {
    let reserved = |number: u32| Reserved {
        until: [number, number + OPERATORS]
            .map(|chat| (conversation(chat), now + SignedDuration::from_secs(i64::from(chat % 120) - 30)))
            .into(),
        last_at: Some(now - SignedDuration::from_secs(i64::from(number % 60))),
    };
    (0..OPERATORS).step_by(2).map(|number| (operator(number), reserved(number))).collect()
}

fn operator(number: u32) -> OperatorId {
    OperatorId::parse(&(19_000_000_026_000_u64 + u64::from(number)).to_string()).unwrap()
}

fn conversation(number: u32) -> ConversationId {
    ConversationId::parse(&(19_000_000_033_000_u64 + u64::from(number)).to_string()).unwrap()
}
