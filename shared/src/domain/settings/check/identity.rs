//! How players are told, and which pages are of which country.

use super::Problems;
use super::numbers::{TOKEN_S, TRIES};
use crate::domain::country::by_alpha2;
use crate::domain::custom_info::KEY_LIMIT_BYTES;
use crate::domain::settings::{CountryRule, IdentitySettings, SignedIdentity, WorkspaceSettings};

/// One secret, and a second one while it is changed.
const MOST_SECRETS: usize = 2;

/// Numbers out of their bounds.
pub(super) fn bounds(settings: &WorkspaceSettings, problems: &mut Problems) {
    for (place, identity) in places(settings) {
        let longest_s = identity.signed.as_ref().map(|signed| signed.longest_s);
        let tries = identity.conversational.as_ref().map(|check| u32::from(check.tries));
        let numbers = [
            (
                "signed.longest_s",
                longest_s,
                TOKEN_S,
                "a token would be over before it is shown, or be good for whoever finds it",
            ),
            ("conversational.tries", tries, TRIES, "nobody could be checked, or anybody could guess"),
        ];
        for (field, value, (least, most), harm) in numbers {
            if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                let problem = format!("it is {value}, and {harm}");
                problems.add(format_args!("{place}.{field}"), problem, format!("set it to {least} to {most}"));
            }
        }
    }
}

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    for (place, identity) in places(settings) {
        if let Some(signed) = &identity.signed {
            check_signed(&format!("{place}.signed"), signed, problems);
        }
        if let Some(passive) = &identity.passive {
            let place = format!("{place}.passive.fields");
            if passive.fields.is_empty() {
                problems.add(&place, "there is none, and nobody could be looked up", "name what the page tells");
            }
            passive.fields.iter().enumerate().for_each(|(at, name)| field(&format!("{place}[{at}]"), name, problems));
            let token = identity.signed.as_ref().map(|signed| &signed.field);
            if token.is_some_and(|token| passive.fields.contains(token)) {
                let problem = "it names the field of the token, which is never passed on";
                problems.add(&place, problem, "leave it out");
            }
        }
        if identity.conversational.as_ref().is_some_and(|check| check.ask.is_empty()) {
            let problem = "there is nothing, and nobody could be checked";
            problems.add(format_args!("{place}.conversational.ask"), problem, "say what is asked for");
        }
    }
    for (index, brand) in settings.brands.iter().enumerate() {
        for (at, rule) in brand.countries.iter().enumerate() {
            check_rule(&format!("brands[{index}].countries[{at}]"), rule, problems);
        }
    }
}

fn places(settings: &WorkspaceSettings) -> impl Iterator<Item = (String, &IdentitySettings)> {
    let of_brands = settings.brands.iter().enumerate();
    let of_brands =
        of_brands.filter_map(|(index, brand)| Some((format!("brands[{index}].identity"), brand.identity.as_ref()?)));
    std::iter::once(("identity".to_owned(), &settings.identity)).chain(of_brands)
}

fn check_signed(place: &str, signed: &SignedIdentity, problems: &mut Problems) {
    field(&format!("{place}.field"), &signed.field, problems);
    let secrets = format!("{place}.secrets");
    if signed.secrets.is_empty() {
        let problem = "there is none, and every token would be refused";
        problems.add(&secrets, problem, "name the secret that the site signs with");
    }
    if signed.secrets.len() > MOST_SECRETS {
        let problem = format!("there are {}, and an old one would be good for ever", signed.secrets.len());
        problems.add(&secrets, problem, "name the one in use, and a second one only while it is changed");
    }
    if signed.secrets.len() == MOST_SECRETS && signed.secrets[0] == signed.secrets[1] {
        problems.add(&secrets, "the same stands there twice", "name each once");
    }
    if signed.audience.as_ref().is_some_and(|audience| audience.trim().is_empty()) {
        problems.add(format_args!("{place}.audience"), "it is blank", "write what aud says, or leave it out");
    }
}

/// A key of the widget's custom information.
fn field(place: &str, name: &str, problems: &mut Problems) {
    if name.trim().is_empty() {
        problems.add(place, "it is blank", "write the key that the page passes to visitor.info");
    } else if name.len() > KEY_LIMIT_BYTES {
        let problem = format!("it has {} bytes, and keys of more than {KEY_LIMIT_BYTES} are not read", name.len());
        problems.add(place, problem, "use a shorter key");
    }
}

fn check_rule(place: &str, rule: &CountryRule, problems: &mut Problems) {
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if blank(&rule.host) && blank(&rule.path) {
        problems.add(place, "it has neither a host nor a path, and is about no page", "write host, path, or both");
    }
    if let Some(host) = rule.host.as_deref().filter(|host| host.contains(['/', ':', '*', '@'])) {
        let problem = format!("{} is no host", host.escape_debug());
        problems.add(format_args!("{place}.host"), problem, "write a host alone, such as casino.example");
    }
    if rule.country.as_deref().is_some_and(|code| by_alpha2(code).is_none()) {
        let problem = "there is no such country";
        let fix = "use a code of ISO 3166-1 alpha-2, such as MT, or leave it out: then the pages tell no country";
        problems.add(format_args!("{place}.country"), problem, fix);
    }
}
