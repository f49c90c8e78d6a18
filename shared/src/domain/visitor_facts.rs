//! What was told of the visitor: part of the facts, and a join like them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::card::masked;
use super::custom_info::CustomInfo;
use super::join::Register;
use super::message::{Visitor, clip};

/// The longest visitor detail kept in the state, in bytes.
const DETAIL_LIMIT_BYTES: usize = 300;

/// How many entries of the custom information are kept, the first by key: what is pushed out once would be again.
const CUSTOM_KEPT: usize = 10;

/// The longest value of the custom information kept in the state, in bytes.
const CUSTOM_LIMIT_BYTES: usize = 200;

/// A word with more bytes than this may be a token: a signature alone has 43. A UUID has 36.
const WORD_LIMIT_BYTES: usize = 40;

/// What was told of the visitor, each detail by itself since events carry different ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitorFacts {
    id: Register<String>,
    name: Register<String>,
    email: Register<String>,
    phone: Register<String>,
    country: Register<String>,
    page_url: Register<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom: BTreeMap<String, Register<String>>,
}

impl VisitorFacts {
    pub(super) fn join(&mut self, time: Timestamp, visitor: &Visitor) {
        let details = [
            (&mut self.id, visitor.id.as_ref().map(super::id::VisitorId::as_str)),
            (&mut self.name, visitor.name.as_deref()),
            (&mut self.email, visitor.email.as_deref()),
            (&mut self.phone, visitor.phone.as_deref()),
            (&mut self.country, visitor.country.as_deref()),
            (&mut self.page_url, visitor.page_url.as_deref()),
        ];
        for (register, detail) in details {
            if let Some(detail) = detail.filter(|detail| !detail.trim().is_empty()) {
                register.join(time, clip(detail, DETAIL_LIMIT_BYTES).to_owned());
            }
        }
        self.join_custom(time, &visitor.custom);
    }

    /// What looks like a token is no fact of a visitor and never kept, whatever its key: the state is not the place for
    /// what proves an identity. The settings' own field is taken out before ([`super::drain`]).
    fn join_custom(&mut self, time: Timestamp, custom: &CustomInfo) {
        for (key, value) in custom.iter() {
            let key_is_first = || self.custom.last_key_value().is_some_and(|(last, _)| key < last.as_str());
            let room = self.custom.len() < CUSTOM_KEPT || self.custom.contains_key(key) || key_is_first();
            if room && !value.split_whitespace().any(|word| word.len() > WORD_LIMIT_BYTES) {
                let value = clip(&masked(value), CUSTOM_LIMIT_BYTES).to_owned();
                self.custom.entry(key.to_owned()).or_default().join(time, value);
            }
        }
        while self.custom.len() > CUSTOM_KEPT {
            self.custom.pop_last();
        }
    }

    /// SalesIQ's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.value().map(String::as_str)
    }

    /// An entry of the page's custom information, as it was told: anybody can change what their page tells.
    #[must_use]
    pub fn custom(&self, key: &str) -> Option<&str> {
        self.custom.get(key).and_then(Register::value).map(String::as_str)
    }

    /// Display name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.value().map(String::as_str)
    }

    /// E-mail address, as it was told: anybody can have written it.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.value().map(String::as_str)
    }

    /// Phone number, as it was told.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.phone.value().map(String::as_str)
    }

    /// Country code, from the IP address (ISO 3166-1 alpha-2, as far as SalesIQ keeps to it).
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.value().map(String::as_str)
    }

    /// The page that the chat was started on.
    #[must_use]
    pub fn page_url(&self) -> Option<&str> {
        self.page_url.value().map(String::as_str)
    }

    /// All that was told under names by which it can be looked up: the page's custom information, and `name`, `email` and
    /// `phone` as SalesIQ has them.
    #[must_use]
    pub fn told(&self) -> BTreeMap<String, String> {
        let own = [("name", self.name()), ("email", self.email()), ("phone", self.phone())];
        let own = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
        let custom = self.custom.iter().filter_map(|(key, value)| Some((key.clone(), value.value()?.clone())));
        own.chain(custom).collect()
    }

    /// What tells this visitor from others: e-mail address, else phone number, else SalesIQ's id.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        self.identities().into_iter().next().map(|(kind, value)| kind.of(&value))
    }

    /// All that may tell this visitor from others, the surest first.
    #[must_use]
    pub fn identities(&self) -> Vec<(IdentityKind, String)> {
        let all = [
            (IdentityKind::Email, self.email()),
            (IdentityKind::Phone, self.phone()),
            (IdentityKind::VisitorId, self.id()),
        ];
        all.into_iter().filter_map(|(kind, value)| Some((kind, value?.to_owned()))).collect()
    }
}

/// By what a visitor is told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// An e-mail address, in whatever case.
    Email,
    /// A phone number, as it was told.
    Phone,
    /// SalesIQ's id.
    VisitorId,
}

impl IdentityKind {
    /// The identity that such a value makes.
    #[must_use]
    pub fn of(self, value: &str) -> String {
        match self {
            Self::Email => format!("email:{}", value.trim().to_lowercase()),
            Self::Phone => format!("phone:{}", value.trim()),
            Self::VisitorId => format!("id:{}", value.trim()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(entries: &[(&str, &str)]) -> VisitorFacts {
        let mut facts = VisitorFacts::default();
        for (key, value) in entries {
            let custom = CustomInfo::of([((*key).to_owned(), (*value).to_owned())]);
            facts.join(Timestamp::UNIX_EPOCH, &Visitor { custom, ..Visitor::default() });
        }
        facts
    }

    #[test]
    fn custom_information_is_kept_by_key_and_clipped() {
        let facts = told(&[("tier", "gold"), ("about", &"many words ".repeat(100))]);
        assert_eq!(facts.custom("tier"), Some("gold"));
        assert_eq!(facts.custom("about").map(str::len), Some(CUSTOM_LIMIT_BYTES));
        assert_eq!(facts.custom("other"), None);
    }

    #[test]
    fn what_may_be_a_token_or_a_card_is_never_kept() {
        let token = format!("v1.cGxheWVy.1767225600.{}", "n".repeat(43));
        let facts = told(&[("a", &token), ("b", &format!("Bearer {token}")), ("c", "4111 1111 1111 1111")]);
        assert_eq!((facts.custom("a"), facts.custom("b")), (None, None));
        assert_eq!(facts.custom("c"), Some("•••• •••• •••• 1111"));
        assert_eq!(told(&[("uuid", "0b6ad1c6-49d5-4bd5-a5d6-7b3c1b2f9a10")]).custom("uuid").map(str::len), Some(36));
    }

    #[test]
    fn of_many_keys_the_first_stay_in_whichever_order_they_come() {
        let keys: Vec<String> = (0..30).map(|n| format!("k{n:02}")).collect();
        let forth: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
        let back: Vec<(&str, &str)> = forth.iter().rev().copied().collect();
        assert_eq!(told(&forth), told(&back));
        assert_eq!((told(&back).custom("k09"), told(&back).custom("k10")), (Some("x"), None));
    }
}
