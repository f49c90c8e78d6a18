//! What SalesIQ and the settings differ in, in words.

use shared::domain::drift::{Drift, Part};

/// A difference, in a sentence.
pub(super) fn drift_words(drift: &Drift) -> String {
    match drift {
        Drift::NotReadable { part, cause } => {
            let part = match part {
                Part::Webhooks => "webhooks",
                Part::Brands => "brands",
            };
            format!("The {part} can't be read: {cause}.")
        }
        Drift::BrandNotInSettings { brand, name, delivered } => {
            let name = name.as_deref().unwrap_or("without a name");
            let counted = if *delivered { "it is only counted" } else { "nothing of it is delivered" };
            format!("The brand {name} ({brand}) is not in the settings; {counted}.")
        }
        Drift::BrandGone { brand } => format!("The settings list the brand {brand}, which SalesIQ does not have."),
        Drift::BrandNotDelivered { brand } => format!("The webhook does not deliver the events of the brand {brand}."),
        Drift::WebhookMissing => "No webhook delivers here.".to_owned(),
        Drift::WebhookOff => "The webhook is switched off.".to_owned(),
        Drift::WebhookUnsigned => "The webhook signs nothing; its deliveries are refused.".to_owned(),
        Drift::WebhookElsewhere { url } => {
            format!("The webhook delivers elsewhere: {}.", url.as_deref().unwrap_or("SalesIQ does not tell where"))
        }
        Drift::EventsMissing { events } => format!("The webhook does not deliver {}.", events.join(", ")),
        Drift::KeyNotInSettings { key, in_use: true } => {
            format!("The settings lack the key {key}, which deliveries are signed with: they are refused.")
        }
        Drift::KeyNotInSettings { key, in_use: false } => format!("The settings lack the webhook's next key {key}."),
        Drift::KeyGone { place } => format!("The settings' key number {place} is no longer the webhook's."),
    }
}
