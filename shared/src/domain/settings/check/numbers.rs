//! The numbers and their bounds, least and most, both allowed.

use super::Problems;
use crate::domain::settings::{AgentSettings, WorkspaceSettings};

pub(in crate::domain::settings) const BURST_WINDOW_MS: (u32, u32) = (0, 10_000);
pub(in crate::domain::settings) const HUMAN_SILENCE_S: (u32, u32) = (10, 86_400);
pub(in crate::domain::settings) const RETENTION_DAYS: (u32, u32) = (1, 3_650);
pub(in crate::domain::settings) const THRESHOLD_PERMILLE: (u32, u32) = (0, 1_000);
pub(in crate::domain::settings) const CLARIFICATIONS: (u32, u32) = (0, 5);
pub(in crate::domain::settings) const DEADLINE_S: (u32, u32) = (5, 3_600);
pub(in crate::domain::settings) const DIRECT_ATTEMPTS: (u32, u32) = (0, 20);
pub(in crate::domain::settings) const WAITING_REPLIES: (u32, u32) = (0, 20);
pub(in crate::domain::settings) const CALLS_PER_RUN: (u32, u32) = (10, 2_000);
pub(in crate::domain::settings) const IDLE_S: (u32, u32) = (0, 86_400);
pub(in crate::domain::settings) const MESSAGE_CHARS: (u32, u32) = (400, 10_000);
pub(in crate::domain::settings) const APPROVAL_S: (u32, u32) = (30, 86_400);
pub(in crate::domain::settings) const TIMEOUT_MS: (u32, u32) = (100, 30_000);
pub(in crate::domain::settings) const ATTEMPTS: (u32, u32) = (1, 5);
pub(in crate::domain::settings) const OUTPUT_TOKENS: (u32, u32) = (16, 16_000);
pub(in crate::domain::settings) const TEMPERATURE: (u32, u32) = (0, 2_000);
pub(in crate::domain::settings) const TURN_CALLS: (u32, u32) = (1, 30);
pub(in crate::domain::settings) const TURN_MS: (u32, u32) = (1_000, 40_000);
pub(in crate::domain::settings) const TURN_TOKENS: (u32, u32) = (500, 2_000_000);
pub(in crate::domain::settings) const TYPING_CHARS: (u32, u32) = (0, 1_000);
pub(in crate::domain::settings) const TYPING_MS: (u32, u32) = (0, 10_000);
pub(in crate::domain::settings) const ANSWER_BYTES: (u32, u32) = (256, 262_144);
pub(in crate::domain::settings) const TOKEN_S: (u32, u32) = (30, 86_400);
pub(in crate::domain::settings) const TRIES: (u32, u32) = (1, 10);
/// One step of a countdown.
const COUNTDOWN_S: (u32, u32) = (5, 600);
pub(in crate::domain::settings) const COUNTDOWN_STEPS: usize = 8;

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
        (
            "sentinel.calls_per_run",
            settings.sentinel.calls_per_run,
            CALLS_PER_RUN,
            "the sentinel would see nothing, or be throttled by SalesIQ",
        ),
        ("idle.check_in_s", settings.idle.check_in_s, IDLE_S, "no chat lasts that long"),
        ("idle.close_s", settings.idle.close_s, IDLE_S, "no chat lasts that long"),
    ];
    for (field, value, bounds, harm) in numbers {
        within(field, value, bounds, harm, problems);
    }
    agent(&settings.agent, problems);
    countdown("idle.countdown_s", &settings.idle.countdown_s, problems);
    super::tools::numbers(settings, problems);
    for (index, brand) in settings.brands.iter().enumerate() {
        let idle = &brand.idle;
        for (name, value) in [("check_in_s", idle.check_in_s), ("close_s", idle.close_s)] {
            let (least, most) = IDLE_S;
            if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                let problem = format!("it is {value}, and no chat lasts that long");
                let fix = format!("set it to {least} to {most}");
                problems.add(format_args!("brands[{index}].idle.{name}"), problem, fix);
            }
        }
        if let Some(steps) = &idle.countdown_s {
            countdown(&format!("brands[{index}].idle.countdown_s"), steps, problems);
        }
    }
}

fn within(field: &str, value: u32, (least, most): (u32, u32), harm: &str, problems: &mut Problems) {
    if !(least..=most).contains(&value) {
        problems.add(field, format!("it is {value}, and {harm}"), format!("set it to {least} to {most}"));
    }
}

fn agent(agent: &AgentSettings, problems: &mut Problems) {
    let (budget, typing) = (&agent.budget, &agent.typing);
    let numbers = [
        (
            "agent.message_chars",
            agent.message_chars,
            MESSAGE_CHARS,
            "replies would be torn to pieces, or be walls of text",
        ),
        (
            "agent.approval_deadline_s",
            agent.approval_deadline_s,
            APPROVAL_S,
            "nobody could decide in time, or the visitor would wait for ever",
        ),
        ("agent.budget.turn_calls", budget.turn_calls, TURN_CALLS, "no model could be asked, or one for ever"),
        (
            "agent.budget.turn_ms",
            budget.turn_ms,
            TURN_MS,
            "no model could answer, or a turn would outlast its function",
        ),
        ("agent.budget.turn_tokens", budget.turn_tokens, TURN_TOKENS, "no prompt fits, or there is no limit"),
        ("agent.typing.chars_per_second", typing.chars_per_second, TYPING_CHARS, "nobody types so fast; 0 is no pause"),
        ("agent.typing.longest_ms", typing.longest_ms, TYPING_MS, "a turn would outlast its function"),
    ];
    for (field, value, bounds, harm) in numbers {
        within(field, value, bounds, harm, problems);
    }
    for (index, backend) in agent.backends.iter().enumerate() {
        let numbers = [
            (
                "timeout_ms",
                backend.timeout_ms,
                TIMEOUT_MS,
                "no model is so fast, or the turn would outlast its function",
            ),
            (
                "attempts",
                backend.attempts.into(),
                ATTEMPTS,
                "it would never be asked, or the visitor would wait for it",
            ),
            ("max_output_tokens", backend.max_output_tokens, OUTPUT_TOKENS, "an answer would be cut off, or endless"),
            (
                "temperature_permille",
                backend.temperature_permille.unwrap_or_default(),
                TEMPERATURE,
                "no model takes more than 2000",
            ),
        ];
        for (name, value, bounds, harm) in numbers {
            within(&format!("agent.backends[{index}].{name}"), value, bounds, harm, problems);
        }
    }
}

fn countdown(field: &str, steps: &[u32], problems: &mut Problems) {
    let (least, most) = COUNTDOWN_S;
    let fix = format!("list at most {COUNTDOWN_STEPS} numbers of {least} to {most}, each smaller than the one before");
    if steps.len() > COUNTDOWN_STEPS {
        problems.add(field, format!("it has {} steps, and the visitor would be flooded", steps.len()), fix.clone());
    }
    if let Some(step) = steps.iter().find(|step| !(least..=most).contains(*step)) {
        problems.add(
            field,
            format!("a step is {step}, and nobody could answer in time, or would wait for ever"),
            fix.clone(),
        );
    }
    if steps.windows(2).any(|pair| pair[0] <= pair[1]) {
        problems.add(field, "the steps don't go down", fix);
    }
}
