//! One type for each kind of id, built only by parsing, so that an operator's id can't stand where a brand's belongs.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is not an id. The offending text itself is not repeated: it comes from outside.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Nothing but white space.
    #[error("{kind} is empty; give its value")]
    Empty {
        /// The kind of id, as a person would name it.
        kind: &'static str,
    },
    /// Longer than any id of that kind.
    #[error("{kind} has {length} characters, at most {limit} are allowed")]
    TooLong {
        /// The kind of id.
        kind: &'static str,
        /// Its length in characters.
        length: usize,
        /// The largest length allowed.
        limit: usize,
    },
    /// A character that no id of that kind has.
    #[error("{kind} has the character {character:?}; allowed are {allowed}")]
    Character {
        /// The kind of id.
        kind: &'static str,
        /// The first character that is not allowed.
        character: char,
        /// What is allowed, in words.
        allowed: &'static str,
    },
}

/// The characters of a kind of id.
struct Characters {
    /// In words.
    words: &'static str,
    /// As a regular expression of JSON Schema.
    #[cfg(feature = "schema")]
    pattern: &'static str,
    allows: fn(char) -> bool,
}

const PLAIN: Characters = Characters {
    words: "letters, digits, _ and -",
    #[cfg(feature = "schema")]
    pattern: "^[A-Za-z0-9_-]+$",
    allows: |c| c.is_ascii_alphanumeric() || c == '_' || c == '-',
};

const SLUG: Characters = Characters {
    words: "a-z, 0-9 and -",
    #[cfg(feature = "schema")]
    pattern: "^[a-z0-9-]+$",
    allows: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
};

// '#' separates the parts of a key in the table and can't be in anything that becomes one.
const VISIBLE: Characters = Characters {
    words: "visible characters without #",
    #[cfg(feature = "schema")]
    pattern: r"^[^\s#]+$",
    allows: |c| !c.is_control() && !c.is_whitespace() && c != '#',
};

fn parse(text: &str, kind: &'static str, limit: usize, characters: &Characters) -> Result<String, IdError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(IdError::Empty { kind });
    }
    if length > limit {
        return Err(IdError::TooLong { kind, length, limit });
    }
    match text.chars().find(|c| !(characters.allows)(*c)) {
        Some(character) => Err(IdError::Character { kind, character, allowed: characters.words }),
        None => Ok(text.to_owned()),
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $limit:literal, $characters:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text as this kind of id.
            ///
            /// # Errors
            /// The text is empty, too long, or has a character that this kind of id never has.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                parse(text, $kind, $limit, &$characters).map(Self)
            }

            /// The id as SalesIQ writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "maxLength": $limit, "pattern": $characters.pattern })
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
    };
}

id!(
    /// A customer's portal as this deployment names it: part of the webhook's URL and of every key.
    WorkspaceId, "workspace", 40, SLUG
);
id!(
    /// A SalesIQ conversation: the numeric REST id, which is `entity_id` in webhooks (api.md §5.5).
    ConversationId, "conversation id", 64, PLAIN
);
id!(
    /// A SalesIQ operator.
    OperatorId, "operator id", 64, PLAIN
);
id!(
    /// A SalesIQ department.
    DepartmentId, "department id", 64, PLAIN
);
id!(
    /// A SalesIQ brand: `app_id` on the wire.
    BrandId, "brand id", 64, PLAIN
);
id!(
    /// A visitor or contact as SalesIQ numbers them.
    VisitorId, "visitor id", 128, VISIBLE
);
id!(
    /// A message within a conversation: SalesIQ's `msgid`, else a hash that we made of the message.
    MessageId, "message id", 128, VISIBLE
);
id!(
    /// The portal's unique name: the first path part of the console's URL (api.md §1.1).
    ScreenName, "screen name", 100, PLAIN
);
id!(
    /// An article of the workspace's knowledge.
    ArticleId, "article id", 100, PLAIN
);
id!(
    /// Something that the AI may call. Models take no other characters.
    ToolName, "tool name", 64, PLAIN
);
id!(
    /// A procedure of the company.
    ProcedureName, "procedure name", 64, PLAIN
);
id!(
    /// One of the models that the AI may think with, as the settings name it.
    BackendName, "backend name", 40, SLUG
);
id!(
    /// A secret of the workspace, as the settings name it; the deployment's prefix and the workspace come before it.
    SecretName, "secret name", 64, SLUG
);
id!(
    /// A player, as the company numbers them.
    PlayerId, "player id", 128, VISIBLE
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_trimmed_and_kept() {
        assert_eq!(ConversationId::parse(" 19000000033103 ").unwrap().as_str(), "19000000033103");
    }

    #[test]
    fn a_workspace_is_a_slug() {
        assert!(WorkspaceId::parse("demo-1").is_ok());
        assert_eq!(
            WorkspaceId::parse("Demo").unwrap_err().to_string(),
            "workspace has the character 'D'; allowed are a-z, 0-9 and -"
        );
    }

    #[test]
    fn nothing_that_becomes_a_key_holds_its_separator() {
        assert!(MessageId::parse("a#b").is_err());
        assert!(VisitorId::parse("$3403221679883552585").is_ok());
    }

    #[test]
    fn an_empty_or_an_endless_id_is_refused() {
        assert!(OperatorId::parse("  ").is_err());
        assert!(OperatorId::parse(&"1".repeat(65)).is_err());
    }
}
