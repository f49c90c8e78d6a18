//! One request, described: who asks, what, and how far it may be repeated.

use reqwest::Method;
use serde_json::Value;
use url::Url;

use crate::domain::id::{ConversationId, ScreenName};
use crate::salesiq::oauth::Principal;

/// How far a request may be repeated by the client itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing: after any failure that may pass.
    Read,
    /// Only when it surely did nothing.
    Definite,
    /// Not at all, but for a token that was not accepted.
    Never,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(super) enum Body {
    None,
    Json(Value),
    File(Upload),
}

/// A file to send (api.md §2.6: at most 50 MB).
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its name.
    pub name: String,
    /// MIME type, such as `image/png`.
    pub mime: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// A text to go with it.
    pub comment: Option<String>,
}

/// A request before it is sent.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub(super) operation: &'static str,
    pub(super) principal: Principal,
    pub(super) method: Method,
    /// The path with `{screen}` and other names in place of values: what logs show.
    pub(super) template: &'static str,
    pub(super) conversation: Option<&'a ConversationId>,
    pub(super) body: Body,
    pub(super) repeat: Repeat,
    parts: Vec<&'a str>,
    query: Vec<(&'static str, String)>,
}

impl<'a> Request<'a> {
    pub(super) fn new(operation: &'static str, principal: Principal, method: Method, template: &'static str) -> Self {
        let repeat = if method == Method::GET { Repeat::Read } else { Repeat::Definite };
        let (parts, query) = (Vec::new(), Vec::new());
        Self { operation, principal, method, template, conversation: None, body: Body::None, repeat, parts, query }
    }

    pub(super) fn get(operation: &'static str, principal: Principal, template: &'static str) -> Self {
        Self::new(operation, principal, Method::GET, template)
    }

    /// The value of the next name in the template.
    pub(super) fn part(mut self, part: &'a str) -> Self {
        self.parts.push(part);
        self
    }

    /// The conversation that it is about, which is the next name in the template.
    pub(super) fn of(mut self, conversation: &'a ConversationId) -> Self {
        self.conversation = Some(conversation);
        self.part(conversation.as_str())
    }

    pub(super) fn query(mut self, key: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.query.push((key, value.to_string()));
        }
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub(super) fn file(mut self, upload: Upload) -> Self {
        self.body = Body::File(upload);
        self
    }

    pub(super) fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// The URL; none if a value can't be a part of a path.
    pub(super) fn url(&self, base: &Url, screen: &ScreenName) -> Option<Url> {
        let mut url = base.clone();
        let mut parts = self.parts.iter();
        {
            let mut path = url.path_segments_mut().ok()?;
            path.pop_if_empty();
            for segment in self.template.split('/').filter(|segment| !segment.is_empty()) {
                let segment = match segment {
                    "{screen}" => screen.as_str(),
                    name if name.starts_with('{') => {
                        // The URL would silently lose these.
                        parts.next().filter(|part| !matches!(**part, "" | "." | ".."))?
                    }
                    plain => plain,
                };
                path.push(segment);
            }
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Some(url)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn url(part: &str) -> Option<String> {
        let request = Request::get("test", Principal::Bot, "/api/v2/{screen}/webhooks/{id}/keys").part(part);
        let request = request.query("page", Some(2)).query("limit", None::<u32>);
        let base = Url::parse("http://127.0.0.1:1/siq/").unwrap();
        request.url(&base, &ScreenName::parse("zylker").unwrap()).map(|url| url.to_string())
    }

    #[test]
    fn a_path_is_filled_in_and_escaped() {
        assert_eq!(url("7").unwrap(), "http://127.0.0.1:1/siq/api/v2/zylker/webhooks/7/keys?page=2");
        assert_eq!(url("a/b?c").unwrap(), "http://127.0.0.1:1/siq/api/v2/zylker/webhooks/a%2Fb%3Fc/keys?page=2");
    }

    #[test]
    fn a_value_that_would_change_the_path_is_refused() {
        assert_eq!(url(".."), None);
        assert_eq!(url("."), None);
        assert_eq!(url(""), None);
    }
}
