//! What is known of how it runs: gathered from the table, the secrets and the queues. SalesIQ is not asked.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::dead_letter::waiting::Kind;
use shared::domain::drift::{self, Comparison};
use shared::domain::id::WorkspaceId;
use shared::domain::presence::{self, Maintenance, Outage, Presence};
use shared::domain::settings::WorkspaceSettings;
use shared::findings::{self, Kept};
use shared::salesiq::oauth::{Principal, TokenCondition, throttled_until, token_condition};
use shared::sentinel::{LastRun, last_run};
use shared::store::Store as _;
use shared::telemetry::Chain;

use super::letters;
use super::words::drift_words;
use crate::console::Console;
use crate::problem::Problem;

/// The most periods that are shown of each kind.
const PERIODS: u32 = 50;

/// How far back the bar goes.
pub(super) const BAR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// After how long without a run the sentinel is taken for dead: it runs each minute.
const SILENT: SignedDuration = SignedDuration::from_mins(5);

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Condition {
    /// Nothing needs a person.
    pub(super) ok: bool,
    /// What does, in short.
    pub(super) attention: Vec<String>,
    pub(super) version: &'static str,
    pub(super) sentinel: Option<LastRun>,
    pub(super) presence: Option<Presence>,
    pub(super) outages: Vec<Outage>,
    pub(super) maintenance: Vec<Maintenance>,
    pub(super) webhook: Option<Webhook>,
    pub(super) findings: Vec<Finding>,
    pub(super) salesiq_throttled_until: Option<Timestamp>,
    pub(super) tokens: Vec<Token>,
    pub(super) dead_letters: Vec<Queue>,
}

/// The last comparison of the webhook and the brands with the settings.
#[derive(Debug, Serialize)]
pub(super) struct Webhook {
    pub(super) checked_at: Timestamp,
    pub(super) drifts: Vec<String>,
    pub(super) mended: Vec<String>,
    pub(super) mended_at: Option<Timestamp>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) fix: String,
    pub(super) seen_at: Option<Timestamp>,
    /// How often since it was last dismissed.
    pub(super) times: u64,
    pub(super) conversation: Option<String>,
}

/// An account's token.
#[derive(Debug, Serialize)]
pub(super) struct Token {
    pub(super) account: &'static str,
    /// Whether the settings need it.
    pub(super) needed: bool,
    #[serde(flatten)]
    pub(super) condition: Option<TokenCondition>,
    /// Why it can't be told.
    pub(super) unknown: Option<String>,
}

/// A queue of dead letters.
#[derive(Debug, Serialize)]
pub(super) struct Queue {
    #[serde(serialize_with = "name")]
    pub(super) kind: Kind,
    /// How much waits; none: it can't be told.
    pub(super) waiting: Option<u64>,
    pub(super) being_read: Option<u64>,
    /// Why it can't be told.
    pub(super) unknown: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn name<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// Gathers it: eight reads of the table, one of each secret and queue. What can't be read of secrets and queues is said,
/// and hides nothing else.
pub(super) async fn gather(console: &Console, settings: &WorkspaceSettings) -> Result<Condition, Problem> {
    let (store, id, now) = (&console.store, &settings.workspace, console.clock.now());
    let presence = read::<Presence>(console, &presence::partition(id), presence::NOW).await?;
    let comparison = read::<Comparison>(console, &drift::partition(id), drift::NOW).await?;
    let mut condition = Condition {
        ok: true,
        attention: Vec::new(),
        version: shared::VERSION,
        sentinel: last_run(store).await?,
        presence,
        outages: periods(console, id, "OUTAGE#").await?,
        maintenance: periods(console, id, "MAINTENANCE#").await?,
        webhook: comparison.map(Webhook::of),
        findings: findings_of(console, id).await?,
        salesiq_throttled_until: throttled_until(store, id, now).await?,
        tokens: tokens(console, settings, now).await,
        dead_letters: queues(console).await,
    };
    condition.attention = attention(&condition, now);
    condition.ok = condition.attention.is_empty();
    Ok(condition)
}

/// What needs a person. Pure.
fn attention(condition: &Condition, now: Timestamp) -> Vec<String> {
    let mut told = Vec::new();
    match &condition.sentinel {
        None => told.push("The sentinel has not run yet".to_owned()),
        Some(run) if run.ended + SILENT < now => told.push("The sentinel is silent".to_owned()),
        Some(run) if run.version != condition.version => {
            told.push(format!("The console is version {}, the other functions are {}", condition.version, run.version));
        }
        Some(_) => {}
    }
    if let Some(cause) = condition.presence.as_ref().and_then(|presence| presence.cause.as_ref()) {
        told.push(format!("The AI's operator takes no chats: {cause}"));
    }
    let drifts = condition.webhook.as_ref().map_or(0, |webhook| webhook.drifts.len());
    if drifts > 0 {
        told.push(format!("SalesIQ and the settings differ in {drifts} {}", plural(drifts, "point")));
    }
    for token in condition.tokens.iter().filter(|token| token.needed) {
        if token.condition.as_ref().is_some_and(|condition| !condition.connected) {
            told.push(format!("The account of the {} is not connected", token.account));
        }
    }
    for queue in &condition.dead_letters {
        if let Some(waiting) = queue.waiting.filter(|waiting| *waiting > 0) {
            let noun = if waiting == 1 { "dead letter" } else { "dead letters" };
            told.push(format!("{waiting} {noun} of {}", letters::title(queue.kind).to_lowercase()));
        }
    }
    if !condition.findings.is_empty() {
        let count = condition.findings.len();
        told.push(format!("{count} {}", plural(count, "finding")));
    }
    told
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

async fn read<T: serde::de::DeserializeOwned>(
    console: &Console,
    partition: &str,
    name: &str,
) -> Result<Option<T>, Problem> {
    let document = console.store.document(partition, name).await?;
    Ok(document.and_then(|document| serde_json::from_str(&document.body).ok()))
}

async fn periods<T: serde::de::DeserializeOwned>(
    console: &Console,
    workspace: &WorkspaceId,
    prefix: &str,
) -> Result<Vec<T>, Problem> {
    let partition = presence::partition(workspace);
    let documents = console.store.newest_documents(&partition, prefix, None, PERIODS).await?;
    Ok(documents.iter().filter_map(|document| serde_json::from_str(&document.body).ok()).collect())
}

async fn findings_of(console: &Console, workspace: &WorkspaceId) -> Result<Vec<Finding>, Problem> {
    let documents = console.store.documents(&findings::partition(workspace), "").await?;
    let mut all: Vec<Finding> = documents
        .into_iter()
        .map(|document| {
            let kept = serde_json::from_str::<Kept>(&document.body).ok();
            let words = kept.as_ref().map(|kept| kept.finding.words());
            Finding {
                what: words.map_or("A finding that this version does not know.", |words| words.what).to_owned(),
                fix: words.map_or("Look at the log of the functions.", |words| words.fix).to_owned(),
                seen_at: kept.as_ref().map(|kept| kept.seen_at),
                conversation: kept.and_then(|kept| kept.conversation).map(|id| id.to_string()),
                times: document.version,
                name: document.name,
            }
        })
        .collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.seen_at));
    Ok(all)
}

async fn tokens(console: &Console, settings: &WorkspaceSettings, now: Timestamp) -> Vec<Token> {
    let mut tokens = Vec::new();
    for principal in Principal::ALL {
        let told = token_condition(&console.store, &console.secrets, &settings.workspace, principal, now).await;
        let (account, needed) = match principal {
            Principal::Bot => ("AI's operator", true),
            Principal::Facilitator => ("facilitator", settings.escalation.facilitator.is_some()),
            Principal::Organisation => ("organisation", false),
        };
        let (condition, unknown) = match told {
            Ok(condition) => (Some(condition), None),
            Err(error) => {
                tracing::warn!(workspace = %settings.workspace, %principal, error = %Chain(&error), "a token's state can't be told");
                (None, Some("It can't be read now".to_owned()))
            }
        };
        tokens.push(Token { account, needed, condition, unknown });
    }
    tokens
}

async fn queues(console: &Console) -> Vec<Queue> {
    let mut queues = Vec::new();
    for kind in Kind::ALL {
        let Some(url) = letters::url(console, kind) else {
            let unknown = Some("This deployment names no such queue".to_owned());
            queues.push(Queue { kind, waiting: None, being_read: None, unknown });
            continue;
        };
        queues.push(match console.queues.depth(url).await {
            Ok(depth) => Queue { kind, waiting: Some(depth.waiting), being_read: Some(depth.hidden), unknown: None },
            Err(error) => {
                tracing::warn!(queue = kind.name(), error = %Chain(&error), "a queue of dead letters can't be read");
                Queue { kind, waiting: None, being_read: None, unknown: Some("It can't be read now".to_owned()) }
            }
        });
    }
    queues
}

impl Webhook {
    fn of(comparison: Comparison) -> Self {
        let Comparison { drifts, checked_at, mended, mended_at, .. } = comparison;
        let told = |drifts: Vec<drift::Drift>| drifts.iter().map(drift_words).collect();
        Self { checked_at, drifts: told(drifts), mended: told(mended), mended_at }
    }
}

/// The times without an available operator of the last days, in thousandths of the whole: where each begins, and how long it is.
pub(super) fn bar(outages: &[Outage], now: Timestamp) -> Vec<(i64, i64)> {
    let from = now - BAR;
    let at = |time: Timestamp| (time.max(from).duration_since(from).as_secs() * 1_000 / BAR.as_secs()).clamp(0, 1_000);
    let within = outages.iter().filter(|outage| outage.end.unwrap_or(now) > from);
    // The shortest is still to be seen.
    within.map(|outage| (at(outage.start), (at(outage.end.unwrap_or(now)) - at(outage.start)).max(3))).collect()
}

/// How long of the last days no operator was available, in seconds.
pub(super) fn without(outages: &[Outage], now: Timestamp) -> i64 {
    let from = now - BAR;
    let seconds = |outage: &Outage| outage.end.unwrap_or(now).duration_since(outage.start.max(from)).as_secs().max(0);
    outages.iter().map(seconds).sum()
}

#[cfg(test)]
mod tests {
    use shared::domain::presence::Cause;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + hours * 3_600).unwrap()
    }

    fn outage(start: i64, end: Option<i64>) -> Outage {
        Outage { start: at(start), end: end.map(at), cause: Cause::SetBusy, then: Vec::new(), runs: 1 }
    }

    #[test]
    fn the_bar_shows_outages_of_the_last_seven_days_and_cuts_what_began_before() {
        let outages = [outage(-2, Some(1)), outage(-400, Some(-300)), outage(-170, Some(-84)), outage(-10, Some(-10))];
        let bar = bar(&outages, at(0));
        assert_eq!(bar, [(988, 12), (0, 500), (940, 3)]);
        let going_on = [outage(-1, None)];
        assert_eq!(without(&going_on, at(0)), 3_600);
        assert_eq!(without(&[outage(-400, Some(-300))], at(0)), 0);
    }
}
