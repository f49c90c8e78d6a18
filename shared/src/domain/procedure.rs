//! A procedure that is gone through over several turns without a model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::ProcedureName;

/// How far a procedure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// Which.
    pub procedure: ProcedureName,
    /// What the visitor answered, by the names of the questions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// What was asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// How often that was asked.
    #[serde(default)]
    pub times: u8,
    /// How often what the visitor told of themselves did not fit.
    #[serde(default)]
    pub checks: u8,
}
