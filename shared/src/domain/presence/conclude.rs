//! What a run came to.

use jiff::{SignedDuration, Timestamp};

use super::{Cause, Concluded, FAILURES_TOLD, Maintenance, Outage, Presence, Record, Run, Seen, Wanted};

/// After how many further runs, one a minute, a person is told again.
const TOLD_AGAIN: u32 = 60;

impl Run {
    fn last_seen(&self) -> Option<&Seen> {
        let second = self.second.as_ref().and_then(|second| second.reading.as_ref());
        second.and_then(|reading| reading.as_ref().ok()).or(self.first.as_ref().ok())
    }

    /// Why it ended otherwise than wanted.
    fn fault(&self) -> Option<Cause> {
        let Some(second) = &self.second else {
            return match &self.first {
                Ok(seen) => seen.fault(self.wanted),
                Err(cause) => Some(cause.clone()),
            };
        };
        match (&second.reading, &second.set) {
            (Some(Ok(seen)), _) if seen.fault(self.wanted).is_none() => None,
            (_, Err(cause)) | (Some(Err(cause)), _) => Some(cause.clone()),
            (Some(Ok(seen)), Ok(())) => Some(seen.obstacle().unwrap_or(match seen.confirmed {
                Some(false) => Cause::NotConfirmed,
                _ => Cause::StatusNotKept,
            })),
            (None, Ok(())) => Some(Cause::StatusNotKept),
        }
    }
}

/// Judges a run. `previous` is the state before it.
#[must_use]
pub fn conclude(previous: Option<&Presence>, run: &Run) -> Concluded {
    // Another machine's clock may be behind: what is recorded must not overlap with what was.
    let after_previous = |p: &Presence| run.began.max(p.checked_at + SignedDuration::from_millis(1));
    let began = previous.map_or(run.began, after_previous);
    let ended = run.ended.max(began);
    let before = previous.and_then(|p| p.cause.as_ref());
    let fault = run.fault().map(|cause| cause.after(before));
    let maintenance = run.wanted == Wanted::Busy;
    let first_fault = match &run.first {
        Ok(seen) => seen.fault(Wanted::Available),
        Err(cause) => Some(cause.clone()),
    };

    let mut records = Vec::new();
    let mut restored = None;
    let open = previous.and_then(|p| p.outage.clone());
    let outage = match (&fault, maintenance) {
        (None, false) => {
            let met = u32::from(first_fault.is_some());
            // Before the first run nobody kept it available, and after maintenance it is we who set it Busy.
            let ours = previous.is_none_or(|p| p.wanted == Wanted::Busy);
            match (open, first_fault) {
                (Some(open), mended) => {
                    restored = mended;
                    let runs = open.runs + met;
                    records.push(Record::Outage(Outage { end: Some(ended), runs, ..open }));
                }
                (None, Some(cause)) if !ours => {
                    restored = Some(cause.clone());
                    let outage = Outage { start: began, end: Some(ended), cause, then: Vec::new(), runs: met };
                    records.push(Record::Outage(outage));
                }
                _ => {}
            }
            None
        }
        (Some(cause), false) => {
            let outage = match open {
                Some(open) => open.goes_on(cause),
                None => Outage { start: began, end: None, cause: cause.clone(), then: Vec::new(), runs: 1 },
            };
            records.push(Record::Outage(outage.clone()));
            Some(outage)
        }
        (_, true) => match open {
            Some(open) if first_fault.is_none() => {
                records.push(Record::Outage(Outage { end: Some(began), ..open }));
                None
            }
            open => open,
        },
    };
    let maintenance = maintain(previous, maintenance, began, &mut records);

    let same = |p: &&Presence| p.wanted == run.wanted && p.cause.is_some() == fault.is_some();
    let otherwise = if fault.is_some() { began } else { ended };
    let failures = match (&fault, run.wanted) {
        (Some(_), Wanted::Available) => previous.map_or(0, |p| p.failures).saturating_add(1),
        _ => 0,
    };
    let last_seen = run.last_seen();
    let known_confirmed = previous.and_then(|p| p.confirmed);
    let confirmed = last_seen.and_then(|seen| seen.confirmed).or(known_confirmed);
    let new_cause = fault.as_ref() != before || failures == 1;
    let needs_a_person = fault.as_ref().is_some_and(|cause| !cause.may_pass());
    Concluded {
        records,
        available: fault.is_none() && run.wanted == Wanted::Available,
        restored,
        tell_unavailable: failures > 0
            && (needs_a_person && new_cause || failures == FAILURES_TOLD || failures.is_multiple_of(TOLD_AGAIN)),
        tell_unconfirmed: confirmed == Some(false) && known_confirmed != Some(false),
        presence: Presence {
            wanted: run.wanted,
            seen: last_seen.and_then(|seen| seen.availability.clone()),
            confirmed,
            since: previous.filter(same).map_or(otherwise, |p| p.since),
            failures,
            cause: fault,
            checked_at: ended,
            outage,
            maintenance,
        },
    }
}

fn maintain(
    previous: Option<&Presence>,
    wanted: bool,
    began: Timestamp,
    records: &mut Vec<Record>,
) -> Option<Maintenance> {
    let open = previous.and_then(|p| p.maintenance.clone());
    match (open, wanted) {
        (None, true) => {
            let new = Maintenance { start: began, end: None };
            records.push(Record::Maintenance(new.clone()));
            Some(new)
        }
        (Some(open), false) => {
            records.push(Record::Maintenance(Maintenance { end: Some(began), ..open }));
            None
        }
        (open, _) => open,
    }
}

impl Outage {
    fn goes_on(mut self, cause: &Cause) -> Self {
        self.runs = self.runs.saturating_add(1);
        if self.cause != *cause && !self.then.contains(cause) {
            self.then.push(cause.clone());
        }
        self
    }
}
