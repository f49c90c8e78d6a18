//! Which time and which brands are asked for. Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;
use shared::domain::id::BrandId;
use shared::domain::settings::WorkspaceSettings;

/// The most days that are added up at once.
pub(super) const MOST_DAYS: i32 = 366;

/// As the form sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Query {
    /// `7`, `30`, `90`; or `dates`.
    pub(super) range: String,
    /// The first day, for `dates`.
    pub(super) from: String,
    /// The last day, for `dates`.
    pub(super) to: String,
    /// `automated`, `other`, or a brand's id; all if empty.
    pub(super) brands: String,
}

/// A time in days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Date,
    pub(super) to: Date,
}

/// What is wrong with the dates, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrongDates(pub(super) &'static str);

impl Range {
    pub(super) fn days(self) -> impl Iterator<Item = Date> {
        self.from.series(Span::new().days(1)).take_while(move |day| *day <= self.to)
    }

    /// The same in parts of at most so many days, so that not all counters are held at once.
    pub(super) fn parts(self, most: i32) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut from = self.from;
        while from <= self.to {
            let last = from.saturating_add(Span::new().days(most - 1)).min(self.to);
            parts.push(Self { from, to: last });
            let Ok(next) = last.tomorrow() else { break };
            from = next;
        }
        parts
    }

    /// Between which names its counters lie.
    pub(super) fn names(self) -> (String, String) {
        let after = self.to.tomorrow().map_or_else(|_| "~".to_owned(), |day| format!("{day}#"));
        (format!("{}#", self.from), after)
    }
}

impl Query {
    /// The time that is asked for; the last 30 days if nothing is.
    pub(super) fn range(&self, now: Timestamp) -> Result<Range, WrongDates> {
        let today = now.to_zoned(TimeZone::UTC).date();
        if self.range != "dates" {
            let days = match self.range.as_str() {
                "7" => 7,
                "90" => 90,
                _ => 30,
            };
            return Ok(Range { from: today.saturating_sub(Span::new().days(days - 1)), to: today });
        }
        let date = |text: &str| text.trim().parse::<Date>().ok();
        let (Some(from), Some(to)) = (date(&self.from), date(&self.to)) else {
            return Err(WrongDates("Choose a first and a last day, such as 2026-01-31."));
        };
        if from > to {
            return Err(WrongDates("The first day comes after the last; change one of them."));
        }
        if from.until(to).map_or(i32::MAX, |span| span.get_days()) >= MOST_DAYS {
            return Err(WrongDates("These are more than 366 days; choose fewer."));
        }
        Ok(Range { from, to })
    }

    /// Whether a brand is asked for. One that the settings don't list is not automated.
    pub(super) fn takes(&self, brand: &BrandId, settings: &WorkspaceSettings) -> bool {
        let automated = || settings.brand(brand).is_some_and(|brand| brand.automated);
        match self.brands.as_str() {
            "" => true,
            "automated" => automated(),
            "other" => !automated(),
            id => brand.as_str() == id,
        }
    }

    /// The same as a link's query.
    pub(super) fn link(&self) -> String {
        let dates = self.range == "dates";
        let parts = [
            ("range", self.range.as_str()),
            ("from", if dates { &self.from } else { "" }),
            ("to", if dates { &self.to } else { "" }),
            ("brands", &self.brands),
        ];
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        link.extend_pairs(parts.iter().filter(|(_, value)| !value.is_empty()));
        link.finish()
    }
}

/// The brands that can be chosen, by name: those of the settings, and those that something was counted of.
pub(super) fn brands(settings: &WorkspaceSettings, counted: &BTreeSet<&BrandId>) -> Vec<(BrandId, String, bool)> {
    let listed = settings.brands.iter().map(|brand| (brand.id.clone(), brand.name.clone(), brand.automated));
    let others = counted.iter().filter(|id| settings.brand(id).is_none());
    listed.chain(others.map(|id| (BrandId::clone(id), format!("Brand {id}, not in the settings"), false))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T00:30:00Z".parse().unwrap()
    }

    fn dates(from: &str, to: &str) -> Query {
        let (from, to) = (from.to_owned(), to.to_owned());
        Query { range: "dates".to_owned(), from, to, ..Query::default() }
    }

    #[test]
    fn a_range_ends_today_and_has_as_many_days_as_it_says() {
        for (asked, days) in [("7", 7), ("30", 30), ("90", 90), ("", 30), ("x", 30)] {
            let range = Query { range: asked.to_owned(), ..Query::default() }.range(now()).unwrap();
            assert_eq!((range.days().count(), range.to.to_string().as_str()), (days, "2026-03-02"));
        }
    }

    #[test]
    fn dates_that_are_none_or_too_many_are_refused_with_what_to_do() {
        for (from, to) in
            [("", ""), ("2026-02-30", "2026-03-01"), ("2026-03-02", "2026-03-01"), ("2020-01-01", "2026-01-01")]
        {
            assert!(dates(from, to).range(now()).is_err(), "{from} {to}");
        }
        let year = dates("2024-01-01", "2024-12-31").range(now()).unwrap();
        assert_eq!(year.days().count(), 366);
        let parts = year.parts(31);
        assert_eq!(parts.iter().map(|part| part.days().count()).sum::<usize>(), 366);
        assert!(parts.iter().all(|part| part.days().count() <= 31));
    }

    #[test]
    fn counters_of_the_last_day_are_in_and_those_of_the_next_are_not() {
        let (from, to) = dates("2026-01-01", "2026-01-31").range(now()).unwrap().names();
        let within = |name: &str| from.as_str() <= name && name < to.as_str();
        assert!(within("2026-01-01#1#a") && within("2026-01-31#99#z"));
        assert!(!within("2025-12-31#1#a") && !within("2026-02-01#1#a"));
    }

    #[test]
    fn a_link_leads_to_the_same_figures() {
        let query = Query { brands: "automated".to_owned(), ..dates("2026-01-01", "2026-01-02") };
        assert_eq!(query.link(), "range=dates&from=2026-01-01&to=2026-01-02&brands=automated");
        assert_eq!(Query { range: "7".to_owned(), from: "x".to_owned(), ..Query::default() }.link(), "range=7");
    }
}
