//! What a workspace has set: its portal, its brands, and how the operator behaves there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::id::{ArticleId, BrandId, DepartmentId, OperatorId, ScreenName, WorkspaceId};

/// The settings of one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceSettings {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The portal's screen name.
    pub screen_name: ScreenName,
    /// SalesIQ's `org_id`; a webhook that names another is refused, since its signature binds no URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Where the portal lives.
    pub data_centre: DataCentre,
    /// The operator account that the AI speaks as.
    pub bot_operator: OperatorId,
    /// Where escalations go unless a brand or a reason says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_department: Option<DepartmentId>,
    /// Public keys of the webhook, base64 SPKI or PEM; two while they are rotated.
    #[serde(default)]
    pub webhook_keys: Vec<String>,
    /// When a new chat is picked up.
    #[serde(default)]
    pub pickup: PickupMode,
    /// How long to wait for further lines before answering, in milliseconds.
    #[serde(default = "defaults::burst_window_ms")]
    pub burst_window_ms: u32,
    /// How long a visitor may wait for a human who took over by a line, before the AI resumes, in seconds.
    #[serde(default = "defaults::human_silence_s")]
    pub human_silence_s: u32,
    /// How long an escalation step may take before it is looked at again, in seconds.
    #[serde(default = "defaults::escalation_deadline_s")]
    pub escalation_deadline_s: u32,
    /// How long closed conversations are kept, in days.
    #[serde(default = "defaults::retention_days")]
    pub retention_days: u32,
    /// The language of notes to the team: BCP 47, such as `en`.
    #[serde(default = "defaults::language")]
    pub team_language: String,
    /// How the embedded agent behaves.
    #[serde(default)]
    pub playbook: PlaybookSettings,
    /// The brands; one that is not listed is not automated.
    #[serde(default)]
    pub brands: Vec<BrandSettings>,
}

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
                "escalation_deadline_s",
                self.escalation_deadline_s,
                "escalations would be requested all the time, or never again",
                10,
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

    /// The settings of a brand, if it is known here.
    #[must_use]
    pub fn brand(&self, id: &BrandId) -> Option<&BrandSettings> {
        self.brands.iter().find(|brand| &brand.id == id)
    }
}

/// The settings of one brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandSettings {
    /// SalesIQ's `app_id`.
    pub id: BrandId,
    /// The brand's name, as visitors know it.
    pub name: String,
    /// Whether the AI serves it; otherwise it is only counted.
    pub automated: bool,
    /// The language assumed until the visitor's is known: BCP 47.
    #[serde(default = "defaults::language")]
    pub language: String,
    /// Overrides the workspace's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<PickupMode>,
    /// Texts in the brand's voice, by language; what is missing is taken from the built-in ones.
    #[serde(default)]
    pub texts: BTreeMap<String, Texts>,
}

/// Fixed texts of a brand in one language. Each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Put before the first answer of a conversation, such as "Hi, Nova here!".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// Asks the visitor to say more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clarify: Option<String>,
    /// Tells that a colleague is being looked for. Must not claim that one was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking_for_colleague: Option<String>,
    /// Names the article that an answer rests on; `{title}` stands for its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Put after an answer, such as an invitation to ask on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<String>,
}

/// How the embedded agent behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlaybookSettings {
    /// How well an article must fit to be used, in thousandths (see `agent::playbook`).
    pub threshold_permille: u32,
    /// How often it asks the visitor to say more before a human is asked for.
    pub clarifications: u8,
}

impl Default for PlaybookSettings {
    fn default() -> Self {
        Self { threshold_permille: 350, clarifications: 1 }
    }
}

/// An article of the workspace's knowledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// Its title.
    pub title: String,
    /// The brands it is for; empty means all.
    #[serde(default)]
    pub brands: Vec<BrandId>,
    /// The language it is written in: BCP 47.
    #[serde(default = "defaults::language")]
    pub language: String,
    /// The article in Markdown.
    pub markdown: String,
}

/// When a new chat is picked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PickupMode {
    /// As soon as it is heard of.
    #[default]
    Immediately,
    /// A Zobot has it first; we take it when it is transferred to us.
    WaitForTransfer,
}

/// Zoho's data centres (api.md §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataCentre {
    /// United States.
    Us,
    /// Europe.
    Eu,
    /// India.
    In,
    /// Australia.
    Au,
    /// China.
    Cn,
    /// Japan.
    Jp,
    /// Canada.
    Ca,
    /// Saudi Arabia.
    Sa,
    /// United Kingdom.
    Uk,
}

mod defaults {
    pub(super) fn burst_window_ms() -> u32 {
        1_500
    }
    pub(super) fn human_silence_s() -> u32 {
        180
    }
    pub(super) fn escalation_deadline_s() -> u32 {
        180
    }
    pub(super) fn retention_days() -> u32 {
        400
    }
    pub(super) fn language() -> String {
        "en".to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::WorkspaceSettings;

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
        for (field, value) in [
            ("burst_window_ms", 60_000),
            ("escalation_deadline_s", 0),
            ("retention_days", 5_000_000),
            ("human_silence_s", 0),
        ] {
            assert_eq!(settings(field, value).check().unwrap_err().field, field);
        }
        assert_eq!(
            settings("escalation_deadline_s", 0).check().unwrap_err().to_string(),
            "escalation_deadline_s is 0: escalations would be requested all the time, or never again; set it to 10 to 3600"
        );
    }
}
