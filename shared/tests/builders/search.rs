//! A search for a human, step by step.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "tests; each uses some of them")]

use shared::domain::action::{ActionKind, Duty};
use shared::domain::conversation::SentMail;
use shared::domain::escalation::{AttemptEnd, MailOccasion};
use shared::domain::id::{DepartmentId, OperatorId};
use shared::domain::plan::Step;
use shared::domain::router::{NobodyWhy, Target};
use shared::domain::seek::Ring;
use shared::domain::verdict::{EscalationReason, Verdict};

pub(crate) use super::conclude;
use super::{Scene, holder, terms};

pub(crate) const BEN: &str = "702";

pub(crate) fn to(operator: Option<&str>) -> Target {
    Target {
        department: DepartmentId::parse("300").unwrap(),
        operator: operator.map(|id| OperatorId::parse(id).unwrap()),
    }
}

/// The AI has just asked for a human, and the visitor was told.
pub(crate) fn escalating() -> Scene {
    let mut scene = Scene::attended();
    assert!(matches!(scene.plan(&holder("a")).step, Step::Think { .. }));
    conclude(&mut scene, Verdict::Escalate { reason: EscalationReason::VisitorAsked, summary: "a human".to_owned() });
    settle(&mut scene, "notice");
    scene
}

/// A search that rings somebody.
pub(crate) fn ringing(operator: Option<&str>) -> Scene {
    let mut scene = escalating();
    ring(&mut scene, operator);
    scene
}

pub(crate) fn ring(scene: &mut Scene, operator: Option<&str>) {
    assert_eq!(scene.plan_as(Duty::Escalation, &holder("e")).step, Step::Route);
    let settings = scene.settings.clone();
    let ids = scene.conversation.ring(Ring {
        holder: &holder("e"),
        target: to(operator),
        note: "Please help.".to_owned(),
        short_note: "Help".to_owned(),
        settings: &settings,
        terms: &terms(),
        now: scene.now,
    });
    for id in ids {
        match scene.conversation.action(id).unwrap().kind {
            ActionKind::Note { .. } => scene.conversation.noted(id, scene.now),
            _ => scene.conversation.rung(id, &settings, scene.now),
        }
    }
}

/// Carries the open action of a kind out.
pub(crate) fn settle(scene: &mut Scene, kind: &str) {
    let now = scene.now;
    let open = scene.conversation.actions.iter().find(|action| action.is_open() && action.kind.name() == kind);
    let id = open.unwrap_or_else(|| panic!("no {kind} is open")).id;
    scene.conversation.said(id, None, now);
}

pub(crate) fn open(scene: &Scene) -> Vec<&'static str> {
    scene.conversation.actions.iter().filter(|action| action.is_open()).map(|action| action.kind.name()).collect()
}

pub(crate) fn occasion(scene: &Scene) -> Option<MailOccasion> {
    scene.conversation.actions.iter().filter(|action| action.is_open()).find_map(|action| match action.kind {
        ActionKind::Mail { occasion } => Some(occasion),
        _ => None,
    })
}

pub(crate) fn ends(scene: &Scene) -> Vec<AttemptEnd> {
    scene.conversation.escalation().unwrap().attempts.iter().map(|attempt| attempt.end).collect()
}

pub(crate) fn nobody(scene: &mut Scene) {
    let now = scene.now;
    scene.conversation.nobody_found(
        NobodyWhy::NobodyAvailable,
        "Nobody is there.".to_owned(),
        &holder("e"),
        &terms(),
        now,
    );
    settle(scene, "notice");
}

/// SES takes the mail that waits.
pub(crate) fn mailed(scene: &mut Scene) {
    let now = scene.now;
    let Step::Act(claimed) = scene.plan_as(Duty::Transcript, &holder("t")).step else { panic!("no mail is due") };
    let mails = claimed.iter().filter_map(|one| match scene.conversation.action(one.id).unwrap().kind {
        ActionKind::Mail { occasion } => Some((one.id, occasion)),
        _ => None,
    });
    let (id, occasion) = mails.into_iter().next_back().expect("a mail is due");
    let told = scene.conversation.unanswered.clone();
    let mail = SentMail { action: id, at: now, occasion, message_id: format!("ses-{}", id.0), returned: false };
    scene.conversation.mail_sent(id, mail, told, now);
}
