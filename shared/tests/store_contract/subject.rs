//! What the contract is run on.

use std::future::Future;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use shared::store::dynamodb::{create_table, items};
use shared::store::{DynamoDb, Item, Memory, Store};

use crate::wire::Wire;

/// An implementation whose items can be looked at.
pub trait Subject {
    type Store: Store;

    fn store(&self) -> &Self::Store;

    /// All items, without the stamps that only DynamoDB needs.
    fn items(&self) -> impl Future<Output = Vec<Item>>;
}

impl Subject for Memory {
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    async fn items(&self) -> Vec<Item> {
        Memory::items(self)
    }
}

/// A table of its own, and the wire to it.
pub struct Table {
    pub store: DynamoDb,
    pub client: Client,
    pub name: String,
    pub wire: Wire,
}

impl Table {
    /// On a server in this process.
    pub async fn in_process() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
        Self::on(&endpoint).await
    }

    /// On the endpoint that the environment names, if it names one.
    pub async fn elsewhere() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a switch of this suite, not a setting of the product")]
        let endpoint = std::env::var("DYNAMODB_LOCAL_URL").ok()?;
        Some(Self::on(&endpoint).await)
    }

    async fn on(endpoint: &str) -> Self {
        // Not the process's shared client: each test has a runtime of its own, and connections end with theirs.
        let wire = Wire::new(aws_smithy_http_client::Builder::new().build_http());
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(endpoint)
            .http_client(wire.clone())
            // The SDK's own second of waiting would only make the tests slow.
            .retry_config(
                RetryConfig::standard().with_max_attempts(3).with_initial_backoff(std::time::Duration::from_millis(1)),
            )
            .build();
        let client = Client::from_conf(config);
        let name = format!("contract-{:016x}", fastrand::u64(..));
        create_table(&client, &name).await.unwrap();
        wire.reset();
        Self { store: DynamoDb::new(client.clone(), name.clone()), client, name, wire }
    }
}

impl Subject for Table {
    type Store = DynamoDb;

    fn store(&self) -> &DynamoDb {
        &self.store
    }

    async fn items(&self) -> Vec<Item> {
        let items = items(&self.client, &self.name).await.unwrap();
        items.into_iter().map(|item| Item { stamp: None, ..item }).collect()
    }
}
