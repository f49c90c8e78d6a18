//! The names of SalesIQ's events (api.md §5.4).

use crate::salesiq::assumptions::Inferred;

/// An event of a conversation that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Created,
    AttenderUpdated,
    Missed,
    OperatorReplied,
    VisitorReplied,
    Completed,
    Rated,
    TransferInitiated,
    TransferAccepted,
    TransferRejected,
    ParticipantsAdded,
    ParticipantsDeleted,
    SupervisorAdded,
    MessageEdited,
    MessageDeleted,
    Metrics,
    Reopened,
}

const NAMES: [(&str, Name); 18] = [
    ("conversation.created", Name::Created),
    ("conversation.attender.updated", Name::AttenderUpdated),
    ("conversation.missed", Name::Missed),
    ("conversation.operator.replied", Name::OperatorReplied),
    ("conversation.visitor.replied", Name::VisitorReplied),
    ("conversation.completed", Name::Completed),
    ("conversation.rated", Name::Rated),
    ("conversation.transfer.initiated", Name::TransferInitiated),
    ("conversation.transfer.accepted", Name::TransferAccepted),
    ("conversation.transfer.rejected", Name::TransferRejected),
    ("conversation.participants.added", Name::ParticipantsAdded),
    ("conversation.participants.deleted", Name::ParticipantsDeleted),
    ("conversation.supervisor.added", Name::SupervisorAdded),
    ("conversation.message.edited", Name::MessageEdited),
    ("conversation.message.deleted", Name::MessageDeleted),
    ("conversation.metrics", Name::Metrics),
    ("conversation.reopened", Name::Reopened),
    // The old name of completed, seen in one documented URL.
    ("conversation.ended", Name::Completed),
];

/// Heads of event names that belong to no conversation (api.md §5.4).
const FOREIGN: [&str; 10] = [
    "visitor.",
    "contact.",
    "lead.",
    "operator.",
    "department.",
    "brands.",
    "brand.",
    "tag.",
    "company.",
    "companies.",
];

impl Name {
    /// Reads a name in any spelling: with underscores, in capitals, with or without `conversation.`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let name = normal(text);
        let find = |wanted: &str| NAMES.iter().find(|(known, _)| *known == wanted).map(|(_, name)| *name);
        find(&name).or_else(|| find(&format!("conversation.{name}")))
    }

    /// The name as SalesIQ writes it.
    pub(super) fn as_str(self) -> &'static str {
        NAMES.iter().find(|(_, name)| *name == self).map_or("", |(known, _)| known)
    }

    /// Whether it is about one message, told apart from others by its id.
    pub(super) fn is_of_message(self) -> bool {
        matches!(self, Self::OperatorReplied | Self::VisitorReplied | Self::MessageEdited | Self::MessageDeleted)
    }
}

impl From<Inferred> for Name {
    fn from(inferred: Inferred) -> Self {
        match inferred {
            Inferred::VisitorReplied => Self::VisitorReplied,
            Inferred::OperatorReplied => Self::OperatorReplied,
            Inferred::Rated => Self::Rated,
            Inferred::Completed => Self::Completed,
            Inferred::Missed => Self::Missed,
            Inferred::AttenderUpdated => Self::AttenderUpdated,
            Inferred::Created => Self::Created,
        }
    }
}

/// The name in SalesIQ's spelling: lower case, with dots (Catalyst Signals writes underscores).
pub(super) fn normal(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace('_', ".")
}

/// Whether a name that is not [`Name`]'s says that the event belongs to no conversation.
pub(super) fn is_foreign(text: &str) -> bool {
    let name = normal(text);
    FOREIGN.iter().any(|head| name.starts_with(head))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_in_each_spelling() {
        for (known, name) in NAMES {
            assert_eq!(Name::parse(known).unwrap(), name);
            assert_eq!(Name::parse(&known.replace('.', "_")).unwrap(), name);
            assert_eq!(Name::parse(known.strip_prefix("conversation.").unwrap()).unwrap(), name);
            assert_eq!(Name::parse(&format!(" {} ", known.to_uppercase())).unwrap(), name);
        }
    }

    #[test]
    fn an_operators_own_events_are_not_a_conversations() {
        for name in
            ["operator.created", "operator.departments.associated", "tag_updated", "brands.enabled", "visitor.updated"]
        {
            assert_eq!(Name::parse(name), None);
            assert!(is_foreign(name));
        }
        assert!(!is_foreign("conversation.frozen"));
    }
}
