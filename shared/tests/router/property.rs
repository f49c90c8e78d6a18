//! The router's laws, on teams of any make.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use shared::domain::escalation::{Attempt, AttemptEnd};
use shared::domain::id::OperatorId;
use shared::domain::router::{ChatLimit, Colleague, Decision, Judgement, Loads, Outcome, Presence};
use shared::domain::settings::{EscalationMode, WhenNobody};

use crate::scene::{
    CARE, SUPPORT, Scene, US, VIPS, at, chat, colleague, department, limited, operator, target, targets,
};

fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![
        4 => Just(Presence::Available),
        1 => Just(Presence::Busy),
        1 => Just(Presence::Other("Away".to_owned())),
        1 => Just(Presence::Untold),
    ]
}

fn limit() -> impl Strategy<Value = Option<ChatLimit>> {
    option::of(prop_oneof![4 => (0_u32..8).prop_map(ChatLimit::AtMost), 1 => Just(ChatLimit::Unlimited)])
}

/// Mostly true, now and then false or untold.
fn told() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![8 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)]
}

fn any_colleague(number: u32) -> impl Strategy<Value = Colleague> {
    let flags = (proptest::bool::weighted(0.1), told(), told(), told(), told());
    let chats = (prop_oneof![9 => 0_u32..8, 1 => Just(u32::MAX)], vec(0_u32..12, 0..3), option::of(-900_i64..0));
    (flags, presence(), limit(), proptest::bool::weighted(0.8), chats).prop_map(
        move |((bot, enabled, confirmed, chat_enabled, present), presence, limit, serves, (open, known, took))| {
            Colleague {
                bot,
                enabled,
                confirmed,
                chat_enabled,
                deleted: present.map(|present| !present),
                presence,
                limit,
                departments: vec![department(if serves { SUPPORT } else { VIPS })],
                open_chats: open,
                open_and_reserved: known.into_iter().map(|number| chat(&number.to_string())).collect(),
                took_last_at: took.map(at),
                ..colleague(&(700 + number).to_string())
            }
        },
    )
}

/// Our own operator is 700, the first of the roster.
fn roster() -> impl Strategy<Value = Vec<Colleague>> {
    (0_u32..12).prop_flat_map(|size| (0..size).map(any_colleague).collect::<Vec<_>>())
}

fn end() -> impl Strategy<Value = AttemptEnd> {
    let refused = |code| AttemptEnd::Refused { code };
    prop_oneof![
        Just(AttemptEnd::Rejected),
        Just(AttemptEnd::NoAnswer),
        Just(refused(None)),
        Just(refused(Some(1025))),
        Just(refused(Some(1019))),
    ]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    (option::weighted(0.9, 700_u32..712), any::<bool>(), end()).prop_map(|(who, serves, end)| {
        let who = who.map(|number| number.to_string());
        let target = target(if serves { SUPPORT } else { CARE }, who.as_deref());
        Attempt { target, at: at(-90), ended_at: at(-30), end, chosen: false }
    })
}

fn scene() -> impl Strategy<Value = Scene> {
    let settings = (any::<bool>(), any::<bool>(), 0_u8..6, any::<bool>(), any::<bool>());
    let loads = prop_oneof![
        5 => Just(Loads::Full), 2 => Just(Loads::Partial), 1 => Just(Loads::Refused), 1 => Just(Loads::Unknown)
    ];
    let reservations = vec((700_u32..712, 0_u32..12, -60_i64..120), 0..20);
    (roster(), settings, loads, reservations, vec(attempt(), 0..4)).prop_map(
        |(operators, (direct, ring, direct_attempts, brand, closed), loads, reservations, attempts)| {
            let mut scene = Scene::new(operators);
            scene.conversation = chat("3");
            let escalation = &mut scene.settings.escalation;
            escalation.mode = if direct { EscalationMode::Direct } else { EscalationMode::Department };
            escalation.when_nobody = if ring { WhenNobody::Ring } else { WhenNobody::Mail };
            escalation.direct_attempts = direct_attempts;
            scene.settings.brands[0].escalation.department = brand.then(|| department(CARE));
            scene.roster.closed_departments = if closed { vec![department(CARE)] } else { Vec::new() };
            scene.roster.loads = loads;
            scene.attempts = attempts;
            for (who, conversation, seconds) in reservations {
                scene.reserve(&who.to_string(), &conversation.to_string(), at(seconds));
            }
            scene
        },
    )
}

/// As a person would count: the conversations that are reserved and not among those that are open already.
fn chats_of(scene: &Scene, who: &Colleague) -> u64 {
    let open: BTreeSet<_> = who.open_and_reserved.iter().collect();
    let reserved = scene.reservations.get(&who.id).map(|reserved| &reserved.until);
    let more = reserved.into_iter().flatten().filter(|(conversation, until)| {
        **until > scene.now && **conversation != scene.conversation && !open.contains(conversation)
    });
    u64::from(who.open_chats) + u64::try_from(more.count()).unwrap()
}

fn picked(decision: &Decision) -> Vec<OperatorId> {
    targets(decision).iter().filter_map(|target| target.operator.clone()).collect()
}

/// How many chats each has after a burst.
fn loads_after(scene: &Scene) -> Vec<u64> {
    scene.roster.operators.iter().map(|who| chats_of(scene, who)).collect()
}

proptest! {
    #[test]
    fn nobody_at_or_over_the_limit_is_rung(scene in scene()) {
        for id in picked(&scene.route()) {
            let who = scene.roster.operators.iter().find(|who| who.id == id).unwrap();
            let chats = chats_of(&scene, who);
            match who.limit {
                Some(ChatLimit::AtMost(limit)) => prop_assert!(chats < u64::from(limit), "{chats} of {limit}"),
                Some(ChatLimit::Unlimited) => {}
                None => prop_assert!(chats < 5, "{chats} of the usual five"),
            }
        }
    }

    #[test]
    fn nobody_is_rung_who_must_not_be(scene in scene()) {
        for id in picked(&scene.route()) {
            let who = scene.roster.operators.iter().find(|who| who.id == id).unwrap();
            prop_assert_ne!(who.id.as_str(), US);
            prop_assert!(!who.bot && who.deleted != Some(true));
            prop_assert!([who.enabled, who.confirmed, who.chat_enabled].iter().all(|told| *told != Some(false)));
            prop_assert!(matches!(who.presence, Presence::Available | Presence::Untold));
            prop_assert!(scene.attempts.iter().all(|attempt| attempt.target.operator.as_ref() != Some(&id)));
            prop_assert!(targets(&scene.route()).iter().all(|target| who.departments.contains(&target.department)));
        }
    }

    #[test]
    fn the_record_tells_of_everyone_once_and_agrees_with_the_plan(scene in scene()) {
        let decision = scene.route();
        let all: BTreeSet<_> = scene.roster.operators.iter().map(|who| &who.id).collect();
        let told: BTreeSet<_> = decision.considered.iter().map(|one| &one.operator).collect();
        prop_assert_eq!(decision.considered.len(), all.len());
        prop_assert_eq!(told, all);
        let group = |judgement: &Judgement| match judgement {
            Judgement::Picked { rank } => (0, *rank),
            Judgement::Eligible => (1, 0),
            Judgement::Skipped { .. } => (2, 0),
        };
        prop_assert!(decision.considered.is_sorted_by_key(|one| group(&one.judgement)));
        let ranked = decision.considered.iter().filter(|one| matches!(one.judgement, Judgement::Picked { .. }));
        prop_assert_eq!(ranked.map(|one| one.operator.clone()).collect::<Vec<_>>(), picked(&decision));
    }

    #[test]
    fn a_ring_ends_at_the_department_that_is_open(scene in scene()) {
        let decision = scene.route();
        if let Outcome::Ring { targets } = &decision.outcome {
            let last = targets.last().unwrap();
            prop_assert_eq!(&last.operator, &None);
            let open = decision.departments.iter().find(|tried| !tried.closed).unwrap();
            prop_assert!(targets.iter().all(|target| target.department == open.department));
            let direct = scene.attempts.iter().filter(|attempt| attempt.target.operator.is_some()).count();
            let allowed = usize::from(scene.settings.escalation.direct_attempts).saturating_sub(direct);
            prop_assert!(targets.len() - 1 <= allowed);
        }
    }

    #[test]
    fn the_same_input_gets_the_same_plan_in_whatever_order_the_roster_came(
        (scene, shuffled) in scene().prop_flat_map(|scene| {
            let operators = Just(scene.roster.operators.clone()).prop_shuffle();
            (Just(scene.settings.clone()), Just(scene.roster.clone()), Just(scene.reservations.clone()),
             Just(scene.attempts.clone()), operators)
        }).prop_map(|(settings, roster, reservations, attempts, operators)| {
            let scene = Scene { settings, roster, reservations, attempts, ..Scene::new(Vec::new()) };
            (scene, operators)
        })
    ) {
        let mut scene = scene;
        let first = scene.route();
        prop_assert_eq!(&first, &scene.route());
        scene.roster.operators = shuffled;
        prop_assert_eq!(&first, &scene.route());
    }

    #[test]
    fn a_burst_spreads_within_one_chat_under_equal_limits(
        operators in 1_u32..9, limit in 1_u32..12, busy in 0_u32..3, conversations in 1_u32..30,
    ) {
        let busy = busy.min(limit);
        let team = (1..=operators).map(|n| limited(&(700 + n).to_string(), busy, ChatLimit::AtMost(limit)));
        let mut scene = Scene::new(team.collect());
        let rung = scene.burst(conversations);
        let loads = loads_after(&scene);
        prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{loads:?}");
        prop_assert!(loads.iter().all(|load| *load <= u64::from(limit)), "{loads:?}");
        // Nobody is passed over while there is room; then the department has a queue.
        let room = usize::try_from(operators * (limit - busy)).unwrap();
        prop_assert_eq!(rung.iter().flatten().count(), room.min(rung.len()));
    }

    #[test]
    fn whoever_gets_a_chat_had_the_fewest(
        busy in vec(0_u32..9, 1..9), conversations in 1_u32..20,
    ) {
        let team = busy.iter().zip(701..).map(|(chats, id)| limited(&id.to_string(), *chats, ChatLimit::Unlimited));
        let mut scene = Scene::new(team.collect());
        let rung: BTreeSet<_> = scene.burst(conversations).into_iter().flatten().collect();
        let loads: BTreeMap<_, _> =
            scene.roster.operators.iter().map(|who| &who.id).zip(loads_after(&scene)).collect();
        let fewest = loads.values().min().unwrap();
        prop_assert!(rung.iter().all(|id| loads[id] <= fewest + 1), "{loads:?}");
    }
}

#[test]
fn ten_conversations_over_three_humans_spread_four_three_three() {
    let mut scene = Scene::new(["701", "702", "703"].map(colleague).to_vec());
    scene.burst(10);
    assert_eq!(loads_after(&scene), [4, 3, 3]);
}

#[test]
fn a_burst_reaches_the_department_when_everyone_is_at_the_limit() {
    let mut scene = Scene::new(vec![limited("701", 0, ChatLimit::AtMost(1)), limited("702", 1, ChatLimit::AtMost(2))]);
    assert_eq!(scene.burst(4), [Some(operator("701")), Some(operator("702")), None, None]);
    scene.now += SignedDuration::from_mins(10);
    assert_eq!(scene.burst(1), [Some(operator("701"))]);
}
