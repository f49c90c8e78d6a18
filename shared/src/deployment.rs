//! A deployment's parts, built once per process from its environment.

use std::sync::atomic::AtomicU64;

use aws_config::SdkConfig;
use thiserror::Error;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::engine::Engine;
use crate::engine::fault_point::FaultPoints;
use crate::engine::portal::{Endpoints, Portals};
use crate::http::{self, HttpError};
use crate::salesiq::oauth::secret::Secrets;
use crate::store::dynamodb::DynamoDb;
use crate::telemetry::CountCalls;
use crate::workspace::Workspaces;

/// The parts of a deployment.
pub struct Deployment {
    config: Config,
    aws: SdkConfig,
    store: DynamoDb,
}

/// A deployment can't be built.
#[derive(Debug, Error)]
pub enum DeploymentError {
    /// The environment.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The HTTP client.
    #[error("the HTTP client can't be made")]
    Http(#[from] HttpError),
    /// A base URL.
    #[error("{name} is not a URL")]
    BaseUrl {
        /// The variable.
        name: &'static str,
        /// Why.
        #[source]
        source: url::ParseError,
    },
}

impl Deployment {
    /// Reads the environment; calls nobody.
    ///
    /// # Errors
    /// The environment does not fit.
    pub fn from_env() -> Result<Self, DeploymentError> {
        let config = Config::from_env()?;
        let aws = http::aws_config();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&aws).interceptor(CountCalls).build();
        let store = DynamoDb::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), config.table.clone());
        Ok(Self { config, aws, store })
    }

    /// Where state is kept.
    #[must_use]
    pub fn store(&self) -> DynamoDb {
        self.store.clone()
    }

    /// Settings and knowledge.
    #[must_use]
    pub fn workspaces(&self) -> Workspaces<DynamoDb> {
        Workspaces::new(self.store())
    }

    /// Who wakes others.
    #[must_use]
    pub fn bus(&self) -> Bus {
        let events = aws_sdk_eventbridge::config::Builder::from(&self.aws).interceptor(CountCalls).build();
        let queues = aws_sdk_sqs::config::Builder::from(&self.aws).interceptor(CountCalls).build();
        Bus::Aws {
            events: aws_sdk_eventbridge::Client::from_conf(events),
            bus_name: self.config.bus.clone(),
            queues: aws_sdk_sqs::Client::from_conf(queues),
            alarm_clock_url: self.config.alarm_clock_url.clone(),
        }
    }

    /// The loop, with an agent.
    ///
    /// # Errors
    /// The HTTP client can't be made, or a base URL is none.
    pub fn engine<A>(&self, agent: A) -> Result<Engine<DynamoDb, A>, DeploymentError> {
        let http = http::reqwest_client()?;
        let secrets = aws_sdk_secretsmanager::config::Builder::from(&self.aws).interceptor(CountCalls).build();
        let secrets = Secrets::manager(aws_sdk_secretsmanager::Client::from_conf(secrets), &self.config.secret_prefix);
        let process = format!("{:016x}", fastrand::u64(..));
        let clock = Clock::system();
        let fault_points = self
            .config
            .salesiq_base_url
            .as_ref()
            .map(|base_url| FaultPoints::asking(http.clone(), base_url))
            .unwrap_or_default();
        let endpoints = Endpoints {
            api: base_url("SALESIQ_BASE_URL", self.config.salesiq_base_url.as_deref())?,
            accounts: base_url("ACCOUNTS_BASE_URL", self.config.accounts_base_url.as_deref())?,
        };
        Ok(Engine {
            store: self.store(),
            agent,
            bus: self.bus(),
            workspaces: self.workspaces(),
            portals: Portals::new(self.store(), secrets, http, endpoints, clock.clone(), process.clone()),
            clock,
            terms: self.config.terms,
            process,
            fault_points,
            wake_ups: AtomicU64::new(0),
        })
    }
}

fn base_url(name: &'static str, text: Option<&str>) -> Result<Option<url::Url>, DeploymentError> {
    text.map(url::Url::parse).transpose().map_err(|source| DeploymentError::BaseUrl { name, source })
}
