//! Who writes and where from, in a note: what is proven, what is only claimed, and which proofs were refused.

use super::line::{clip, one_line, quoted};
use super::words::Words;
use super::{NAME_LIMIT, Weight};
use crate::domain::country::{Country, CountrySource};
use crate::domain::player::{How, Level, Player, Refusal};

/// How many details of a claimed player are shown.
const DETAILS_SHOWN: usize = 8;

/// The lines about a player.
pub(super) fn lines(player: &Player, words: &Words) -> Vec<(Weight, String)> {
    let mut lines = vec![(Weight::Player, who(player, words))];
    if player.vip {
        let proven = if player.level == Level::Verified { String::new() } else { format!(" ({})", words.unverified) };
        lines.push((Weight::Player, format!("{}: {}{proven}", words.vip, words.yes)));
    }
    let mut seen: Vec<Refusal> = Vec::new();
    for refused in player.refusals.iter().rev() {
        if !seen.contains(&refused.why) {
            seen.push(refused.why);
        }
    }
    for why in seen {
        lines.push((Weight::Player, format!("{}: {} [{}]", words.refused, refusal(why, words), why.code())));
    }
    for (name, value) in player.details.iter().take(DETAILS_SHOWN) {
        let (name, value) = (clip(&one_line(name), NAME_LIMIT), clip(&one_line(value), NAME_LIMIT));
        lines.push((Weight::Told, format!("{}: {name} = {}", words.told, quoted(&value))));
    }
    lines
}

fn who(player: &Player, words: &Words) -> String {
    let label = match player.level {
        Level::Verified => &words.verified,
        Level::Claimed => &words.claimed,
        Level::Anonymous => return format!("{}: {}", words.verified, words.nothing),
    };
    let id = player.id.as_ref().map_or("?", |id| id.as_str());
    let mut how_known: Vec<String> = player.how.map(|known| how(known, words).to_owned()).into_iter().collect();
    // Universal time: the reader's zone is not known, and a date alone would not tell how old it is.
    how_known.extend(player.since.map(|since| format!("{} {}", words.since, since.strftime("%Y-%m-%d %H:%M UTC"))));
    let how_known = if how_known.is_empty() { String::new() } else { format!(" ({})", how_known.join(", ")) };
    format!("{label}: {} = {}{how_known}", words.player, clip(&one_line(id), NAME_LIMIT))
}

pub(super) fn how(how: How, words: &Words) -> &str {
    let code = match how {
        How::Signed => "signed",
        How::Passive => "passive",
        How::Conversational => "conversational",
    };
    words.how.get(code).map_or(code, String::as_str)
}

pub(super) fn refusal(why: Refusal, words: &Words) -> &str {
    words.refusals.get(why.code()).map_or(why.code(), String::as_str)
}

pub(super) fn country(country: &Country, words: &Words) -> String {
    let code = match country.from {
        CountrySource::Rule => "rule",
        CountrySource::Path => "path",
        CountrySource::Subdomain => "subdomain",
        CountrySource::TopLevelDomain => "top_level_domain",
        CountrySource::Query => "query",
        CountrySource::Salesiq => "salesiq",
    };
    let from = words.country_from.get(code).map_or(code, String::as_str);
    format!("{} ({}), {from}", country.name, country.code)
}
