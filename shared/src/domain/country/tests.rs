//! Addresses of pages, and the countries that they tell.

use proptest::prelude::*;
use serde_json::json;

use super::CountrySource::{Path, Query, Rule, Salesiq, Subdomain, TopLevelDomain};
use super::*;

fn told(url: &str) -> Option<(String, CountrySource)> {
    detect(Some(url), None, &[]).map(|country| (country.code, country.from))
}

#[track_caller]
fn check(cases: &[(&str, &str, CountrySource)]) {
    for (url, code, from) in cases {
        assert_eq!(told(url), Some(((*code).to_owned(), *from)), "{url}");
    }
}

#[test]
fn a_path_tells_the_country() {
    check(&[
        ("https://casino.example/en-gb/", "GB", Path),
        ("https://casino.example/EN-GB/slots", "GB", Path),
        ("https://casino.example/en_GB/slots?x=1#y", "GB", Path),
        ("https://casino.example/en-uk/", "GB", Path),
        ("https://casino.example/uk/", "GB", Path),
        ("https://casino.example/gb", "GB", Path),
        ("https://casino.example/de/", "DE", Path),
        ("https://casino.example/fr/aide", "FR", Path),
        ("https://casino.example/it/", "IT", Path),
        ("https://casino.example/es/", "ES", Path),
        ("https://casino.example/nl/", "NL", Path),
        ("https://casino.example/fi/", "FI", Path),
        ("https://casino.example/pl/", "PL", Path),
        ("https://casino.example/pt/", "PT", Path),
        ("https://casino.example/no/", "NO", Path),
        ("https://casino.example/tr/", "TR", Path),
        ("https://casino.example/pt-br/", "BR", Path),
        ("https://casino.example/br/", "BR", Path),
        ("https://casino.example/se/", "SE", Path),
        ("https://casino.example/ie/", "IE", Path),
        ("https://casino.example/at/", "AT", Path),
        ("https://casino.example/de-at/", "AT", Path),
        ("https://casino.example/us/en/", "US", Path),
        ("https://casino.example/en/us/", "US", Path),
        ("https://casino.example/us-en/", "US", Path),
        ("https://casino.example/en/de/", "DE", Path),
        ("https://casino.example/en/uk/", "GB", Path),
        ("https://casino.example/de/en/", "DE", Path),
        ("https://casino.example/de/at/", "AT", Path),
        ("https://casino.example/ca/fr/", "CA", Path),
        ("https://casino.example/fr/ca/", "CA", Path),
        ("https://casino.example/en-ca/", "CA", Path),
        ("https://casino.example/fr-ca/", "CA", Path),
        ("https://casino.example/ca-es/", "ES", Path),
        ("https://casino.example/be-fr/", "BE", Path),
        ("https://casino.example/be/nl/", "BE", Path),
        ("https://casino.example/nl-be/", "BE", Path),
        ("https://casino.example/ch-de/", "CH", Path),
        ("https://casino.example/sv-se/", "SE", Path),
        ("https://casino.example/es-cr/", "CR", Path),
        ("https://casino.example/es/mx/", "MX", Path),
        ("https://casino.example/el-gr/", "GR", Path),
        ("https://casino.example/da-dk/", "DK", Path),
        ("https://casino.example/dk/", "DK", Path),
        ("https://casino.example/zh-hant-tw/", "TW", Path),
        ("https://casino.example/zh-Hant_TW/", "TW", Path),
        ("https://casino.example/fil-ph/", "PH", Path),
        ("https://casino.example/slots/en-gb/", "GB", Path),
        ("https://casino.example//de//bonus", "DE", Path),
        ("casino.example/de/", "DE", Path),
        ("http://10.0.0.1:8080/de/", "DE", Path),
    ]);
}

#[test]
fn a_subdomain_tells_the_country() {
    check(&[
        ("https://uk.example.com", "GB", Subdomain),
        ("https://de.example.com/", "DE", Subdomain),
        ("https://en-gb.example.com/", "GB", Subdomain),
        ("https://www.uk.example.com/", "GB", Subdomain),
        ("https://uk.casino.example.com/", "GB", Subdomain),
        ("https://en.gb.example.com/", "GB", Subdomain),
        ("https://br.example.com/", "BR", Subdomain),
        ("https://DE.EXAMPLE.COM/en/", "DE", Subdomain),
        ("https://at.example.co.uk/", "AT", Subdomain),
        ("https://fr.example.de/", "FR", Subdomain),
    ]);
}

#[test]
fn a_countrys_top_level_domain_tells_the_country() {
    check(&[
        ("https://example.co.uk", "GB", TopLevelDomain),
        ("https://www.example.co.uk/en/", "GB", TopLevelDomain),
        ("https://example.de/", "DE", TopLevelDomain),
        ("https://example.de./", "DE", TopLevelDomain),
        ("https://m.example.se/", "SE", TopLevelDomain),
        ("https://example.com.au/", "AU", TopLevelDomain),
        ("https://example.com.br/bonus", "BR", TopLevelDomain),
        ("https://example.com.mt/", "MT", TopLevelDomain),
        ("https://example.bet.ar/", "AR", TopLevelDomain),
        ("https://example.com.co/", "CO", TopLevelDomain),
        ("https://example.sv/", "SV", TopLevelDomain),
        ("https://support.example.fi/?lang=sv", "FI", TopLevelDomain),
    ]);
}

#[test]
fn a_query_tells_the_country() {
    check(&[
        ("https://example.com/?lang=pt-BR", "BR", Query),
        ("https://example.com/?country=DE", "DE", Query),
        ("https://example.com/?locale=en_GB", "GB", Query),
        ("https://example.com/?locale=en_GB.UTF-8", "GB", Query),
        ("https://example.com/?region=uk", "GB", Query),
        ("https://example.com/?REGION=UK", "GB", Query),
        ("https://example.com/?country=GBR", "GB", Query),
        ("https://example.com/?country=el", "GR", Query),
        ("https://example.com/?country=new%20zealand", "NZ", Query),
        ("https://example.com/?lang=en-US&country=CA", "CA", Query),
        ("https://example.com/en/?hl=fr-CH", "CH", Query),
    ]);
}

#[test]
fn most_addresses_tell_none() {
    let none = [
        "https://example.com/",
        "https://www.example.com/cashier",
        "https://example.com/en/",
        "https://example.com/en/slots",
        "https://example.com/ar/",
        "https://example.com/sv/",
        "https://example.com/da/",
        "https://example.com/et/",
        "https://example.com/ca/",
        "https://example.com/be/",
        "https://example.com/my/account",
        "https://example.com/sl/",
        "https://example.com/el/",
        "https://example.com/vi/",
        "https://example.com/me/settings",
        "https://example.com/id/4711",
        "https://example.com/about-us/",
        "https://example.com/log-in/",
        "https://example.com/to-do/",
        "https://example.com/es-419/",
        "https://example.com/zz/",
        "https://example.com/en-zz/",
        "https://example.com/casino/slots/de/",
        "https://example.com/?lang=de",
        "https://example.com/?locale=en",
        "https://example.com/?region=eu",
        "https://example.com/?region=na",
        "https://example.com/?country=atlantis",
        "https://example.com/?q=de",
        "https://www.example.com",
        "https://m.example.com",
        "https://app.example.com",
        "https://support.example.com",
        "https://my.example.com",
        "https://co.example.com",
        "https://id.example.com",
        "https://pr.example.com",
        "https://en.example.com",
        "https://example.io",
        "https://example.co",
        "https://example.tv",
        "https://example.me",
        "https://example.ai",
        "https://example.ly",
        "https://example.fm",
        "https://example.gg",
        "https://example.cc",
        "https://example.ws",
        "https://example.to",
        "https://example.eu",
        "https://localhost:8080/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "",
        " ",
        "/de/",
        "about:blank",
        "mailto:mia@example.de",
        "javascript:location='https://example.de'",
        "file:///de/",
        "https://",
        "https:///",
    ];
    for url in none {
        assert_eq!(told(url), None, "{url}");
    }
}

#[test]
fn the_page_goes_before_salesiq_and_salesiq_before_nothing() {
    let detected = |url, country| detect(url, country, &[]).map(|country| (country.code, country.from));
    let of = |code: &str, from| Some((code.to_owned(), from));
    assert_eq!(detected(Some("https://example.com/de/"), Some("AT")), of("DE", Path));
    for told in ["MT", "mt", " MT ", "MLT", "Malta", "malta"] {
        assert_eq!(detected(Some("https://example.com/en/"), Some(told)), of("MT", Salesiq), "{told}");
        assert_eq!(detected(None, Some(told)), of("MT", Salesiq));
    }
    assert_eq!(detected(None, Some("United Kingdom")), of("GB", Salesiq));
    for told in ["", "-", "Unknown", "ZZ", "EU"] {
        assert_eq!(detected(None, Some(told)), None, "{told}");
    }
    assert_eq!(detected(None, None), None);
}

fn rules() -> Vec<CountryRule> {
    serde_json::from_value(json!([
        {"host": "casino.example", "path": "/nordic/"},
        {"host": "casino.example", "path": "/alps", "country": "at"},
        {"host": "bets.example", "country": "MT"},
        {"path": "/island/", "country": "uk"},
        {"country": "FR"},
        {"host": " ", "path": "", "country": "FR"},
    ]))
    .unwrap()
}

#[test]
fn a_rule_of_the_brand_goes_before_everything() {
    let detected = |url| detect(Some(url), Some("SE"), &rules()).map(|country| (country.code, country.from));
    let of = |code: &str, from| Some((code.to_owned(), from));
    assert_eq!(detected("https://casino.example/alps/de/"), of("AT", Rule));
    assert_eq!(detected("https://casino.example/alps"), of("AT", Rule));
    assert_eq!(detected("https://www.bets.example/fr-fr/"), of("MT", Rule));
    assert_eq!(detected("https://BETS.example./"), of("MT", Rule));
    assert_eq!(detected("https://any.example/Island/"), of("GB", Rule));
    // These pages tell nothing: SalesIQ does.
    assert_eq!(detected("https://casino.example/nordic/en-gb/"), of("SE", Salesiq));
    // Not what a rule is about.
    assert_eq!(detected("https://casino.example/alpsee/en-gb/"), of("GB", Path));
    assert_eq!(detected("https://mybets.example/en-gb/"), of("GB", Path));
    assert_eq!(detected("https://casino.example/en-gb/nordic/"), of("GB", Path));
}

#[test]
fn a_country_has_its_english_name() {
    let country = detect(Some("https://example.com/de/"), None, &[]).unwrap();
    assert_eq!(serde_json::to_value(country).unwrap(), json!({"code": "DE", "name": "Germany", "from": "path"}));
}

proptest! {
    #[test]
    fn whatever_the_address_is_it_is_answered(
        text in "(?s).{0,80}", host in "[a-z0-9.\\-]{0,40}", path in "(/[a-zA-Z_%\\-]{0,6}){0,5}", query in "\\PC{0,40}"
    ) {
        let rules = rules();
        for url in [text.clone(), format!("https://{text}"), format!("https://{host}{path}?{query}")] {
            let country = detect(Some(&url), Some(&text), &rules);
            prop_assert!(country.is_none_or(|country| country.code.len() == 2 && !country.name.is_empty()));
        }
    }
}
