//! Every situation of a run, and what must hold after any number of them.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn seen(word: &str) -> Seen {
    Seen { availability: Some(Availability::from(word.to_owned())), ..Seen::default() }
}

fn run(first: Reading, second: Option<Second>, minute: i64) -> Run {
    Run { wanted: Wanted::Available, first, second, began: at(minute * 60), ended: at(minute * 60 + 1) }
}

fn well(minute: i64) -> Run {
    run(Ok(seen("Available")), None, minute)
}

fn set_and(reading: Reading) -> Second {
    Second { set: Ok(()), reading: Some(reading) }
}

fn after(runs: &[Run]) -> Concluded {
    let mut concluded = conclude(None, &runs[0]);
    for run in &runs[1..] {
        concluded = conclude(Some(&concluded.presence), run);
    }
    concluded
}

fn outages(concluded: &Concluded) -> Vec<&Outage> {
    let records = concluded.records.iter();
    let outages = records.filter_map(|record| match record {
        Record::Outage(outage) => Some(outage),
        Record::Maintenance(_) => None,
    });
    outages.collect()
}

#[test]
fn only_a_status_is_set_and_only_when_it_is_another_one() {
    let gone = Seen { deleted: Some(true), ..seen("Busy") };
    let off = Seen { enabled: Some(false), ..seen("Busy") };
    let no_chats = Seen { chat_enabled: Some(false), ..seen("Busy") };
    let table = [
        (Ok(seen("Available")), Wanted::Available, Step::Nothing),
        (Ok(seen("Busy")), Wanted::Available, Step::Set(Wanted::Available)),
        (Ok(seen("Idle")), Wanted::Available, Step::Set(Wanted::Available)),
        (Ok(Seen::default()), Wanted::Available, Step::Set(Wanted::Available)),
        (Ok(seen("Available")), Wanted::Busy, Step::Set(Wanted::Busy)),
        (Ok(seen("Busy")), Wanted::Busy, Step::Nothing),
        (Ok(gone), Wanted::Available, Step::Nothing),
        (Ok(off), Wanted::Available, Step::Nothing),
        (Ok(no_chats), Wanted::Available, Step::Nothing),
        (Err(Cause::SalesiqUnreachable), Wanted::Available, Step::Nothing),
    ];
    for (first, wanted, expected) in table {
        assert_eq!(step(&first, wanted), expected, "{first:?} {wanted:?}");
    }
}

#[test]
fn each_way_to_end_is_called_what_it_is() {
    let unconfirmed = Seen { confirmed: Some(false), ..seen("Busy") };
    let available = || Ok(seen("Available"));
    let failed_set = |cause: Cause, reading: Option<Reading>| Some(Second { set: Err(cause), reading });
    let table = [
        (run(available(), None, 0), None),
        (run(Ok(Seen { confirmed: Some(false), ..seen("Available") }), None, 0), None),
        (run(Ok(seen("Busy")), Some(set_and(available())), 0), None),
        (run(Ok(seen("Busy")), failed_set(Cause::SalesiqUnreachable, Some(available())), 0), None),
        (run(Ok(seen("Busy")), Some(set_and(Ok(seen("Busy")))), 0), Some(Cause::StatusNotKept)),
        (run(Ok(unconfirmed.clone()), Some(set_and(Ok(unconfirmed))), 0), Some(Cause::NotConfirmed)),
        (run(Ok(seen("Busy")), failed_set(Cause::ScopeMissing, None), 0), Some(Cause::ScopeMissing)),
        (run(Ok(seen("Busy")), Some(set_and(Err(Cause::SalesiqThrottled))), 0), Some(Cause::SalesiqThrottled)),
        (run(Ok(Seen { deleted: Some(true), ..seen("Available") }), None, 0), Some(Cause::OperatorDeleted)),
        (run(Ok(Seen { enabled: Some(false), ..seen("Available") }), None, 0), Some(Cause::OperatorDisabled)),
        (run(Ok(Seen { chat_enabled: Some(false), ..seen("Available") }), None, 0), Some(Cause::ChatsSwitchedOff)),
        (run(Err(Cause::TokenRevoked), None, 0), Some(Cause::TokenRevoked)),
    ];
    for (run, expected) in table {
        assert_eq!(conclude(None, &run).presence.cause, expected, "{run:?}");
    }
}

#[test]
fn a_busy_that_somebody_set_is_an_outage_of_that_moment() {
    let concluded = after(&[well(0), run(Ok(seen("Busy")), Some(set_and(Ok(seen("Available")))), 1)]);
    assert_eq!(concluded.restored, Some(Cause::SetBusy));
    let expected = Outage { start: at(60), end: Some(at(61)), cause: Cause::SetBusy, then: Vec::new(), runs: 1 };
    assert_eq!(outages(&concluded), [&expected]);
    assert_eq!((concluded.presence.failures, concluded.presence.outage, concluded.available), (0, None, true));
    assert!(!concluded.tell_unavailable);
}

#[test]
fn who_was_busy_before_the_first_run_is_set_available_without_an_outage() {
    let concluded = after(&[run(Ok(seen("Busy")), Some(set_and(Ok(seen("Available")))), 0)]);
    assert_eq!((concluded.records.len(), concluded.available), (0, true));
}

#[test]
fn an_outage_begins_goes_on_and_ends() {
    let down = |minute| run(Err(Cause::SalesiqUnreachable), None, minute);
    let throttled = run(Err(Cause::SalesiqThrottled), None, 2);
    let begun = after(&[well(0), down(1)]);
    assert_eq!((begun.presence.failures, begun.presence.since), (1, at(60)));
    let third = after(&[well(0), down(1), throttled.clone(), down(3)]);
    assert_eq!((third.presence.failures, third.tell_unavailable, third.presence.since), (3, true, at(60)));
    let ended = after(&[well(0), down(1), throttled, down(3), well(4)]);
    let expected = Outage {
        start: at(60),
        end: Some(at(241)),
        cause: Cause::SalesiqUnreachable,
        then: vec![Cause::SalesiqThrottled],
        runs: 3,
    };
    assert_eq!(outages(&ended), [&expected]);
    assert_eq!((ended.presence.failures, ended.presence.cause, ended.presence.outage), (0, None, None));
    assert_eq!((ended.presence.since, ended.restored), (at(241), None));
}

#[test]
fn a_person_is_told_at_once_of_what_only_a_person_can_mend_and_then_each_hour() {
    let revoked = |minute| run(Err(Cause::TokenRevoked), None, minute);
    assert!(after(&[well(0), revoked(1)]).tell_unavailable);
    assert!(!after(&[well(0), revoked(1), revoked(2)]).tell_unavailable);
    let runs: Vec<Run> = [well(0)].into_iter().chain((1..=60).map(revoked)).collect();
    assert!(after(&runs).tell_unavailable);
    assert!(!after(&runs[..60]).tell_unavailable);
    assert!(!after(&[well(0), run(Err(Cause::SalesiqUnreachable), None, 1)]).tell_unavailable);
}

#[test]
fn who_asks_too_often_with_a_revoked_token_still_has_a_revoked_one() {
    let throttled = run(Err(Cause::TokenThrottled), None, 2);
    let concluded = after(&[well(0), run(Err(Cause::TokenRevoked), None, 1), throttled.clone()]);
    assert_eq!(concluded.presence.cause, Some(Cause::TokenRevoked));
    assert_eq!(after(&[well(0), throttled]).presence.cause, Some(Cause::TokenThrottled));
}

#[test]
fn maintenance_is_recorded_as_such_and_no_outage() {
    let busy = |run: Run| Run { wanted: Wanted::Busy, ..run };
    let begun = after(&[well(0), busy(run(Ok(seen("Available")), Some(set_and(Ok(seen("Busy")))), 1))]);
    assert_eq!(begun.records, [Record::Maintenance(Maintenance { start: at(60), end: None })]);
    assert_eq!((begun.available, begun.presence.failures), (false, 0));
    let on = conclude(Some(&begun.presence), &busy(run(Ok(seen("Busy")), None, 2)));
    assert_eq!((on.records.len(), on.presence.cause.clone(), on.presence.since), (0, None, at(61)));
    let unreadable = conclude(Some(&on.presence), &busy(run(Err(Cause::SalesiqUnreachable), None, 3)));
    assert_eq!((unreadable.records.len(), unreadable.presence.failures, unreadable.tell_unavailable), (0, 0, false));
    let over = conclude(Some(&on.presence), &run(Ok(seen("Busy")), Some(set_and(Ok(seen("Available")))), 4));
    assert_eq!(over.records, [Record::Maintenance(Maintenance { start: at(60), end: Some(at(240)) })]);
    assert_eq!((over.restored, over.available, over.presence.maintenance), (None, true, None));
}

#[test]
fn an_operator_who_is_not_confirmed_is_told_once() {
    let unconfirmed = |minute| run(Ok(Seen { confirmed: Some(false), ..seen("Available") }), None, minute);
    let told = after(&[unconfirmed(0)]);
    assert!(told.tell_unconfirmed && told.available && told.records.is_empty());
    assert!(!after(&[unconfirmed(0), unconfirmed(1)]).tell_unconfirmed);
}

#[test]
fn what_is_recorded_is_read_back() {
    let concluded = after(&[well(0), run(Ok(seen("Idle")), Some(set_and(Ok(seen("Idle")))), 1)]);
    let text = serde_json::to_string(&concluded.presence).unwrap();
    assert_eq!(serde_json::from_str::<Presence>(&text).unwrap(), concluded.presence);
    assert_eq!(concluded.records[0].name(), "OUTAGE#1790000060000");
    assert!(text.contains(r#""cause":{"kind":"status_not_kept"}"#), "{text}");
}

fn readings() -> impl Strategy<Value = Reading> {
    let words = prop_oneof![Just(None), Just(Some("Available")), Just(Some("Busy")), Just(Some("Idle"))];
    let flag = || prop_oneof![4 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    let seen = (words, flag(), flag(), flag(), flag()).prop_map(|(word, enabled, confirmed, chat_enabled, deleted)| {
        let availability = word.map(|word| Availability::from(word.to_owned()));
        Seen { availability, enabled, confirmed, chat_enabled, deleted }
    });
    let causes = prop_oneof![
        Just(Cause::SalesiqUnreachable),
        Just(Cause::TokenRevoked),
        Just(Cause::TokenThrottled),
        Just(Cause::Other { code: Some(1) }),
    ];
    prop_oneof![3 => seen.prop_map(Ok), 1 => causes.prop_map(Err)]
}

/// A run as the sentinel would make it: something is set, and looked at again, where a step says so.
fn runs() -> impl Strategy<Value = Run> {
    let set = prop_oneof![3 => Just(Ok(())), 1 => Just(Err(Cause::ScopeMissing))];
    let wanted = prop_oneof![3 => Just(Wanted::Available), 1 => Just(Wanted::Busy)];
    (wanted, readings(), set, proptest::option::of(readings()), -90_i64..200, 0_i64..20).prop_map(
        |(wanted, first, set, reading, began, took)| {
            let second = (step(&first, wanted) != Step::Nothing).then_some(Second { set, reading });
            Run { wanted, first, second, began: at(began), ended: at(began + took) }
        },
    )
}

proptest! {
    #[test]
    fn outages_never_overlap_end_with_an_available_reading_only_and_failures_are_counted_anew(
        runs in proptest::collection::vec(runs(), 1..40),
    ) {
        let mut recorded = std::collections::BTreeMap::new();
        let mut state: Option<Presence> = None;
        for run in &runs {
            let concluded = conclude(state.as_ref(), run);
            let available = [Some(&run.first), run.second.as_ref().and_then(|second| second.reading.as_ref())]
                .into_iter()
                .flatten()
                .any(|reading| reading.as_ref().is_ok_and(|seen| seen.fault(Wanted::Available).is_none()));
            for record in &concluded.records {
                if let Record::Outage(outage) = record {
                    prop_assert!(outage.end.is_none() || available, "ended without an available reading: {outage:?}");
                    prop_assert!(outage.end.is_none_or(|end| end >= outage.start));
                    let before: Option<Outage> = recorded.insert(outage.start, outage.clone());
                    prop_assert!(before.is_none_or(|before| before.end.is_none()), "an ended outage went on");
                }
            }
            let before = state.as_ref().map_or(0, |state| state.failures);
            let failed = concluded.presence.cause.is_some() && run.wanted == Wanted::Available;
            prop_assert_eq!(concluded.presence.failures, if failed { before + 1 } else { 0 });
            prop_assert_eq!(concluded.available, run.wanted == Wanted::Available && !failed);
            prop_assert!(!failed || concluded.presence.outage.is_some());
            prop_assert!(!concluded.available || available);
            state = Some(concluded.presence);
        }
        let all: Vec<Outage> = recorded.into_values().collect();
        for pair in all.windows(2) {
            prop_assert!(pair[0].end.is_some_and(|end| end < pair[1].start), "{pair:?}");
        }
    }
}
