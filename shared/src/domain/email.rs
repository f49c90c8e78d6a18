//! E-mail addresses, strict enough to stand in a header: what SES would refuse, or what could begin another header, is
//! no address.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest address, in bytes (RFC 5321: a path has 256, with its brackets).
pub const ADDRESS_LIMIT_BYTES: usize = 254;

/// The longest part before the `@`, in bytes (RFC 5321).
const LOCAL_LIMIT_BYTES: usize = 64;

/// The longest part between two dots of a domain, in bytes (RFC 1035).
const LABEL_LIMIT_BYTES: usize = 63;

/// The longest display name, in characters.
const NAME_LIMIT: usize = 100;

/// Why a text is no address. The text itself is not repeated: it may be a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EmailError {
    /// Nothing but white space.
    #[error("it is empty; give an address such as support@example.com")]
    Empty,
    /// Longer than mail servers take.
    #[error("it has {length} bytes, at most {ADDRESS_LIMIT_BYTES} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// No `@`, or more than one.
    #[error("it has {count} @, an address has one")]
    At {
        /// How many.
        count: usize,
    },
    /// The part before the `@`.
    #[error("the part before the @ must be 1 to 64 letters, digits or !#$%&'*+-/=?^_`{{|}}~, with single dots between")]
    Local,
    /// The part after the `@`.
    #[error("the part after the @ must be a domain such as example.com; write one in another script as xn--...")]
    Domain,
    /// The brackets of `Name <address>`.
    #[error("it must be an address, or a name and an address as in: Support <support@example.com>")]
    Brackets,
    /// The name before the address.
    #[error("the name must be at most 100 characters, none of them a control character, \", < or >")]
    Name,
}

/// An e-mail address: ASCII, no spaces, no control characters, no quoted local part, no comment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Takes a text as an address; white space around it is dropped.
    ///
    /// # Errors
    /// Says which part is not as it must be.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > ADDRESS_LIMIT_BYTES {
            return Err(EmailError::TooLong { length: text.len() });
        }
        let count = text.matches('@').count();
        let Some((local, domain)) = text.split_once('@').filter(|_| count == 1) else {
            return Err(EmailError::At { count });
        };
        if !is_local(local) {
            return Err(EmailError::Local);
        }
        if !is_domain(domain) {
            return Err(EmailError::Domain);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

fn is_local(local: &str) -> bool {
    let atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
    local.len() <= LOCAL_LIMIT_BYTES && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=LABEL_LIMIT_BYTES).contains(&label.len())
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.eq_ignore_ascii_case("localhost") || (domain.contains('.') && domain.split('.').all(label))
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;
    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;
    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

/// An address with the name to show: `Name <address>`, or the address alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    /// The name, not quoted.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

impl Mailbox {
    /// Takes `Name <address>`, `"Name" <address>` or an address.
    ///
    /// # Errors
    /// Says which part is not as it must be.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        let Some((name, rest)) = text.split_once('<') else {
            return Ok(Self { name: None, address: EmailAddress::parse(text)? });
        };
        let address = rest.strip_suffix('>').ok_or(EmailError::Brackets)?;
        let name = name.trim_matches(' ');
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim_matches(' ');
        if name.chars().count() > NAME_LIMIT || name.chars().any(|c| c.is_control() || "\"<>\\".contains(c)) {
            return Err(EmailError::Name);
        }
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        Ok(Self { name, address: EmailAddress::parse(address)? })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "\"{name}\" <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl TryFrom<String> for Mailbox {
    type Error = EmailError;
    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<Mailbox> for String {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_addresses_are_taken() {
        for address in ["mia@example.com", "a.b+c@mail.example.co.uk", "x@localhost", "o'hara@xn--bcher-kva.example"] {
            assert_eq!(EmailAddress::parse(&format!(" {address} ")).unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_could_harm_a_header_is_no_address() {
        for text in [
            "",
            "mia",
            "mia@example.com\r\nBcc: x@y.z",
            "mia@example.com\n",
            "a b@example.com",
            "a@b@example.com",
            "\"a b\"@example.com",
            "mia@example",
            "mia@.com",
            "mia@-a.com",
            "mia@exa\u{0}mple.com",
            ".mia@example.com",
            "mi..a@example.com",
            "mia@example.com>",
            "mia,eve@example.com",
            "mïa@example.com",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("mia@{}.com", "a.".repeat(130))).is_err());
    }

    #[test]
    fn a_problem_says_what_to_write_instead() {
        assert_eq!(EmailAddress::parse("mia").unwrap_err().to_string(), "it has 0 @, an address has one");
        assert!(EmailAddress::parse("mia@bücher.example").unwrap_err().to_string().contains("xn--"));
    }

    #[test]
    fn a_mailbox_is_an_address_with_or_without_a_name() {
        let mailbox = Mailbox::parse("Lumen Casino <support@example.com>").unwrap();
        assert_eq!((mailbox.name.as_deref(), mailbox.address.domain()), (Some("Lumen Casino"), "example.com"));
        assert_eq!(Mailbox::parse("\"Lumen, Casino\" <s@example.com>").unwrap().name.as_deref(), Some("Lumen, Casino"));
        assert_eq!(Mailbox::parse("s@example.com").unwrap().name, None);
        assert_eq!(Mailbox::parse("<s@example.com>").unwrap().name, None);
    }

    #[test]
    fn a_mailbox_that_is_more_than_one_or_that_hides_a_header_is_refused() {
        for text in ["A <a@example.com> B", "A <a@example.com>, b@example.com", "A\r\nBcc: x <a@example.com>", "A <"] {
            assert!(Mailbox::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_printable_ascii_with_one_at(text in "\\PC{0,12}|[a-z.@ \\r\\n<>,]{0,12}@[a-z.\\r\\n-]{0,12}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().bytes().all(|c| c.is_ascii_graphic()));
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
            }
        }

        #[test]
        fn a_mailbox_reads_back_as_it_was_written(name in "[A-Za-z, .é]{0,20}") {
            let mailbox = Mailbox { name: Some(name.trim().to_owned()).filter(|n| !n.is_empty()),
                address: EmailAddress::parse("a@example.com").unwrap() };
            prop_assert_eq!(Mailbox::parse(&mailbox.to_string()).unwrap(), mailbox);
        }
    }
}
