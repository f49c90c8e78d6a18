//! What is known of who writes, and how sure it is.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::conversation::Conversation;
use shared::domain::player::Level;
use shared::domain::settings::WorkspaceSettings;
use shared::note::{country_words, how_words, refusal_words};

use crate::words;

/// The language of the console's own words.
const ENGLISH: &str = "en";

/// What is known of the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct VisitorView {
    /// What they are called.
    pub(super) called: String,
    /// What was told, by label. Anybody can have written it.
    pub(super) told: Vec<(String, String)>,
    /// The page that the chat was started on, and whether it may be a link.
    pub(super) page: Option<(String, bool)>,
    /// How sure we are.
    pub(super) level: &'static str,
    pub(super) verified: bool,
    /// The account, and how it is known.
    pub(super) account: Option<String>,
    pub(super) account_how: Option<&'static str>,
    pub(super) since: Option<Timestamp>,
    pub(super) vip: bool,
    /// What the company's systems tell of the claimed account.
    pub(super) details: Vec<(String, String)>,
    /// Proofs that were refused.
    pub(super) refusals: Vec<(Timestamp, &'static str)>,
}

impl VisitorView {
    pub(super) fn of(conversation: &Conversation, settings: &WorkspaceSettings, now: Timestamp) -> Self {
        let (visitor, player) = (&conversation.facts.visitor, &conversation.player);
        let country = conversation.country(settings).map(|country| country_words(&country, ENGLISH));
        let own = [
            ("E-mail", visitor.email().map(str::to_owned)),
            ("Phone", visitor.phone().map(str::to_owned)),
            ("Country", country.or_else(|| visitor.country().map(str::to_owned))),
            ("Language", conversation.language.clone()),
            ("Visitor id", visitor.id().map(str::to_owned)),
        ];
        let own = own.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?)));
        let custom = visitor.told().into_iter().filter(|(key, _)| !["name", "email", "phone"].contains(&key.as_str()));
        let level = player.level_at(now);
        Self {
            called: visitor.name().unwrap_or("Visitor without a name").to_owned(),
            told: own.chain(custom).collect(),
            page: visitor.page_url().map(|url| (url.to_owned(), is_web(url))),
            level: words::level(level),
            verified: level == Level::Verified,
            account: player.id.as_ref().map(ToString::to_string),
            account_how: player.how.map(|how| how_words(how, ENGLISH)),
            since: player.since,
            vip: player.vip,
            details: player.details.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            refusals: player.refusals.iter().map(|one| (one.at, refusal_words(one.why, ENGLISH))).collect(),
        }
    }
}

/// Only an address of the web becomes a link: the visitor's browser tells it, and it may be anything.
fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_web_are_links() {
        assert!(is_web("https://play.example/de?x=1"));
        let others =
            ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//play.example", "play.example", ""];
        assert!(others.iter().all(|url| !is_web(url)));
    }
}
