//! Time zones, hours and holidays.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::civil::Time;
use jiff::tz::TimeZoneDatabase;

use super::Problems;
use crate::domain::settings::{BusinessHours, Span, WorkspaceSettings};

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    // The database that is compiled in: the same answer on every machine.
    let zones = TimeZoneDatabase::bundled();
    let zone = |field: &dyn Display, name: &str, problems: &mut Problems| {
        if zones.get(name).is_err() {
            let fix = "use a name of the IANA database, such as Europe/Malta or UTC";
            problems.add(field, "there is no such time zone", fix);
        }
    };
    zone(&"time_zone", &settings.time_zone, problems);
    let hours = |field: &str, hours: Option<&BusinessHours>, problems: &mut Problems| {
        let Some(hours) = hours else { return };
        if let Some(name) = &hours.time_zone {
            zone(&format_args!("{field}.time_zone"), name, problems);
        }
        business_hours(field, hours, problems);
    };
    hours("business_hours", settings.business_hours.as_ref(), problems);
    for (index, brand) in settings.brands.iter().enumerate() {
        hours(&format!("brands[{index}].business_hours"), brand.business_hours.as_ref(), problems);
    }
    for (index, brand) in settings.brands.iter().enumerate() {
        if let Some(name) = &brand.time_zone {
            zone(&format_args!("brands[{index}].time_zone"), name, problems);
        }
    }
}

fn business_hours(field: &str, hours: &BusinessHours, problems: &mut Problems) {
    let week = &hours.week;
    let days = [
        ("monday", &week.monday),
        ("tuesday", &week.tuesday),
        ("wednesday", &week.wednesday),
        ("thursday", &week.thursday),
        ("friday", &week.friday),
        ("saturday", &week.saturday),
        ("sunday", &week.sunday),
    ];
    for (day, spans) in days {
        overlaps(format_args!("{field}.week.{day}"), spans, problems);
    }
    let mut first = BTreeMap::new();
    for (index, holiday) in hours.holidays.iter().enumerate() {
        overlaps(format_args!("{field}.holidays[{index}].open"), &holiday.open, problems);
        if let Some(earlier) = first.get(&holiday.date) {
            let problem = format!("{} stands in holidays[{earlier}] already", holiday.date);
            problems.add(format_args!("{field}.holidays[{index}].date"), problem, "list each day once");
        } else {
            first.insert(holiday.date, index);
        }
    }
}

fn overlaps(field: impl Display, spans: &[Span], problems: &mut Problems) {
    let mut spans = spans.to_vec();
    spans.sort_by_key(|span| span.from);
    for (earlier, later) in spans.iter().zip(spans.iter().skip(1)) {
        if end_minute(earlier) > minute(later.from) {
            let problem = format!("{earlier} and {later} overlap");
            problems.add(&field, problem, "make them one, or end the earlier one sooner");
        }
    }
}

/// Minutes from the day's beginning; beyond 1440 it is the next day's.
fn end_minute(span: &Span) -> u32 {
    match span.to {
        None => 1_440,
        Some(to) if to < span.from => 1_440 + minute(to),
        Some(to) => minute(to),
    }
}

fn minute(time: Time) -> u32 {
    u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs())
}
