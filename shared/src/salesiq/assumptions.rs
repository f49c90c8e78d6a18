//! What SalesIQ does not document and the code relies on, each named once: the constant or rule, the section of api.md that
//! leaves it open, and how a live portal could be asked.

mod registry;

use std::time::Duration;

use crate::domain::event::ReadStatus;

pub use registry::{ASSUMPTIONS, Asking, Assumption};

/// A call that timed out takes effect within this time or never (ARCHITECTURE.md, "Actions and their promises"; api.md §10 gap 3).
/// Check: cut the connection after sending, and watch for the message.
pub const LANDING_TIME: Duration = Duration::from_secs(30);

/// The error that a pickup meets when our operator has all the chats that its limit allows: 1017 is documented as
/// "Resource limit reached for current plan" (api.md §1.4, §9: whether a pickup obeys the limit is not).
/// Check: set the operator's limit to 1 and pick up two chats.
pub const LIMIT_REACHED: i64 = 1017;

/// The longest note, in characters: its limit is unknown (api.md §2.11, §10 gap 8), and a longer one could be refused whole.
/// Check: put a note of 5,000 characters and read it back.
pub const NOTE_LIMIT: usize = 1_000;

/// How SalesIQ is taken to behave where no constant says it: rules that are spread over the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// What is assumed.
    pub assumed: &'static str,
    /// What we do if it is otherwise.
    pub otherwise: &'static str,
    /// The section of api.md that leaves it open.
    pub section: &'static str,
    /// How a live portal could be asked.
    pub check: &'static str,
}

/// The assumed behaviours.
pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        assumed: "conversation.visitor.replied is not sent for the first line; question of conversation.created carries it",
        otherwise: "the same text within ten seconds of the opening is taken for the first line (domain::drain)",
        section: "9.1",
        check: "open a chat and list the deliveries",
    },
    Behaviour {
        assumed: "conversation.operator.replied is sent for messages that we sent through the API too",
        otherwise: "a line of ours is ticked off after the call, or found by reading the messages",
        section: "9.1, gap 5 of 10",
        check: "send one and watch the webhook",
    },
    Behaviour {
        assumed: "a file that we send comes back as one message, under the name that it was sent with, its comment with it",
        otherwise: "its echo counts as a line of a human who uses the account (domain::drain)",
        section: "2.5, 2.6",
        check: "send a file with a comment and compare the delivery and the list of messages",
    },
    Behaviour {
        assumed: "a transfer that rings to us is accepted by picking the chat up",
        otherwise: "the pickup is refused, and the conversation is read and left as it is",
        section: "2, row 11",
        check: "transfer a chat to the bot operator, pick it up, read the attender",
    },
    Behaviour {
        assumed: "a visitor who writes into a closed chat reopens it as a new thread without a call of ours",
        otherwise: "the pickup is refused, and the conversation is read and left closed",
        section: "9.1",
        check: "close a chat, write as the visitor, compare thread_number",
    },
    Behaviour {
        assumed: "a line has the same sender and text in a webhook and in the list of messages, and times at most 5 s apart, \
                  whatever ids the list gives",
        otherwise: "a line whose webhook was late is counted twice, and answered twice (domain::same_line)",
        section: "2.5, gap 1 of 10",
        check: "compare the deliveries of a chat with its list of messages, ids, times and texts with an & or an emoji",
    },
    Behaviour {
        assumed: "conversation.created brings what visitor.info was told before, so that a token is there at the first turn",
        otherwise: "the player is verified by the first event that brings it, and served as anybody until then",
        section: "5.6, 8",
        check: "call visitor.info on a page, open a chat, and read the deliveries",
    },
    Behaviour {
        assumed: "a list of conversations may lag behind, a conversation that is read by itself does not",
        otherwise: "a chat is closed or reopened here a minute late (domain::reconcile)",
        section: "2.1, 2.3",
        check: "close a chat, then list and read it at once",
    },
    Behaviour {
        assumed: "an operator who is signed in nowhere stays Available once the API has set it",
        otherwise: "the sentinel sets it again each minute and records each time as an outage (domain::presence)",
        section: "4.1, 9, gap 2 of 10",
        check: "set an API-only operator Available and read it back for a day",
    },
    Behaviour {
        assumed: "a webhook whose app_ids are empty delivers the events of every brand",
        otherwise: "the drift of its brands is not seen (domain::drift)",
        section: "5.1",
        check: "create a data webhook without app_ids and open a chat in each brand",
    },
];

/// Sender types in messages that mean a Zobot, in lower case (api.md §2.5, §5.6: only `operator` has been seen).
/// Check: list the messages of a chat that a Zobot served.
pub const BOT_SENDER_TYPES: [&str; 7] = ["bot", "zobot", "chatbot", "answerbot", "answer_bot", "chat_bot", "siqbot"];

/// Sender types in messages that mean the visitor, in lower case (api.md §5.6: the literal value is unknown).
/// Check: write as a visitor and read the delivery.
pub const VISITOR_SENDER_TYPES: [&str; 4] = ["visitor", "lead", "contact", "customer"];

/// Sender types in messages that mean an operator, in lower case (api.md §5.6: only `operator` has been seen).
pub const OPERATOR_SENDER_TYPES: [&str; 5] = ["operator", "agent", "supervisor", "attender", "owner"];

/// What the id of a visitor begins with where it names the sender of a message (api.md §1.6, samples of REST).
pub const VISITOR_SENDER_PREFIX: char = '$';

/// Where a message's own id may stand, the first that is there counts: `msgid` in webhooks (api.md §5.6); REST rows are not
/// documented (api.md §2.5). Check: compare a delivery with the row of the same message.
pub const MESSAGE_ID_KEYS: [&str; 4] = ["msgid", "message_id", "msg_id", "id"];

/// Where a payload's conversation id may stand: both were seen together in one live probe (api.md §5.6), and `id` alone in
/// the documented samples. Check: compare both with the id in the console's URL.
pub const CONVERSATION_ID_KEYS: [&str; 2] = ["conversation_id", "id"];

/// Where a payload's custom information may stand, the first that is there counts: `customer_info` was seen in one live probe
/// of `conversation.completed` and in a sample of `visitor.updated` (api.md §5.6), the other in Zobots (api.md §6.2).
/// Check: call visitor.info on a page, open a chat, and read the deliveries.
pub const CUSTOM_INFO_KEYS: [&str; 2] = ["customer_info", "custom_info"];

/// Where the operator of a transfer may stand, in the entity or in its `transfer`, `transfer_details` or `transfer_info`
/// (api.md §5.6: shape unknown). Check: transfer a chat and read the three deliveries.
pub const TRANSFER_OPERATOR_KEYS: [&str; 8] = [
    "accepted_by",
    "rejected_by",
    "transferred_to",
    "transfer_to",
    "transfer_operator",
    "to_operator",
    "operator",
    "operator_id",
];

/// Where the department of a transfer may stand, like [`TRANSFER_OPERATOR_KEYS`].
pub const TRANSFER_DEPARTMENT_KEYS: [&str; 4] =
    ["transferred_to_department", "transfer_department", "to_department", "department"];

/// Marks that only a conversation's entity has, by which an unnamed or unknown payload is told from a visitor's, an
/// operator's or a department's (api.md §5.6).
pub const CONVERSATION_MARKS: [&str; 8] = [
    "visitor_conversation_id",
    "conversation_id",
    "chat_status",
    "thread_number",
    "chat_initiated_url",
    "question",
    "ended_by",
    "message",
];

/// What a flat payload without any event name is taken for (api.md §5, second generation; [`infer`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inferred {
    /// A line of the visitor.
    VisitorReplied,
    /// A line of an operator or a Zobot.
    OperatorReplied,
    /// A rating.
    Rated,
    /// The end.
    Completed,
    /// Nobody took it.
    Missed,
    /// Somebody took it.
    AttenderUpdated,
    /// A new chat.
    Created,
}

/// What can be seen of a flat payload that carries no event name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one column of the table of inferences")]
pub struct FlatMarks {
    /// It has a message, sent by the visitor.
    pub message_of_visitor: bool,
    /// It has a message, sent by an operator or a Zobot.
    pub message_of_operator: bool,
    /// It has a message, and nothing tells whose.
    pub message_of_nobody: bool,
    /// It has a `rating`.
    pub rating: bool,
    /// It has `ended_by`.
    pub ended_by: bool,
    /// Its `status` or the label of its `chat_status` is `Missed`.
    pub status_missed: bool,
    /// Its `status` or the label of its `chat_status` is `Live`.
    pub status_live: bool,
    /// It has `attended_time`, and its `owner` is called an operator.
    pub attended_by_operator: bool,
    /// It has `end_time`.
    pub end_time: bool,
    /// It has a `question` and `opened_time`, and nothing happened since: no `attended_time`, `end_time`, `missed_time`.
    pub only_opened: bool,
}

/// The table of inferences, from the fields that api.md §5.6 shows for each event. The first row that fits counts; what fits none
/// stays unknown. A workflow should name its event with `?event=` in the URL instead; then nothing is inferred.
/// Check: register a workflow without `?event=` and compare.
#[must_use]
pub fn infer(marks: FlatMarks) -> Option<Inferred> {
    let table = [
        (marks.message_of_nobody, None),
        (marks.message_of_visitor, Some(Inferred::VisitorReplied)),
        (marks.message_of_operator, Some(Inferred::OperatorReplied)),
        (marks.rating, Some(Inferred::Rated)),
        // A missed chat ends as completed too, with ended_by and status "Missed" (live probe).
        (marks.ended_by, Some(Inferred::Completed)),
        (marks.status_missed, Some(Inferred::Missed)),
        (marks.attended_by_operator && !marks.end_time, Some(Inferred::AttenderUpdated)),
        (marks.status_live || marks.only_opened, Some(Inferred::Created)),
    ];
    table.into_iter().find(|(fits, _)| *fits).and_then(|(_, inferred)| inferred)
}

/// SalesIQ's host in Saudi Arabia, by analogy with its accounts server (api.md §1.1, §10 gap 9). Check: `HEAD` it.
pub const SA_API_HOST: &str = "salesiq.zoho.sa";

/// SalesIQ's host in the United Kingdom, by analogy with its accounts server (api.md §1.1, §10 gap 9). Check: `HEAD` it.
pub const UK_API_HOST: &str = "salesiq.zoho.uk";

/// How long a throttled address is left alone when SalesIQ names no time: error 1023 says "after sometime" (api.md §1.5).
/// Check: provoke it once and measure.
pub const THROTTLE_WAIT: Duration = Duration::from_mins(1);

/// How long Zoho's accounts server refuses a client that asked too often: its limits count 10 minutes (api.md §7.3).
pub const ACCOUNTS_THROTTLE_WAIT: Duration = Duration::from_mins(10);

/// Error codes of calls that don't fit the chat's state, such as closing a closed chat: none is documented (api.md §1.4, §10
/// gap 4); 1010 is the only general one whose text ("Invalid Method.") could mean it.
/// Check: pick up a closed chat and close it twice.
pub const WRONG_STATE_CODES: [i64; 1] = [1010];

/// Error codes with a documented meaning of their own (api.md §1.4), whatever their message says.
const DOCUMENTED_CODES: std::ops::RangeInclusive<i64> = 1001..=1054;

/// Whether an error means that the chat's state does not allow the call: by its code, or, where the code is not documented, by
/// words that such messages have.
#[must_use]
pub fn is_wrong_state(code: i64, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let words = ["already", "closed", "has ended", "not active", "not in progress"];
    WRONG_STATE_CODES.contains(&code)
        || !DOCUMENTED_CODES.contains(&code) && words.iter().any(|word| message.contains(word))
}

/// How a state number of `chat_status` reads: 1 waiting, 2 connected, 3 missed, 4 closed (api.md §2.2: inferred from samples).
/// Check: read a chat in each state.
#[must_use]
pub fn status_of_state(state: i64) -> Option<ReadStatus> {
    match state {
        1 => Some(ReadStatus::Waiting),
        2 => Some(ReadStatus::Connected),
        3 => Some(ReadStatus::Missed),
        4 => Some(ReadStatus::Closed),
        _ => None,
    }
}

/// How a state's key or label reads where no number is given (api.md §2.2).
#[must_use]
pub fn status_of_label(label: &str) -> Option<ReadStatus> {
    match label.trim().to_ascii_lowercase().as_str() {
        "waiting" | "open" => Some(ReadStatus::Waiting),
        "connected" => Some(ReadStatus::Connected),
        "missed" => Some(ReadStatus::Missed),
        "closed" | "end" | "attended online" | "attended by email" | "tracked in crm" => Some(ReadStatus::Closed),
        _ => None,
    }
}

/// HTTP methods that no page read shows, by sibling calls (api.md §2 rows 7, 8, 10; §3.3; §4.1; §10 gap 3).
/// Check: call each once; a wrong one answers 1004.
pub mod methods {
    use reqwest::Method;

    /// `/conversations/{id}/pickup`.
    pub const PICKUP: Method = Method::PUT;
    /// `/conversations/{id}/close`.
    pub const CLOSE: Method = Method::PUT;
    /// `/conversations/{id}/reject`.
    pub const REJECT: Method = Method::PUT;
    /// `/operators/{id}/status`.
    pub const OPERATOR_STATUS: Method = Method::PUT;
    /// `/webhooks/{id}/enable`: the whole call is assumed, by that of operators (api.md §4.1, §5.1). Where it is refused, the
    /// webhook stays off and is reported. Check: disable a webhook in the console and call it.
    pub const ENABLE_WEBHOOK: Method = Method::PUT;
    /// `/conversations/{id}/tags`.
    pub const TAG: Method = Method::POST;
    /// `/visitor/v2/{screen}/conversations/{id}/close`.
    pub const VISITOR_CLOSE: Method = Method::PUT;
}

/// Where a tag is associated with a conversation: the page was not read (api.md §2.12). Body `{"ids": [..]}`.
pub const TAG_PATH: &str = "/api/v2/{screen}/conversations/{id}/tags";

/// Where the portal's tags are listed, with `id` and `name`: the page was not read (api.md §2.12).
pub const TAGS_PATH: &str = "/api/v2/{screen}/tags";

/// The longest message that SalesIQ takes, in characters (api.md §2.6: not documented).
/// Check: send one of 2,000 characters as operator and read it back.
pub const MESSAGE_LIMIT: u32 = 2_000;

/// Types of rows in that list that are SalesIQ's own remarks and nobody's line, in lower case (api.md §2.5: not documented; §2.4
/// counts `info_message_count` and `system_event_count`). Check: list the messages of a chat that somebody joined.
pub const REMARK_TYPES: [&str; 5] = ["info", "infomsg", "info_message", "system", "system_event"];

/// The order of `GET /conversations/{id}/messages` that shows the newest first, as one public script asks for it (api.md §2.5).
pub const MESSAGES_NEWEST_FIRST: &str = "desc";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_that_already_exists_is_no_matter_of_the_chats_state() {
        assert!(!is_wrong_state(1014, "Resource already exists"));
        assert!(is_wrong_state(2001, "The chat is already closed"));
        assert!(is_wrong_state(1010, "Invalid Method."));
    }

    #[test]
    fn replies_are_no_longer_than_messages_may_be_unless_the_settings_say_so() {
        let settings = crate::domain::settings::AgentSettings::default();
        assert_eq!(settings.message_chars, MESSAGE_LIMIT);
    }

    #[test]
    fn a_payload_without_marks_stays_unknown() {
        assert_eq!(infer(FlatMarks::default()), None);
        assert_eq!(infer(FlatMarks { message_of_nobody: true, status_live: true, ..FlatMarks::default() }), None);
    }

    #[test]
    fn a_missed_chat_that_somebody_ended_is_completed() {
        let marks = FlatMarks { ended_by: true, status_missed: true, ..FlatMarks::default() };
        assert_eq!(infer(marks), Some(Inferred::Completed));
        assert_eq!(infer(FlatMarks { ended_by: false, ..marks }), Some(Inferred::Missed));
    }
}
