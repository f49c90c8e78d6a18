//! The numbers and their bounds, least and most, both allowed.

use super::Problems;
use crate::domain::settings::WorkspaceSettings;

pub(in crate::domain::settings) const BURST_WINDOW_MS: (u32, u32) = (0, 10_000);
pub(in crate::domain::settings) const HUMAN_SILENCE_S: (u32, u32) = (10, 86_400);
pub(in crate::domain::settings) const RETENTION_DAYS: (u32, u32) = (1, 3_650);
pub(in crate::domain::settings) const THRESHOLD_PERMILLE: (u32, u32) = (0, 1_000);
pub(in crate::domain::settings) const CLARIFICATIONS: (u32, u32) = (0, 5);
pub(in crate::domain::settings) const DEADLINE_S: (u32, u32) = (5, 3_600);
pub(in crate::domain::settings) const DIRECT_ATTEMPTS: (u32, u32) = (0, 20);
pub(in crate::domain::settings) const WAITING_REPLIES: (u32, u32) = (0, 20);

pub(super) fn check(settings: &WorkspaceSettings, problems: &mut Problems) {
    let (escalation, playbook) = (&settings.escalation, &settings.playbook);
    let endless = "nobody could answer in time, or the visitor would wait for ever";
    let numbers = [
        ("burst_window_ms", settings.burst_window_ms, BURST_WINDOW_MS, "a turn would outlast its function"),
        (
            "human_silence_s",
            settings.human_silence_s,
            HUMAN_SILENCE_S,
            "the AI would talk over a human, or never resume",
        ),
        ("escalation.direct_deadline_s", escalation.direct_deadline_s, DEADLINE_S, endless),
        ("escalation.department_deadline_s", escalation.department_deadline_s, DEADLINE_S, endless),
        (
            "escalation.direct_attempts",
            escalation.direct_attempts.into(),
            DIRECT_ATTEMPTS,
            "the visitor would wait for one desk after the other",
        ),
        (
            "escalation.waiting_replies",
            escalation.waiting_replies.into(),
            WAITING_REPLIES,
            "the AI would go on and on while a colleague is looked for",
        ),
        (
            "retention_days",
            settings.retention_days,
            RETENTION_DAYS,
            "conversations would be forgotten at once, or never",
        ),
        (
            "playbook.threshold_permille",
            playbook.threshold_permille,
            THRESHOLD_PERMILLE,
            "nothing scores higher than 1000",
        ),
        (
            "playbook.clarifications",
            playbook.clarifications.into(),
            CLARIFICATIONS,
            "visitors would be asked back for ever",
        ),
    ];
    for (field, value, (least, most), harm) in numbers {
        if !(least..=most).contains(&value) {
            problems.add(field, format!("it is {value}, and {harm}"), format!("set it to {least} to {most}"));
        }
    }
}
