//! Which of a company's texts the visitor reads.

use std::collections::BTreeMap;

use crate::agent::understanding::language::primary;

/// The text in the visitor's language, else in the brand's, else the first, with its language. One without words is none.
///
/// In each language the very tag goes first (`pt-BR`), then the language alone (`pt`), then any of its regions.
pub(in crate::agent) fn spoken<'a>(
    texts: &'a BTreeMap<String, String>,
    language: &str,
    brands: &str,
) -> Option<(&'a str, &'a str)> {
    let said: Vec<(&str, &str)> = texts
        .iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(tag, text)| (tag.as_str(), text.trim()))
        .collect();
    let under = |language: &str| {
        let (wanted, own) = (language.replace('_', "-"), primary(language));
        let very = said.iter().find(|(tag, _)| tag.replace('_', "-").eq_ignore_ascii_case(&wanted));
        very.or_else(|| said.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(&own)))
            .or_else(|| said.iter().find(|(tag, _)| primary(tag) == own))
    };
    under(language).or_else(|| under(brands)).or_else(|| said.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let texts = texts(&[("de", "Hallo"), ("en", "Hello"), ("pt-BR", "Oi"), ("pt", "Olá"), ("fr", " ")]);
        for (language, brands, text) in [
            ("pt_br", "en", "Oi"),
            ("pt-PT", "en", "Olá"),
            ("EN-gb", "de", "Hello"),
            ("tr", "en-US", "Hello"),
            ("fr", "de-AT", "Hallo"),
            ("tr", "it", "Hallo"),
        ] {
            assert_eq!(spoken(&texts, language, brands).map(|(_, text)| text), Some(text), "{language} {brands}");
        }
    }

    #[test]
    fn a_region_stands_for_its_language() {
        assert_eq!(spoken(&texts(&[("en", "Hello"), ("pt-BR", "Oi")]), "pt", "en"), Some(("pt-BR", "Oi")));
    }

    #[test]
    fn where_nothing_is_written_nothing_is_said() {
        assert_eq!(spoken(&texts(&[]), "en", "en"), None);
        assert_eq!(spoken(&texts(&[("en", "\n")]), "en", "en"), None);
    }
}
