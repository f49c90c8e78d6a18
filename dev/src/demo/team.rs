//! The humans of one department, set up as an administrator would: three are there, each with a limit of five chats.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::error::Error;
use crate::portal::Portal;
use crate::seed::{ADA, SUPPORT};

/// Who is there, with which loads, is asked of SalesIQ once in five seconds: after a change that long is waited.
const ROSTER_SERVES: Duration = Duration::from_secs(6);

/// Three humans of Player Support. Ada, who takes any number of chats, is Busy meanwhile.
pub(super) struct Team {
    humans: Vec<(String, &'static str)>,
}

impl Team {
    /// Ben of the demo portal, and two more.
    pub(super) async fn gather(portal: &Portal) -> Result<Self, Error> {
        let mut humans = vec![(simulator::seed::OPERATOR_BEN.to_owned(), "Ben")];
        for name in ["Dora", "Emil"] {
            let human = json!({"nick_name": name, "departments": [SUPPORT]});
            let made = portal.control(Method::POST, "operators", Some(human)).await?;
            humans.push((made["id"].as_str().unwrap_or_default().to_owned(), name));
        }
        let team = Self { humans };
        change(portal, ADA, json!({"status": "Busy"})).await?;
        team.change_all(portal, &json!({"status": "Available", "maximum_concurrent_chat": 5})).await?;
        Ok(team)
    }

    /// Changes each of the three, and waits until that is known.
    pub(super) async fn change_all(&self, portal: &Portal, changes: &Value) -> Result<(), Error> {
        for id in self.ids() {
            change(portal, id, changes.clone()).await?;
        }
        tokio::time::sleep(ROSTER_SERVES).await;
        Ok(())
    }

    /// Ada is there again, and the three as they were made.
    pub(super) async fn dismiss(&self, portal: &Portal) -> Result<(), Error> {
        change(portal, ADA, json!({"status": "Available"})).await?;
        self.change_all(portal, &json!({"status": "Available", "maximum_concurrent_chat": 5})).await
    }

    /// Their ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.humans.iter().map(|(id, _)| id)
    }

    /// Whether it is one of them.
    pub(super) fn has(&self, operator: &str) -> bool {
        self.ids().any(|id| id == operator)
    }

    /// What people call an operator.
    pub(super) fn name<'a>(&self, operator: &'a str) -> &'a str {
        self.humans.iter().find(|(id, _)| id == operator).map_or(operator, |(_, name)| name)
    }
}

async fn change(portal: &Portal, operator: &str, changes: Value) -> Result<(), Error> {
    portal.control(Method::PUT, &format!("operators/{operator}"), Some(changes)).await.map(drop)
}

/// A human closes chats, so that their load does not weigh on what comes next.
pub(super) async fn close(portal: &Portal, chats: impl IntoIterator<Item = (&str, &str)>) {
    for (operator, conversation) in chats {
        // One that ended meanwhile is as good.
        let _ = portal.operator(operator, "close", json!({}), conversation).await;
    }
    tokio::time::sleep(ROSTER_SERVES).await;
}
