//! A conversation as it may have been, for tests of formats and mail.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::{AuthorKind, Brand, Origin, PlayerDetails, Request, Transcript, TranscriptLine, VisitorDetails};
use crate::domain::country::{Country, CountrySource};
use crate::domain::escalation::{Attempt, AttemptEnd, MailOccasion};
use crate::domain::id::{BrandId, ConversationId, DepartmentId, OperatorId, WorkspaceId};
use crate::domain::router::{
    Considered, Decision, DepartmentSource, Hours, Judgement, Loads, NobodyWhy, Outcome, Skipped, Target,
    TriedDepartment,
};
use crate::domain::settings::{EscalationMode, WorkspaceSettings};

/// 2026-01-01T00:00:00Z and some seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

pub(crate) fn settings() -> WorkspaceSettings {
    serde_json::from_value(json!({
        "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "700",
        "time_zone": "Europe/Malta",
        "escalation": {"sender": "Lumen Casino <escalations@example.com>", "last_resort_email": "ops@example.com"},
        "brands": [{"id": "100", "name": "Lumen Casino", "automated": true}],
    }))
    .unwrap()
}

pub(crate) fn line(seconds: i64, author: AuthorKind, name: &str, text: &str) -> TranscriptLine {
    TranscriptLine {
        at: at(seconds),
        author,
        name: Some(name.to_owned()),
        text: text.to_owned(),
        file: None,
        edited: false,
        deleted: false,
        from: Origin::Salesiq,
    }
}

fn operator(id: &str) -> OperatorId {
    OperatorId::parse(id).unwrap()
}

fn considered(id: &str, name: &str, load: u32, limit: u32, judgement: Judgement) -> Considered {
    Considered {
        operator: operator(id),
        name: Some(name.to_owned()),
        load,
        limit: Some(limit),
        idle_since: (load == 0).then(|| at(-600)),
        judgement,
    }
}

fn decision() -> Decision {
    let department = DepartmentId::parse("40").unwrap();
    Decision {
        at: at(95),
        reason: "visitor_asked".to_owned(),
        mode: EscalationMode::Direct,
        hours: Hours::Open,
        loads: Loads::Full,
        departments: vec![TriedDepartment {
            department: department.clone(),
            source: DepartmentSource::Default,
            closed: false,
        }],
        considered: vec![
            considered("701", "Ada", 0, 3, Judgement::Picked { rank: 1 }),
            considered("702", "Björn", 5, 5, Judgement::Skipped { why: Skipped::AtLimit }),
            considered(
                "703",
                "Chloé",
                1,
                3,
                Judgement::Skipped { why: Skipped::NotAvailable { said: Some("Busy".to_owned()) } },
            ),
        ],
        chosen_by: None,
        outcome: Outcome::Ring {
            targets: vec![
                Target { department: department.clone(), operator: Some(operator("701")) },
                Target { department, operator: None },
            ],
        },
    }
}

/// Vietnamese, a file, a human part, and three operators that could not take over.
pub(crate) fn transcript() -> Transcript {
    let mut file = line(60, AuthorKind::Visitor, "Mia Nguyễn", "sao kê của tôi");
    file.file = Some("sao-kê <1>.pdf".to_owned());
    let mut edited = line(80, AuthorKind::Human, "Ada", "Give me a minute,\nI look at your withdrawal.");
    edited.edited = true;
    let mut ours =
        line(130, AuthorKind::Visitor, "Mia Nguyễn", "=HYPERLINK(\"http://evil.example\") <script>x()</script>");
    ours.from = Origin::Ours;
    let mut deleted = line(120, AuthorKind::Visitor, "Mia Nguyễn", "");
    deleted.deleted = true;
    Transcript {
        occasion: Some(MailOccasion::Nobody { why: NobodyWhy::AllTried }),
        made_at: at(400),
        workspace: WorkspaceId::parse("demo").unwrap(),
        conversation: ConversationId::parse("9001").unwrap(),
        brand: Some(Brand { id: BrandId::parse("100").unwrap(), name: Some("Lumen Casino".to_owned()) }),
        visitor: VisitorDetails {
            name: Some("Mia Nguyễn".to_owned()),
            email: Some("mia@example.com".to_owned()),
            phone: Some("+84 90 123 4567".to_owned()),
        },
        player: PlayerDetails::default(),
        page_url: Some("https://lumen.example/cashier?step=2&lang=vi".to_owned()),
        country: Some(Country { code: "VN".to_owned(), name: "Viet Nam".to_owned(), from: CountrySource::Salesiq }),
        time_zone: "Europe/Malta".to_owned(),
        opened_at: Some(at(0)),
        ended_at: None,
        escalation: Some(Request {
            code: "visitor_asked".to_owned(),
            sentence: "The visitor asked for a human.".to_owned(),
            summary: "Rút tiền của tôi bị chậm ba ngày.".to_owned(),
            since: at(90),
            attempts: vec![Attempt {
                target: Target { department: DepartmentId::parse("40").unwrap(), operator: Some(operator("701")) },
                at: at(96),
                ended_at: at(156),
                end: AttemptEnd::NoAnswer,
                chosen: false,
            }],
        }),
        decisions: vec![decision()],
        operators: BTreeMap::from([(operator("701"), "Ada".to_owned()), (operator("700"), "Nova".to_owned())]),
        told_by_salesiq: true,
        lines: vec![
            line(0, AuthorKind::Visitor, "Mia Nguyễn", "Rút tiền mất bao lâu? Tôi đã chờ ba ngày rồi."),
            line(5, AuthorKind::Ai, "Nova", "Xin chào! Thông thường mất 24 giờ.\nBạn gửi sao kê được không?"),
            file,
            edited,
            line(90, AuthorKind::Visitor, "Mia Nguyễn", "Tôi muốn nói chuyện với người thật."),
            deleted,
            ours,
        ],
    }
}
