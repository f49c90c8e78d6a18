//! Who is judged.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use shared::agent::assistant::Assistant;
use shared::agent::model::Models;
use shared::agent::model::recorded::Recording;
use shared::agent::playbook::Playbook;
use shared::agent::{Agent, AgentError, Thought, Turn};
use shared::domain::id::SecretName;
use shared::domain::settings::{BackendApi, WorkspaceSettings};
use shared::named_secrets::NamedSecrets;
use shared::salesiq::oauth::secret::Secrets;
use shared::store::Memory;

use super::EvaluateArgs;
use crate::error::Error;

/// The name of the agent that needs no model.
pub(super) const PLAYBOOK: &str = "playbook";

/// What thinks.
#[derive(Debug)]
pub(super) enum Thinker {
    /// The embedded agent. It quotes articles in their own language.
    Playbook(Playbook),
    /// A model, with the rules around it, and the playbook behind it.
    Backend(Box<Assistant<Memory>>),
}

impl Thinker {
    /// What `--backend` names. A model is the only one of the settings from then on: another that answered in its place would
    /// be judged for it.
    pub(super) async fn of(args: &EvaluateArgs, settings: &mut WorkspaceSettings) -> Result<Self, Error> {
        if args.backend == PLAYBOOK {
            if args.record.is_some() || args.replay.is_some() || args.key.is_some() {
                return Err(Error::NothingToRecord);
            }
            settings.agent.backends.clear();
            return Ok(Self::Playbook(Playbook::new()));
        }
        settings.agent.backends.retain(|backend| backend.name.as_str() == args.backend);
        for brand in &mut settings.brands {
            brand.agent.backends = None;
        }
        let Some(backend) = settings.agent.backends.first() else {
            return Err(Error::NoBackend(args.backend.clone()));
        };
        let secrets = Secrets::memory(Arc::default(), "");
        if let (BackendApi::Openai { secret: Some(name), .. }, None) = (&backend.api, &args.replay) {
            let key = args.key.as_deref().ok_or_else(|| Error::NoModelKey(args.backend.clone()))?;
            put_key(&secrets, settings, name, key).await?;
        }
        let http = shared::http::reqwest_client();
        let http = http.map_err(|error| Error::Call { what: "making an HTTP client", detail: error.to_string() })?;
        let models = Models::new(http, shared::http::aws_config(), NamedSecrets::new(secrets));
        let unusable = |path: &Path, detail: String| Error::Recording { path: path.display().to_string(), detail };
        let models = match (&args.record, &args.replay) {
            (Some(path), _) => {
                models.recorded(Recording::record(path).map_err(|error| unusable(path, error.to_string()))?)
            }
            (None, Some(path)) if !path.is_file() => return Err(unusable(path, "there is no such file".to_owned())),
            (None, Some(path)) => {
                models.recorded(Recording::replay(path).map_err(|error| unusable(path, error.to_string()))?)
            }
            (None, None) => models,
        };
        Ok(Self::Backend(Box::new(Assistant::new(Memory::default(), models))))
    }

    /// Answers may be in the language of the articles that they rest on.
    pub(super) fn quotes(&self) -> bool {
        match self {
            Self::Playbook(_) => true,
            Self::Backend(_) => false,
        }
    }

    /// Asking it takes a network, so that it takes long.
    pub(super) fn is_slow(&self) -> bool {
        match self {
            Self::Playbook(_) => false,
            Self::Backend(_) => true,
        }
    }
}

/// The model's key, from a file: on the command line anybody on the machine could read it.
async fn put_key(secrets: &Secrets, settings: &WorkspaceSettings, name: &SecretName, path: &Path) -> Result<(), Error> {
    let key = fs::read_to_string(path).map_err(Error::file("read", path))?;
    if key.trim().is_empty() {
        return Err(Error::EmptyKey(path.display().to_string()));
    }
    let written = secrets.write_named(&settings.workspace, name, &key.trim().to_owned().into()).await;
    written.map_err(|error| Error::Call { what: "keeping the model's key", detail: error.to_string() })
}

impl Agent for Thinker {
    async fn think(&self, turn: &Turn<'_>) -> Result<Thought, AgentError> {
        match self {
            Self::Playbook(playbook) => playbook.think(turn).await,
            Self::Backend(assistant) => Box::pin(assistant.think(turn)).await,
        }
    }
}
