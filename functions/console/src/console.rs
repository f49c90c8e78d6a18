//! What every page works with, built once per process.

use shared::agent::summary::Summariser;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::config::ConsoleConfig;
use shared::dead_letter::queue::Queues;
use shared::deployment::{Deployment, DeploymentError};
use shared::engine::portal::Portals;
use shared::salesiq::oauth::secret::Secrets;
use shared::store::DynamoDb;
use shared::workspace::Workspaces;

use crate::access::Users;
use crate::access::oidc::Provider;

/// What every page works with.
pub struct Console {
    /// Where state is kept.
    pub store: DynamoDb,
    /// Settings and knowledge, as the functions see them: kept for a while.
    pub workspaces: Workspaces<DynamoDb>,
    /// SalesIQ.
    pub portals: Portals<DynamoDb>,
    /// Where tokens and keys lie.
    pub secrets: Secrets,
    /// Who sends mail, for asking about addresses.
    pub ses: aws_sdk_ses::Client,
    /// Who wakes functions.
    pub bus: Bus,
    /// What sums conversations up.
    pub summariser: Summariser<DynamoDb>,
    /// What no function took.
    pub queues: Queues,
    /// For everything outside of AWS and SalesIQ.
    pub http: reqwest::Client,
    /// What time it is.
    pub clock: Clock,
    /// The people who may sign in.
    pub users: Users,
    /// What the identity provider says of itself.
    pub provider: Provider,
    /// What the deployment says of the console.
    pub config: ConsoleConfig,
}

impl Console {
    /// The parts of a deployment that the console works with.
    ///
    /// # Errors
    /// The HTTP client can't be made, or a base URL is none.
    pub fn of(deployment: &Deployment) -> Result<Self, DeploymentError> {
        Ok(Self {
            store: deployment.store(),
            workspaces: deployment.workspaces(),
            portals: deployment.portals_for_pages()?,
            secrets: deployment.secrets(),
            ses: deployment.ses(),
            bus: deployment.bus(),
            summariser: deployment.summariser()?,
            queues: deployment.queues(),
            http: shared::http::reqwest_client()?,
            clock: Clock::system(),
            users: Users::new(deployment.store()),
            provider: Provider::default(),
            config: deployment.console_config(),
        })
    }
}
