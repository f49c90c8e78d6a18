//! Places at which a test stops or holds the process, to prove that nothing is lost there (ARCHITECTURE.md, "How it is proven").
//!
//! They exist only where debug assertions are on, which is the `local` profile and tests: the local SalesIQ is asked
//! at each step whether to go on. A release build has none of it.

use crate::domain::id::ConversationId;

/// The steps of a wake-up, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The inbox and the state were read.
    Loaded,
    /// The events were drained and, for a turn, the lease was taken.
    Committed,
    /// The chat was picked up.
    PickedUp,
    /// A call that writes was committed, and is about to be made.
    WriteBegun,
    /// A call that writes was made; nobody knows it yet.
    WriteMade,
    /// The calls that the agent asked for were made.
    Called,
    /// The agent came to a verdict.
    Thought,
    /// The verdict was committed as claimed actions.
    Concluded,
    /// The inbox was read once more before saying it.
    LookedAgain,
    /// It was said.
    Said,
    /// It was ticked off.
    Ticked,
}

#[cfg(debug_assertions)]
mod switch {
    use super::{ConversationId, Step};

    /// Asks the local SalesIQ at each step.
    #[derive(Debug, Clone, Default)]
    pub struct FaultPoints(Option<(reqwest::Client, String)>);

    impl FaultPoints {
        /// Asks the server at `base_url`.
        #[must_use]
        pub fn asking(http: reqwest::Client, base_url: &str) -> Self {
            Self(Some((http, base_url.trim_end_matches('/').to_owned())))
        }

        /// Stops here if a test wants it.
        pub async fn reached(&self, conversation: &ConversationId, step: Step) {
            let Some((http, base_url)) = &self.0 else { return };
            let name = format!("{step:?}").to_lowercase();
            let url = format!("{base_url}/_control/steps/{conversation}/{name}");
            let Ok(answer) = http.get(url).timeout(std::time::Duration::from_secs(40)).send().await else { return };
            let told: serde_json::Value = answer.json().await.unwrap_or_default();
            if told["do"] == "die" {
                std::process::abort();
            }
        }
    }
}

#[cfg(not(debug_assertions))]
mod switch {
    use super::{ConversationId, Step};

    /// Nothing.
    #[derive(Debug, Clone, Default)]
    pub struct FaultPoints;

    impl FaultPoints {
        /// Nothing.
        #[must_use]
        pub fn asking(_: reqwest::Client, _: &str) -> Self {
            Self
        }

        /// Nothing.
        #[allow(clippy::unused_async, reason = "the same shape as where it does something")]
        pub async fn reached(&self, _: &ConversationId, _: Step) {}
    }
}

pub use switch::FaultPoints;
