//! What is to be done in a certain case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::id::{BrandId, ProcedureName, ToolName};
use crate::domain::player::Level;

/// A procedure: when it applies, and what is done then. Models get those that fit the visitor's words; the playbook runs
/// what is given in `run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its name.
    pub name: ProcedureName,
    /// The brands it is for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<BrandId>,
    /// When it applies, in words.
    pub when: String,
    /// What visitors say then, some phrases in each of their languages. The playbook runs a procedure when a visitor says
    /// nearly what one of them says.
    #[serde(default)]
    pub examples: Vec<String>,
    /// What to do, step by step, in words.
    #[serde(default)]
    pub steps: Vec<String>,
    /// The tools that may be called for it, besides searching the knowledge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolName>,
    /// Tags to put on the chat; they must exist in SalesIQ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How sure we must be of who writes.
    #[serde(default)]
    pub level: Level,
    /// Said, by language, instead of asking for a human when the AI knows no answer. It never holds back a visitor who asks
    /// for a human, is upset, or tells of harm, fraud or a lawyer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub do_not_escalate: BTreeMap<String, String>,
    /// What the playbook does without a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

impl Procedure {
    /// Whether it is one of a brand's.
    #[must_use]
    pub fn is_for(&self, brand: &BrandId) -> bool {
        self.brands.is_empty() || self.brands.contains(brand)
    }
}

/// A procedure as far as no model is needed: ask, call, answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// What to ask the visitor, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<Asked>,
    /// The tool to call then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<ToolName>,
    /// Its arguments: texts in which `{name}` stands for what the visitor answered, `{player.id}` for who they are, and
    /// `{{` and `}}` for braces. They are passed on as the tool's schema wants them: as text, number or boolean.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
    /// The reply, by language. `{name}` stands for what the visitor answered, `{player.id}` for who they are,
    /// `{result.path.to.field}` for a field of the tool's answer, `{{` and `}}` for braces. Where one of them is missing, a
    /// human is asked for.
    pub answer: BTreeMap<String, String>,
}

/// A question to the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What the answer is called.
    pub name: String,
    /// What answers look like.
    #[serde(default)]
    pub format: AnswerFormat,
    /// The question, by language.
    pub question: BTreeMap<String, String>,
}

/// What an answer must look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnswerFormat {
    /// Whatever the visitor writes.
    #[default]
    Text,
    /// An e-mail address in it.
    Email,
    /// A date in it; passed on as YYYY-MM-DD.
    Date,
    /// A number in it, such as an order's.
    Number,
}
