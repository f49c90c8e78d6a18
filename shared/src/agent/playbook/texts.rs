//! The fixed texts in eight languages, and the brand's own in their place.
//!
//! A text promises nothing that this program can't keep: it never says that someone was found, is on the way, or will
//! write back. For a language without built-in texts those of the brand's language are taken, else English.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::approval::ApprovalTexts;
use super::ending::EndingTexts;
use super::procedure::ProcedureTexts;
use crate::agent::understanding::language::primary;
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
    /// Tells, below an answer, that a file was not looked at.
    pub(super) file: String,
    /// Asks what something without words is about.
    pub(super) unreadable: String,
    /// Names the article; `{title}` stands for its title.
    pub(super) source: String,
    /// Tells that a colleague is being looked for.
    looking: String,
    /// What is said before that, by the reason's code.
    before: BTreeMap<String, String>,
    /// What is said while one is being looked for.
    pub(super) waiting: WaitingTexts,
    /// What is said when there is none.
    notice: NoticeTexts,
    /// What is said to a silent visitor, and before a chat is ended.
    pub(super) ending: EndingTexts,
    /// What is said in a procedure.
    pub(super) procedure: ProcedureTexts,
    /// What is said of calls that need a person's approval.
    pub(super) approval: ApprovalTexts,
}

impl BuiltIn {
    /// What is said before [`looking_for_colleague`]'s sentence, for this reason.
    pub(super) fn before(&self, reason: &EscalationReason) -> Option<&str> {
        self.before.get(reason.code()).map(String::as_str)
    }
}

/// What is said while a human is being looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitingTexts {
    /// The first time: one is still being looked for, and what is written can be read by whoever comes.
    pub(super) reassure: String,
    /// Later, when the visitor told something.
    pub(super) noted: [String; 2],
    /// Later, when the visitor is impatient.
    pub(super) still: [String; 2],
    /// Tells what we are; `{brand}` stands for the brand's name.
    pub(super) about_us: String,
    /// Goodbye to a visitor who needs nothing more.
    pub(super) solved: String,
    /// Questions.
    pub(super) ask: AskTexts,
}

/// What a human will need to know.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskTexts {
    /// What it is about, and since when.
    pub(super) about: String,
    /// E-mail address or username.
    pub(super) account: String,
    /// Which account and which payment; warns of sending card numbers and passwords.
    pub(super) fraud: String,
}

/// What is said when no human can be found.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeTexts {
    /// Nobody is there.
    nobody: String,
    /// Outside of business hours.
    closed: String,
    /// The same with the next opening: `{weekday}`, `{time}` and `{zone}`.
    closed_until: String,
    /// The request is being passed on.
    passing_on: String,
    /// Asks for an address.
    reach: String,
    /// From Monday on.
    weekdays: [String; 7],
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
/// The brand's `looking_by_reason` takes the place of what is said for the reason, its `looking_for_colleague` that of
/// the rest. What has to be said to someone who may harm themselves is put before it in any case.
#[must_use]
pub fn looking_for_colleague(brand: &BrandSettings, language: &str, reason: &EscalationReason) -> String {
    let texts = built_in(language, &brand.language);
    let own_looking = own(brand, language, |texts| texts.looking_for_colleague.as_ref());
    let own_before = own(brand, language, |texts| texts.looking_by_reason.get(reason.code()));
    let always = *reason == EscalationReason::SelfHarm;
    // The built-in words for a reason don't fit before a sentence of somebody else.
    let before = texts.before(reason).filter(|_| always || (own_before.is_none() && own_looking.is_none()));
    let looking = own_looking.unwrap_or_else(|| texts.looking.clone());
    sentences([before.map(str::to_owned), own_before, Some(looking)])
}

/// What has to be said, before anything else, to someone who may harm themselves; nothing for other reasons.
#[must_use]
pub fn emergency(brand: &BrandSettings, language: &str, reason: &EscalationReason) -> Option<&'static str> {
    let texts = built_in(language, &brand.language);
    texts.before(reason).filter(|_| *reason == EscalationReason::SelfHarm)
}

/// What the visitor is told when no human can be found, in their language, before the request is mailed to the team.
/// It claims nothing that has not happened yet, and not that somebody will answer.
///
/// `opens_at` is the next opening, told in `time_zone` (IANA; UTC if it is unknown) by weekday and time only: pass none
/// that is more than six days away. A visitor who is not `reachable` is asked for an address. The brand's
/// `nobody_available` or `out_of_hours` takes the place of everything but that question.
#[must_use]
pub fn nobody_available(
    brand: &BrandSettings,
    language: &str,
    out_of_hours: bool,
    opens_at: Option<Timestamp>,
    time_zone: &str,
    reachable: bool,
) -> String {
    let texts = &built_in(language, &brand.language).notice;
    let own =
        own(
            brand,
            language,
            |texts| {
                if out_of_hours { texts.out_of_hours.as_ref() } else { texts.nobody_available.as_ref() }
            },
        );
    let told = own.unwrap_or_else(|| {
        let why = match opens_at.filter(|_| out_of_hours) {
            Some(at) => texts.closed_until(at, time_zone),
            None if out_of_hours => texts.closed.clone(),
            None => texts.nobody.clone(),
        };
        sentences([Some(why), Some(texts.passing_on.clone()), None])
    });
    sentences([Some(told), (!reachable).then(|| texts.reach.clone()), None])
}

impl NoticeTexts {
    fn closed_until(&self, at: Timestamp, time_zone: &str) -> String {
        let zone = crate::domain::hours::zone(time_zone).unwrap_or(TimeZone::UTC);
        let at = at.to_zoned(zone);
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = &self.weekdays;
        let weekday = match at.weekday() {
            Weekday::Monday => monday,
            Weekday::Tuesday => tuesday,
            Weekday::Wednesday => wednesday,
            Weekday::Thursday => thursday,
            Weekday::Friday => friday,
            Weekday::Saturday => saturday,
            Weekday::Sunday => sunday,
        };
        self.closed_until
            .replace("{weekday}", weekday)
            .replace("{time}", &format!("{:02}:{:02}", at.hour(), at.minute()))
            .replace("{zone}", &by_greenwich(at.offset().seconds()))
    }
}

/// `GMT+1`, `GMT-3:30`: visitors elsewhere understand it, unlike a zone's abbreviation.
fn by_greenwich(offset_s: i32) -> String {
    let minutes = offset_s.abs() / 60;
    let sign = if offset_s < 0 { '-' } else { '+' };
    match (minutes / 60, minutes % 60) {
        (0, 0) => "GMT".to_owned(),
        (hours, 0) => format!("GMT{sign}{hours}"),
        (hours, minutes) => format!("GMT{sign}{hours}:{minutes:02}"),
    }
}

fn sentences(parts: [Option<String>; 3]) -> String {
    parts.into_iter().flatten().map(|part| part.trim().to_owned()).collect::<Vec<_>>().join(" ")
}

/// The brand's own text in the language: under the very tag, else under its primary subtag. One without words is none.
pub(super) fn own(brand: &BrandSettings, language: &str, choose: impl Fn(&Texts) -> Option<&String>) -> Option<String> {
    let under = |wanted: &str| {
        let texts = brand.texts.iter().find(|(tag, _)| tag.replace('_', "-").eq_ignore_ascii_case(wanted));
        texts.and_then(|(_, texts)| choose(texts)).filter(|text| !text.trim().is_empty()).cloned()
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

    fn brand(texts: &[(&str, Texts)]) -> BrandSettings {
        let texts: BTreeMap<&str, &Texts> = texts.iter().map(|(tag, texts)| (*tag, texts)).collect();
        let brand = serde_json::json!({
            "id": "1", "name": "Lumen Casino", "automated": true, "language": "de", "texts": texts,
        });
        serde_json::from_value(brand).unwrap()
    }

    #[test]
    fn every_language_has_every_text() {
        let english: BuiltIn = serde_json::from_str(FILES[0].1).unwrap();
        for (code, json) in FILES {
            let texts: BuiltIn = serde_json::from_str(json).unwrap();
            assert_eq!(texts.before.keys().collect::<Vec<_>>(), english.before.keys().collect::<Vec<_>>(), "{code}");
            assert!(texts.source.contains("{title}") && texts.about_us.contains("{brand}"), "{code}");
            assert!(texts.waiting.about_us.contains("{brand}"), "{code}");
            assert_eq!(texts.ending.countdown.matches(crate::domain::settings::SECONDS).count(), 1, "{code}");
            for slot in ["{weekday}", "{time}", "{zone}"] {
                assert!(texts.notice.closed_until.contains(slot), "{code}: {slot}");
            }
            assert!(texts.waiting.noted[0] != texts.waiting.noted[1], "{code}");
            assert!(texts.waiting.still[0] != texts.waiting.still[1], "{code}");
            let all: serde_json::Value = serde_json::from_str(json).unwrap();
            assert!(says_something(&all), "{code}");
        }
    }

    fn says_something(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Object(fields) => fields.values().all(says_something),
            serde_json::Value::Array(items) => items.iter().all(says_something),
            text => text.as_str().is_some_and(|text| !text.trim().is_empty()),
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
    fn only_someone_who_may_harm_themselves_is_given_the_emergency_line() {
        let brand = brand(&[]);
        assert!(emergency(&brand, "en", &EscalationReason::SelfHarm).unwrap().contains("emergency"));
        assert_eq!(emergency(&brand, "en", &EscalationReason::VisitorAsked), None);
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

    #[test]
    fn the_brands_text_for_a_reason_takes_the_place_of_the_built_in_one() {
        let by_reason = |code: &str| BTreeMap::from([(code.to_owned(), "Own words.".to_owned())]);
        let looking = |texts: Texts, reason| looking_for_colleague(&brand(&[("en", texts)]), "en", &reason);
        let vip = Texts { looking_by_reason: by_reason("frustrated"), ..Texts::default() };
        assert_eq!(
            looking(vip.clone(), EscalationReason::Frustrated),
            "Own words. I'm looking for a colleague who can help you."
        );
        assert!(!looking(vip.clone(), EscalationReason::VisitorAsked).contains("Own words."));
        let both = Texts { looking_for_colleague: Some("One moment.".to_owned()), ..vip };
        assert_eq!(looking(both, EscalationReason::Frustrated), "Own words. One moment.");
        let harm = Texts { looking_by_reason: by_reason("self_harm"), ..Texts::default() };
        let harm = looking(harm, EscalationReason::SelfHarm);
        assert!(harm.contains("emergency") && harm.contains("Own words."));
    }

    #[test]
    fn that_nobody_is_there_is_said_without_a_promise() {
        let brand = brand(&[]);
        let opens: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let said = |language: &str, closed, at, reachable| {
            nobody_available(&brand, language, closed, at, "Europe/Malta", reachable)
        };
        insta::assert_snapshot!(said("en", false, Some(opens), true), @"Nobody of the team is available right now. I'm passing your request and this conversation on to the team by e-mail.");
        insta::assert_snapshot!(said("en", true, None, false), @"Our team is outside its working hours right now. I'm passing your request and this conversation on to the team by e-mail. Please write an e-mail address or a phone number here at which the team can reach you.");
        insta::assert_snapshot!(said("de", true, Some(opens), true), @"Im Moment ist außerhalb unserer Arbeitszeiten. Das Team ist am Montag um 09:00 Uhr (GMT+1) wieder da. Ich gebe Ihr Anliegen und dieses Gespräch per E-Mail an das Team weiter.");
        insta::assert_snapshot!(said("tr", true, Some(opens), true), @"Şu anda çalışma saatlerimizin dışındayız. Ekip pazartesi günü saat 09:00 itibarıyla (GMT+1) yeniden burada. Talebinizi ve bu görüşmeyi e-postayla ekibe iletiyorum.");
        insta::assert_snapshot!(nobody_available(&brand, "it", true, Some(opens), "Nowhere/Land", true), @"In questo momento siamo fuori dall'orario di lavoro. Prossima apertura: lunedì, ore 08:00 (GMT). Inoltro la sua richiesta e questa conversazione al team per e-mail.");
    }

    #[test]
    fn the_brands_own_notices_are_told_by_whether_it_is_closed() {
        let texts = Texts {
            nobody_available: Some("All busy.".to_owned()),
            out_of_hours: Some("We sleep.".to_owned()),
            ..Texts::default()
        };
        let brand = brand(&[("en", texts)]);
        let said = |closed, reachable| nobody_available(&brand, "en-GB", closed, None, "UTC", reachable);
        assert_eq!(said(false, true), "All busy.");
        assert_eq!(said(true, true), "We sleep.");
        assert!(said(true, false).starts_with("We sleep. Please write"));
    }

    #[test]
    fn an_offset_reads_as_people_write_it() {
        for (seconds, text) in [(0, "GMT"), (3_600, "GMT+1"), (-12_600, "GMT-3:30"), (20_700, "GMT+5:45")] {
            assert_eq!(by_greenwich(seconds), text);
        }
    }
}
