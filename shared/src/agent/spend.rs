//! What a brand's models took in a day, kept over all processes, and held against the day's budget.
//!
//! One document a day and brand: `SPEND#{workspace}` / `{day}#{brand}`. It is read when a turn begins, unless this process
//! has read or written it lately, and written once when the turn has its verdict. What a process has not written yet is gone
//! with it; a budget may be passed by that, and by the turns that run at the same moment, and by no more. A brand without a
//! budget has no document and costs no call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::domain::id::{BrandId, WorkspaceId};
use crate::domain::settings::{BrandSettings, WorkspaceSettings};
use crate::domain::usage::Usage;
use crate::store::{DocumentWrite, Expected, Store, StoreError};

/// How long a day's spend is kept.
const KEPT_DAYS: i64 = 8;

/// How long what was read is believed, other processes spending too.
const BELIEVED: SignedDuration = SignedDuration::from_secs(30);

/// How often a write is tried that others come before.
const TRIES: u32 = 5;

/// The longest pause before the second try, in milliseconds; it doubles.
const PAUSE_MS: u64 = 15;

/// What a brand's models may take in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) struct DayBudget {
    cost_micros: Option<u64>,
    tokens: Option<u64>,
}

impl DayBudget {
    /// The brand's own, else the workspace's; none without a limit.
    pub(in crate::agent) fn of(settings: &WorkspaceSettings, brand: &BrandSettings) -> Option<Self> {
        let (own, budget) = (&brand.agent, &settings.agent.budget);
        let cost_micros = own.day_cost_micros.or(budget.day_cost_micros);
        let tokens = own.day_tokens.or(budget.day_tokens);
        (cost_micros.is_some() || tokens.is_some()).then_some(Self { cost_micros, tokens })
    }

    /// Whether nothing is left of it.
    fn is_spent(self, spent: DaySpend) -> bool {
        self.cost_micros.is_some_and(|limit| spent.cost_micros >= limit)
            || self.tokens.is_some_and(|limit| spent.tokens >= limit)
    }
}

/// What a brand's models took in a day so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySpend {
    /// Tokens read and written.
    pub tokens: u64,
    /// In millionths of the currency unit.
    pub cost_micros: u64,
}

impl DaySpend {
    fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(other.tokens),
            cost_micros: self.cost_micros.saturating_sub(other.cost_micros),
        }
    }
}

impl From<Usage> for DaySpend {
    fn from(usage: Usage) -> Self {
        Self { tokens: usage.tokens(), cost_micros: usage.cost_micros }
    }
}

/// A brand's day (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Day {
    workspace: WorkspaceId,
    brand: BrandId,
    /// `2026-11-21`.
    date: String,
}

impl Day {
    fn of(settings: &WorkspaceSettings, brand: &BrandSettings, now: Timestamp) -> Self {
        let date = now.to_zoned(TimeZone::UTC).date().to_string();
        Self { workspace: settings.workspace.clone(), brand: brand.id.clone(), date }
    }

    fn partition(&self) -> String {
        partition(&self.workspace)
    }

    fn name(&self) -> String {
        format!("{}#{}", self.date, self.brand)
    }
}

/// The partition of a workspace's days.
#[must_use]
pub fn partition(workspace: &WorkspaceId) -> String {
    format!("SPEND#{workspace}")
}

/// What this process knows of a day.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// What the document has, its version and when that was so; none if it was not read yet.
    kept: Option<Kept>,
    /// What is not written yet.
    unwritten: DaySpend,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    /// None if there is no document.
    version: Option<u64>,
    spent: DaySpend,
    at: Timestamp,
}

/// All brands' days.
#[derive(Debug)]
pub(in crate::agent) struct Spend<S> {
    store: S,
    days: Mutex<HashMap<Day, Known>>,
}

impl<S: Store> Spend<S> {
    pub(in crate::agent) fn new(store: S) -> Self {
        Self { store, days: Mutex::default() }
    }

    /// Whether a brand's models may be asked. A table that does not answer forbids nothing: the visitor goes first.
    pub(in crate::agent) async fn allows(
        &self,
        settings: &WorkspaceSettings,
        brand: &BrandSettings,
        now: Timestamp,
    ) -> bool {
        let Some(budget) = DayBudget::of(settings, brand) else { return true };
        let day = Day::of(settings, brand, now);
        let known = self.known(&day);
        let kept = match known.kept.filter(|kept| kept.at.checked_add(BELIEVED).is_ok_and(|until| until > now)) {
            Some(kept) => kept,
            None => match self.read(&day, now).await {
                Ok(kept) => kept,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(workspace = %day.workspace, brand = %day.brand, error, "the day's spend can't be read");
                    return true;
                }
            },
        };
        !budget.is_spent(kept.spent.plus(known.unwritten))
    }

    /// Adds what was taken; in memory as long as the turn goes on.
    pub(in crate::agent) fn add(
        &self,
        settings: &WorkspaceSettings,
        brand: &BrandSettings,
        usage: Usage,
        now: Timestamp,
    ) {
        if DayBudget::of(settings, brand).is_none() {
            return;
        }
        let day = Day::of(settings, brand, now);
        self.change(&day, |known| known.unwritten = known.unwritten.plus(usage.into()));
    }

    /// Writes what was added. What can't be written now is with the next turn's.
    pub(in crate::agent) async fn write(&self, settings: &WorkspaceSettings, brand: &BrandSettings, now: Timestamp) {
        let day = Day::of(settings, brand, now);
        for attempt in 0..TRIES {
            let known = self.known(&day);
            let adding = known.unwritten;
            if adding == DaySpend::default() {
                return;
            }
            let kept = match (known.kept, attempt) {
                (Some(kept), 0) => Ok(kept),
                // Somebody else came first.
                _ => self.read(&day, now).await,
            };
            let written = match kept {
                Ok(kept) => self.put(&day, kept, adding, now).await,
                Err(error) => Err(error),
            };
            match written {
                Ok(()) => return,
                Err(StoreError::Conflict { .. }) => {
                    sleep(Duration::from_millis(fastrand::u64(1..=PAUSE_MS << attempt))).await;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(workspace = %day.workspace, brand = %day.brand, error, "the day's spend can't be written yet");
                    return;
                }
            }
        }
        tracing::warn!(workspace = %day.workspace, brand = %day.brand, "others kept writing the day's spend");
    }

    async fn read(&self, day: &Day, now: Timestamp) -> Result<Kept, StoreError> {
        let document = self.store.document(&day.partition(), &day.name()).await?;
        let spent = document.as_ref().map(|document| serde_json::from_str(&document.body)).transpose();
        let spent = spent.map_err(|error| StoreError::Corrupt {
            what: format!("{}/{}", day.partition(), day.name()),
            reason: format!("it is no spend, at column {}", error.column()),
        })?;
        let kept =
            Kept { version: document.map(|document| document.version), spent: spent.unwrap_or_default(), at: now };
        self.change(day, |known| known.kept = Some(kept));
        Ok(kept)
    }

    async fn put(&self, day: &Day, kept: Kept, adding: DaySpend, now: Timestamp) -> Result<(), StoreError> {
        let spent = kept.spent.plus(adding);
        let expires = now.checked_add(SignedDuration::from_hours(24 * KEPT_DAYS)).unwrap_or(Timestamp::MAX);
        let write = DocumentWrite {
            partition: day.partition(),
            name: day.name(),
            expected: kept.version.map_or(Expected::Absent, Expected::Version),
            // Two numbers: it can't fail.
            body: serde_json::to_string(&spent).unwrap_or_default(),
            expires_at: Timestamp::from_second(expires.as_second()).ok(),
        };
        self.store.put_document(&write).await?;
        let version = Some(kept.version.unwrap_or_default() + 1);
        self.change(day, |known| {
            known.kept = Some(Kept { version, spent, at: now });
            known.unwritten = known.unwritten.without(adding);
        });
        Ok(())
    }

    fn known(&self, day: &Day) -> Known {
        self.days.lock().unwrap_or_else(PoisonError::into_inner).get(day).copied().unwrap_or_default()
    }

    fn change(&self, day: &Day, change: impl FnOnce(&mut Known)) {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        // Yesterday's are no longer asked for.
        if !days.contains_key(day) {
            days.retain(|other, known| other.date >= day.date || known.unwritten != DaySpend::default());
        }
        change(days.entry(day.clone()).or_default());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::store::Memory;

    fn settings(day_cost: Option<u64>, day_tokens: Option<u64>) -> WorkspaceSettings {
        let budget = json!({"day_cost_micros": day_cost, "day_tokens": day_tokens});
        serde_json::from_value(json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
            "agent": {"budget": budget},
            "brands": [
                {"id": "10", "name": "Lumen", "automated": true},
                {"id": "11", "name": "Harbour", "automated": true, "agent": {"day_cost_micros": 5}},
            ],
        }))
        .unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-21T23:59:50Z".parse().unwrap()
    }

    fn took(input_tokens: u64, cost_micros: u64) -> Usage {
        Usage { calls: 1, input_tokens, output_tokens: 0, cost_micros }
    }

    #[tokio::test]
    async fn what_was_spent_counts_in_all_processes_and_for_one_day() {
        let (store, settings) = (Memory::new(), settings(Some(100), None));
        let brand = &settings.brands[0];
        let (one, other) = (Spend::new(store.clone()), Spend::new(store.clone()));
        assert!(one.allows(&settings, brand, now()).await && other.allows(&settings, brand, now()).await);
        one.add(&settings, brand, took(10, 60), now());
        other.add(&settings, brand, took(10, 40), now());
        one.write(&settings, brand, now()).await;
        other.write(&settings, brand, now()).await;
        assert!(!other.allows(&settings, brand, now()).await);
        let later = now() + SignedDuration::from_secs(5);
        assert!(one.allows(&settings, brand, later).await, "what was read is believed for a while");
        assert!(!Spend::new(store.clone()).allows(&settings, brand, later).await);
        assert!(other.allows(&settings, brand, now() + SignedDuration::from_secs(30)).await, "the next day");
        let kept = store.document("SPEND#demo", "2026-11-21#10").await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<DaySpend>(&kept.body).unwrap(), DaySpend { tokens: 20, cost_micros: 100 });
    }

    #[tokio::test]
    async fn a_brands_own_limit_goes_first_and_tokens_are_limited_too() {
        let settings = settings(None, Some(1_000));
        let spend = Spend::new(Memory::new());
        let [lumen, harbour] = &settings.brands[..] else { panic!("two brands") };
        for brand in [lumen, harbour] {
            spend.add(&settings, brand, took(999, 5), now());
        }
        assert!(spend.allows(&settings, lumen, now()).await);
        assert!(!spend.allows(&settings, harbour, now()).await);
        spend.add(&settings, lumen, took(1, 0), now());
        assert!(!spend.allows(&settings, lumen, now()).await);
    }

    #[tokio::test]
    async fn without_a_budget_nothing_is_read_or_written() {
        let (store, settings) = (Memory::new(), settings(None, None));
        let spend = Spend::new(store.clone());
        let brand = &settings.brands[0];
        spend.add(&settings, brand, took(999, 999), now());
        spend.write(&settings, brand, now()).await;
        assert!(spend.allows(&settings, brand, now()).await);
        assert!(store.items().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_lost_or_counted_twice_however_processes_take_turns(
            steps in prop::collection::vec((0_usize..3, any::<bool>(), 1_u64..100), 1..30),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            let (kept, total) = runtime.block_on(async {
                let (store, settings) = (Memory::new(), settings(Some(u64::MAX), None));
                let brand = &settings.brands[0];
                let processes = [(); 3].map(|()| Spend::new(store.clone()));
                let mut total = 0;
                for (who, writes, cost) in steps {
                    processes[who].add(&settings, brand, took(1, cost), now());
                    total += cost;
                    if writes {
                        processes[who].write(&settings, brand, now()).await;
                    }
                }
                for process in &processes {
                    process.write(&settings, brand, now()).await;
                }
                let kept = store.document("SPEND#demo", "2026-11-21#10").await.unwrap().unwrap();
                (serde_json::from_str::<DaySpend>(&kept.body).unwrap().cost_micros, total)
            });
            prop_assert_eq!(kept, total);
        }
    }
}
