//! A call as it arrived: read whole, so that a fault may perform it later or answer it twice.

use crate::faults::What;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Multipart};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request};
use reqwest::Url;
use serde_json::Value;
use std::collections::BTreeMap;

/// More than the largest file, so that a file too large gets SalesIQ's error and not ours.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// An uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) bytes: Vec<u8>,
}

/// The body, as its content type has it.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Empty,
    Json(Value),
    Form(BTreeMap<String, String>),
    Multipart {
        fields: BTreeMap<String, String>,
        file: Option<Upload>,
    },
    /// JSON by its content type, but not by its text.
    Broken,
    /// A content type that SalesIQ doesn't take.
    WrongType,
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) what: What,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The path's parts, decoded.
    pub(crate) segments: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) authorization: Option<String>,
    pub(crate) input: Input,
    /// What SES is sent on: everything else is read above.
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Bytes,
}

impl Incoming {
    pub(crate) async fn read(what: What, request: Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let query = pairs(parts.uri.query().unwrap_or_default());
        let header =
            |name| parts.headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok()).map(str::to_owned);
        let authorization = header(AUTHORIZATION);
        let content_type = header(CONTENT_TYPE).unwrap_or_default();
        let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let input = if bytes.is_empty() {
            Input::Empty
        } else if content_type.starts_with("application/json") {
            serde_json::from_slice(&bytes).map_or(Input::Broken, Input::Json)
        } else if content_type.starts_with("application/x-www-form-urlencoded") {
            Input::Form(pairs(&String::from_utf8_lossy(&bytes)))
        } else if content_type.starts_with("multipart/form-data") {
            multipart(Request::from_parts(parts.clone(), Body::from(bytes.clone()))).await
        } else {
            Input::WrongType
        };
        let segments = path.split('/').filter(|s| !s.is_empty()).map(decoded).collect();
        Self {
            what,
            method: parts.method,
            path,
            segments,
            query,
            authorization,
            input,
            headers: parts.headers,
            raw: bytes,
        }
    }

    /// The id of the conversation in the path, whatever the API.
    pub(crate) fn conversation(&self) -> Option<&str> {
        let at = self.segments.iter().position(|s| s == "conversations")?;
        self.segments.get(at + 1).map(String::as_str).filter(|id| *id != "join_proactive")
    }

    /// A form field, or else a query parameter: the token endpoint takes both (api.md 7.2).
    pub(crate) fn form_or_query(&self, name: &str) -> String {
        let form = match &self.input {
            Input::Form(fields) => fields.get(name),
            _ => None,
        };
        form.or_else(|| self.query.get(name)).cloned().unwrap_or_default()
    }
}

async fn multipart(request: Request<Body>) -> Input {
    let Ok(mut parts) = Multipart::from_request(request, &()).await else {
        return Input::Broken;
    };
    let mut fields = BTreeMap::new();
    let mut file = None;
    loop {
        match parts.next_field().await {
            Ok(None) => return Input::Multipart { fields, file },
            Ok(Some(field)) => {
                let name = field.name().unwrap_or_default().to_owned();
                let file_name = field.file_name().map(str::to_owned);
                let mime = field.content_type().unwrap_or("application/octet-stream").to_owned();
                let Ok(bytes) = field.bytes().await else {
                    return Input::Broken;
                };
                if name == "file" {
                    let name = file_name.unwrap_or_else(|| "file".to_owned());
                    file = Some(Upload { name, mime, bytes: bytes.to_vec() });
                } else {
                    fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            Err(_) => return Input::Broken,
        }
    }
}

/// `a=1&b=2`, decoded.
pub(crate) fn pairs(query: &str) -> BTreeMap<String, String> {
    Url::parse(&format!("http://localhost/?{query}"))
        .map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}

/// `a%40b` as `a@b`.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%'
            && let Some(byte) =
                tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok())
        {
            bytes.push(byte);
            rest = &tail[2..];
            continue;
        }
        bytes.push(*first);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_decoded_and_a_broken_escape_stays() {
        assert_eq!(decoded("a%40b.c"), "a@b.c");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz"), "%zz");
    }
}
