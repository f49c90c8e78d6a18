use super::*;
use serde_json::{Value, json};

fn settings(hours: &Value) -> WorkspaceSettings {
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
        "time_zone": "Europe/Berlin", "business_hours": hours,
        "brands": [{"id": "100", "name": "Lumen Casino", "automated": true}],
    }))
    .unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn at(hours: &Value, now: &str) -> Hours {
    hours_at(&settings(hours), None, time(now))
}

fn closed_until(opening: &str) -> Hours {
    Hours::Closed { opens_at: Some(time(opening)) }
}

fn every_day(span: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: serde_json::Map<_, _> = days.into_iter().map(|day| (day.to_owned(), json!([span]))).collect();
    json!({ "week": week })
}

/// Whether the team works at each of these times, in a text of `o` and `-`.
fn course(hours: &Value, times: &[&str]) -> String {
    times.iter().map(|now| if at(hours, now) == Hours::Open { 'o' } else { '-' }).collect()
}

#[test]
fn a_team_without_hours_always_works() {
    assert_eq!(at(&Value::Null, "2026-01-05T03:00:00Z"), Hours::Always);
}

#[test]
fn the_start_is_included_and_the_end_is_not() {
    let hours = json!({"week": {"monday": ["09:00-12:00", "13:00-17:30"]}});
    assert_eq!(at(&hours, "2026-01-05T07:59:59Z"), closed_until("2026-01-05T08:00:00Z"));
    assert_eq!(at(&hours, "2026-01-05T08:00:00Z"), Hours::Open);
    assert_eq!(at(&hours, "2026-01-05T11:00:00Z"), closed_until("2026-01-05T12:00:00Z"));
    assert_eq!(at(&hours, "2026-01-05T16:29:59Z"), Hours::Open);
    assert_eq!(at(&hours, "2026-01-05T16:30:00Z"), closed_until("2026-01-12T08:00:00Z"));
}

#[test]
fn an_overnight_span_belongs_to_the_day_it_starts_on() {
    let hours = json!({"week": {"friday": ["22:00-02:00"]}});
    let night = ["2026-01-09T20:59:59Z", "2026-01-09T21:00:00Z", "2026-01-10T00:59:59Z", "2026-01-10T01:00:00Z"];
    assert_eq!(course(&hours, &night), "-oo-");
    assert_eq!(at(&hours, "2026-01-08T23:30:00Z"), closed_until("2026-01-09T21:00:00Z"));
}

#[test]
fn the_end_of_the_day_is_midnight_and_days_join_there() {
    let hours = json!({"week": {"monday": ["20:00-24:00"], "tuesday": ["00:00-01:00"]}});
    let night = ["2026-01-05T22:59:59Z", "2026-01-05T23:00:00Z", "2026-01-05T23:59:59Z", "2026-01-06T00:00:00Z"];
    assert_eq!(course(&hours, &night), "ooo-");
    assert_eq!(course(&every_day("00:00-24:00"), &night), "oooo");
}

#[test]
fn a_holiday_replaces_the_spans_of_its_day() {
    let mut hours = every_day("09:00-17:00");
    hours["holidays"] = json!([
        {"date": "2026-12-24", "open": ["09:00-12:00"]}, {"date": "2026-12-25", "name": "Christmas"},
    ]);
    let days = ["2026-12-24T10:00:00Z", "2026-12-24T12:00:00Z", "2026-12-25T10:00:00Z", "2026-12-26T10:00:00Z"];
    assert_eq!(course(&hours, &days), "o--o");
    assert_eq!(at(&hours, "2026-12-24T12:00:00Z"), closed_until("2026-12-26T08:00:00Z"));
}

#[test]
fn a_night_that_began_before_a_holiday_lasts_into_it_and_the_holidays_own_night_is_off() {
    let mut hours = every_day("22:00-02:00");
    hours["holidays"] = json!([{"date": "2026-12-25"}]);
    let times = ["2026-12-25T00:30:00Z", "2026-12-25T21:30:00Z", "2026-12-26T00:30:00Z", "2026-12-26T21:30:00Z"];
    assert_eq!(course(&hours, &times), "o--o");
}

#[test]
fn an_opening_later_than_two_weeks_is_not_told() {
    let mut hours = json!({"week": {}, "holidays": [{"date": "2026-01-20", "open": ["09:00-10:00"]}]});
    assert_eq!(at(&hours, "2026-01-06T08:00:00Z"), closed_until("2026-01-20T08:00:00Z"));
    assert_eq!(at(&hours, "2026-01-06T07:59:59Z"), Hours::Closed { opens_at: None });
    hours["holidays"] = json!([]);
    assert_eq!(at(&hours, "2026-01-06T08:00:00Z"), Hours::Closed { opens_at: None });
}

#[test]
fn the_hours_follow_the_clocks_when_summer_begins_and_ends() {
    let hours = every_day("09:00-17:00");
    let spring = ["2026-03-28T08:00:00Z", "2026-03-28T07:59:59Z", "2026-03-29T07:00:00Z", "2026-03-29T06:59:59Z"];
    assert_eq!(course(&hours, &spring), "o-o-");
    let autumn = ["2026-10-24T07:00:00Z", "2026-10-24T06:59:59Z", "2026-10-25T08:00:00Z", "2026-10-25T07:59:59Z"];
    assert_eq!(course(&hours, &autumn), "o-o-");
    assert_eq!(at(&hours, "2026-03-28T22:00:00Z"), closed_until("2026-03-29T07:00:00Z"));
    assert_eq!(at(&hours, "2026-10-24T22:00:00Z"), closed_until("2026-10-25T08:00:00Z"));
}

// Berlin, 2026-03-29: 02:00 is 03:00, at 01:00 UTC.
#[test]
fn a_time_that_the_clocks_skip_is_the_moment_at_which_they_are_set() {
    let moments = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"];
    assert_eq!(course(&every_day("02:30-04:00"), &moments), "-oo");
    assert_eq!(course(&every_day("01:00-02:30"), &moments), "o--");
    assert_eq!(course(&every_day("02:15-02:45"), &moments), "---");
    assert_eq!(at(&every_day("02:30-04:00"), "2026-03-29T00:30:00Z"), closed_until("2026-03-29T01:00:00Z"));
}

// Berlin, 2026-10-25: 03:00 is 02:00 again, at 01:00 UTC.
#[test]
fn a_time_that_the_clocks_show_twice_counts_from_the_first_to_the_last() {
    let moments = ["2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "2026-10-25T01:29:59Z", "2026-10-25T01:30:00Z"];
    assert_eq!(course(&every_day("02:30-06:00"), &moments), "-ooo");
    assert_eq!(course(&every_day("00:00-02:30"), &moments), "ooo-");
}

#[test]
fn clocks_that_are_set_at_midnight_lose_no_day() {
    let mut hours = every_day("00:00-24:00");
    hours["time_zone"] = "Africa/Cairo".into();
    assert_eq!(course(&hours, &["2026-04-23T21:59:59Z", "2026-04-23T22:00:00Z", "2026-04-24T12:00:00Z"]), "ooo");
}

#[test]
fn a_brands_hours_take_the_place_of_the_workspaces_as_a_whole() {
    let mut settings = settings(&every_day("09:00-17:00"));
    settings.brands[0].business_hours = serde_json::from_value(json!({"week": {"monday": ["18:00-20:00"]}})).unwrap();
    let now = |time: &str| hours_at(&settings, settings.brands.first(), self::time(time));
    assert_eq!(now("2026-01-05T17:30:00Z"), Hours::Open);
    assert_eq!(now("2026-01-05T12:00:00Z"), closed_until("2026-01-05T17:00:00Z"));
    assert_eq!(now("2026-01-06T12:00:00Z"), closed_until("2026-01-12T17:00:00Z"));
}

#[test]
fn the_time_zone_is_the_hours_then_the_brands_then_the_workspaces() {
    let mut settings = settings(&every_day("09:00-10:00"));
    let opens =
        |settings: &WorkspaceSettings| hours_at(settings, settings.brands.first(), time("2026-01-05T00:00:00Z"));
    assert_eq!(opens(&settings), closed_until("2026-01-05T08:00:00Z"));
    settings.brands[0].time_zone = Some("Asia/Kolkata".to_owned());
    assert_eq!(opens(&settings), closed_until("2026-01-05T03:30:00Z"));
    settings.business_hours.as_mut().unwrap().time_zone = Some("America/New_York".to_owned());
    assert_eq!(opens(&settings), closed_until("2026-01-05T14:00:00Z"));
}

#[test]
fn an_unknown_time_zone_counts_as_open() {
    for name in ["Europe/Atlantis", "", "Etc/Unknown", "../../etc/passwd"] {
        let hours = json!({"time_zone": name, "week": {}});
        assert_eq!(at(&hours, "2026-01-05T03:00:00Z"), Hours::Open, "{name:?}");
    }
}

#[test]
fn the_ends_of_time_are_survived() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        for span in ["09:00-17:00", "22:00-02:00", "00:00-24:00"] {
            let hours = hours_at(&settings(&every_day(span)), None, now);
            assert_ne!(hours, Hours::Always);
        }
    }
}
