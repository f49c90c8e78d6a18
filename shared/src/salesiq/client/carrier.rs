//! What carries a request to SalesIQ: HTTP, or a model of SalesIQ in the same process. All above it, as tokens, time-outs,
//! repetitions and the reading of answers, is the same for both.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::request::{Body, Upload};
use crate::domain::id::ConversationId;
use crate::salesiq::oauth::Principal;

/// The longest answer that is read: 99 conversations have some 200 KB, pictures up to this are looked at.
pub(super) const ANSWER_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// Carries requests to SalesIQ.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// To its servers.
    Http(reqwest::Client),
    /// To a model of it in this process.
    Model(Arc<dyn Model>),
}

/// A model of SalesIQ, for the simulation.
pub trait Model: fmt::Debug + Send + Sync {
    /// Answers a request, or loses it.
    fn answer<'a>(&'a self, asked: Asked<'a>) -> Pin<Box<dyn Future<Output = Result<Answer, Lost>> + Send + 'a>>;
}

/// A request as a model sees it.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Which call it is, such as `send_text`.
    pub operation: &'static str,
    /// In whose name.
    pub principal: Principal,
    /// The method.
    pub method: Method,
    /// Path and query, as a server would see them.
    pub url: Url,
    /// The conversation that it is about.
    pub conversation: Option<&'a ConversationId>,
    /// The body, where it is JSON.
    pub body: Option<&'a Value>,
    /// How long is waited for the answer.
    pub timeout: Duration,
}

/// An answer, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// No answer came.
#[derive(Debug)]
pub struct Lost {
    /// The request was sent, or may have been.
    pub may_have_landed: bool,
    /// Why, without the URL.
    pub source: Box<dyn StdError + Send + Sync>,
}

impl From<reqwest::Error> for Lost {
    fn from(error: reqwest::Error) -> Self {
        let may_have_landed = !(error.is_connect() || error.is_builder());
        Self { may_have_landed, source: Box::new(error.without_url()) }
    }
}

/// A request, ready to be carried.
pub(super) struct Parcel<'a> {
    pub(super) operation: &'static str,
    pub(super) principal: Principal,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) authorization: HeaderValue,
    pub(super) conversation: Option<&'a ConversationId>,
    pub(super) body: &'a Body,
    pub(super) timeout: Duration,
}

impl Carrier {
    pub(super) async fn carry(&self, parcel: Parcel<'_>) -> Result<Answer, Lost> {
        match self {
            Self::Http(http) => by_http(http, parcel).await,
            Self::Model(model) => {
                let Parcel { operation, principal, method, url, conversation, body, timeout, .. } = parcel;
                let body = if let Body::Json(body) = body { Some(body) } else { None };
                model.answer(Asked { operation, principal, method, url, conversation, body, timeout }).await
            }
        }
    }
}

async fn by_http(http: &reqwest::Client, parcel: Parcel<'_>) -> Result<Answer, Lost> {
    let request = http.request(parcel.method, parcel.url).header(AUTHORIZATION, parcel.authorization);
    let request = request.timeout(parcel.timeout);
    let request = match parcel.body {
        Body::None => request,
        Body::Json(body) => request.json(body),
        Body::File(upload) => request.multipart(form(upload)?),
    };
    let mut response = request.send().await?;
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_LIMIT_BYTES {
            let source = format!("the answer has more than {ANSWER_LIMIT_BYTES} bytes").into();
            return Err(Lost { may_have_landed: true, source });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after, body })
}

fn form(upload: &Upload) -> Result<Form, Lost> {
    let part = Part::bytes(upload.bytes.clone()).file_name(upload.name.clone()).mime_str(&upload.mime)?;
    let form = Form::new().part("file", part);
    Ok(match &upload.comment {
        Some(comment) => form.text("comment", comment.clone()),
        None => form,
    })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
