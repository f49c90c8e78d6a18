//! What is masked of what people write, and where.

use serde::{Deserialize, Serialize};

/// What is masked. Card numbers are, everywhere and always; the rest as set here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RedactionSettings {
    /// International bank account numbers.
    pub iban: Where,
    /// Numbers of passports, identity cards and driving licences.
    pub documents: Where,
    /// E-mail addresses.
    pub email: Where,
    /// Telephone numbers.
    pub phone: Where,
}

impl Default for RedactionSettings {
    fn default() -> Self {
        let nowhere = Where { model: false, log: false, mail: false };
        let model_and_mail = Where { model: true, log: false, mail: true };
        Self { iban: model_and_mail, documents: model_and_mail, email: nowhere, phone: nowhere }
    }
}

/// Where something is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Where {
    /// Before a model sees it.
    pub model: bool,
    /// Before it is kept in the table: then nothing reads it later, the AI included.
    pub log: bool,
    /// In the transcript that is mailed.
    pub mail: bool,
}
