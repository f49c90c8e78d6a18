//! In which form an answer is wanted: a whole page, the part of it that is refreshed, or JSON.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A whole page.
    Page,
    /// What changes of a page.
    Fragment,
    /// The same as data.
    Json,
}

impl Wanted {
    /// As the headers of a request ask for it.
    #[must_use]
    pub fn by(headers: &HeaderMap) -> Self {
        if headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json")) {
            return Self::Json;
        }
        // Going back in the browser's history, htmx asks for the whole page.
        let restores = headers.contains_key("hx-history-restore-request");
        if headers.contains_key("hx-request") && !restores { Self::Fragment } else { Self::Page }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::by(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(names: &[(&'static str, &'static str)]) -> Wanted {
        Wanted::by(&names.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn htmx_gets_a_part_a_browser_a_page_and_a_program_data() {
        assert_eq!(wanted(&[("accept", "text/html")]), Wanted::Page);
        assert_eq!(wanted(&[("hx-request", "true")]), Wanted::Fragment);
        assert_eq!(wanted(&[("hx-request", "true"), ("hx-history-restore-request", "true")]), Wanted::Page);
        assert_eq!(wanted(&[("accept", "application/json, text/plain")]), Wanted::Json);
    }
}
