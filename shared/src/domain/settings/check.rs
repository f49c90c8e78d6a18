//! What settings must be: each problem names the field, what is wrong, and what to do.

use thiserror::Error;

use super::WorkspaceSettings;

/// A setting is not usable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} is {value}: {problem}; set it to {least} to {most}")]
pub struct SettingsProblem {
    /// Which.
    pub field: &'static str,
    /// What it is.
    pub value: u32,
    /// What that would do.
    pub problem: &'static str,
    /// The least value that works.
    pub least: u32,
    /// The largest.
    pub most: u32,
}

impl WorkspaceSettings {
    /// Checks what would do harm if it were obeyed.
    ///
    /// # Errors
    /// The first such setting.
    pub fn check(&self) -> Result<(), SettingsProblem> {
        let bounds = [
            ("burst_window_ms", self.burst_window_ms, "a turn would outlast its function", 0, 10_000),
            ("human_silence_s", self.human_silence_s, "the AI would talk over a human, or never resume", 10, 86_400),
            (
                "escalation.direct_deadline_s",
                self.escalation.direct_deadline_s,
                "nobody could answer in time, or the visitor would wait for ever",
                5,
                3_600,
            ),
            ("retention_days", self.retention_days, "conversations would be forgotten at once, or never", 1, 3_650),
            (
                "playbook.threshold_permille",
                self.playbook.threshold_permille,
                "nothing scores higher than 1000",
                0,
                1_000,
            ),
            (
                "playbook.clarifications",
                u32::from(self.playbook.clarifications),
                "visitors would be asked back for ever",
                0,
                5,
            ),
        ];
        let outside = bounds.into_iter().find(|(_, value, _, least, most)| !(least..=most).contains(&value));
        match outside {
            None => Ok(()),
            Some((field, value, problem, least, most)) => Err(SettingsProblem { field, value, problem, least, most }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::WorkspaceSettings;

    fn settings(field: &str, value: u32) -> WorkspaceSettings {
        let mut settings = serde_json::json!({
            "workspace": "demo", "screen_name": "demo", "data_centre": "eu", "bot_operator": "1",
        });
        settings[field] = value.into();
        serde_json::from_value(settings).unwrap()
    }

    #[test]
    fn the_defaults_are_usable() {
        assert_eq!(settings("retention_days", 400).check(), Ok(()));
    }

    #[test]
    fn what_would_do_harm_is_named_with_the_values_that_work() {
        for (field, value) in [("burst_window_ms", 60_000), ("retention_days", 5_000_000), ("human_silence_s", 0)] {
            assert_eq!(settings(field, value).check().unwrap_err().field, field);
        }
        assert_eq!(
            settings("human_silence_s", 0).check().unwrap_err().to_string(),
            "human_silence_s is 0: the AI would talk over a human, or never resume; set it to 10 to 86400"
        );
    }
}
