//! Codes of countries and languages, and which of the two a code is that could be both.
//!
//! `de` names Germany and German, `sv` El Salvador and Swedish. Where nothing else tells which is meant ([`alone`]):
//! - a code whose language is that country's own counts as the country: `de`, `fr`, `it`, `es`, `nl`, `fi`, `pl`, ...;
//! - so does one whose language hardly any site is written in: `br` is Brazil and not Breton, `se` Sweden and not Northern
//!   Sami, `ie` Ireland, `kr` Korea;
//! - a code that sites use for a language of elsewhere ([`LANGUAGE_ELSEWHERE`]) tells no country: `sv`, `da` (no country),
//!   `et`, `ca`, `be`, `my`, `sl`, `ar`, `vi`, ...
//!
//! Beside a second code it is clearer ([`together`]): `/fr/ca/` and `/ca/fr/` are Canada.

use isocountry::CountryCode;

/// Languages of ISO 639-1, and `fil`, the one of three letters that sites use.
const LANGUAGES: [&str; 185] = [
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bh", "bi", "bm", "bn",
    "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el", "en",
    "eo", "es", "et", "eu", "fa", "ff", "fi", "fil", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha",
    "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja",
    "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg",
    "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb", "nd",
    "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu",
    "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss",
    "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug",
    "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo", "za", "zh", "zu",
];

/// Codes of countries that, alone, name a language of elsewhere: Afrikaans (Afghanistan), Amharic (Armenia), Arabic
/// (Argentina), Assamese (American Samoa), Bashkir (Bosnia), Belarusian (Belgium), Bengali (Brunei), Tibetan (Bolivia), Bosnian
/// (Bahamas), Catalan (Canada), Corsican (Colombia), Welsh (Cyprus), Estonian (Ethiopia), Irish (Gabon), Galician
/// (Greenland), Gujarati (Guam), Khmer (Comoros), Kannada (St Kitts), Kyrgyz (Cayman Islands), Latin (Laos), Luxembourgish
/// (Lebanon), Malayalam (Mali), Marathi (Mauritania), Malay (Montserrat), Burmese (Malaysia), Nepali (Niger), Oromo
/// (Oman), Punjabi (Panama), Pashto (Palestine), Sindhi (Sudan), Sinhala (Slovenia), Slovenian (Sierra Leone), Samoan (San
/// Marino), Shona (Senegal), Serbian (Suriname), Swati (South Sudan), Sotho (São Tomé), Swedish (El Salvador), Tajik (Togo),
/// Turkmen (Tokelau), Tagalog (Timor-Leste), Tswana (Tunisia), Tatar (Trinidad), Uyghur (Uganda), Vietnamese (US Virgin
/// Islands).
const LANGUAGE_ELSEWHERE: [&str; 45] = [
    "af", "am", "ar", "as", "ba", "be", "bn", "bo", "bs", "ca", "co", "cy", "et", "ga", "gl", "gu", "km", "kn", "ky",
    "la", "lb", "ml", "mr", "ms", "my", "ne", "om", "pa", "ps", "sd", "si", "sl", "sm", "sn", "sr", "ss", "st", "sv",
    "tg", "tk", "tl", "tn", "tt", "ug", "vi",
];

/// Codes of countries that, alone, are a word or a part of a site more often: "me", "to do", "so", a log-in (`id`), TV, PR.
const WORDS: [&str; 12] = ["ad", "ai", "do", "id", "io", "me", "ms", "pm", "pr", "so", "to", "tv"];

/// What is written for sites of a country, where its code or the language's could be misread.
const SPOKEN: [(&str, &[&str]); 26] = [
    ("ae", &["ar", "en"]),
    ("ar", &["en", "es"]),
    ("at", &["de", "en"]),
    ("be", &["de", "en", "fr", "nl"]),
    ("bo", &["en", "es"]),
    ("br", &["en", "pt"]),
    ("ca", &["en", "fr"]),
    ("ch", &["de", "en", "fr", "it"]),
    ("co", &["en", "es"]),
    ("cr", &["en", "es"]),
    ("cy", &["el", "en", "tr"]),
    ("dz", &["ar", "fr"]),
    ("et", &["am", "en"]),
    ("ie", &["en", "ga"]),
    ("kr", &["en", "ko"]),
    ("li", &["de"]),
    ("lu", &["de", "en", "fr", "lb"]),
    ("mt", &["en", "mt"]),
    ("mx", &["en", "es"]),
    ("my", &["en", "ms", "zh"]),
    ("pa", &["en", "es"]),
    ("se", &["en", "sv"]),
    ("sg", &["en", "zh"]),
    ("si", &["en", "sl"]),
    ("sv", &["en", "es"]),
    ("ve", &["en", "es"]),
];

/// A country by its code; `uk` (reserved for the United Kingdom) and `el` (the European Union's for Greece) are taken too.
pub(in crate::domain) fn by_alpha2(code: &str) -> Option<CountryCode> {
    let code = code.trim().to_ascii_uppercase();
    match code.as_str() {
        "UK" => Some(CountryCode::GBR),
        "EL" => Some(CountryCode::GRC),
        code => CountryCode::for_alpha2(code).ok(),
    }
}

/// A country by its code of two or three letters, or its English name.
pub(super) fn by_any_name(text: &str) -> Option<CountryCode> {
    let text = text.trim();
    let by_name = || CountryCode::iter().copied().find(|country| is_called(*country, text));
    by_alpha2(text).or_else(|| CountryCode::for_alpha3(&text.to_ascii_uppercase()).ok()).or_else(by_name)
}

/// ISO's names are long ("United Kingdom of Great Britain and Northern Ireland", "Korea (Republic of)"); those that
/// everybody uses are taken beside them.
fn is_called(country: CountryCode, name: &str) -> bool {
    let usual = match country.alpha2() {
        "GB" => "United Kingdom",
        "US" => "United States",
        "KR" => "South Korea",
        "RU" => "Russia",
        "VN" => "Vietnam",
        "CZ" => "Czech Republic",
        "TR" => "Turkey",
        "NL" => "Netherlands",
        "TW" => "Taiwan",
        "IR" => "Iran",
        "BO" => "Bolivia",
        "VE" => "Venezuela",
        "TZ" => "Tanzania",
        "MD" => "Moldova",
        _ => country.name(),
    };
    name.eq_ignore_ascii_case(usual) || name.eq_ignore_ascii_case(country.name())
}

pub(super) fn is_language(code: &str) -> bool {
    LANGUAGES.contains(&code)
}

/// The country that a code of two letters in lower case tells by itself.
pub(super) fn alone(code: &str) -> Option<CountryCode> {
    // `uk` is Ukrainian, too, but no site of Ukraine would be without `ua`: it is the United Kingdom.
    let told = code.len() == 2 && !LANGUAGE_ELSEWHERE.contains(&code) && !WORDS.contains(&code);
    // Greek is a language first; only `el-gr` and the like tell Greece.
    if told && code != "el" { by_alpha2(code) } else { None }
}

/// Whether sites of a country are known to be written in a language.
pub(super) fn speaks(country: &str, language: &str) -> bool {
    SPOKEN.iter().any(|(code, languages)| *code == country && languages.contains(&language))
}

/// The country that two codes in lower case tell beside each other, such as `/ca/fr/`, `/fr/ca/`, `/us/en/`, `/de/at/`.
pub(super) fn together(first: &str, second: &str) -> Option<CountryCode> {
    if first.len() != 2 || second.len() != 2 {
        return None;
    }
    if speaks(first, second) {
        return by_alpha2(first);
    }
    if speaks(second, first) {
        return by_alpha2(second);
    }
    // A language, and then what is no language: that is where.
    if is_language(first) && !is_language(second) && alone(second).is_some() {
        return alone(second);
    }
    alone(first).or_else(|| alone(second).filter(|_| is_language(first)))
}
