//! What a workspace needs before it has tokens: the client that Zoho knows it by, and the key of its visitors' identities.

use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{SecretError, Secrets};
use crate::domain::fingerprint::hex;
use crate::domain::id::WorkspaceId;
use crate::domain::settings::DataCentre;
use crate::salesiq::oauth::accounts::OauthClient;
use crate::salesiq::oauth::authorize::Grant;

/// The client that a workspace's accounts are connected with: it is entered once, and never shown again.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Where it was made, which is where people are sent to grant access.
    pub data_centre: DataCentre,
    /// The client.
    pub client: OauthClient,
}

#[derive(Serialize, Deserialize)]
struct ClientWire {
    data_centre: DataCentre,
    client_id: String,
    client_secret: String,
}

/// The bytes of a workspace's identity key.
const IDENTITY_KEY_BYTES: usize = 32;

impl Secrets {
    /// The client that accounts of a workspace are connected with; none if none was entered.
    ///
    /// # Errors
    /// It can't be read, or is not what it should be.
    pub async fn read_client(
        &self,
        workspace: &WorkspaceId,
        grant: Grant,
    ) -> Result<Option<ClientSecret>, SecretError> {
        let name = self.client_name(workspace, grant);
        let Some(text) = self.read_text(&name).await? else { return Ok(None) };
        let wire: ClientWire = serde_json::from_str(&text).map_err(|_| SecretError::Corrupt { name })?;
        let client = OauthClient { id: wire.client_id, secret: wire.client_secret.into() };
        Ok(Some(ClientSecret { data_centre: wire.data_centre, client }))
    }

    /// Writes the client that accounts of a workspace are connected with.
    ///
    /// # Errors
    /// It can't be written.
    pub async fn write_client(
        &self,
        workspace: &WorkspaceId,
        grant: Grant,
        secret: &ClientSecret,
    ) -> Result<(), SecretError> {
        let name = self.client_name(workspace, grant);
        let wire = ClientWire {
            data_centre: secret.data_centre,
            client_id: secret.client.id.clone(),
            client_secret: secret.client.secret.expose_secret().to_owned(),
        };
        let text = serde_json::to_string(&wire)
            .map_err(|source| SecretError::Write { name: name.clone(), source: Box::new(source) })?;
        self.write_text(name, text).await
    }

    fn client_name(&self, workspace: &WorkspaceId, grant: Grant) -> String {
        let client = match grant {
            Grant::User => "client",
            Grant::Organisation => "organisation-client",
        };
        format!("{}{workspace}/{client}", self.prefix)
    }

    /// Gives a workspace a random key under which visitors' identities are hashed, unless it has one: with another one, its
    /// visitors' earlier conversations would not be found any more.
    ///
    /// # Errors
    /// It can't be read or written, or there is no randomness.
    pub async fn ensure_identity_key(&self, workspace: &WorkspaceId) -> Result<(), SecretError> {
        if self.read_identity_key(workspace).await?.is_some() {
            return Ok(());
        }
        let name = format!("{}{workspace}/identity", self.prefix);
        let mut key = [0_u8; IDENTITY_KEY_BYTES];
        SystemRandom::new()
            .fill(&mut key)
            .map_err(|source| SecretError::Write { name: name.clone(), source: source.to_string().into() })?;
        self.write_text(name, hex(&key)).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_client_is_read_as_it_was_written_and_apart_from_that_of_the_organisation() {
        let secrets = Secrets::memory(Arc::default(), "");
        let workspace = WorkspaceId::parse("demo").unwrap();
        let client = OauthClient { id: "1000.A".to_owned(), secret: "hush".to_owned().into() };
        let secret = ClientSecret { data_centre: DataCentre::In, client };
        secrets.write_client(&workspace, Grant::User, &secret).await.unwrap();
        let read = secrets.read_client(&workspace, Grant::User).await.unwrap().unwrap();
        assert_eq!((read.client.id.as_str(), read.data_centre), ("1000.A", DataCentre::In));
        assert_eq!(read.client.secret.expose_secret(), "hush");
        assert!(!format!("{read:?}").contains("hush"));
        assert!(secrets.read_client(&workspace, Grant::Organisation).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_identity_key_is_made_once() {
        let secrets = Secrets::memory(Arc::default(), "");
        let workspace = WorkspaceId::parse("demo").unwrap();
        secrets.ensure_identity_key(&workspace).await.unwrap();
        let key = secrets.read_identity_key(&workspace).await.unwrap().unwrap();
        assert_eq!(key.expose_secret().len(), 2 * IDENTITY_KEY_BYTES);
        secrets.ensure_identity_key(&workspace).await.unwrap();
        let again = secrets.read_identity_key(&workspace).await.unwrap().unwrap();
        assert_eq!(key.expose_secret(), again.expose_secret());
    }
}
