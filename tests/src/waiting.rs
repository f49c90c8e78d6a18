//! A visitor who waits in vain: how the chat is opened, what was done for them in which order, and how it ended.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::action::Action;
use shared::domain::conversation::{Closed, Phase};
use shared::domain::drain::Finding;
use shared::findings;
use shared::store::Store;

use crate::escalating::WISH;
use crate::{Kept, SOON, World, until};

impl World<'_> {
    /// Mia opens a chat in which `change` changes something, such as `wait_time_ms`, `country` or `visitor`.
    pub async fn open_as(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut opening = json!({
            "brand_id": self.brand, "department_id": self.department, "question": WISH,
            "visitor": {"name": "Mia", "email": "mia@example.com"},
            "page_url": "https://www.lumen.example/en-gb/help",
        });
        change(&mut opening);
        let opened = self.deployed.portal.control(Method::POST, "visitors/conversations", Some(opening)).await;
        opened.expect("an open chat")["id"].as_str().expect("an id").to_owned()
    }

    /// What took effect, in its order: `said` by the AI, `rung`, `mailed` and `closed`.
    pub async fn course(&self, conversation: &str) -> Vec<&'static str> {
        let mut calls = self.calls(conversation).await;
        for address in [self.address("inbox"), self.address("duty")] {
            calls.extend(self.mail_calls(&address).await);
        }
        calls.retain(took_effect);
        calls.sort_by_key(|call| call["seq"].as_u64());
        calls.iter().filter_map(effect).collect()
    }

    /// The calls of SES for an address, also those that it refused.
    pub async fn mail_calls(&self, address: &str) -> Vec<Value> {
        let calls = self.deployed.portal.control(Method::GET, &format!("calls?to={address}"), None).await;
        calls.expect("the calls").as_array().cloned().unwrap_or_default()
    }

    /// The calls that tried to close a chat.
    pub async fn close_calls(&self, conversation: &str) -> Vec<Value> {
        let calls = self.calls(conversation).await;
        calls.into_iter().filter(|call| call_ends(call, "/close")).collect()
    }

    /// Waits until a chat has ended, as we see it, and nothing is left to be done for it.
    pub async fn ended(&self, conversation: &str, how: Closed) -> Kept {
        until(&format!("{conversation} to end as {how:?}"), SOON, async || {
            let kept = self.kept(conversation).await?;
            let idle = kept.unread == 0 && !kept.conversation.actions.iter().any(Action::is_open);
            (idle && kept.conversation.phase == Phase::Closed { how }).then_some(kept)
        })
        .await
    }

    /// Lets the first try to close a chat fail. To be called before its mail is out.
    pub async fn first_close_fails(&self, conversation: &str, error_code: u16) {
        let close = json!({"what": "rest", "method": "PUT", "path_contains": "/close", "conversation": conversation});
        self.faults(json!([{"match": close, "do": {"error_code": error_code}, "times": 1}])).await;
    }

    /// Waits until a try to close has failed. The next comes some seconds later.
    pub async fn close_failed(&self, conversation: &str) {
        until(&format!("a close of {conversation} to fail"), SOON, async || {
            self.close_calls(conversation).await.iter().any(|call| !took_effect(call)).then_some(())
        })
        .await;
    }

    /// Waits until a finding is kept.
    pub async fn found(&self, finding: Finding) -> findings::Kept {
        until(&format!("{finding:?} of {}", self.workspace), SOON, async || self.finding(finding).await).await
    }

    /// A finding, if it is kept.
    pub async fn finding(&self, finding: Finding) -> Option<findings::Kept> {
        let name = serde_json::to_value(finding).expect("a name");
        let partition = findings::partition(&self.workspace);
        let document = self.deployed.store.document(&partition, name.as_str().expect("a name")).await;
        let document = document.expect("readable findings")?;
        Some(serde_json::from_str(&document.body).expect("a readable finding"))
    }
}

fn took_effect(call: &Value) -> bool {
    call["performed"] == true && call["error_code"].is_null()
}

fn call_ends(call: &Value, end: &str) -> bool {
    call["method"] == "PUT" && call["path"].as_str().is_some_and(|path| path.ends_with(end))
}

fn effect(call: &Value) -> Option<&'static str> {
    let says = call["method"] == "POST" && call["path"].as_str().is_some_and(|path| path.ends_with("/messages"));
    if call["api"] == "ses" {
        Some("mailed")
    } else if says {
        Some("said")
    } else if call_ends(call, "/transfer") {
        Some("rung")
    } else {
        call_ends(call, "/close").then_some("closed")
    }
}
