//! The secrets that a workspace's settings name: keys of models and tools, and what identities are signed with. Read once, and
//! kept for a minute, so that a changed one is taken up without a restart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::domain::id::{SecretName, WorkspaceId};
use crate::salesiq::oauth::secret::{SecretError, Secrets};

/// How long one that is there is kept.
const KEPT: SignedDuration = SignedDuration::from_secs(60);
/// How long it is remembered that there is none.
const ABSENCE_KEPT: SignedDuration = SignedDuration::from_secs(10);

/// A name within a workspace.
type Key = (WorkspaceId, SecretName);
/// When it was read, and what was there.
type Read = (Timestamp, Option<SecretString>);

/// The named secrets of all workspaces. Cheap to clone; clones share what was read.
#[derive(Debug, Clone)]
pub struct NamedSecrets {
    secrets: Secrets,
    kept: Arc<Mutex<HashMap<Key, Read>>>,
}

impl NamedSecrets {
    /// Reads from there.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, kept: Arc::default() }
    }

    /// A secret; none if there is none of that name.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn get(
        &self,
        workspace: &WorkspaceId,
        name: &SecretName,
        now: Timestamp,
    ) -> Result<Option<SecretString>, SecretError> {
        let key = (workspace.clone(), name.clone());
        if let Some((read_at, secret)) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            let keep = if secret.is_some() { KEPT } else { ABSENCE_KEPT };
            if *read_at + keep > now {
                return Ok(secret.clone());
            }
        }
        let secret = self.secrets.read_named(workspace, name).await?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (now, secret.clone()));
        Ok(secret)
    }

    /// What Secrets Manager calls it: for messages to people.
    #[must_use]
    pub fn full_name(&self, workspace: &WorkspaceId, name: &SecretName) -> String {
        self.secrets.full_name(workspace, name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[tokio::test]
    async fn a_secret_is_read_once_a_minute_and_an_absent_one_is_looked_for_sooner() {
        let memory = Arc::default();
        let secrets = Secrets::memory(Arc::clone(&memory), "test/");
        let named = NamedSecrets::new(secrets.clone());
        let (workspace, name) = (WorkspaceId::parse("demo").unwrap(), SecretName::parse("model").unwrap());
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        assert!(named.get(&workspace, &name, at(0)).await.unwrap().is_none());
        secrets.write_named(&workspace, &name, &"hush".to_owned().into()).await.unwrap();
        assert!(named.get(&workspace, &name, at(9)).await.unwrap().is_none());
        assert_eq!(named.get(&workspace, &name, at(10)).await.unwrap().unwrap().expose_secret(), "hush");
        let calls = memory.calls();
        assert!(named.get(&workspace, &name, at(69)).await.unwrap().is_some());
        assert_eq!(memory.calls(), calls);
        assert!(named.get(&workspace, &name, at(70)).await.unwrap().is_some());
        assert_eq!(memory.calls(), calls + 1);
    }

    #[test]
    fn a_secret_is_named_after_its_workspace() {
        let named = NamedSecrets::new(Secrets::memory(Arc::default(), "salesiq-operator/"));
        let (workspace, name) = (WorkspaceId::parse("demo").unwrap(), SecretName::parse("openai").unwrap());
        assert_eq!(named.full_name(&workspace, &name), "salesiq-operator/demo/secrets/openai");
    }
}
