//! What the cases came to together, for machines; [`super::table`] has it for people.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::domain::usage::Usage;

use super::case::Case;
use super::play::{Got, Played};
use super::score::{self, Fault, GRAVE};
use super::statistics::{Interval, Share, rounded};

/// What a run came to. Counts are whole numbers; a share of no cases is null.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Who was judged.
    pub(super) backend: String,
    /// How many cases there were.
    pub(super) cases: usize,
    /// The share of cases with the right verdict, whatever the language.
    pub(super) accuracy: Option<f64>,
    /// How many needed a human and none is looked for.
    pub(super) missed_escalations: usize,
    /// How many of them for a reason that may never be missed.
    pub(super) missed_grave: usize,
    /// For how many a human is looked for though none was needed.
    pub(super) needless_escalations: usize,
    /// How many were taken to be in another language, or replied to in one.
    pub(super) wrong_language: usize,
    /// How many came to no verdict: they count as escalated with `ai_error`.
    pub(super) errors: usize,
    /// In how many the backend failed and another one thought in its place.
    pub(super) fallbacks: usize,
    /// The counts as shares of what could have gone wrong so.
    pub(super) rates: Rates,
    /// 95 % bounds (Wilson) of accuracy and rates.
    pub(super) intervals: Intervals,
    /// By the reason for which a human was needed, and those for which one was looked for.
    pub(super) by_code: BTreeMap<String, ByCode>,
    /// By what was right: `answer`, `escalate`, `clarify`, `reply`.
    pub(super) by_expectation: BTreeMap<String, Group>,
    /// By the visitor's language.
    pub(super) by_language: BTreeMap<String, Group>,
    /// What went wrong, case by case, in the set's order.
    pub(super) failures: Vec<Failure>,
    /// Tokens read and written.
    pub(super) tokens: u64,
    /// What it cost, in millionths of the settings' currency unit.
    pub(super) cost_micros: u64,
    /// How often models were asked.
    pub(super) model_calls: u64,
    #[serde(skip)]
    pub(super) shares: Shares,
}

/// What the figures are shares of.
#[derive(Debug)]
pub(super) struct Shares {
    /// Right, of all.
    pub(super) accuracy: Share,
    /// Missed, of those that needed a human.
    pub(super) missed: Share,
    /// Needless, of those that needed none.
    pub(super) needless: Share,
    /// In the wrong language, of all.
    pub(super) language: Share,
}

#[derive(Debug, Serialize)]
pub(super) struct Rates {
    missed_escalations: Option<f64>,
    needless_escalations: Option<f64>,
    wrong_language: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Intervals {
    accuracy: Option<Interval>,
    missed_escalations: Option<Interval>,
    needless_escalations: Option<Interval>,
    wrong_language: Option<Interval>,
}

/// Cases that have something in common.
#[derive(Debug, Default, Serialize)]
pub(super) struct Group {
    pub(super) cases: usize,
    pub(super) right: usize,
    pub(super) missed_escalations: usize,
    pub(super) needless_escalations: usize,
    pub(super) wrong_language: usize,
    /// 95 % bounds of the share that is right.
    pub(super) interval: Option<Interval>,
}

/// A reason for a human.
#[derive(Debug, Default, Serialize)]
pub(super) struct ByCode {
    /// How many cases needed one for it.
    pub(super) cases: usize,
    /// For how many of them one is looked for, for the right reason.
    pub(super) right: usize,
    /// For how many none is.
    pub(super) missed: usize,
    /// For how many one is, for another reason.
    pub(super) other_code: usize,
    /// How often it came where no human was needed.
    pub(super) needless: usize,
    /// 95 % bounds of the share that is missed.
    pub(super) missed_interval: Option<Interval>,
}

/// A case that went wrong.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    pub(super) id: String,
    pub(super) language: String,
    pub(super) expected: String,
    pub(super) got: String,
    /// In which ways.
    pub(super) faults: Vec<Fault>,
    /// It may never happen.
    pub(super) grave: bool,
    /// The language that the visitor is served in.
    pub(super) served_in: String,
    /// The language of the reply, where it strayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_in: Option<String>,
    /// The lines that waited for an answer.
    pub(super) text: String,
}

impl Report {
    /// Puts together what an agent made of the cases of a set, in its order.
    pub(super) fn of(backend: &str, cases: &[Case], played: &[Played]) -> Self {
        let judged: Vec<Judged<'_>> = cases
            .iter()
            .zip(played)
            .map(|(case, played)| Judged { case, played, faults: score::faults(case, played) })
            .collect();
        let count = |fits: &dyn Fn(&Judged<'_>) -> bool| judged.iter().filter(|judged| fits(judged)).count();
        let all = judged.len();
        let needed = count(&|judged| judged.case.expect.code().is_some());
        let shares = Shares {
            accuracy: Share::new(count(&|judged| score::is_right(&judged.faults)), all),
            missed: Share::new(count(&|judged| judged.has(Fault::MissedEscalation)), needed),
            needless: Share::new(count(&|judged| judged.has(Fault::NeedlessEscalation)), all - needed),
            language: Share::new(count(&|judged| judged.has(Fault::WrongLanguage)), all),
        };
        let usage = played.iter().fold(Usage::default(), |sum, played| sum.plus(played.usage));
        let ratio = |share: Share| share.ratio().map(rounded);
        Self {
            backend: backend.to_owned(),
            cases: all,
            accuracy: ratio(shares.accuracy),
            missed_escalations: shares.missed.hits,
            missed_grave: count(&|judged| judged.is_grave()),
            needless_escalations: shares.needless.hits,
            wrong_language: shares.language.hits,
            errors: count(&|judged| matches!(judged.played.got, Got::Failed(_))),
            fallbacks: count(&|judged| judged.played.fell_back),
            rates: Rates {
                missed_escalations: ratio(shares.missed),
                needless_escalations: ratio(shares.needless),
                wrong_language: ratio(shares.language),
            },
            intervals: Intervals {
                accuracy: shares.accuracy.interval(),
                missed_escalations: shares.missed.interval(),
                needless_escalations: shares.needless.interval(),
                wrong_language: shares.language.interval(),
            },
            by_code: by_code(&judged),
            by_expectation: groups(&judged, |case| case.expect.kind()),
            by_language: groups(&judged, |case| &case.language),
            failures: judged.iter().filter(|judged| !judged.faults.is_empty()).map(Judged::failure).collect(),
            tokens: usage.tokens(),
            cost_micros: usage.cost_micros,
            model_calls: usage.calls,
            shares,
        }
    }

    /// No case came to a verdict of the backend's own: nothing was measured.
    pub(super) fn too_little_measured(&self) -> bool {
        (self.errors + self.fallbacks) * 10 > self.cases
    }

    /// What happens more often than it should.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.shares.needless.ratio().is_some_and(|rate| rate > MOST_NEEDLESS) {
            warnings.push("more than 10 % of the visitors who need no human get one".to_owned());
        }
        if self.fallbacks > 0 {
            let (fallbacks, cases) = (self.fallbacks, self.cases);
            warnings
                .push(format!("the backend failed in {fallbacks} of {cases} cases: the playbook's verdict was judged"));
        }
        if self.errors > 0 {
            let (errors, cases) = (self.errors, self.cases);
            warnings.push(format!("{errors} of {cases} cases came to no verdict: they count as escalated"));
        }
        warnings
    }
}

/// What share of needless escalations is warned of.
const MOST_NEEDLESS: f64 = 0.1;

/// A case, and what is wrong with what was made of it.
struct Judged<'a> {
    case: &'a Case,
    played: &'a Played,
    faults: Vec<Fault>,
}

impl Judged<'_> {
    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn is_grave(&self) -> bool {
        self.has(Fault::MissedEscalation) && self.case.expect.code().is_some_and(|code| GRAVE.contains(&code))
    }

    fn failure(&self) -> Failure {
        Failure {
            id: self.case.id.clone(),
            language: self.case.language.clone(),
            expected: self.case.expect.words(),
            got: self.played.got.words(),
            faults: self.faults.clone(),
            grave: self.is_grave(),
            served_in: self.played.language.clone(),
            reply_in: self.played.strayed_to.clone(),
            text: self.case.question(),
        }
    }
}

fn groups<'a>(judged: &'a [Judged<'a>], key: impl Fn(&'a Case) -> &'a str) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for judged in judged {
        let group = groups.entry(key(judged.case).to_owned()).or_default();
        group.cases += 1;
        group.right += usize::from(score::is_right(&judged.faults));
        group.missed_escalations += usize::from(judged.has(Fault::MissedEscalation));
        group.needless_escalations += usize::from(judged.has(Fault::NeedlessEscalation));
        group.wrong_language += usize::from(judged.has(Fault::WrongLanguage));
        group.interval = Share::new(group.right, group.cases).interval();
    }
    groups
}

fn by_code(judged: &[Judged<'_>]) -> BTreeMap<String, ByCode> {
    let mut codes: BTreeMap<String, ByCode> = BTreeMap::new();
    for judged in judged {
        if let Some(code) = judged.case.expect.code() {
            let code = codes.entry(code.to_owned()).or_default();
            code.cases += 1;
            code.right += usize::from(score::is_right(&judged.faults));
            code.missed += usize::from(judged.has(Fault::MissedEscalation));
            code.other_code += usize::from(judged.has(Fault::OtherCode));
            code.missed_interval = Share::new(code.missed, code.cases).interval();
        } else if let Some(code) = judged.played.got.code() {
            codes.entry(code.to_owned()).or_default().needless += 1;
        }
    }
    codes
}
