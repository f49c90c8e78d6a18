//! The URL of a tool: `https://api.example.com/players/{player.id}/orders?state={state}`.
//!
//! What is filled in comes from visitors by way of a model. It may become a part of the path or a value of the query, and
//! nothing else: never another host, another folder or another parameter.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use crate::domain::id::PlayerId;

/// Stands for the player's id.
pub const PLAYER_ID: &str = "player.id";

/// How often a value may be escaped over and over: more than any server undoes.
const ESCAPED: usize = 4;

/// Why a template can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// It does not begin with `https://` or `http://`.
    #[error("it does not begin with https:// or http://")]
    Scheme,
    /// A placeholder before the path.
    #[error("a placeholder stands in its host")]
    Host,
    /// A brace without its counterpart, or strange characters between.
    #[error("a placeholder has no end, or is no name")]
    Placeholder,
    /// The name of a query's parameter is filled in.
    #[error("a placeholder stands in the name of a parameter")]
    Name,
    /// `.` or `..`, `\`, `#`, or white space.
    #[error("it has a # or \\, white space, or a folder named . or ..")]
    Strange,
    /// It can't be parsed, or has a user or a password.
    #[error("it is no URL")]
    NoUrl,
}

/// Why arguments can't be filled in. Their values are not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FillError {
    /// There is no such argument.
    #[error("{0} is needed for the URL and is missing")]
    Missing(String),
    /// It is null, a list or an object.
    #[error("{0} must be a text, a number, or true or false")]
    Kind(String),
    /// It would change the path.
    #[error("{0} can't stand in the URL's path: it is empty, or has a slash, a folder, or a control character")]
    Path(String),
    /// The URL has that parameter already.
    #[error("{0} is a parameter that the URL has already")]
    Twice(String),
    /// The player's id is not known.
    #[error("the player's id is not known")]
    Player,
    /// The filled-in URL is not the declared one any more.
    #[error("the arguments change the URL")]
    Changed,
}

/// What a template's text is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Scheme, host and port.
    origin: String,
    /// The path's segments, without their slashes.
    path: Vec<Vec<Piece>>,
    /// The query's parts between `&`; none if there is no `?`.
    query: Option<Vec<Vec<Piece>>>,
    /// The same with an `x` for each placeholder.
    sample: Url,
}

impl Template {
    /// Takes a template.
    ///
    /// # Errors
    /// It can't be used.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#' || c == '\\') {
            return Err(TemplateError::Strange);
        }
        let (scheme, rest) = text.split_once("://").ok_or(TemplateError::Scheme)?;
        if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(TemplateError::Scheme);
        }
        let (host, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if host.contains(['{', '}']) {
            return Err(TemplateError::Host);
        }
        // The parser would take the path's first part for the host.
        if host.is_empty() {
            return Err(TemplateError::NoUrl);
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let path: Vec<Vec<Piece>> =
            path.strip_prefix('/').unwrap_or(path).split('/').map(pieces).collect::<Result<_, _>>()?;
        if path.iter().any(|segment| matches!(&segment[..], [Piece::Text(text)] if leaves_its_place(text))) {
            return Err(TemplateError::Strange);
        }
        let query = query.map(|query| query.split('&').map(pieces).collect::<Result<Vec<_>, _>>()).transpose()?;
        let origin = format!("{scheme}://{host}");
        let sample = with_x(&origin, &path, query.as_deref());
        let sample = Url::parse(&sample).map_err(|_| TemplateError::NoUrl)?;
        if !sample.username().is_empty() || sample.password().is_some() || host.contains('@') {
            return Err(TemplateError::NoUrl);
        }
        if query.iter().flatten().any(|part| name_is_filled_in(part)) {
            return Err(TemplateError::Name);
        }
        let template = Self { origin, path, query, sample };
        if template.is_still_declared(&template.sample) { Ok(template) } else { Err(TemplateError::Strange) }
    }

    /// The URL with `x` in place of what is filled in: for its scheme and host.
    #[must_use]
    pub fn sample(&self) -> &Url {
        &self.sample
    }

    /// The names that are filled in, the player's id among them.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let query = self.query.iter().flatten();
        let pieces = self.path.iter().chain(query).flatten();
        pieces
            .filter_map(|piece| if let Piece::Placeholder(name) = piece { Some(name.as_str()) } else { None })
            .collect()
    }

    /// Fills in, and gives back the arguments that the URL does not take.
    ///
    /// # Errors
    /// An argument is missing, or can't stand where it belongs.
    pub fn fill(
        &self,
        arguments: &Map<String, Value>,
        player: Option<&PlayerId>,
    ) -> Result<(Url, Map<String, Value>), FillError> {
        let value = |name: &str| match (name, player) {
            (PLAYER_ID, Some(player)) => Ok(player.as_str().to_owned()),
            (PLAYER_ID, None) => Err(FillError::Player),
            _ => scalar(name, arguments.get(name).ok_or_else(|| FillError::Missing(name.to_owned()))?),
        };
        let mut text = self.origin.clone();
        for segment in &self.path {
            text.push('/');
            text.push_str(&filled_segment(segment, &value)?);
        }
        for (index, part) in self.query.iter().flatten().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            for piece in part {
                match piece {
                    Piece::Text(piece) => text.push_str(piece),
                    Piece::Placeholder(name) => escape(&value(name)?, &mut text),
                }
            }
        }
        let url = Url::parse(&text).map_err(|_| FillError::Changed)?;
        if !self.is_still_declared(&url) {
            return Err(FillError::Changed);
        }
        let names = self.names();
        let left = arguments.iter().filter(|(name, _)| !names.contains(name.as_str()));
        Ok((url, left.map(|(name, value)| (name.clone(), value.clone())).collect()))
    }

    /// Puts arguments into the query of a filled-in URL; null is left out, and what a list holds is repeated.
    ///
    /// # Errors
    /// The URL has a parameter of that name, or a value is no text, number or truth.
    pub fn add_to_query(url: &mut Url, arguments: &Map<String, Value>) -> Result<(), FillError> {
        let taken: BTreeSet<String> = url.query_pairs().map(|(name, _)| base_name(&name)).collect();
        let mut query = url.query().unwrap_or_default().to_owned();
        for (name, value) in arguments {
            if taken.contains(&base_name(name)) {
                return Err(FillError::Twice(name.clone()));
            }
            let values = match value {
                Value::Null => &[],
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            for value in values {
                if !query.is_empty() {
                    query.push('&');
                }
                escape(name, &mut query);
                query.push('=');
                escape(&scalar(name, value)?, &mut query);
            }
        }
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        Ok(())
    }

    /// What must never differ, whatever is filled in.
    fn is_still_declared(&self, url: &Url) -> bool {
        let segments = |url: &Url| url.path_segments().map_or(0, Iterator::count);
        url.origin() == self.sample.origin()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && segments(url) == self.path.len()
            && url.query().is_some() == self.query.is_some()
    }
}

/// How servers that are lenient with names would read it: `Player[]` is `player` to some.
fn base_name(name: &str) -> String {
    name.split('[').next().unwrap_or_default().trim().to_lowercase()
}

fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(start);
        let inside = from.strip_prefix('{').ok_or(TemplateError::Placeholder)?;
        let (name, after) = inside.split_once('}').ok_or(TemplateError::Placeholder)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name != PLAYER_ID && (name.is_empty() || !name.chars().all(plain)) {
            return Err(TemplateError::Placeholder);
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn with_x(origin: &str, path: &[Vec<Piece>], query: Option<&[Vec<Piece>]>) -> String {
    let text = |pieces: &Vec<Piece>| -> String {
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.as_str() } else { "x" }).collect()
    };
    let path: Vec<String> = path.iter().map(text).collect();
    let query = query.map(|parts| parts.iter().map(text).collect::<Vec<_>>().join("&"));
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{origin}/{}{query}", path.join("/"))
}

/// Whether a placeholder stands before the `=`.
fn name_is_filled_in(part: &[Piece]) -> bool {
    match part {
        [] => false,
        [Piece::Text(name), ..] => !name.contains('=') && part.len() > 1,
        [Piece::Placeholder(_), ..] => true,
    }
}

fn filled_segment(segment: &[Piece], value: &impl Fn(&str) -> Result<String, FillError>) -> Result<String, FillError> {
    let (mut plain, mut escaped, mut last) = (String::new(), String::new(), None);
    for piece in segment {
        match piece {
            Piece::Text(text) => {
                plain.push_str(text);
                escaped.push_str(text);
            }
            Piece::Placeholder(name) => {
                let value = value(name)?;
                if value.trim().is_empty() || leaves_its_place(&value) {
                    return Err(FillError::Path(name.clone()));
                }
                plain.push_str(&value);
                escape(&value, &mut escaped);
                last = Some(name);
            }
        }
    }
    match last {
        Some(name) if leaves_its_place(&plain) => Err(FillError::Path(name.clone())),
        _ => Ok(escaped),
    }
}

/// Whether a server could take a segment for more than one, or for a step up: it may undo escapes more than once, and drop
/// what stands behind a `;`.
fn leaves_its_place(segment: &str) -> bool {
    let mut seen = segment.to_owned();
    for _ in 0..ESCAPED {
        let name = seen.split(';').next().unwrap_or_default().trim();
        if name == "." || name == ".." || seen.contains(|c: char| c == '/' || c == '\\' || c.is_control()) {
            return true;
        }
        let unescaped = unescaped(&seen);
        if unescaped == seen {
            return false;
        }
        seen = unescaped;
    }
    true
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |index: usize| after.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        if *first == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
            && let Ok(byte) = u8::try_from(high * 16 + low)
        {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn scalar(name: &str, value: &Value) -> Result<String, FillError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(FillError::Kind(name.to_owned())),
    }
}

/// Escapes all but what RFC 3986 calls unreserved.
fn escape(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;
