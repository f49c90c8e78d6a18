//! The visitor's language.
//!
//! Chat lines are short, and statistics over letters are wrong about short lines with great confidence. So the small
//! words of the languages that we speak are counted first; letters are asked only about longer texts or scripts of
//! their own; and a greeting decides nothing that was known before.

use whatlang::{Detector, Info, Lang, Script};

use super::phrases;
use super::question::{joined, visitors};
use super::words;
use crate::agent::Turn;

/// How many letters a text in Latin letters needs before statistics over letters are believed.
const LATIN_LETTERS: usize = 40;

/// How many letters a text in another script needs.
const OTHER_LETTERS: usize = 4;

/// How many of the visitor's newest lines are looked at when the question alone tells too little.
const RECENT_LINES: usize = 6;

/// The visitor's language in BCP 47, if it can be told or was told before.
pub(in crate::agent) fn tell(question: &str, turn: &Turn<'_>, hint: Option<&'static str>) -> Option<String> {
    detect(question)
        .or_else(|| {
            let skip = visitors(turn.lines).count().saturating_sub(RECENT_LINES);
            detect(&joined(visitors(turn.lines).skip(skip)))
        })
        .map(|code| with_known_region(code, turn))
        .or_else(|| turn.language.map(str::to_owned))
        .or_else(|| hint.map(str::to_owned))
}

/// How many letters a reply needs before it is told to be in another language.
const REPLY_LETTERS: usize = 60;

/// How many it needs if it is in a language that we have no small words of.
const STRANGE_REPLY_LETTERS: usize = 120;

/// Whether a text is beyond doubt in another language than `language`: small words and letters have to agree. Of two
/// languages that we have no small words of, which are often near to each other, nothing is said.
pub(in crate::agent) fn is_surely_other(text: &str, language: &str) -> bool {
    let wanted = primary(language);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let spoken = |code: &str| phrases::languages().iter().any(|language| language.code == code);
    let told = match (by_small_words(text), by_letters(text)) {
        (Some(words), Some(by_letters)) if words == by_letters && letters >= REPLY_LETTERS => words,
        (None, Some(by_letters)) if !spoken(by_letters) && spoken(&wanted) && letters >= STRANGE_REPLY_LETTERS => {
            by_letters
        }
        _ => return false,
    };
    told != wanted
}

/// Whether the visitor's language was told by more than a greeting.
pub(in crate::agent) fn is_told(turn: &Turn<'_>) -> bool {
    turn.language.is_some() || tell(&joined(visitors(turn.lines)), turn, None).is_some()
}

/// The primary subtag, lower-case: `pt` of `pt-BR`.
pub(in crate::agent) fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Keeps `pt-BR` if that was known and `pt` is what the text says.
fn with_known_region(code: &'static str, turn: &Turn<'_>) -> String {
    let known = turn.language.filter(|known| primary(known) == code);
    known.or(Some(turn.brand.language.as_str()).filter(|own| primary(own) == code)).unwrap_or(code).to_owned()
}

/// The language of a text, if it can be told by the text alone.
pub(in crate::agent) fn told_by(text: &str) -> Option<&'static str> {
    detect(text)
}

fn detect(text: &str) -> Option<&'static str> {
    // "mia@example.com" is no Italian.
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.contains('@')).collect();
    let text = &words.join(" ");
    by_small_words(text).or_else(|| by_letters(text))
}

/// The language with clearly the most stop words and signs.
fn by_small_words(text: &str) -> Option<&'static str> {
    let words = words::words(text);
    let mut counts: Vec<(usize, &'static str)> = phrases::languages()
        .iter()
        .map(|language| (words.iter().filter(|word| language.is_sign(word)).count(), language.code))
        .collect();
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    match counts.as_slice() {
        [(most, code), (second, _), ..] if *most >= 2 && *most > *second && *most * 5 >= words.len() => Some(code),
        _ => None,
    }
}

fn by_letters(text: &str) -> Option<&'static str> {
    // Nobody chats in these, and their letters look like those of others.
    let never = vec![Lang::Lat, Lang::Epo, Lang::Aka, Lang::Sna, Lang::Zul];
    let info = Detector::with_denylist(never).detect(text).filter(Info::is_reliable)?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let needed = if info.script() == Script::Latin { LATIN_LETTERS } else { OTHER_LETTERS };
    (letters >= needed).then(|| code(info.lang()))
}

/// ISO 639-1 where there is one: BCP 47 asks for the shortest code.
fn code(lang: Lang) -> &'static str {
    const SHORT: &str = "afr af aka ak amh am ara ar aze az bel be ben bn bul bg cat ca ces cs cmn zh cym cy dan da \
        deu de ell el eng en epo eo est et fin fi fra fr guj gu heb he hin hi hrv hr hun hu hye hy ind id ita it \
        jav jv jpn ja kan kn kat ka khm km kor ko lat la lav lv lit lt mal ml mar mr mkd mk mya my nep ne nld nl \
        nob nb ori or pan pa pes fa pol pl por pt ron ro rus ru sin si slk sk slv sl sna sn spa es srp sr swe sv \
        tam ta tel te tgl tl tha th tuk tk tur tr ukr uk urd ur uzb uz vie vi yid yi zul zu";
    let iso = lang.code();
    let mut words = SHORT.split_ascii_whitespace();
    words.find(|word| *word == iso).and_then(|_| words.next()).unwrap_or(iso)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_questions_are_told_by_their_small_words() {
        for (text, language) in [
            ("How long does a withdrawal take?", "en"),
            ("Wie lange dauert eine Auszahlung?", "de"),
            ("¿Cuánto tarda un retiro en llegar a mi cuenta?", "es"),
            ("Comment puis-je retirer mon argent ?", "fr"),
            ("Quanto tempo demora para o saque cair na minha conta?", "pt"),
            ("Quanto tempo ci vuole per il prelievo?", "it"),
            ("Para çekme ne kadar sürer, bu hesap için?", "tr"),
            ("Rút tiền mất bao lâu vậy bạn?", "vi"),
            ("olvidé mi contraseña", "es"),
            ("esqueci minha senha", "pt"),
            ("Şifremi unuttum", "tr"),
            ("quên mật khẩu", "vi"),
            ("ho perso la password", "it"),
            ("mot de passe oublié", "fr"),
            ("rut tien mat bao lau vay ban", "vi"),
        ] {
            assert_eq!(detect(text), Some(language), "{text}");
        }
    }

    #[test]
    fn languages_that_we_have_no_texts_in_are_told_as_well() {
        assert_eq!(detect("Jak długo trzeba czekać na wypłatę pieniędzy z konta bankowego?"), Some("pl"));
        assert_eq!(detect("Πόσο διαρκεί μια ανάληψη;"), Some("el"));
        assert_eq!(detect("出金にはどのくらいかかりますか"), Some("ja"));
    }

    #[test]
    fn a_word_or_two_tell_nothing() {
        for text in ["", "bonus", "ok", "???", "VIP status", "12345", "mia@tua.example mio@sua.example"] {
            assert_eq!(detect(text), None, "{text}");
        }
    }

    #[test]
    fn a_reply_is_in_another_language_only_when_that_is_certain() {
        let english =
            "Withdrawals are checked within 24 hours. How long it then takes depends on the method you chose.";
        let german =
            "Wir prüfen jede Auszahlung innerhalb von 24 Stunden. Wie lange es dann dauert, hängt von der Methode ab.";
        let polish = "Sprawdzamy każdą wypłatę w ciągu dwudziestu czterech godzin. Czas oczekiwania zależy od wybranej metody \
            płatności, a w weekendy może się on niestety nieco wydłużyć, za co z góry przepraszamy.";
        assert!(is_surely_other(english, "de") && is_surely_other(german, "en-GB") && is_surely_other(polish, "en"));
        assert!(!is_surely_other(english, "en-GB") && !is_surely_other(german, "de") && !is_surely_other(polish, "pl"));
        // Too short, or two that nobody here can tell apart.
        assert!(!is_surely_other("OK, bonus!", "de") && !is_surely_other(polish, "cs"));
    }

    #[test]
    fn the_primary_subtag_is_taken_of_any_spelling() {
        assert_eq!(primary("pt-BR"), "pt");
        assert_eq!(primary("EN_us"), "en");
        assert_eq!(primary(""), "");
    }
}
