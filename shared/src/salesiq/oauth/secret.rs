//! Where tokens lie: one secret a principal, shared by all processes (ARCHITECTURE.md, "Tokens").
//!
//! The secret `{prefix}{workspace}/{principal}` holds what is needed to get access tokens, and the current one.

mod client;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::Principal;
use crate::domain::id::{SecretName, WorkspaceId};

pub use client::ClientSecret;

/// What is kept of one principal. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct PrincipalSecret {
    /// The client that Zoho knows us by.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The refresh token; it lives until it is revoked.
    pub refresh_token: SecretString,
    /// The accounts server that gave it, if it is not the data centre's.
    pub accounts_url: Option<Url>,
    /// The current access token.
    pub access_token: Option<SecretString>,
    /// When that expires.
    pub expires_at: Option<Timestamp>,
}

/// What went wrong with a secret. Never holds its value.
#[derive(Debug, Error)]
pub enum SecretError {
    /// It could not be read.
    #[error("the secret {name} can't be read")]
    Read {
        /// Which.
        name: String,
        /// What the client said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It could not be written.
    #[error("the secret {name} can't be written")]
    Write {
        /// Which.
        name: String,
        /// What the client said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It is there but is not what it should be.
    #[error("the secret {name} must be a JSON object with client_id, client_secret and refresh_token")]
    Corrupt {
        /// Which.
        name: String,
    },
}

impl SecretError {
    /// Whether the same call may succeed when it is repeated.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Corrupt { .. })
    }
}

/// Keeps secrets.
#[derive(Debug, Clone)]
pub struct Secrets {
    prefix: String,
    keeper: Keeper,
}

#[derive(Debug, Clone)]
enum Keeper {
    Manager(aws_sdk_secretsmanager::Client),
    Memory(Arc<MemorySecrets>),
}

/// Secrets in memory, for simulations and tests: shared by clones, gone with the process.
#[derive(Default)]
pub struct MemorySecrets {
    values: Mutex<BTreeMap<String, String>>,
    calls: AtomicU64,
}

impl std::fmt::Debug for MemorySecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemorySecrets").finish_non_exhaustive()
    }
}

impl MemorySecrets {
    /// How many reads and writes there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

// The wire form; it never leaves this file.
#[derive(Serialize, Deserialize)]
struct Wire {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accounts_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// What stands in a secret that holds nothing any more.
const NOTHING: &str = "{}";

impl Secrets {
    /// Secrets in AWS Secrets Manager.
    #[must_use]
    pub fn manager(client: aws_sdk_secretsmanager::Client, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), keeper: Keeper::Manager(client) }
    }

    /// Secrets in memory.
    #[must_use]
    pub fn memory(secrets: Arc<MemorySecrets>, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), keeper: Keeper::Memory(secrets) }
    }

    /// The name of a principal's secret.
    #[must_use]
    pub fn name(&self, workspace: &WorkspaceId, principal: Principal) -> String {
        format!("{}{workspace}/{principal}", self.prefix)
    }

    /// Reads a principal's secret; none if the account was never connected.
    ///
    /// # Errors
    /// It can't be read, or is not what it should be.
    pub async fn read(
        &self,
        workspace: &WorkspaceId,
        principal: Principal,
    ) -> Result<Option<PrincipalSecret>, SecretError> {
        self.read_principal(self.name(workspace, principal)).await
    }

    async fn read_principal(&self, name: String) -> Result<Option<PrincipalSecret>, SecretError> {
        let text = self.read_text(&name).await?.filter(|text| text != NOTHING);
        let Some(text) = text else { return Ok(None) };
        let corrupt = || SecretError::Corrupt { name: name.clone() };
        let wire: Wire = serde_json::from_str(&text).map_err(|_| corrupt())?;
        let accounts_url = wire.accounts_url.map(|url| Url::parse(&url)).transpose().map_err(|_| corrupt())?;
        Ok(Some(PrincipalSecret {
            client_id: wire.client_id,
            client_secret: wire.client_secret.into(),
            refresh_token: wire.refresh_token.into(),
            accounts_url,
            access_token: wire.access_token.map(SecretString::from),
            expires_at: wire.expires_at,
        }))
    }

    /// Writes a principal's secret, and makes it if it is not there.
    ///
    /// # Errors
    /// It can't be written.
    pub async fn write(
        &self,
        workspace: &WorkspaceId,
        principal: Principal,
        secret: &PrincipalSecret,
    ) -> Result<(), SecretError> {
        self.write_principal(self.name(workspace, principal), secret).await
    }

    async fn write_principal(&self, name: String, secret: &PrincipalSecret) -> Result<(), SecretError> {
        let wire = Wire {
            client_id: secret.client_id.clone(),
            client_secret: secret.client_secret.expose_secret().to_owned(),
            refresh_token: secret.refresh_token.expose_secret().to_owned(),
            accounts_url: secret.accounts_url.as_ref().map(Url::to_string),
            access_token: secret.access_token.as_ref().map(|token| token.expose_secret().to_owned()),
            expires_at: secret.expires_at,
        };
        let text = serde_json::to_string(&wire)
            .map_err(|source| SecretError::Write { name: name.clone(), source: Box::new(source) })?;
        self.write_text(name, text).await
    }

    /// Access that was granted, and of which it is not known yet whose it is; none if there is none.
    ///
    /// # Errors
    /// It can't be read, or is not what it should be.
    pub async fn read_pending(
        &self,
        workspace: &WorkspaceId,
        principal: Principal,
    ) -> Result<Option<PrincipalSecret>, SecretError> {
        self.read_principal(self.pending_name(workspace, principal)).await
    }

    /// Keeps access of which it is not known yet whose it is, beside what is in use; none forgets it.
    ///
    /// # Errors
    /// It can't be written.
    pub async fn write_pending(
        &self,
        workspace: &WorkspaceId,
        principal: Principal,
        secret: Option<&PrincipalSecret>,
    ) -> Result<(), SecretError> {
        let name = self.pending_name(workspace, principal);
        match secret {
            Some(secret) => self.write_principal(name, secret).await,
            // A secret that is deleted keeps its name for a week; an empty one is none.
            None => self.write_text(name, NOTHING.to_owned()).await,
        }
    }

    fn pending_name(&self, workspace: &WorkspaceId, principal: Principal) -> String {
        format!("{}-pending", self.name(workspace, principal))
    }

    /// The key under which visitors' identities are hashed; none if the workspace has none.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn read_identity_key(&self, workspace: &WorkspaceId) -> Result<Option<SecretString>, SecretError> {
        let text = self.read_text(&format!("{}{workspace}/identity", self.prefix)).await?;
        Ok(text.map(SecretString::from))
    }

    /// A secret of the workspace by the name that its settings give it, `{prefix}{workspace}/secrets/{name}`: the text as it
    /// lies there; none if there is none.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn read_named(
        &self,
        workspace: &WorkspaceId,
        name: &SecretName,
    ) -> Result<Option<SecretString>, SecretError> {
        let text = self.read_text(&self.full_name(workspace, name)).await?;
        Ok(text.map(|text| SecretString::from(text.trim().to_owned())).filter(|text| !text.expose_secret().is_empty()))
    }

    /// A secret of the whole deployment, `{prefix}{name}`, such as `console/oidc`: the text as it lies there; none if there is
    /// none.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn read_of_deployment(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        let text = self.read_text(&format!("{}{name}", self.prefix)).await?;
        Ok(text.map(|text| SecretString::from(text.trim().to_owned())).filter(|text| !text.expose_secret().is_empty()))
    }

    /// Writes a secret of the whole deployment.
    ///
    /// # Errors
    /// It can't be written.
    pub async fn write_of_deployment(&self, name: &str, value: &SecretString) -> Result<(), SecretError> {
        self.write_text(format!("{}{name}", self.prefix), value.expose_secret().to_owned()).await
    }

    /// Writes a secret of the workspace under a name of its settings.
    ///
    /// # Errors
    /// It can't be written.
    pub async fn write_named(
        &self,
        workspace: &WorkspaceId,
        name: &SecretName,
        value: &SecretString,
    ) -> Result<(), SecretError> {
        self.write_text(self.full_name(workspace, name), value.expose_secret().to_owned()).await
    }

    /// What Secrets Manager calls a secret that the settings name.
    #[must_use]
    pub fn full_name(&self, workspace: &WorkspaceId, name: &SecretName) -> String {
        format!("{}{workspace}/secrets/{name}", self.prefix)
    }

    async fn read_text(&self, name: &str) -> Result<Option<String>, SecretError> {
        match &self.keeper {
            Keeper::Memory(memory) => {
                memory.calls.fetch_add(1, Ordering::Relaxed);
                Ok(memory.values.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
            }
            Keeper::Manager(client) => match client.get_secret_value().secret_id(name).send().await {
                Ok(answer) => Ok(answer.secret_string),
                Err(error)
                    if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
                {
                    Ok(None)
                }
                Err(error) => Err(SecretError::Read { name: name.to_owned(), source: Box::new(error) }),
            },
        }
    }

    async fn write_text(&self, name: String, text: String) -> Result<(), SecretError> {
        let client = match &self.keeper {
            Keeper::Memory(memory) => {
                memory.calls.fetch_add(1, Ordering::Relaxed);
                memory.values.lock().unwrap_or_else(PoisonError::into_inner).insert(name, text);
                return Ok(());
            }
            Keeper::Manager(client) => client,
        };
        match client.put_secret_value().secret_id(&name).secret_string(&text).send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(PutSecretValueError::is_resource_not_found_exception) =>
            {
                match client.create_secret().name(&name).secret_string(text).send().await {
                    Ok(_) => Ok(()),
                    Err(source) => Err(SecretError::Write { name, source: Box::new(source) }),
                }
            }
            Err(source) => Err(SecretError::Write { name, source: Box::new(source) }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let secret = PrincipalSecret {
            client_id: "1000.A".to_owned(),
            client_secret: "hush-client".to_owned().into(),
            refresh_token: "hush-refresh".to_owned().into(),
            accounts_url: None,
            access_token: Some("hush-access".to_owned().into()),
            expires_at: None,
        };
        assert!(!format!("{secret:?}").contains("hush"));
    }

    #[tokio::test]
    async fn what_is_pending_lies_beside_what_is_in_use_and_can_be_forgotten() {
        let secrets = Secrets::memory(Arc::default(), "");
        let workspace = WorkspaceId::parse("demo").unwrap();
        let secret = PrincipalSecret {
            client_id: "1000.A".to_owned(),
            client_secret: "hush".to_owned().into(),
            refresh_token: "hush".to_owned().into(),
            accounts_url: None,
            access_token: None,
            expires_at: None,
        };
        secrets.write_pending(&workspace, Principal::Bot, Some(&secret)).await.unwrap();
        assert!(secrets.read(&workspace, Principal::Bot).await.unwrap().is_none());
        assert!(secrets.read_pending(&workspace, Principal::Bot).await.unwrap().is_some());
        secrets.write_pending(&workspace, Principal::Bot, None).await.unwrap();
        assert!(secrets.read_pending(&workspace, Principal::Bot).await.unwrap().is_none());
    }

    #[test]
    fn a_secret_is_named_after_its_workspace_and_principal() {
        let secrets = Secrets::memory(Arc::default(), "salesiq-operator/");
        let workspace = WorkspaceId::parse("demo").unwrap();
        assert_eq!(secrets.name(&workspace, Principal::Facilitator), "salesiq-operator/demo/facilitator");
    }
}
