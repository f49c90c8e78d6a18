//! What a test may turn: how SalesIQ answers where its documents leave a choice, and how fast its clocks run.
//!
//! Every default is what api.md documents, or the assumption it asks for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a closed conversation goes when its visitor writes again (api.md 9.1 only says "reopened").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReopenTo {
    /// It waits again, and rings in its department.
    Waiting,
    /// It goes straight back to the operator who attended it last.
    Attender,
}

/// Who is shown as the attender while a transfer rings (api.md 9: unknown).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttenderWhileRinging {
    /// Who sent it.
    Sender,
    /// No one, though the sender still is it.
    Nobody,
}

/// How a throttled call is answered (api.md 1.5: both forms are seen).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ThrottleForm {
    /// HTTP 200 and error 1023.
    #[serde(rename = "200")]
    Documented,
    /// HTTP 429 and error 1023.
    #[serde(rename = "429")]
    Status,
}

/// More than `calls` within `window_ms` lock the API for `lock_ms`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateLimit {
    pub(crate) calls: usize,
    pub(crate) window_ms: i64,
    pub(crate) lock_ms: i64,
    #[serde(default = "documented")]
    pub(crate) form: ThrottleForm,
}

fn documented() -> ThrottleForm {
    ThrottleForm::Documented
}

/// The settings of a running simulator, read and changed at `/_control/settings`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own, set by name over HTTP")]
pub(crate) struct Settings {
    /// Answer errors with 400, 401, 403, 404, 429 instead of 200 (api.md 1.3).
    pub(crate) real_status_errors: bool,
    /// Send every webhook body without its envelope (api.md 5). A webhook's own `flat` wins.
    pub(crate) flat_payloads: bool,
    /// Send ids in webhook bodies as numbers (api.md 5.5). A webhook's own `numeric_ids` wins.
    pub(crate) numeric_ids: bool,
    /// No limit unless set (api.md 1.5: no numbers are known).
    pub(crate) rate_limit: Option<RateLimit>,
    /// How long a transfer rings before it counts as rejected (api.md 9.1).
    pub(crate) transfer_timeout_ms: i64,
    /// How long a new conversation rings before it is missed.
    pub(crate) wait_time_ms: i64,
    /// The time-out of one webhook execution (api.md 5.2).
    pub(crate) webhook_timeout_ms: u64,
    /// The pause before a failed execution is tried again (api.md 5.2).
    pub(crate) webhook_retry_ms: i64,
    /// Attempts before an execution is listed as failed: the first and three more (api.md 5.2).
    pub(crate) webhook_attempts: u32,
    /// Webhook calls under way at once.
    pub(crate) max_concurrent_deliveries: usize,
    /// Life of an access token (api.md 7.2).
    pub(crate) access_token_seconds: i64,
    /// Life of a grant code (api.md 7.2).
    pub(crate) code_seconds: i64,
    /// Access tokens one refresh token gives in ten minutes (api.md 7.3).
    pub(crate) access_tokens_per_ten_minutes: usize,
    /// Access tokens of one refresh token that live at once (api.md 7.3).
    pub(crate) active_access_tokens: usize,
    /// Whether `conversation.visitor.replied` also fires for the first question (api.md 9.1: assume no).
    pub(crate) question_echo: bool,
    /// Whether `conversation.operator.replied` fires for messages sent through REST (api.md 9.1: assume yes).
    pub(crate) operator_echo: bool,
    /// Whether `conversation.completed` follows `conversation.missed`.
    pub(crate) completed_after_missed: bool,
    /// The error code of a call that the conversation's state forbids (api.md 1.4: unknown).
    pub(crate) wrong_state_code: u16,
    /// Whether an operator at `maximum_concurrent_chat` is refused a further pickup (api.md 9: unknown).
    pub(crate) enforce_limit_on_pickup: bool,
    /// Whether a transfer to an operator who can't take it fails at once (api.md 10.6: unknown).
    pub(crate) refuse_transfer_to_unavailable: bool,
    /// See [`AttenderWhileRinging`].
    pub(crate) attender_while_ringing: AttenderWhileRinging,
    /// Whether who sent a transfer ends its ring by picking the chat up (unknown).
    pub(crate) sender_may_take_back: bool,
    /// Whether who sent a transfer ends a ring by rejecting it in the name of whom it rings (unknown).
    pub(crate) withdraw_by_reject: bool,
    /// Whether a second transfer replaces the one that rings (unknown).
    pub(crate) transfer_replaces: bool,
    /// Whether one whose ring is over, and who did not reject it, can still accept (unknown).
    pub(crate) late_accept: bool,
    /// See [`ReopenTo`].
    pub(crate) reopen_to: ReopenTo,
    /// Whether message rows carry an `id` (api.md 2.5 knows none).
    pub(crate) message_ids_in_list: bool,
    /// Whether info lines ("Ben joined") are listed among the messages (api.md 2.5: unknown).
    pub(crate) info_messages_in_list: bool,
    /// Answer a sent message with empty `data` (api.md 2.6: unknown).
    pub(crate) bare_send_answers: bool,
    /// The redirect URIs that the client is registered with; none listed: any will do.
    pub(crate) redirect_uris: Vec<String>,
    /// The largest file (api.md 2.6: 50 MB).
    pub(crate) file_limit_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            real_status_errors: false,
            flat_payloads: false,
            numeric_ids: false,
            rate_limit: None,
            transfer_timeout_ms: 60_000,
            wait_time_ms: 120_000,
            webhook_timeout_ms: 5_000,
            webhook_retry_ms: 60_000,
            webhook_attempts: 4,
            max_concurrent_deliveries: 64,
            access_token_seconds: 3_600,
            code_seconds: 180,
            access_tokens_per_ten_minutes: 10,
            active_access_tokens: 15,
            question_echo: false,
            operator_echo: true,
            completed_after_missed: false,
            wrong_state_code: 1010,
            enforce_limit_on_pickup: true,
            refuse_transfer_to_unavailable: true,
            attender_while_ringing: AttenderWhileRinging::Sender,
            sender_may_take_back: true,
            withdraw_by_reject: true,
            transfer_replaces: false,
            late_accept: false,
            reopen_to: ReopenTo::Waiting,
            message_ids_in_list: false,
            info_messages_in_list: false,
            bare_send_answers: false,
            redirect_uris: Vec::new(),
            file_limit_bytes: 50 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// These settings with some of them changed. Keys are taken one at a time so that the error names the bad one.
    pub(crate) fn with(&self, changes: &serde_json::Map<String, Value>) -> Result<Self, (String, String)> {
        let mut settings = self.clone();
        for (name, value) in changes {
            let Ok(Value::Object(mut all)) = serde_json::to_value(&settings) else {
                continue;
            };
            if !all.contains_key(name) {
                let known: Vec<_> = all.keys().map(String::as_str).collect();
                return Err((name.clone(), format!("is not a setting; the settings are {}", known.join(", "))));
            }
            all.insert(name.clone(), value.clone());
            settings = serde_json::from_value(Value::Object(all)).map_err(|e| (name.clone(), e.to_string()))?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_setting_is_named_in_the_error() {
        let changes = json!({"wait_time": 5}).as_object().cloned().unwrap();
        let (field, problem) = Settings::default().with(&changes).unwrap_err();
        assert_eq!(field, "wait_time");
        assert!(problem.contains("wait_time_ms"), "{problem}");
    }

    #[test]
    fn only_the_named_settings_change() {
        let changes = json!({"question_echo": true}).as_object().cloned().unwrap();
        let settings = Settings::default().with(&changes).unwrap();
        assert!(settings.question_echo);
        assert_eq!(settings.wait_time_ms, 120_000);
    }
}
