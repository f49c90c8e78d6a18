//! Any endpoint that speaks OpenAI's chat completions.
//!
//! Endpoints agree on the format and differ in what they take of it. What one does not take is learned from its answer
//! (`Unsupported parameter: 'max_tokens'`), kept for the process, and the question asked again at once: such an answer costs
//! no tokens.

mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;
use url::Url;

use self::wire::{Answer, Failure};
use super::{Completion, ModelError, Overlong, Question, Stop, Tokens, error};
use crate::domain::id::{BackendName, SecretName};
use crate::domain::settings::KeyHeader;
use crate::named_secrets::NamedSecrets;

/// The most bytes of an answer that are read. The longest reply that the settings allow has a tenth of it.
const ANSWER_LIMIT_BYTES: usize = 1024 * 1024;

/// How often a question is put anew because the endpoint does not take a parameter: there are two that it may not take.
const LESSONS: usize = 2;

const API_KEY: HeaderName = HeaderName::from_static("api-key");
/// Azure's, which is finer than seconds.
const RETRY_AFTER_MS: &str = "retry-after-ms";

/// Where a model is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// What `/chat/completions` is put behind.
    pub(super) base_url: &'a str,
    /// The secret that holds the key.
    pub(super) secret: Option<&'a SecretName>,
    /// How the key is shown.
    pub(super) key_header: KeyHeader,
}

/// What an endpoint takes of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dialect {
    /// `max_completion_tokens` in the place of `max_tokens`.
    completion_tokens: bool,
    /// It lets itself be told how freely it chooses its words.
    temperature: bool,
}

impl Dialect {
    /// OpenAI's own endpoints want the newer name, which its newer models insist on; most others know only the older one.
    fn of(url: &Url) -> Self {
        let openai = url.host_str().is_some_and(|host| host == "api.openai.com" || host.ends_with(".api.openai.com"));
        Self { completion_tokens: openai, temperature: true }
    }

    /// What an endpoint that does not take this parameter takes instead; none if that is nothing new.
    fn without(self, parameter: &str) -> Option<Self> {
        let next = match parameter {
            "max_tokens" => Self { completion_tokens: true, ..self },
            "max_completion_tokens" => Self { completion_tokens: false, ..self },
            "temperature" => Self { temperature: false, ..self },
            _ => self,
        };
        (next != self).then_some(next)
    }
}

/// Asks such endpoints.
#[derive(Debug)]
pub(super) struct OpenAi {
    http: reqwest::Client,
    secrets: NamedSecrets,
    /// By endpoint and model.
    dialects: Mutex<HashMap<(Url, String), Dialect>>,
}

impl OpenAi {
    pub(super) fn new(http: reqwest::Client, secrets: NamedSecrets) -> Self {
        Self { http, secrets, dialects: Mutex::default() }
    }

    /// Asks once; the key is read first if it is not known.
    pub(super) async fn ask(&self, question: &Question<'_>, place: &Place<'_>) -> Result<Completion, ModelError> {
        let within = question.within;
        timeout(within, self.ask_at_leisure(question, place)).await.unwrap_or_else(|_| {
            let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
            Err(ModelError::TimedOut { backend: question.backend.name.clone(), within_ms })
        })
    }

    async fn ask_at_leisure(&self, question: &Question<'_>, place: &Place<'_>) -> Result<Completion, ModelError> {
        let backend = &question.backend.name;
        let url = endpoint(place.base_url)
            .ok_or_else(|| ModelError::Rejected { backend: backend.clone(), code: "base_url".to_owned() })?;
        let headers = self.headers(question, place).await?;
        let known = (url.clone(), question.backend.model.clone());
        let mut dialect = self.dialect(&known);
        let mut lessons = LESSONS;
        loop {
            let parameter = match self.post(question, &url, headers.clone(), dialect).await? {
                Posted::Answered(completion) => return Ok(completion),
                Posted::NotTaken(parameter) => parameter,
            };
            let Some(next) = dialect.without(&parameter).filter(|_| lessons > 0) else {
                let code = error::code(&parameter).unwrap_or("unsupported_parameter").to_owned();
                return Err(ModelError::Rejected { backend: backend.clone(), code });
            };
            (dialect, lessons) = (next, lessons - 1);
            tracing::info!(%backend, ?dialect, "the endpoint takes another dialect");
            self.dialects.lock().unwrap_or_else(PoisonError::into_inner).insert(known.clone(), dialect);
        }
    }

    fn dialect(&self, known: &(Url, String)) -> Dialect {
        let kept = self.dialects.lock().unwrap_or_else(PoisonError::into_inner).get(known).copied();
        kept.unwrap_or_else(|| Dialect::of(&known.0))
    }

    async fn headers(&self, question: &Question<'_>, place: &Place<'_>) -> Result<HeaderMap, ModelError> {
        let backend = &question.backend.name;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let Some(name) = place.secret else { return Ok(headers) };
        let unreadable = |source| ModelError::Secret { backend: backend.clone(), source };
        let key = self.secrets.get(question.workspace, name, question.now).await.map_err(unreadable)?;
        let no_secret = || ModelError::NoSecret {
            backend: backend.clone(),
            secret: self.secrets.full_name(question.workspace, name),
        };
        let (header, value) = shown(&key.ok_or_else(no_secret)?, place.key_header);
        // What can't stand in a header is no key.
        let mut value = HeaderValue::from_str(&value).map_err(|_| no_secret())?;
        value.set_sensitive(true);
        headers.insert(header, value);
        Ok(headers)
    }

    async fn post(
        &self,
        question: &Question<'_>,
        url: &Url,
        headers: HeaderMap,
        dialect: Dialect,
    ) -> Result<Posted, ModelError> {
        let backend = &question.backend.name;
        let body = wire::request(question.prompt, &question.backend.model, dialect);
        let sent = self.http.post(url.clone()).headers(headers).json(&body).timeout(question.within).send().await;
        let response = sent.map_err(|error| broken(question, error))?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let bytes = read(question, response).await?;
        if !status.is_success() {
            let failure = wire::failure(&bytes).unwrap_or_default();
            return failed(backend, status, failure, retry_after);
        }
        match wire::answer(&bytes) {
            Ok(Answer::Completed(completed)) => Ok(Posted::Answered(completed.completion(question.prompt))),
            // Gateways pass errors of what is behind them on with 200.
            Ok(Answer::Failed(failure)) => {
                let status = failure.status.unwrap_or(StatusCode::BAD_GATEWAY);
                failed(backend, status, failure, retry_after)
            }
            Err(what) => Err(ModelError::Malformed { backend: backend.clone(), what }),
        }
    }
}

enum Posted {
    Answered(Completion),
    /// The endpoint does not take this parameter.
    NotTaken(String),
}

/// The header of a key.
fn shown(key: &SecretString, header: KeyHeader) -> (HeaderName, String) {
    match header {
        KeyHeader::Bearer => (AUTHORIZATION, format!("Bearer {}", key.expose_secret())),
        KeyHeader::ApiKey => (API_KEY, key.expose_secret().to_owned()),
    }
}

/// The base URL with `/chat/completions` behind its path; its query is kept, which Azure has the version of the API in.
fn endpoint(base_url: &str) -> Option<Url> {
    let mut url = Url::parse(base_url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.path_segments_mut().ok()?.pop_if_empty().extend(["chat", "completions"]);
    url.set_fragment(None);
    Some(url)
}

/// What the endpoint wants to be waited for.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number(RETRY_AFTER_MS).map(Duration::from_millis).or_else(|| number(RETRY_AFTER.as_str()).map(Duration::from_secs))
}

/// The body, as far as it may be long.
async fn read(question: &Question<'_>, mut response: Response) -> Result<Vec<u8>, ModelError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(question, error))? {
        if bytes.len() + chunk.len() > ANSWER_LIMIT_BYTES {
            let what = format!("it has more than {ANSWER_LIMIT_BYTES} bytes");
            return Err(ModelError::Malformed { backend: question.backend.name.clone(), what });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(question: &Question<'_>, error: reqwest::Error) -> ModelError {
    let backend = question.backend.name.clone();
    if error.is_timeout() {
        let within_ms = u64::try_from(question.within.as_millis()).unwrap_or(u64::MAX);
        return ModelError::TimedOut { backend, within_ms };
    }
    // A query may hold a key.
    ModelError::Unreachable { backend, source: Box::new(error.without_url()) }
}

/// What an endpoint means by its status and code.
fn failed(
    backend: &BackendName,
    status: StatusCode,
    failure: Failure,
    retry_after: Option<Duration>,
) -> Result<Posted, ModelError> {
    let backend = backend.clone();
    let code = failure.code.as_deref().and_then(error::code);
    let told = code.map_or_else(|| status.as_u16().to_string(), |code| format!("{} {code}", status.as_u16()));
    match (status.as_u16(), code.unwrap_or_default()) {
        (_, "content_filter" | "content_policy_violation") => {
            let (text, calls) = (String::new(), Vec::new());
            Ok(Posted::Answered(Completion { text, calls, stop: Stop::Refused, tokens: Tokens::default() }))
        }
        (_, "context_length_exceeded" | "string_above_max_length") | (413, _) => {
            Err(ModelError::TooLong { backend, what: Overlong::Prompt, tokens: Tokens::default() })
        }
        (400 | 422, _) => match failure.parameter {
            Some(parameter) => Ok(Posted::NotTaken(parameter)),
            None => Err(ModelError::Rejected { backend, code: told }),
        },
        (401 | 403, _) => Err(ModelError::Unauthorised { backend, code: told }),
        (408 | 409 | 425 | 500.., _) => Err(ModelError::Unavailable { backend, code: told }),
        (429, _) => Err(ModelError::Throttled { backend, retry_after }),
        _ => Err(ModelError::Rejected { backend, code: told }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_put_behind_the_base_and_the_query_is_kept() {
        for (base, url) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
            ("http://localhost:11434/v1/", "http://localhost:11434/v1/chat/completions"),
            (
                "https://x.openai.azure.com/openai/deployments/gpt?api-version=2024-10-21",
                "https://x.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
            ),
        ] {
            assert_eq!(endpoint(base).unwrap().as_str(), url);
        }
        assert_eq!(endpoint("ftp://example.com"), None);
        assert_eq!(endpoint("not a url"), None);
    }

    #[test]
    fn a_dialect_is_learned_once_and_not_back_and_forth_for_ever() {
        let own = Dialect::of(&Url::parse("https://api.openai.com/v1").unwrap());
        let other = Dialect::of(&Url::parse("http://localhost:11434/v1").unwrap());
        assert!(own.completion_tokens && !other.completion_tokens);
        let learned = other.without("max_tokens").unwrap();
        assert!(learned.completion_tokens);
        assert_eq!(learned.without("max_tokens"), None);
        assert!(!own.without("temperature").unwrap().temperature);
        assert_eq!(own.without("messages"), None);
    }

    #[test]
    fn what_to_wait_for_is_read_in_seconds_and_in_milliseconds() {
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        headers.insert(RETRY_AFTER_MS, HeaderValue::from_static("250"));
        assert_eq!(retry_after(&headers), Some(Duration::from_millis(250)));
    }

    #[test]
    fn statuses_and_codes_are_told_apart() {
        let backend = BackendName::parse("main").unwrap();
        let told = |status: u16, code: Option<&str>| {
            let failure = Failure { code: code.map(str::to_owned), ..Failure::default() };
            failed(&backend, StatusCode::from_u16(status).unwrap(), failure, None)
        };
        assert!(matches!(told(401, None), Err(ModelError::Unauthorised { .. })));
        assert!(matches!(told(429, Some("rate_limit_exceeded")), Err(ModelError::Throttled { .. })));
        assert!(matches!(told(503, None), Err(ModelError::Unavailable { .. })));
        assert!(matches!(told(404, Some("model_not_found")), Err(ModelError::Rejected { .. })));
        assert!(matches!(told(400, Some("context_length_exceeded")), Err(ModelError::TooLong { .. })));
        assert!(matches!(told(302, None), Err(ModelError::Rejected { .. })));
        let filtered = told(400, Some("content_filter"));
        assert!(matches!(filtered, Ok(Posted::Answered(Completion { stop: Stop::Refused, .. }))));
        let text = told(500, Some("the visitor wrote: hello")).err().unwrap().to_string();
        assert!(text.ends_with("failed with 500"), "{text}");
    }
}
