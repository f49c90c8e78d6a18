//! A deployment's parts, built once per process from its environment.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aws_config::SdkConfig;
use jiff::SignedDuration;
use thiserror::Error;

use crate::agent::assistant::Assistant;
use crate::agent::model::Models;
use crate::agent::summary::Summariser;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, ConsoleConfig};
use crate::dead_letter::queue::Queues;
use crate::engine::fault_point::FaultPoints;
use crate::engine::portal::{Endpoints, Portals};
use crate::engine::{Engine, MailRoom, Mind, Work};
use crate::http::{self, HttpError};
use crate::mail::Post;
use crate::named_secrets::NamedSecrets;
use crate::salesiq::oauth::secret::Secrets;
use crate::sentinel::Sentinel;
use crate::store::dynamodb::DynamoDb;
use crate::telemetry::CountCalls;
use crate::tools::Toolbox;
use crate::workspace::Workspaces;

/// How many operations an answer waits for in a row: the settings are read, the event is stored, somebody is woken.
const OPERATIONS_OF_AN_ANSWER: u32 = 3;

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
        Ok(Self::of(Config::from_env()?, http::aws_config()))
    }

    /// The same for a function whose caller waits no longer than `answer`: DynamoDB and EventBridge have a third of it for
    /// each operation, so that there is an answer in time even if each takes its longest.
    ///
    /// # Errors
    /// The environment does not fit.
    pub fn from_env_answering_within(answer: Duration) -> Result<Self, DeploymentError> {
        Ok(Self::of(Config::from_env()?, http::aws_config_within(answer / OPERATIONS_OF_AN_ANSWER)))
    }

    fn of(config: Config, aws: SdkConfig) -> Self {
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&aws).interceptor(CountCalls).build();
        let store = DynamoDb::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), config.table.clone());
        Self { config, aws, store }
    }

    /// Where state is kept.
    #[must_use]
    pub fn store(&self) -> DynamoDb {
        self.store.clone()
    }

    /// Settings and knowledge.
    #[must_use]
    pub fn workspaces(&self) -> Workspaces<DynamoDb> {
        Workspaces::kept_for(self.store(), self.config.settings_cache)
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

    /// The queues of what no function took.
    #[must_use]
    pub fn queues(&self) -> Queues {
        let queues = aws_sdk_sqs::config::Builder::from(&self.aws).interceptor(CountCalls).build();
        Queues::Aws(aws_sdk_sqs::Client::from_conf(queues))
    }

    /// What the function that mails needs.
    ///
    /// # Errors
    /// The environment names no queue for mails that nobody takes.
    pub fn mail_room(&self) -> Result<MailRoom, DeploymentError> {
        let dead_letters_url = self
            .config
            .transcript_dead_letters_url
            .clone()
            .ok_or_else(|| ConfigError { problems: vec!["TRANSCRIPT_DEAD_LETTERS_URL is missing".to_owned()] })?;
        Ok(MailRoom {
            post: Post::ses(&self.mail_config(), self.config.ses_configuration_set.clone()),
            dead_letters_url,
        })
    }

    /// SES, for who asks it about addresses.
    #[must_use]
    pub fn ses(&self) -> aws_sdk_ses::Client {
        aws_sdk_ses::Client::new(&self.mail_config())
    }

    fn mail_config(&self) -> SdkConfig {
        match &self.config.ses_endpoint_url {
            Some(url) => self.aws.clone().into_builder().endpoint_url(url).build(),
            None => self.aws.clone(),
        }
    }

    /// What thinks: the models of the settings, at last the playbook. Asks nobody yet.
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub fn mind(&self) -> Result<Mind<Assistant<DynamoDb>>, DeploymentError> {
        let secrets = self.named_secrets();
        let models = Models::new(http::reqwest_client()?, self.aws.clone(), secrets.clone());
        Ok(Mind { agent: Assistant::new(self.store(), models), tools: Toolbox::new(secrets) })
    }

    /// What sums conversations up. Asks nobody yet.
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub fn summariser(&self) -> Result<Summariser<DynamoDb>, DeploymentError> {
        let models = Models::new(http::reqwest_client()?, self.aws.clone(), self.named_secrets());
        Ok(Summariser::new(self.store(), models))
    }

    /// The secrets that settings name.
    #[must_use]
    pub fn named_secrets(&self) -> NamedSecrets {
        NamedSecrets::new(self.secrets())
    }

    /// SalesIQ, for who shows it to people.
    ///
    /// # Errors
    /// The HTTP client can't be made, or a base URL is none.
    pub fn portals_for_pages(&self) -> Result<Portals<DynamoDb>, DeploymentError> {
        self.portals(http::reqwest_client()?, &Clock::system(), &process_name())
    }

    /// What the deployment says of the console.
    #[must_use]
    pub fn console_config(&self) -> ConsoleConfig {
        self.config.console.clone()
    }

    /// Where tokens and keys lie.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let secrets = aws_sdk_secretsmanager::config::Builder::from(&self.aws).interceptor(CountCalls).build();
        Secrets::manager(aws_sdk_secretsmanager::Client::from_conf(secrets), &self.config.secret_prefix)
    }

    /// The loop, for one kind of work.
    ///
    /// # Errors
    /// The HTTP client can't be made, or a base URL is none.
    pub fn engine<A>(&self, work: Work<A>) -> Result<Engine<DynamoDb, A>, DeploymentError> {
        let http = http::reqwest_client()?;
        let process = process_name();
        let clock = Clock::system();
        let fault_points = self
            .config
            .salesiq_base_url
            .as_ref()
            .map(|base_url| FaultPoints::asking(http.clone(), base_url))
            .unwrap_or_default();
        let portals = self.portals(http, &clock, &process)?;
        Ok(Engine {
            store: self.store(),
            work,
            bus: self.bus(),
            workspaces: self.workspaces(),
            portals,
            clock,
            terms: self.config.terms,
            process,
            fault_points,
            wake_ups: AtomicU64::new(0),
        })
    }

    /// What looks after all workspaces each minute, in runs of so long.
    ///
    /// # Errors
    /// The HTTP client can't be made, or a base URL is none.
    pub fn sentinel(&self, time_budget: SignedDuration) -> Result<Sentinel<DynamoDb>, DeploymentError> {
        let clock = Clock::system();
        let portals = self.portals(http::reqwest_client()?, &clock, &process_name())?;
        // Read anew in each run: of two processes neither may hold on to what another has seen changed.
        let workspaces = Workspaces::kept_for(self.store(), SignedDuration::ZERO);
        let (store, bus) = (self.store(), self.bus());
        Ok(Sentinel { store, workspaces, portals, bus, clock, time_budget })
    }

    fn portals(
        &self,
        http: reqwest::Client,
        clock: &Clock,
        process: &str,
    ) -> Result<Portals<DynamoDb>, DeploymentError> {
        let secrets = self.secrets();
        let endpoints = Endpoints {
            api: base_url("SALESIQ_BASE_URL", self.config.salesiq_base_url.as_deref())?,
            accounts: base_url("ACCOUNTS_BASE_URL", self.config.accounts_base_url.as_deref())?,
        };
        Ok(Portals::new(self.store(), secrets, http, endpoints, clock.clone(), process.to_owned()))
    }
}

/// Names this process in leases and claims.
fn process_name() -> String {
    format!("{:016x}", fastrand::u64(..))
}

fn base_url(name: &'static str, text: Option<&str>) -> Result<Option<url::Url>, DeploymentError> {
    text.map(url::Url::parse).transpose().map_err(|source| DeploymentError::BaseUrl { name, source })
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::bus::BusError;
    use crate::domain::conversation::Terms;
    use crate::domain::id::{ConversationId, WorkspaceId};
    use crate::store::{ConversationKey, Store as _, StoreError};

    const OPERATION: Duration = Duration::from_millis(1_500);

    /// A deployment of operations that take at most [`OPERATION`], before an AWS that takes connections and says nothing.
    async fn before_a_silent_aws() -> (Deployment, TcpListener) {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let aws = http::aws_config_within(OPERATION)
            .into_builder()
            .endpoint_url(format!("http://{}", silent.local_addr().unwrap()))
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
            // Not the process's shared client: its connections end with the runtime of one test.
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let config = Config {
            table: "table".to_owned(),
            bus: "bus".to_owned(),
            alarm_clock_url: "http://localhost/alarm-clock".to_owned(),
            secret_prefix: "salesiq-operator/".to_owned(),
            salesiq_base_url: None,
            accounts_base_url: None,
            transcript_dead_letters_url: None,
            ses_configuration_set: None,
            ses_endpoint_url: None,
            settings_cache: SignedDuration::from_secs(60),
            terms: Terms { lease: SignedDuration::from_secs(75), landing: SignedDuration::from_secs(30) },
            console: ConsoleConfig::default(),
        };
        (Deployment::of(config, aws), silent)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_table_is_given_up_when_the_operations_time_is_over() {
        let (deployment, _silent) = before_a_silent_aws().await;
        let begun = Instant::now();
        let error = deployment.store().document("W#demo", "SETTINGS").await.unwrap_err();
        assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
        assert!((OPERATION..OPERATION + Duration::from_millis(50)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_bus_is_given_up_when_the_operations_time_is_over() {
        let (deployment, _silent) = before_a_silent_aws().await;
        let key = ConversationKey {
            workspace: WorkspaceId::parse("demo").unwrap(),
            conversation: ConversationId::parse("9001").unwrap(),
        };
        let begun = Instant::now();
        let error = deployment.bus().conversation_news(&[key]).await.unwrap_err();
        assert!(matches!(error, BusError::Unreachable { count: 1, .. }), "{error:?}");
        assert!((OPERATION..OPERATION + Duration::from_millis(50)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }
}
