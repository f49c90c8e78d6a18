//! What is allowed but unlikely to be meant.

use super::Problems;
use crate::domain::settings::{EscalationMode, WorkspaceSettings};

/// The longest that a chat rings in SalesIQ before it is missed, in seconds (api.md §9).
const LONGEST_WAITING_TIME_S: u32 = 999;

pub(super) fn find(settings: &WorkspaceSettings, problems: &mut Problems) {
    let escalation = &settings.escalation;
    if settings.webhook_keys.is_empty() {
        let problem = "there is none, and nothing that SalesIQ sends will be accepted";
        problems.add("webhook_keys", problem, "copy the public key that SalesIQ shows for the webhook");
    }
    let of_brands = || settings.brands.iter().filter(|brand| brand.automated);
    let direct = escalation.mode == EscalationMode::Direct
        || of_brands().any(|brand| brand.escalation.mode == Some(EscalationMode::Direct));
    if direct && escalation.facilitator.is_none() {
        let problem = "there is none, and with mode direct only the chats of the AI's own departments count as load";
        problems.add("escalation.facilitator", problem, "name an administrator whose token sees all departments");
    }
    let attempts = if direct { u32::from(escalation.direct_attempts) } else { 0 };
    let longest =
        escalation.direct_deadline_s.saturating_mul(attempts).saturating_add(escalation.department_deadline_s);
    if longest > LONGEST_WAITING_TIME_S {
        let field = if direct { "escalation.direct_deadline_s" } else { "escalation.department_deadline_s" };
        let problem = format!(
            "a search takes up to {longest} s, and SalesIQ misses a chat after {LONGEST_WAITING_TIME_S} s at the latest"
        );
        problems.add(field, problem, "shorten the deadlines, or ring fewer operators");
    }
    for (index, brand) in settings.brands.iter().enumerate() {
        if brand.automated && brand.escalation.email.is_none() {
            let problem = "there is none, and the last resort gets the brand's mail";
            problems.add(format_args!("brands[{index}].escalation.email"), problem, "give the brand's own address");
        }
    }
}
