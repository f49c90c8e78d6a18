//! What the three APIs answer, with what the call log wants to know beside it.

use crate::faults::ErrorCode;
use crate::settings::Settings;
use crate::state::error::ApiError;
use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

#[derive(Debug)]
pub(crate) enum Content {
    Json(Value),
    Page(String),
    File {
        name: String,
        mime: String,
        bytes: Vec<u8>,
    },
    Redirect(String),
    /// As another server wrote it.
    Verbatim {
        mime: String,
        bytes: Vec<u8>,
    },
}

/// An answer and its log line.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
    pub(crate) error_code: Option<ErrorCode>,
    /// The operator's id, or `org`.
    pub(crate) principal: Option<String>,
}

impl Answer {
    pub(crate) fn ok(content: Content) -> Self {
        Self { status: 200, content, error_code: None, principal: None }
    }

    /// An error, with HTTP 200 unless the settings ask for real statuses (api.md 1.3).
    pub(crate) fn error(settings: &Settings, error: &ApiError) -> Self {
        let status = if settings.real_status_errors { error.real_status() } else { 200 };
        Self::error_with_status(status, error)
    }

    pub(crate) fn error_with_status(status: u16, error: &ApiError) -> Self {
        Self {
            status,
            content: Content::Json(error.body()),
            error_code: Some(ErrorCode::Number(error.code)),
            principal: None,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self.content {
            Content::Json(value) => (status, axum::Json(value)).into_response(),
            Content::Page(html) => (status, Html(html)).into_response(),
            Content::Verbatim { mime, bytes } => {
                let mime = HeaderValue::from_str(&mime).unwrap_or(HeaderValue::from_static("text/xml"));
                (status, [(CONTENT_TYPE, mime)], bytes).into_response()
            }
            Content::Redirect(to) => match HeaderValue::from_str(&to) {
                Ok(to) => (StatusCode::FOUND, [(LOCATION, to)]).into_response(),
                Err(_) => StatusCode::BAD_REQUEST.into_response(),
            },
            Content::File { name, mime, bytes } => {
                let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._- ".contains(*c)).collect();
                let mut response = (status, Body::from(bytes)).into_response();
                let headers = response.headers_mut();
                headers.insert(
                    CONTENT_TYPE,
                    HeaderValue::from_str(&mime).unwrap_or(HeaderValue::from_static("application/octet-stream")),
                );
                if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
                    headers.insert(CONTENT_DISPOSITION, disposition);
                }
                response
            }
        }
    }
}
