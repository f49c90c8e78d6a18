//! A hand on the simulated SalesIQ: acts as its visitors and operators, and looks. Used by the demo and the end-to-end tests.
//!
//! It speaks the simulator's control API (`dev/simulator/README.md`), so it sees what SalesIQ has, not what we keep.

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::error::Error;
use crate::http;

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The control API of a running simulator.
#[derive(Clone, Debug)]
pub struct Portal {
    client: Client,
    base_url: String,
}

/// A visitor who opens a chat.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// The brand's id.
    pub brand: &'a str,
    /// The department's id.
    pub department: &'a str,
    /// The first line.
    pub question: &'a str,
    /// The visitor's name.
    pub name: &'a str,
    /// The visitor's e-mail address.
    pub email: &'a str,
}

/// A line as SalesIQ has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who wrote it: `visitor`, `operator`, `bot`.
    pub sender_kind: String,
    /// The sender's id.
    pub sender_id: String,
    /// What it says.
    pub text: String,
}

impl Portal {
    /// The simulator at `base_url`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn at(base_url: &str) -> Result<Self, Error> {
        Ok(Self { client: http::client()?, base_url: base_url.trim_end_matches('/').to_owned() })
    }

    /// Any call of the control API, such as `PUT` of `faults`.
    ///
    /// # Errors
    /// When the simulator refuses it or does not answer.
    pub async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Error> {
        let mut request = self.client.request(method, format!("{}/_control/{path}", self.base_url));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let text = http::body("a control call of the simulator", request).await?;
        serde_json::from_str(&text)
            .map_err(|error| Error::Call { what: "a control call of the simulator", detail: error.to_string() })
    }

    /// Opens a chat and gives its id.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn open(&self, opening: &Opening<'_>) -> Result<String, Error> {
        let body = json!({
            "brand_id": opening.brand, "department_id": opening.department, "question": opening.question,
            "visitor": {"name": opening.name, "email": opening.email},
            "page_url": "https://www.lumen.example/en-gb/help",
        });
        let conversation = self.control(Method::POST, "visitors/conversations", Some(body)).await?;
        Ok(conversation["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Writes a line as the visitor.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn visitor_says(&self, conversation: &str, text: &str) -> Result<(), Error> {
        let path = format!("visitors/conversations/{conversation}/messages");
        self.control(Method::POST, &path, Some(json!({"text": text}))).await.map(drop)
    }

    /// Lets an operator do something: `pickup`, `accept`, `messages`, `close`, `transfer`, `hand-back` and so on.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn operator(&self, operator: &str, what: &str, mut body: Value, conversation: &str) -> Result<(), Error> {
        body["conversation"] = json!(conversation);
        self.control(Method::POST, &format!("operators/{operator}/{what}"), Some(body)).await.map(drop)
    }

    /// A conversation as SalesIQ has it.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn conversation(&self, conversation: &str) -> Result<Value, Error> {
        self.control(Method::GET, &format!("conversations/{conversation}"), None).await
    }

    /// The lines of a conversation, in SalesIQ's order.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn lines(&self, conversation: &str) -> Result<Vec<Line>, Error> {
        let conversation = self.conversation(conversation).await?;
        Ok(lines_of(&conversation))
    }

    /// What an operator said in a conversation.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn said_by(&self, conversation: &str, operator: &str) -> Result<Vec<String>, Error> {
        let lines = self.lines(conversation).await?;
        Ok(lines.into_iter().filter(|line| line.sender_id == operator).map(|line| line.text).collect())
    }

    /// The API calls that SalesIQ received about a conversation.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn calls(&self, conversation: &str) -> Result<Vec<Value>, Error> {
        let calls = self.control(Method::GET, &format!("calls?conversation={conversation}"), None).await?;
        Ok(calls.as_array().cloned().unwrap_or_default())
    }

    /// The attempts to deliver a conversation's webhooks, each with its answer.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn deliveries(&self, conversation: &str) -> Result<Vec<Value>, Error> {
        let deliveries = self.control(Method::GET, &format!("deliveries?conversation={conversation}"), None).await?;
        Ok(deliveries.as_array().cloned().unwrap_or_default())
    }

    /// Delivers a body as SalesIQ would and gives status and body of the answer. `sign` is `valid`, `none`, `garbage` or
    /// `other_key`.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn deliver(&self, url: &str, body: &Value, sign: &str) -> Result<(u16, Value), Error> {
        let call = json!({"url": url, "body": body, "sign": sign});
        self.deliver_as(call).await
    }

    /// The same with full control over the call: `raw`, `raw_base64`, `headers`, `key_id`.
    ///
    /// # Errors
    /// As [`Portal::control`].
    pub async fn deliver_as(&self, call: Value) -> Result<(u16, Value), Error> {
        let answer = self.control(Method::POST, "deliver", Some(call)).await?;
        let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
        let body = answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        Ok((status, body))
    }
}

fn lines_of(conversation: &Value) -> Vec<Line> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let messages = conversation["messages"].as_array().into_iter().flatten();
    messages
        .map(|message| Line {
            sender_kind: text(&message["sender"]["kind"]),
            sender_id: text(&message["sender"]["id"]),
            text: text(&message["content"]["text"]),
        })
        .collect()
}

/// Looks until a condition holds; none when it does not within `patience`.
///
/// # Errors
/// The first look that fails ends it.
pub async fn until<T, F>(patience: Duration, mut look: impl FnMut() -> F) -> Result<Option<T>, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    let give_up = Instant::now() + patience;
    loop {
        if let Some(seen) = look().await? {
            return Ok(Some(seen));
        }
        if Instant::now() >= give_up {
            return Ok(None);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
