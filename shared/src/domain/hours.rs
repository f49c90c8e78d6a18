//! Whether a team works now, and when it opens again.
//!
//! A team works whenever the clocks of its time zone show a time within one of its spans. So where clocks are set
//! forward, a time that they never show is the moment at which they are set; where they are set back, a span reaches
//! from the first to the last time that they show its ends.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::router::Hours;
use super::settings::{BrandSettings, BusinessHours, Span, Week, WorkspaceSettings};

/// How many days ahead the next opening is looked for.
pub const DAYS_AHEAD: i64 = 14;

/// A time zone by its IANA name, such as `Europe/Malta`, from the database that is compiled in: nothing is read from
/// the machine. None if there is no such zone.
#[must_use]
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown())
}

/// Whether the team works now. A brand's hours take the place of the workspace's as a whole.
///
/// The time zone is the hours' own, else the brand's, else the workspace's. If there is no such zone, the team counts
/// as working: better a desk that rings in vain than a visitor who is sent away by a mistyped setting.
#[must_use]
pub fn hours_at(settings: &WorkspaceSettings, brand: Option<&BrandSettings>, now: Timestamp) -> Hours {
    let own = brand.and_then(|brand| brand.business_hours.as_ref());
    let Some(hours) = own.or(settings.business_hours.as_ref()) else {
        return Hours::Always;
    };
    let name = hours.time_zone.as_deref().or_else(|| brand?.time_zone.as_deref()).unwrap_or(&settings.time_zone);
    let Some(zone) = zone(name) else {
        return Hours::Open;
    };
    let openings = || openings(hours, &zone, now);
    if openings().any(|(from, to)| from <= now && now < to) {
        return Hours::Open;
    }
    let latest = now.saturating_add(SignedDuration::from_hours(24 * DAYS_AHEAD)).unwrap_or(Timestamp::MAX);
    let opens_at = openings().map(|(from, _)| from).filter(|from| (now..=latest).contains(from)).min();
    Hours::Closed { opens_at }
}

/// When the team works, from yesterday (a span may last past midnight) to the end of the days that are looked at.
fn openings<'a>(
    hours: &'a BusinessHours,
    zone: &'a TimeZone,
    now: Timestamp,
) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
    let today = zone.to_datetime(now).date();
    let first = today.yesterday().unwrap_or(today);
    // One more than are asked for: the last one may have begun at this time of day.
    let days = usize::try_from(DAYS_AHEAD).unwrap_or_default() + 2;
    std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .take(days)
        .flat_map(move |date| spans(hours, date).map(move |span| (date, span)))
        .filter_map(move |(date, span)| opening(date, span, zone))
}

/// The spans that begin on a date. What began the evening before a holiday lasts into it.
fn spans(hours: &BusinessHours, date: Date) -> impl Iterator<Item = Span> + '_ {
    let holiday = hours.holidays.iter().any(|holiday| holiday.date == date);
    let ordinary = if holiday { &[] } else { weekday(&hours.week, date.weekday()) };
    let special = hours.holidays.iter().filter(move |holiday| holiday.date == date).flat_map(|holiday| &holiday.open);
    ordinary.iter().chain(special).copied()
}

fn weekday(week: &Week, day: Weekday) -> &[Span] {
    match day {
        Weekday::Monday => &week.monday,
        Weekday::Tuesday => &week.tuesday,
        Weekday::Wednesday => &week.wednesday,
        Weekday::Thursday => &week.thursday,
        Weekday::Friday => &week.friday,
        Weekday::Saturday => &week.saturday,
        Weekday::Sunday => &week.sunday,
    }
}

/// From when to when a span of a date lasts; none if the clocks never show it.
fn opening(date: Date, span: Span, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let end = match span.to {
        Some(to) if to >= span.from => date.to_datetime(to),
        other => date.tomorrow().ok()?.to_datetime(other.unwrap_or(Time::midnight())),
    };
    let from = moment(zone, date.to_datetime(span.from), Twice::First)?;
    let to = moment(zone, end, Twice::Last)?;
    (from < to).then_some((from, to))
}

/// Which moment is meant, where the clocks show a time twice.
#[derive(Clone, Copy)]
enum Twice {
    First,
    Last,
}

fn moment(zone: &TimeZone, shown: DateTime, twice: Twice) -> Option<Timestamp> {
    let moment = zone.to_ambiguous_timestamp(shown);
    match (moment.offset(), twice) {
        // Never shown: when the clocks are set forward. `earlier` lies before that, `later` after it.
        (AmbiguousOffset::Gap { .. }, _) => {
            let earlier = moment.earlier().ok()?;
            zone.following(earlier).next().map(|set_forward| set_forward.timestamp())
        }
        (_, Twice::First) => moment.earlier().ok(),
        (_, Twice::Last) => moment.later().ok(),
    }
}

#[cfg(test)]
mod tests;
