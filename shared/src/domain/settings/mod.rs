//! What a workspace has set: its portal, its brands, and how the operator behaves there.

mod agent;
mod check;
mod country;
mod escalation;
mod hours;
mod identity;
mod idle;
mod procedure;
mod redaction;
#[cfg(feature = "schema")]
mod schema;
mod sentinel;
mod texts;
mod tool;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::id::{ArticleId, BackendName, BrandId, DepartmentId, OperatorId, ScreenName, WorkspaceId};

#[cfg(feature = "schema")]
use check::numbers;

pub use agent::{AgentSettings, Backend, BackendApi, BrandAgent, Budget, KeyHeader, Prices, Typing};
pub use check::SettingsProblem;
pub use country::CountryRule;
pub use escalation::{BrandEscalation, EscalationMode, EscalationSettings, WhenNobody};
pub use hours::{BusinessHours, Holiday, Span, SpanError, Week};
pub use identity::{Asks, ConversationalCheck, IdentitySettings, PassiveLookup, SignedIdentity};
pub use idle::{BrandIdle, IdleSettings};
pub use procedure::{AnswerFormat, Asked, Procedure, Run};
pub use redaction::{RedactionSettings, Where};
pub use sentinel::SentinelSettings;
pub use texts::{SECONDS, Texts};
pub use tool::{Access, HttpTool, ToolMethod};

/// The settings of one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = schema::workspace))]
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
    /// Where escalations go unless a brand or a reason says otherwise. Required.
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
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::BURST_WINDOW_MS.0, max = numbers::BURST_WINDOW_MS.1)))]
    pub burst_window_ms: u32,
    /// How long a visitor may wait for a human who took over by a line, before the AI resumes, in seconds.
    #[serde(default = "defaults::human_silence_s")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::HUMAN_SILENCE_S.0, max = numbers::HUMAN_SILENCE_S.1)))]
    pub human_silence_s: u32,
    /// How a human is found, and who is written to when there is none.
    #[serde(default)]
    pub escalation: EscalationSettings,
    /// What happens in a chat in which the visitor says nothing more.
    #[serde(default)]
    pub idle: IdleSettings,
    /// What the sentinel does by itself.
    #[serde(default)]
    pub sentinel: SentinelSettings,
    /// When the team works; without it, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours: Option<BusinessHours>,
    /// The time zone of mails and business hours: IANA, such as `Europe/Malta`.
    #[serde(default = "defaults::time_zone")]
    pub time_zone: String,
    /// How long closed conversations are kept, in days.
    #[serde(default = "defaults::retention_days")]
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::RETENTION_DAYS.0, max = numbers::RETENTION_DAYS.1)))]
    pub retention_days: u32,
    /// The language of notes to the team: BCP 47, such as `en`.
    #[serde(default = "defaults::language")]
    pub team_language: String,
    /// How the embedded agent behaves.
    #[serde(default)]
    pub playbook: PlaybookSettings,
    /// The models that the AI thinks with, and what they may cost.
    #[serde(default)]
    pub agent: AgentSettings,
    /// What is to be done in certain cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<Procedure>,
    /// What the AI may call of the company's systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<HttpTool>,
    /// How the AI learns who writes.
    #[serde(default)]
    pub identity: IdentitySettings,
    /// What is masked of what people write.
    #[serde(default)]
    pub redaction: RedactionSettings,
    /// The brands; one that is not listed is not automated.
    #[serde(default)]
    pub brands: Vec<BrandSettings>,
}

impl WorkspaceSettings {
    /// All departments that are named anywhere.
    #[must_use]
    pub fn departments(&self) -> BTreeSet<DepartmentId> {
        let brands = self
            .brands
            .iter()
            .flat_map(|brand| brand.escalation.department.iter().chain(brand.escalation.departments.values()));
        self.default_department.iter().chain(self.escalation.departments.values()).chain(brands).cloned().collect()
    }

    /// What the path of the webhook's URL ends in (template.yaml).
    #[must_use]
    pub fn webhook_path(&self) -> String {
        format!("/webhooks/salesiq/{}", self.workspace)
    }

    /// What happens with a silent visitor of a brand.
    #[must_use]
    pub fn idle_of(&self, brand: &BrandSettings) -> IdleSettings {
        let BrandIdle { check_in_s, close_s, countdown_s } = brand.idle.clone();
        IdleSettings {
            check_in_s: check_in_s.unwrap_or(self.idle.check_in_s),
            close_s: close_s.unwrap_or(self.idle.close_s),
            countdown_s: countdown_s.unwrap_or_else(|| self.idle.countdown_s.clone()),
        }
    }

    /// How a brand learns who writes.
    #[must_use]
    pub fn identity_of<'a>(&'a self, brand: &'a BrandSettings) -> &'a IdentitySettings {
        brand.identity.as_ref().unwrap_or(&self.identity)
    }

    /// The models of a brand, the one to ask first in front.
    #[must_use]
    pub fn backends_of(&self, brand: &BrandSettings) -> Vec<&Backend> {
        match &brand.agent.backends {
            None => self.agent.backends.iter().collect(),
            Some(names) => names.iter().filter_map(|name| self.backend(name)).collect(),
        }
    }

    /// The procedures of a brand, in their order.
    pub fn procedures_of<'a>(&'a self, brand: &'a BrandSettings) -> impl Iterator<Item = &'a Procedure> {
        self.procedures.iter().filter(|procedure| procedure.is_for(&brand.id))
    }

    /// A model by name.
    #[must_use]
    pub fn backend(&self, name: &BackendName) -> Option<&Backend> {
        self.agent.backends.iter().find(|backend| &backend.name == name)
    }

    /// A declared tool by name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&HttpTool> {
        self.tools.iter().find(|tool| tool.name.as_str() == name)
    }

    /// The settings of a brand, if it is known here.
    #[must_use]
    pub fn brand(&self, id: &BrandId) -> Option<&BrandSettings> {
        self.brands.iter().find(|brand| &brand.id == id)
    }
}

/// The settings of one brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Overrides the workspace's.
    #[serde(default)]
    pub escalation: BrandEscalation,
    /// Overrides the workspace's.
    #[serde(default)]
    pub idle: BrandIdle,
    /// Overrides the workspace's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours: Option<BusinessHours>,
    /// Overrides the workspace's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Overrides the workspace's.
    #[serde(default)]
    pub agent: BrandAgent,
    /// Overrides the workspace's, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentitySettings>,
    /// Which of the brand's pages are of which country; the first rule that fits holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<CountryRule>,
    /// Texts in the brand's voice, by language; what is missing is taken from the built-in ones.
    #[serde(default)]
    pub texts: BTreeMap<String, Texts>,
}

/// How the embedded agent behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PlaybookSettings {
    /// How well an article must fit to be used, in thousandths (see `agent::playbook`).
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::THRESHOLD_PERMILLE.0, max = numbers::THRESHOLD_PERMILLE.1)))]
    pub threshold_permille: u32,
    /// How often it asks the visitor to say more before a human is asked for.
    #[cfg_attr(feature = "schema", schemars(range(min = numbers::CLARIFICATIONS.0, max = numbers::CLARIFICATIONS.1)))]
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
    /// Where visitors and the team can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The article in Markdown.
    pub markdown: String,
}

/// When a new chat is picked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

impl DataCentre {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Us, Self::Eu, Self::In, Self::Au, Self::Cn, Self::Jp, Self::Ca, Self::Sa, Self::Uk];

    /// As people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Us => "United States",
            Self::Eu => "Europe",
            Self::In => "India",
            Self::Au => "Australia",
            Self::Cn => "China",
            Self::Jp => "Japan",
            Self::Ca => "Canada",
            Self::Sa => "Saudi Arabia",
            Self::Uk => "United Kingdom",
        }
    }

    /// As it is written in settings.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::In => "in",
            Self::Au => "au",
            Self::Cn => "cn",
            Self::Jp => "jp",
            Self::Ca => "ca",
            Self::Sa => "sa",
            Self::Uk => "uk",
        }
    }

    /// Reads what [`DataCentre::code`] gives.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|centre| centre.code().eq_ignore_ascii_case(text.trim()))
    }
}

mod defaults {
    pub(super) fn burst_window_ms() -> u32 {
        1_500
    }
    pub(super) fn human_silence_s() -> u32 {
        180
    }
    pub(super) fn retention_days() -> u32 {
        400
    }
    pub(super) fn language() -> String {
        "en".to_owned()
    }
    pub(super) fn time_zone() -> String {
        "UTC".to_owned()
    }
}
