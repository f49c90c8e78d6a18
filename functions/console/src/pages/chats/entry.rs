//! An open chat as the index of open ones has it (`shared::engine`'s live entries).

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::domain::id::{BrandId, ConversationId, DepartmentId, OperatorId};
use shared::domain::settings::WorkspaceSettings;
use shared::engine::portal::Names;
use shared::store::LiveEntry;

use crate::words;

/// Whose chat it is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    /// The AI answers.
    Ai,
    /// A human is to come.
    Queued,
    /// A human has it.
    Human,
    /// Not ours: watched, or not known yet.
    Other,
}

/// A row of the list. What was not told is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) id: ConversationId,
    pub(super) visitor: Option<String>,
    pub(super) brand: Option<String>,
    pub(super) brand_name: Option<String>,
    pub(super) department: Option<String>,
    pub(super) department_name: Option<String>,
    pub(super) phase: String,
    pub(super) group: Group,
    pub(super) state: &'static str,
    pub(super) with: Option<String>,
    pub(super) mine: bool,
    pub(super) waiting_since: Option<Timestamp>,
    pub(super) opened_at: Option<Timestamp>,
    pub(super) last_line_at: Option<Timestamp>,
    pub(super) lines: u64,
    pub(super) unanswered: u64,
    pub(super) reason: Option<String>,
    pub(super) reason_words: Option<String>,
    pub(super) tries: u64,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) verification: Option<String>,
    pub(super) vip: bool,
    pub(super) language: Option<String>,
}

/// Who looks, and what things are called.
pub(super) struct Eyes<'a> {
    /// The address that they sign in with.
    pub(super) email: &'a str,
    /// The operators of SalesIQ with that address.
    pub(super) operators: &'a [OperatorId],
    /// Names of operators and departments.
    pub(super) names: &'a Names,
    /// Names of brands.
    pub(super) settings: &'a WorkspaceSettings,
}

impl Row {
    /// Reads an entry. One that can't be read is shown with what there is: no chat is hidden.
    pub(super) fn of(id: ConversationId, entry: &LiveEntry, eyes: &Eyes<'_>) -> Self {
        let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
        let text = |key: &str| body[key].as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        let time = |key: &str| body[key].as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let number = |key: &str| body[key].as_u64().unwrap_or_default();
        let phase = text("phase").unwrap_or_else(|| entry.sort.split('#').next().unwrap_or_default().to_owned());
        let group = group(&phase);
        let via = text("via");
        let held_by = text("held_by");
        let attender = text("attender").and_then(|id| OperatorId::parse(&id).ok());
        let held_by_me = held_by.as_deref().is_some_and(|by| by.eq_ignore_ascii_case(eyes.email));
        let ours = attender.as_ref() == Some(&eyes.settings.bot_operator);
        let attended_by_me = !ours && attender.as_ref().is_some_and(|attender| eyes.operators.contains(attender));
        let (brand, department) = (text("brand"), text("department"));
        let brand_name = brand.as_deref().and_then(|id| BrandId::parse(id).ok());
        let brand_name = brand_name.and_then(|id| Some(eyes.settings.brand(&id)?.name.clone()));
        let department_name = department.as_deref().and_then(|id| DepartmentId::parse(id).ok());
        let department_name = department_name.and_then(|id| eyes.names.departments.get(&id).cloned());
        let attender_name = attender.as_ref().map(|attender| {
            let known = eyes.names.operators.get(attender).and_then(|member| member.name.clone());
            known.or_else(|| text("attender_name")).unwrap_or_else(|| attender.to_string())
        });
        let reason = text("reason");
        Self {
            id,
            visitor: text("visitor"),
            brand,
            brand_name,
            department,
            department_name,
            state: words::phase(&phase, via.as_deref()),
            with: match group {
                _ if held_by.is_some() => held_by,
                Group::Human | Group::Other => attender_name,
                Group::Ai | Group::Queued => None,
            },
            mine: held_by_me || attended_by_me,
            phase,
            group,
            waiting_since: time("waiting_since"),
            opened_at: time("opened_at"),
            last_line_at: time("last"),
            lines: number("lines"),
            unanswered: number("unanswered"),
            reason_words: reason.as_deref().map(|code| words::reason(code).to_owned()),
            reason,
            tries: number("tries"),
            ends_at: time("ends_at"),
            verification: text("verification"),
            vip: body["vip"].as_bool().unwrap_or_default(),
            language: text("language"),
        }
    }

    /// What the visitor is called.
    pub(super) fn called(&self) -> &str {
        self.visitor.as_deref().unwrap_or("Visitor without a name")
    }

    /// The brand's name, else its id.
    pub(super) fn brand_label(&self) -> &str {
        self.brand_name.as_deref().or(self.brand.as_deref()).unwrap_or("not known yet")
    }

    /// The department's name, else its id.
    pub(super) fn department_label(&self) -> Option<&str> {
        self.department_name.as_deref().or(self.department.as_deref())
    }
}

fn group(phase: &str) -> Group {
    match phase {
        "assisting" => Group::Ai,
        "escalating" | "awaiting_handoff" | "unattended" => Group::Queued,
        "with_human" => Group::Human,
        _ => Group::Other,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(in super::super) fn settings() -> WorkspaceSettings {
        serde_json::from_value(json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
            "brands": [{"id": "100", "name": "Lumen Casino", "automated": true}],
        }))
        .unwrap()
    }

    pub(in super::super) fn row(id: &str, body: &Value) -> Row {
        let settings = settings();
        let me = [OperatorId::parse("701").unwrap(), OperatorId::parse("700").unwrap()];
        let eyes = Eyes { email: "ada@demo.example", operators: &me, names: &Names::default(), settings: &settings };
        let entry = LiveEntry { sort: "escalating#0001767225600000".to_owned(), body: body.to_string() };
        Row::of(ConversationId::parse(id).unwrap(), &entry, &eyes)
    }

    #[test]
    fn a_chat_is_mine_if_i_hold_it_or_attend_it_but_not_if_the_ai_does() {
        assert!(
            row(
                "1",
                &json!({"phase": "with_human", "via": "console", "attender": "700", "held_by": "Ada@demo.example"})
            )
            .mine
        );
        assert!(row("1", &json!({"phase": "with_human", "via": "attender", "attender": "701"})).mine);
        assert!(!row("1", &json!({"phase": "assisting", "attender": "700"})).mine);
        assert!(!row("1", &json!({"phase": "with_human", "held_by": "ben@demo.example"})).mine);
    }

    #[test]
    fn names_are_taken_from_the_settings_and_else_it_is_the_id() {
        let known = row("1", &json!({"phase": "assisting", "brand": "100", "department": "9"}));
        assert_eq!((known.brand_label(), known.department_label()), ("Lumen Casino", Some("9")));
        assert_eq!(row("1", &json!({"phase": "assisting", "brand": "55"})).brand_label(), "55");
    }

    #[test]
    fn an_entry_that_can_not_be_read_is_shown_all_the_same() {
        let row = row("1", &json!("?"));
        assert_eq!(
            (row.phase.as_str(), row.group, row.called()),
            ("escalating", Group::Queued, "Visitor without a name")
        );
    }
}
