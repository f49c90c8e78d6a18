//! What of the differences can be put right without asking anybody.

use std::collections::BTreeSet;

use url::Url;

use super::{KEYS_KEPT, Registered, Sight};
use crate::domain::id::BrandId;
use crate::domain::settings::WorkspaceSettings;

/// What the webhook shall be: an update replaces all of it, so that it holds what is there too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Where it delivers.
    pub url: Url,
    /// All its events.
    pub events: Vec<String>,
    /// All its brands; none listed means all of them.
    pub brands: Vec<BrandId>,
}

/// What can be put right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mending {
    /// The webhook is switched on.
    pub switch_on: bool,
    /// The webhook is replaced.
    pub update: Option<Update>,
    /// The settings' keys are replaced.
    pub keys: Option<Vec<String>>,
}

/// What can be put right of our webhook, and of the keys that the settings have. One that delivers elsewhere is moved back if
/// the settings say where to, and otherwise left alone.
#[must_use]
pub fn mending(settings: &WorkspaceSettings, sight: &Sight, webhook: &Registered) -> Mending {
    let here = webhook.url.as_deref().filter(|_| webhook.delivers_here(settings));
    let url = here.or(settings.sentinel.webhook_url.as_deref());
    let Some(url) = url.and_then(|url| Url::parse(url.trim()).ok()) else { return Mending::default() };
    let brands = wanted_brands(settings, sight).filter(|brand| !webhook.delivers(brand)).collect::<BTreeSet<_>>();
    let events = webhook.missing_events();
    let changes = here.is_none() || !webhook.secured || !events.is_empty() || !brands.is_empty();
    let update = changes.then(|| Update {
        url,
        events: webhook.events.iter().cloned().chain(events).collect(),
        brands: webhook.brands.iter().chain(brands).cloned().collect(),
    });
    Mending { switch_on: !webhook.enabled, update, keys: keys_to_take(settings, webhook) }
}

/// The brands of the settings that SalesIQ has, and all others that it has.
fn wanted_brands<'a>(settings: &'a WorkspaceSettings, sight: &'a Sight) -> impl Iterator<Item = &'a BrandId> {
    let seen = sight.brands.as_ref().ok();
    let listed = settings.brands.iter().map(|brand| &brand.id).filter(move |_| seen.is_none());
    listed.chain(seen.into_iter().flatten().map(|brand| &brand.id))
}

/// All keys that SalesIQ lists, the one in use first; none if the settings have just these, or SalesIQ shows no usable one.
fn keys_to_take(settings: &WorkspaceSettings, webhook: &Registered) -> Option<Vec<String>> {
    let usable: Vec<&str> =
        webhook.keys.iter().filter(|key| key.usable).map(|key| key.key.as_str()).take(KEYS_KEPT).collect();
    let known = |key: &&str| settings.webhook_keys.iter().any(|ours| same_key(ours, key));
    let listed = |ours: &String| webhook.keys.iter().any(|key| same_key(ours, &key.key));
    let as_is = usable.iter().all(known) && settings.webhook_keys.iter().all(listed);
    (!usable.is_empty() && !as_is).then(|| usable.into_iter().map(str::to_owned).collect())
}

/// Two texts of the same key: as base64 or as PEM, broken into lines or not.
pub(super) fn same_key(one: &str, other: &str) -> bool {
    fn bare(key: &str) -> impl Iterator<Item = char> {
        let lines = key.lines().filter(|line| !line.trim_start().starts_with("-----"));
        lines.flat_map(str::chars).filter(|c| !c.is_whitespace() && *c != '=')
    }
    bare(one).eq(bare(other))
}
