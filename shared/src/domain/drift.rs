//! What SalesIQ has of brands and of our webhook, compared with the settings: brands come and go, keys are rotated, and a
//! webhook is changed by hand; nothing of it tells us by itself.
//!
//! [`compare`] lists the differences, [`mending`] says what of them can be put right without asking anybody. Nothing is
//! created by itself, and nothing deleted.

mod mend;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::finding::Finding;
use super::id::{BrandId, WorkspaceId};
use super::presence::Cause;
use super::settings::WorkspaceSettings;

pub use mend::{Mending, Update, mending};

use mend::same_key;

/// The events that the webhook must deliver: all of conversations that data webhooks have (api.md §5.4).
pub const EVENTS: [&str; 15] = [
    "conversation.created",
    "conversation.attender.updated",
    "conversation.missed",
    "conversation.operator.replied",
    "conversation.visitor.replied",
    "conversation.completed",
    "conversation.rated",
    "conversation.transfer.initiated",
    "conversation.transfer.accepted",
    "conversation.transfer.rejected",
    "conversation.participants.added",
    "conversation.participants.deleted",
    "conversation.supervisor.added",
    "conversation.message.edited",
    "conversation.message.deleted",
];

/// The most keys that are kept: a webhook has no more (api.md §5.3).
pub const KEYS_KEPT: usize = 2;

/// The most calls that a comparison with its mending makes, where SalesIQ answers at once.
pub const CALLS: u64 = 5;

/// How often is compared. A little less than ten minutes, so that the tenth run does it although it begins some seconds early.
const EVERY: SignedDuration = SignedDuration::from_secs(570);
/// How long trouble that may pass keeps us from saying that nothing can be compared.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);
/// How often a difference that stays is told again.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The document, in the [`partition`].
pub const NOW: &str = "NOW";

/// The partition of a workspace's comparison.
#[must_use]
pub fn partition(workspace: &WorkspaceId) -> String {
    format!("DRIFT#{workspace}")
}

/// A webhook as SalesIQ has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The id.
    pub id: String,
    /// Where it delivers.
    pub url: Option<String>,
    /// It is switched on.
    pub enabled: bool,
    /// It signs its deliveries.
    pub secured: bool,
    /// The events that it delivers.
    pub events: Vec<String>,
    /// The brands whose events it delivers; none listed means all of them.
    pub brands: Vec<BrandId>,
    /// Its public keys, the oldest first, which is in use.
    pub keys: Vec<Key>,
}

/// A public key of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The id.
    pub id: String,
    /// The key as SalesIQ shows it.
    pub key: String,
    /// It is one that signatures can be checked with.
    pub usable: bool,
}

/// A brand as SalesIQ has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBrand {
    /// The id.
    pub id: BrandId,
    /// The name.
    pub name: Option<String>,
}

/// What was seen of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The webhooks, or why they could not be read.
    pub webhooks: Result<Vec<Registered>, Cause>,
    /// The brands, or why they could not be read.
    pub brands: Result<Vec<SeenBrand>, Cause>,
}

/// A part of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The webhooks.
    Webhooks,
    /// The brands.
    Brands,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drift {
    /// A part can't be read with the token that we have.
    NotReadable {
        /// Which.
        part: Part,
        /// Why.
        cause: Cause,
    },
    /// SalesIQ has a brand that the settings don't list.
    BrandNotInSettings {
        /// Which.
        brand: BrandId,
        /// Its name.
        name: Option<String>,
        /// The webhook delivers its events, so that it is counted at least.
        delivered: bool,
    },
    /// The settings list a brand that SalesIQ does not have.
    BrandGone {
        /// Which.
        brand: BrandId,
    },
    /// The webhook does not deliver the events of a brand of the settings.
    BrandNotDelivered {
        /// Which.
        brand: BrandId,
    },
    /// No webhook delivers here.
    WebhookMissing,
    /// The webhook is switched off.
    WebhookOff,
    /// The webhook signs nothing, so that its deliveries are refused.
    WebhookUnsigned,
    /// The webhook delivers elsewhere.
    WebhookElsewhere {
        /// Where.
        url: Option<String>,
    },
    /// The webhook does not deliver events that are needed.
    EventsMissing {
        /// Which.
        events: Vec<String>,
    },
    /// The settings lack a key of the webhook's.
    KeyNotInSettings {
        /// SalesIQ's id of the key.
        key: String,
        /// It is the one that deliveries are signed with: they are refused.
        in_use: bool,
    },
    /// The settings have a key that SalesIQ no longer lists.
    KeyGone {
        /// Its place in the settings, from 1.
        place: usize,
    },
}

/// What was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Our webhook, if there is one.
    pub webhook: Option<Registered>,
    /// The differences, in order.
    pub drifts: Vec<Drift>,
}

/// The document `NOW`: what the last comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The differences that are there now.
    pub drifts: Vec<Drift>,
    /// When was compared.
    pub checked_at: Timestamp,
    /// SalesIQ's id of our webhook, by which it is known again when its URL was changed.
    #[serde(default)]
    pub webhook: Option<String>,
    /// What was put right the last time that something was.
    #[serde(default)]
    pub mended: Vec<Drift>,
    /// When that was.
    #[serde(default)]
    pub mended_at: Option<Timestamp>,
    /// When the differences were last told.
    #[serde(default)]
    pub told_at: Option<Timestamp>,
}

/// Whether a webhook with this URL is the workspace's: it is the one that the settings name, or, if they name none, its path
/// ends as that of our webhooks does. What follows a `?` does not matter.
#[must_use]
pub fn delivers_here(url: &str, settings: &WorkspaceSettings) -> bool {
    let Ok(url) = Url::parse(url.trim()) else { return false };
    match &settings.sentinel.webhook_url {
        Some(ours) => Url::parse(ours.trim()).is_ok_and(|ours| place(&ours) == place(&url)),
        None => ends_as_ours(&url, settings),
    }
}

fn place(url: &Url) -> (&str, Option<&str>, Option<u16>, &str) {
    (url.scheme(), url.host_str(), url.port_or_known_default(), url.path().trim_end_matches('/'))
}

fn ends_as_ours(url: &Url, settings: &WorkspaceSettings) -> bool {
    url.path().trim_end_matches('/').ends_with(&settings.webhook_path())
}

/// Our webhook: one that delivers here, rather one that is on; else the one that did (`known`). One that never did is none of
/// ours, whatever its URL looks like: another stack may serve a workspace of the same name.
#[must_use]
pub fn ours<'a>(
    webhooks: &'a [Registered],
    settings: &WorkspaceSettings,
    known: Option<&str>,
) -> Option<&'a Registered> {
    let here = webhooks.iter().filter(|webhook| webhook.delivers_here(settings));
    here.max_by_key(|webhook| webhook.enabled)
        .or_else(|| webhooks.iter().find(|webhook| Some(webhook.id.as_str()) == known))
}

/// Whether it is time to compare.
#[must_use]
pub fn is_due(previous: Option<&Comparison>, now: Timestamp) -> bool {
    previous.is_none_or(|previous| now.duration_since(previous.checked_at).abs() >= EVERY)
}

/// Why nothing was learnt that would be worth keeping: trouble that may pass. Once it has lasted, it is a difference like others.
#[must_use]
pub fn passing_trouble<'a>(previous: Option<&Comparison>, sight: &'a Sight, now: Timestamp) -> Option<&'a Cause> {
    previous.filter(|previous| now.duration_since(previous.checked_at) < PATIENCE)?;
    let causes = [sight.webhooks.as_ref().err(), sight.brands.as_ref().err()];
    causes.into_iter().flatten().find(|cause| cause.may_pass())
}

/// Compares. `known` is SalesIQ's id of the webhook that was ours the last time.
#[must_use]
pub fn compare(settings: &WorkspaceSettings, sight: &Sight, known: Option<&str>) -> Compared {
    let mut drifts = Vec::new();
    let webhook = match &sight.webhooks {
        Ok(webhooks) => {
            let webhook = ours(webhooks, settings, known);
            match webhook {
                Some(webhook) => of_webhook(settings, webhook, &mut drifts),
                None => drifts.push(Drift::WebhookMissing),
            }
            webhook.cloned()
        }
        Err(cause) => {
            drifts.push(Drift::NotReadable { part: Part::Webhooks, cause: cause.clone() });
            None
        }
    };
    let delivered = |brand: &BrandId| webhook.as_ref().is_none_or(|webhook| webhook.delivers(brand));
    let listed = settings.brands.iter().map(|brand| &brand.id);
    match &sight.brands {
        Ok(brands) => {
            for brand in brands.iter().filter(|brand| settings.brand(&brand.id).is_none()) {
                let (id, name) = (brand.id.clone(), brand.name.clone());
                let delivered = delivered(&id);
                drifts.push(Drift::BrandNotInSettings { brand: id, name, delivered });
            }
            let has = |id: &BrandId| brands.iter().any(|brand| brand.id == *id);
            drifts.extend(listed.clone().filter(|id| !has(id)).map(|id| Drift::BrandGone { brand: id.clone() }));
            let lacks = listed.filter(|id| has(id) && !delivered(id));
            drifts.extend(lacks.map(|id| Drift::BrandNotDelivered { brand: id.clone() }));
        }
        Err(cause) => {
            drifts.push(Drift::NotReadable { part: Part::Brands, cause: cause.clone() });
            let lacks = listed.filter(|id| !delivered(id));
            drifts.extend(lacks.map(|id| Drift::BrandNotDelivered { brand: id.clone() }));
        }
    }
    // SalesIQ's order may change without anything being different.
    drifts.sort();
    drifts.dedup();
    Compared { webhook, drifts }
}

fn of_webhook(settings: &WorkspaceSettings, webhook: &Registered, drifts: &mut Vec<Drift>) {
    if !webhook.enabled {
        drifts.push(Drift::WebhookOff);
    }
    if !webhook.secured {
        drifts.push(Drift::WebhookUnsigned);
    }
    if !webhook.delivers_here(settings) {
        // Without what follows a `?`: it may be somebody else's secret.
        let url = webhook.url.as_deref().and_then(|url| url.split('?').next());
        drifts.push(Drift::WebhookElsewhere { url: url.map(str::to_owned) });
    }
    let missing = webhook.missing_events();
    if !missing.is_empty() {
        drifts.push(Drift::EventsMissing { events: missing });
    }
    for (place, key) in webhook.keys.iter().enumerate() {
        if !settings.webhook_keys.iter().any(|ours| same_key(ours, &key.key)) {
            drifts.push(Drift::KeyNotInSettings { key: key.id.clone(), in_use: place == 0 });
        }
    }
    // Without any key in sight nothing can be said of those that we have.
    for (place, key) in settings.webhook_keys.iter().enumerate().filter(|_| !webhook.keys.is_empty()) {
        if !webhook.keys.iter().any(|theirs| same_key(key, &theirs.key)) {
            drifts.push(Drift::KeyGone { place: place + 1 });
        }
    }
}

impl Registered {
    fn delivers_here(&self, settings: &WorkspaceSettings) -> bool {
        self.url.as_deref().is_some_and(|url| delivers_here(url, settings))
    }

    fn delivers(&self, brand: &BrandId) -> bool {
        self.brands.is_empty() || self.brands.contains(brand)
    }

    fn missing_events(&self) -> Vec<String> {
        let has = |event: &&str| self.events.iter().any(|own| own.eq_ignore_ascii_case(event));
        EVENTS.iter().filter(|event| !has(event)).map(|event| (*event).to_owned()).collect()
    }
}

impl Comparison {
    /// What is kept after a comparison, and whether it should be told: when it changed, and each hour while it stays.
    #[must_use]
    pub fn after(previous: Option<&Self>, compared: &Compared, mended: Vec<Drift>, now: Timestamp) -> (Self, bool) {
        let before = previous.map(|previous| previous.drifts.as_slice()).unwrap_or_default();
        let told_at = previous.and_then(|previous| previous.told_at);
        let long_ago = told_at.is_none_or(|at| now.duration_since(at) >= TOLD_AGAIN);
        let tell = compared.drifts != before || !compared.drifts.is_empty() && long_ago;
        let known = previous.and_then(|previous| previous.webhook.clone());
        let (mended, mended_at) = if mended.is_empty() {
            previous.map(|previous| (previous.mended.clone(), previous.mended_at)).unwrap_or_default()
        } else {
            (mended, Some(now))
        };
        let comparison = Self {
            drifts: compared.drifts.clone(),
            checked_at: now,
            webhook: compared.webhook.as_ref().map(|webhook| webhook.id.clone()).or(known),
            mended,
            mended_at,
            told_at: if tell { Some(now) } else { told_at },
        };
        (comparison, tell)
    }
}

/// What somebody should look at, of these differences.
#[must_use]
pub fn findings(drifts: &[Drift]) -> BTreeSet<Finding> {
    let finding = |drift: &Drift| match drift {
        Drift::NotReadable { .. } => Finding::WebhookUnseen,
        Drift::BrandNotInSettings { .. } => Finding::BrandNotInSettings,
        Drift::BrandGone { .. } => Finding::BrandGone,
        Drift::WebhookMissing => Finding::WebhookMissing,
        Drift::WebhookOff => Finding::WebhookOff,
        Drift::BrandNotDelivered { .. }
        | Drift::WebhookUnsigned
        | Drift::WebhookElsewhere { .. }
        | Drift::EventsMissing { .. } => Finding::WebhookIncomplete,
        Drift::KeyNotInSettings { .. } | Drift::KeyGone { .. } => Finding::WebhookKeysChanged,
    };
    drifts.iter().map(finding).collect()
}
