//! All assumptions by their names, so that none is forgotten when a live portal is asked: `cargo dev doctor` checks what can
//! be seen without a visitor, and lists the rest with the way to find out.

/// What it takes to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Reading is enough.
    Reading,
    /// A call that would change something, made so that it changes nothing: on a conversation that does not exist, or to
    /// the value that is there already.
    Writing,
    /// A chat with a visitor, or something that must not be provoked on the way.
    Visitor,
}

/// An assumption, as it is asked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// The constant or function of [`super`], or, in lower case with spaces, a rule that the client itself is built on.
    pub name: &'static str,
    /// The section of api.md that leaves it open.
    pub section: &'static str,
    /// How a live portal could be asked.
    pub check: &'static str,
    /// What that takes.
    pub asking: Asking,
}

const fn assumption(name: &'static str, section: &'static str, asking: Asking, check: &'static str) -> Assumption {
    Assumption { name, section, check, asking }
}

use Asking::{Reading, Visitor, Writing};

/// The assumptions; [`super::BEHAVIOURS`] are told apart, since each of them takes a visitor.
pub const ASSUMPTIONS: &[Assumption] = &[
    assumption("LANDING_TIME", "10, gap 3", Visitor, "cut the connection after sending, and watch for the message"),
    assumption("LIMIT_REACHED", "1.4, 9", Visitor, "set the operator's limit to 1 and pick up two chats"),
    assumption("NOTE_LIMIT", "2.11", Visitor, "put a note of 5,000 characters and read it back"),
    assumption("RATINGS", "5.6", Visitor, "rate a chat with the least and the most, and read the deliveries"),
    assumption("BOT_SENDER_TYPES", "2.5, 5.6", Reading, "list the messages of a chat that a Zobot served"),
    assumption("VISITOR_SENDER_TYPES", "5.6", Visitor, "write as a visitor and read the delivery"),
    assumption("OPERATOR_SENDER_TYPES", "5.6", Reading, "list the messages of a chat that an operator served"),
    assumption("REMARK_TYPES", "2.4, 2.5", Visitor, "list the messages of a chat that somebody joined"),
    assumption("VISITOR_SENDER_PREFIX", "1.6", Reading, "list the messages of a chat"),
    assumption("MESSAGE_ID_KEYS", "2.5, 5.6", Reading, "compare a delivery with the row of the same message"),
    assumption("CONVERSATION_ID_KEYS", "5.6", Visitor, "compare both with the id in the console's URL"),
    assumption(
        "CUSTOM_INFO_KEYS",
        "5.6, 8",
        Visitor,
        "call visitor.info on a page, open a chat, and read the deliveries",
    ),
    assumption("TRANSFER_OPERATOR_KEYS", "5.6", Visitor, "transfer a chat and read the three deliveries"),
    assumption("TRANSFER_DEPARTMENT_KEYS", "5.6", Visitor, "transfer a chat and read the three deliveries"),
    assumption("CONVERSATION_MARKS", "5.6", Visitor, "register a workflow without `?event=` and compare"),
    assumption("infer", "5", Visitor, "register a workflow without `?event=` and compare"),
    assumption("SA_API_HOST", "1.1", Reading, "`HEAD` it"),
    assumption("UK_API_HOST", "1.1", Reading, "`HEAD` it"),
    assumption("THROTTLE_WAIT", "1.5", Visitor, "provoke it once and measure"),
    assumption("ACCOUNTS_THROTTLE_WAIT", "7.3", Visitor, "provoke it once and measure"),
    assumption("WRONG_STATE_CODES", "1.4", Visitor, "pick up a closed chat and close it twice"),
    assumption("is_wrong_state", "1.4", Visitor, "pick up a closed chat and close it twice"),
    assumption("status_of_state", "2.2", Reading, "read a chat in each state"),
    assumption("status_of_label", "2.2", Reading, "read a chat in each state"),
    assumption("methods::PICKUP", "2, row 7", Writing, "call each once; a wrong one answers 1004"),
    assumption("methods::CLOSE", "2, row 8", Writing, "call each once; a wrong one answers 1004"),
    assumption("methods::REJECT", "2, row 10", Writing, "call each once; a wrong one answers 1004"),
    assumption("methods::OPERATOR_STATUS", "4.1", Writing, "call each once; a wrong one answers 1004"),
    assumption("methods::ENABLE_WEBHOOK", "4.1, 5.1", Visitor, "disable a webhook in the console and call it"),
    assumption("methods::TAG", "2.12", Writing, "call each once; a wrong one answers 1004"),
    assumption("methods::VISITOR_CLOSE", "3.3", Visitor, "call each once; a wrong one answers 1004"),
    assumption("TAG_PATH", "2.12", Writing, "put a tag on a chat; a wrong path answers 1006"),
    assumption("TAGS_PATH", "2.12", Reading, "list the tags; a wrong path answers 1006"),
    assumption("MESSAGE_LIMIT", "2.6", Visitor, "send one of 2,000 characters as operator and read it back"),
    assumption("MESSAGES_NEWEST_FIRST", "2.5", Reading, "list the messages of a chat and compare their times"),
    assumption("ids in lists", "1.6", Reading, "list operators, departments and conversations"),
    assumption("times in lists", "1.6", Reading, "list conversations"),
    assumption("pages of conversations", "2.1", Reading, "ask for 99 rows, and for the pages 1 and 2 of one row each"),
    assumption("departments in the list of operators", "4.1", Reading, "list operators"),
    assumption("limits in the list of operators", "4.1", Reading, "list operators"),
    assumption(
        "the whole team in one list",
        "4.1",
        Reading,
        "list operators and compare their number with the console",
    ),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SOURCE: &str = include_str!("../assumptions.rs");

    /// What the file declares to be used by others, but for types and the list of behaviours; each with its doc comment.
    fn declared() -> Vec<(String, String)> {
        let (mut found, mut docs, mut module) = (Vec::new(), String::new(), "");
        for line in SOURCE.split("#[cfg(test)]").next().unwrap().lines() {
            let text = line.trim_start();
            if let Some(doc) = text.strip_prefix("///") {
                docs.push_str(doc);
                continue;
            }
            if line.starts_with("pub mod methods") {
                module = "methods::";
            } else if line == "}" {
                module = "";
            }
            let item = text.strip_prefix("pub const fn ").or_else(|| text.strip_prefix("pub const "));
            if let Some(item) = item.or_else(|| text.strip_prefix("pub fn ")) {
                let name: String = item.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if name != "BEHAVIOURS" {
                    found.push((format!("{module}{name}"), docs.clone()));
                }
            }
            if !text.starts_with("#[") {
                docs.clear();
            }
        }
        found
    }

    #[test]
    fn every_assumption_is_in_the_registry_and_no_other() {
        let declared: BTreeSet<String> = declared().into_iter().map(|(name, _)| name).collect();
        let rule = |name: &str| name.contains(' ');
        let registered: BTreeSet<String> =
            ASSUMPTIONS.iter().map(|known| known.name.to_owned()).filter(|name| !rule(name)).collect();
        assert_eq!(registered, declared);
        let all: BTreeSet<&str> = ASSUMPTIONS.iter().map(|known| known.name).collect();
        assert_eq!(all.len(), ASSUMPTIONS.len(), "a name stands there twice");
        assert!(declared.len() >= 29, "{} assumptions were read", declared.len());
    }

    #[test]
    fn the_registry_says_what_the_docs_say_to_check() {
        for (name, docs) in declared() {
            let Some((_, check)) = docs.split_once("Check: ") else { continue };
            let known = ASSUMPTIONS.iter().find(|known| known.name == name).unwrap();
            assert!(check.split_whitespace().eq(format!("{}.", known.check).split_whitespace()), "{name}: {check}");
        }
    }
}
