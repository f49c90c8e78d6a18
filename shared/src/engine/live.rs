//! What the list of open conversations shows of each: small, whatever people are called.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::domain::conversation::{Conversation, Phase};
use crate::domain::message::clip;
use crate::store::LiveEntry;

/// The most of an entry, in bytes: a page of the index has some 2,000 of them.
const ENTRY_BYTES: usize = 499;
/// The longest name of a person, in bytes of JSON.
const NAME_BYTES: usize = 48;
/// The longest e-mail address of a person, in bytes of JSON.
const ADDRESS_BYTES: usize = 64;
/// The longest tag of a language, in bytes of JSON.
const LANGUAGE_BYTES: usize = 12;

/// What goes first where there is too little room.
const DROPPED: [&str; 14] = [
    "tries",
    "vip",
    "language",
    "attender_name",
    "last",
    "verification",
    "department",
    "ends_at",
    "reason",
    "held_by",
    "visitor",
    "unanswered",
    "lines",
    "brand",
];

/// The entry of an open conversation.
pub(super) fn live(conversation: &Conversation, now: Timestamp) -> LiveEntry {
    let opened_at = conversation.facts.opened_at.unwrap_or(now);
    let phase = conversation.phase.name();
    let mut fields = fields(conversation, opened_at, now);
    let mut body = Value::Object(fields.clone()).to_string();
    for name in DROPPED {
        if body.len() <= ENTRY_BYTES {
            break;
        }
        fields.remove(name);
        body = Value::Object(fields.clone()).to_string();
    }
    LiveEntry { sort: format!("{phase}#{:013}", opened_at.as_millisecond()), body }
}

fn fields(conversation: &Conversation, opened_at: Timestamp, now: Timestamp) -> Map<String, Value> {
    let facts = &conversation.facts;
    let text = |text: Option<&str>, limit: usize| text.map(|text| short(text, limit)).filter(|text| !text.is_empty());
    let ms = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
    let via = match &conversation.phase {
        Phase::WithHuman { via, .. } => serde_json::to_value(via).ok(),
        _ => None,
    };
    let search = conversation.escalation();
    let held_by = conversation.held_by.as_ref().map(|person| person.email.as_str());
    let waiting =
        conversation.unanswered.ids.len() + usize::try_from(conversation.unanswered.more).unwrap_or(usize::MAX);
    let level = serde_json::to_value(conversation.player.level_at(now)).ok();
    let all: [(&str, Option<Value>); 20] = [
        ("phase", Some(conversation.phase.name().into())),
        ("via", via),
        ("held_by", text(held_by, ADDRESS_BYTES).map(Value::from)),
        ("brand", facts.brand.value().map(|brand| brand.as_str().into())),
        ("department", facts.department.value().map(|department| department.as_str().into())),
        ("visitor", text(facts.visitor.name(), NAME_BYTES).map(Value::from)),
        // What reconciliation compares with SalesIQ's lists (domain::reconcile::Open).
        ("attender", facts.attender().map(|attender| attender.id.as_str().into())),
        ("attender_name", text(facts.attender().and_then(|one| one.name.as_deref()), NAME_BYTES).map(Value::from)),
        ("wrote_at", ms(facts.visitor_wrote_at).map(Value::from)),
        ("opened_at", Some(opened_at.as_millisecond().into())),
        ("waiting_since", ms(conversation.waiting_since).map(Value::from)),
        ("lines", Some(conversation.counts.visitor_lines.into())),
        ("unanswered", (waiting > 0).then(|| waiting.into())),
        ("last", ms(last_line(conversation)).map(Value::from)),
        ("language", text(conversation.language.as_deref(), LANGUAGE_BYTES).map(Value::from)),
        ("reason", search.map(|search| search.reason.code().into())),
        ("tries", search.map(|search| search.attempts.len().into())),
        ("ends_at", ms(conversation.countdown.as_ref().and_then(|countdown| countdown.ends_at)).map(Value::from)),
        ("verification", level.filter(|level| level != "anonymous")),
        ("vip", conversation.player.vip.then(|| true.into())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// When anybody last wrote, as far as was told.
fn last_line(conversation: &Conversation) -> Option<Timestamp> {
    let facts = &conversation.facts;
    let newest = facts.messages.iter().next_back().map(|line| line.time);
    [newest, facts.visitor_wrote_at, conversation.human_wrote_at, facts.opened_at].into_iter().flatten().max()
}

/// The head of a text that has at most so many bytes in JSON, without control characters.
fn short(text: &str, limit: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut end = plain.trim();
    // A quote or a backslash has two bytes in JSON.
    while end.len() + end.matches(['"', '\\']).count() > limit {
        end = clip(end, end.len().min(limit + 1).saturating_sub(1));
    }
    end.trim_end().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::action::Covers;
    use crate::domain::ask::Person;
    use crate::domain::conversation::Via;
    use crate::domain::escalation::{Escalation, Stage};
    use crate::domain::event::OperatorRef;
    use crate::domain::id::{BrandId, DepartmentId, MessageId, OperatorId};
    use crate::domain::verdict::EscalationReason;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    fn read(conversation: &Conversation) -> Value {
        serde_json::from_str(&live(conversation, at(60)).body).unwrap()
    }

    fn held() -> Conversation {
        let mut conversation =
            Conversation { phase: Phase::WithHuman { via: Via::Console, since: at(5) }, ..Conversation::default() };
        conversation.facts.opened_at = Some(at(0));
        conversation.facts.brand.join(at(0), BrandId::parse("100").unwrap());
        let nova = OperatorRef { id: OperatorId::parse("700").unwrap(), name: Some("Nova".to_owned()), is_bot: false };
        conversation.facts.attender.join(at(1), nova);
        conversation.facts.visitor_wrote_at = Some(at(9));
        conversation.unanswered.add(MessageId::parse("m1").unwrap());
        conversation.waiting_since = Some(at(9));
        conversation.language = Some("de".to_owned());
        conversation.player.vip = true;
        conversation.held_by =
            Some(Person { email: "ada@example.com".parse().unwrap(), name: "Ada".to_owned(), operator: None });
        conversation
    }

    #[test]
    fn a_chat_shows_who_has_it_and_what_waits() {
        assert_eq!(
            read(&held()),
            serde_json::json!({
                "phase": "with_human", "via": "console", "held_by": "ada@example.com", "brand": "100",
                "attender": "700", "attender_name": "Nova", "wrote_at": 1_767_225_609_000_i64,
                "opened_at": 1_767_225_600_000_i64, "waiting_since": 1_767_225_609_000_i64, "lines": 0, "unanswered": 1,
                "last": 1_767_225_609_000_i64, "language": "de", "vip": true,
            })
        );
    }

    #[test]
    fn a_search_shows_its_reason_and_its_tries() {
        let search = Escalation {
            reason: EscalationReason::VisitorAsked,
            summary: String::new(),
            since: at(5),
            stage: Stage::Routing,
            attempts: Vec::new(),
            noted: false,
            heard: Covers::default(),
            reassured: 0,
            chosen: None,
            untold: false,
        };
        let shown = read(&Conversation { phase: Phase::Escalating(Box::new(search)), ..held() });
        assert_eq!((shown["reason"].as_str(), shown["tries"].as_u64()), (Some("visitor_asked"), Some(0)));
    }

    proptest! {
        #[test]
        fn an_entry_stays_small_and_keeps_what_reconciliation_needs(
            names in prop::collection::vec("\\PC{0,80}|[\"\\\\\u{1}ä]{0,80}", 4), id in "[A-Za-z0-9_-]{64}", more in any::<u32>(),
        ) {
            let mut conversation = held();
            conversation.facts.brand.join(at(2), BrandId::parse(&id).unwrap());
            conversation.facts.department.join(at(2), DepartmentId::parse(&id).unwrap());
            let name = Some(names[0].clone());
            conversation.facts.attender.join(at(3), OperatorRef { id: OperatorId::parse(&id).unwrap(), name, is_bot: false });
            conversation.language = Some(names[1].clone());
            conversation.unanswered.more = more;
            if let Some(person) = &mut conversation.held_by {
                person.email = format!("{}@{}.com", "a".repeat(64), "b".repeat(60)).parse().unwrap();
            }
            let entry = live(&conversation, at(60));
            prop_assert!(entry.body.len() < 500, "{} bytes", entry.body.len());
            let shown = read(&conversation);
            prop_assert_eq!(&shown["attender"], &Value::from(id));
            prop_assert!(shown["phase"].is_string() && shown["opened_at"].is_i64() && shown["wrote_at"].is_i64());
        }
    }
}
