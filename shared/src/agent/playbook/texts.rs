//! The fixed texts in eight languages, and the brand's own in their place.
//!
//! A text promises nothing that this program can't keep: it never says that someone was found, is on the way, or will
//! write back. For a language without built-in texts those of the brand's language are taken, else English.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::language::primary;
use crate::domain::settings::{BrandSettings, Texts};
use crate::domain::verdict::EscalationReason;

/// The built-in texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BuiltIn {
    /// Answers a greeting.
    pub(super) hello: String,
    /// Invites a question.
    pub(super) offer: String,
    /// Answers thanks.
    pub(super) thanks: String,
    /// Answers a goodbye.
    pub(super) bye: String,
    /// Answers an "ok".
    pub(super) okay: String,
    /// Tells what we are; `{brand}` stands for the brand's name.
    pub(super) about_us: String,
    /// Asks to say more.
    pub(super) clarify: String,
    /// Asks what a file is about.
    pub(super) file: String,
    /// Asks what something without words is about.
    pub(super) unreadable: String,
    /// Names the article; `{title}` stands for its title.
    pub(super) source: String,
    /// Tells that a colleague is being looked for.
    looking: String,
    /// What is said before that, by the reason's code.
    before: BTreeMap<String, String>,
}

const FILES: [(&str, &str); 8] = [
    ("en", include_str!("texts/en.json")),
    ("de", include_str!("texts/de.json")),
    ("es", include_str!("texts/es.json")),
    ("fr", include_str!("texts/fr.json")),
    ("pt", include_str!("texts/pt.json")),
    ("it", include_str!("texts/it.json")),
    ("tr", include_str!("texts/tr.json")),
    ("vi", include_str!("texts/vi.json")),
];

/// What the visitor is told when a human is looked for, in their language. It does not claim that one was found.
///
/// The brand's `looking_for_colleague` takes the built-in text's place. What has to be said to someone who may harm
/// themselves is put before it in any case.
#[must_use]
pub fn looking_for_colleague(brand: &BrandSettings, language: &str, reason: &EscalationReason) -> String {
    let texts = built_in(language, &brand.language);
    let before = texts.before.get(reason.code());
    let own = own(brand, language, |texts| texts.looking_for_colleague.as_ref()).filter(|text| !text.trim().is_empty());
    match (own, before) {
        (Some(own), Some(before)) if *reason == EscalationReason::SelfHarm => format!("{before} {own}"),
        (Some(own), _) => own,
        (None, Some(before)) => format!("{before} {}", texts.looking),
        (None, None) => texts.looking.clone(),
    }
}

/// The brand's own text in the language: under the very tag, else under its primary subtag.
pub(super) fn own(brand: &BrandSettings, language: &str, choose: fn(&Texts) -> Option<&String>) -> Option<String> {
    let under = |wanted: &str| {
        let texts = brand.texts.iter().find(|(tag, _)| tag.replace('_', "-").eq_ignore_ascii_case(wanted));
        texts.and_then(|(_, texts)| choose(texts)).cloned()
    };
    under(&language.replace('_', "-")).or_else(|| under(&primary(language)))
}

/// The built-in texts in `language`, else in `fallback`, else in English.
pub(super) fn built_in(language: &str, fallback: &str) -> &'static BuiltIn {
    static NONE: OnceLock<BuiltIn> = OnceLock::new();
    let all = all();
    all.get(primary(language).as_str())
        .or_else(|| all.get(primary(fallback).as_str()))
        .or_else(|| all.get("en"))
        .unwrap_or_else(|| NONE.get_or_init(BuiltIn::default))
}

fn all() -> &'static BTreeMap<&'static str, BuiltIn> {
    static ALL: OnceLock<BTreeMap<&'static str, BuiltIn>> = OnceLock::new();
    // That each file can be read is a test; in operation a broken one would only be missing.
    ALL.get_or_init(|| {
        FILES.iter().filter_map(|(code, json)| serde_json::from_str(json).ok().map(|texts| (*code, texts))).collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::id::BrandId;

    fn brand(texts: &[(&str, Texts)]) -> BrandSettings {
        BrandSettings {
            id: BrandId::parse("1").unwrap(),
            name: "Lumen Casino".to_owned(),
            automated: true,
            language: "de".to_owned(),
            pickup: None,
            escalation: crate::domain::settings::BrandEscalation::default(),
            business_hours: None,
            time_zone: None,
            texts: texts.iter().map(|(tag, texts)| ((*tag).to_owned(), texts.clone())).collect(),
        }
    }

    #[test]
    fn every_language_has_every_text() {
        let english: BuiltIn = serde_json::from_str(FILES[0].1).unwrap();
        for (code, json) in FILES {
            let texts: BuiltIn = serde_json::from_str(json).unwrap();
            assert_eq!(texts.before.keys().collect::<Vec<_>>(), english.before.keys().collect::<Vec<_>>(), "{code}");
            assert!(texts.source.contains("{title}") && texts.about_us.contains("{brand}"), "{code}");
            let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap();
            assert!(fields.values().all(|text| text.as_str() != Some("")), "{code}");
        }
    }

    #[test]
    fn a_reason_has_its_own_words() {
        let brand = brand(&[]);
        let said = |language: &str, reason: &EscalationReason| looking_for_colleague(&brand, language, reason);
        insta::assert_snapshot!(said("en", &EscalationReason::VisitorAsked), @"Of course. I'm looking for a colleague who can help you.");
        insta::assert_snapshot!(said("en-GB", &EscalationReason::SelfHarm), @"I'm very sorry that you are feeling this way, and I'm taking it seriously. If you are in danger, please call your local emergency number now. I'm looking for a colleague who can help you.");
        insta::assert_snapshot!(said("de", &EscalationReason::KnowledgeGap), @"Das kann ich selbst nicht beantworten. Ich suche jemanden aus dem Team, der Ihnen helfen kann.");
        insta::assert_snapshot!(said("es-MX", &EscalationReason::Frustrated), @"Lamento las molestias. Estoy buscando a un compañero que pueda ayudarle.");
        insta::assert_snapshot!(said("vi", &EscalationReason::AiError), @"Tôi đang tìm một đồng nghiệp có thể giúp bạn.");
    }

    #[test]
    fn a_language_without_texts_falls_back_to_the_brands() {
        let brand = brand(&[]);
        let reason = EscalationReason::KnowledgeGap;
        assert_eq!(looking_for_colleague(&brand, "pl", &reason), looking_for_colleague(&brand, "de", &reason));
    }

    #[test]
    fn the_brands_text_goes_first_but_never_hides_the_emergency_line() {
        let own = Texts { looking_for_colleague: Some("One moment.".to_owned()), ..Texts::default() };
        let brand = brand(&[("pt-BR", own.clone()), ("en", own)]);
        assert_eq!(looking_for_colleague(&brand, "pt-br", &EscalationReason::KnowledgeGap), "One moment.");
        assert_ne!(looking_for_colleague(&brand, "pt-PT", &EscalationReason::KnowledgeGap), "One moment.");
        let harm = looking_for_colleague(&brand, "en-US", &EscalationReason::SelfHarm);
        assert!(harm.contains("emergency") && harm.ends_with("One moment."));
    }
}
