//! Sessions: a random token in a cookie, its hash in the table.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use shared::domain::fingerprint::hex;
use shared::store::{Document, DocumentWrite, DynamoDb, Expected, Store as _, StoreError};

use super::user::{PROFILE, User, UserKey, UsersError, read};

/// The cookie. `__Host-`: only for this host, with `Secure` and the path `/`, or browsers refuse it.
pub const COOKIE: &str = "__Host-session";

/// How long a session lasts at most.
pub const LASTS: SignedDuration = SignedDuration::from_hours(12);

/// How long a session lasts without a request.
pub const IDLE: SignedDuration = SignedDuration::from_hours(2);

/// How often it is written down that a session is in use; between, a page needs no write.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// What names of sessions begin with in a person's partition.
pub(super) const PREFIX: &str = "SESSION#";

/// The document that says when a person signed in last.
pub(super) const LAST: &str = "LAST";

/// By what somebody signed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// A password of ours.
    #[default]
    Password,
    /// The identity provider.
    Provider,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Since when.
    pub since: Timestamp,
    /// Until when at the longest.
    pub until: Timestamp,
    /// What every change must be accompanied by; no other site knows it.
    pub csrf: String,
    /// When it was in use, to [`NOTED_EVERY`]; none: not since it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Timestamp>,
    /// By what it began.
    #[serde(default)]
    pub means: Means,
    /// In which browser, such as `Firefox on Windows`, for the person to recognise.
    #[serde(default)]
    pub browser: String,
}

impl Session {
    /// When it was in use at last.
    #[must_use]
    pub fn last_seen(&self) -> Timestamp {
        self.seen.unwrap_or(self.since)
    }

    /// Whether it has neither ended nor been left alone for too long.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.until > now && self.last_seen() + IDLE > now
    }

    /// Whether its use is to be written down.
    fn is_to_be_noted(&self, now: Timestamp) -> bool {
        self.last_seen() + NOTED_EVERY <= now
    }
}

/// What a browser holds: who, and the token.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: UserKey,
    token: String,
}

impl Credentials {
    /// As it stands in the cookie.
    #[must_use]
    pub fn to_cookie(&self) -> String {
        format!("{}.{}", self.user.as_str(), self.token)
    }

    /// Reads the cookie's value.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (user, token) = value.split_once('.')?;
        let plausible = (32..=64).contains(&token.len());
        plausible.then_some(())?;
        Some(Self { user: UserKey::parse(user)?, token: token.to_owned() })
    }

    /// The name of the session's document.
    pub(super) fn name(&self) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, self.token.as_bytes());
        format!("{PREFIX}{}", hex(hash.as_ref()))
    }
}

/// A fresh random text of 256 bits. None when the system has no randomness.
#[must_use]
pub fn random_text() -> Option<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Begins a session with a new token. None when the system has no randomness.
///
/// # Errors
/// The table can't be reached.
pub async fn begin(
    store: &DynamoDb,
    user: &User,
    means: Means,
    browser: &str,
    now: Timestamp,
) -> Result<Option<(Credentials, Session)>, UsersError> {
    let (Some(token), Some(csrf)) = (random_text(), random_text()) else { return Ok(None) };
    let credentials = Credentials { user: user.key(), token };
    let browser = browser.to_owned();
    let session = Session { since: now, until: now + LASTS, csrf, seen: None, means, browser };
    store.put_document(&written(&credentials, &session, Expected::Absent)?).await?;
    let last = DocumentWrite {
        partition: user.key().partition(),
        name: LAST.to_owned(),
        expected: Expected::Anything,
        body: now.to_string(),
        expires_at: None,
    };
    store.put_document(&last).await?;
    Ok(Some((credentials, session)))
}

fn written(credentials: &Credentials, session: &Session, expected: Expected) -> Result<DocumentWrite, UsersError> {
    let body = serde_json::to_string(session)
        .map_err(|source| UsersError::Profile { key: credentials.user.as_str().to_owned(), source })?;
    let (partition, name) = (credentials.user.partition(), credentials.name());
    Ok(DocumentWrite { partition, name, expected, body, expires_at: Some(session.until) })
}

/// Who holds these credentials, if they still may: one query. Now and then it is written down that the session is in use.
///
/// # Errors
/// The table can't be reached.
pub async fn find(
    store: &DynamoDb,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Option<(User, Session)>, UsersError> {
    let name = credentials.name();
    let (mut user, mut session) = (None, None);
    for document in store.documents(&credentials.user.partition(), "").await? {
        if document.name == PROFILE {
            user = Some(read(&credentials.user, &document.body)?);
        } else if document.name == name {
            session = in_document(&document).map(|session| (session, document.version));
        }
    }
    let Some((user, (session, version))) = user.zip(session) else { return Ok(None) };
    if user.disabled || !session.is_alive(now) {
        return Ok(None);
    }
    if session.is_to_be_noted(now) {
        let noted = Session { seen: Some(now), ..session.clone() };
        // Only over what was read: a session that ends meanwhile stays ended. Another request may have noted it just now.
        match store.put_document(&written(credentials, &noted, Expected::Version(version))?).await {
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some((user, session)))
}

/// The session in a document; none if it is no session.
pub(super) fn in_document(document: &Document) -> Option<Session> {
    document.name.starts_with(PREFIX).then(|| serde_json::from_str(&document.body).ok()).flatten()
}

/// The sessions of whoever holds the credentials, with whether it is their own; the latest first.
///
/// # Errors
/// The table can't be reached.
pub async fn all(
    store: &DynamoDb,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Vec<(Session, bool)>, UsersError> {
    let own = credentials.name();
    let documents = store.documents(&credentials.user.partition(), PREFIX).await?;
    let mut sessions: Vec<(Session, bool)> = documents
        .iter()
        .filter_map(|document| Some((in_document(document)?, document.name == own)))
        .filter(|(session, _)| session.is_alive(now))
        .collect();
    sessions.sort_by_key(|(session, own)| (!own, std::cmp::Reverse(session.last_seen())));
    Ok(sessions)
}

/// Ends one session.
///
/// # Errors
/// The table can't be reached.
pub async fn end(store: &DynamoDb, credentials: &Credentials) -> Result<(), UsersError> {
    store.delete_document(&credentials.user.partition(), &credentials.name()).await?;
    Ok(())
}

/// Ends all sessions of a person: their password or role changed. Says how many there were.
///
/// # Errors
/// The table can't be reached.
pub async fn end_all(store: &DynamoDb, user: &UserKey) -> Result<usize, UsersError> {
    end_but(store, user, None).await
}

/// Ends all sessions of a person but this one.
///
/// # Errors
/// The table can't be reached.
pub async fn end_others(store: &DynamoDb, credentials: &Credentials) -> Result<usize, UsersError> {
    end_but(store, &credentials.user, Some(credentials.name())).await
}

async fn end_but(store: &DynamoDb, user: &UserKey, kept: Option<String>) -> Result<usize, UsersError> {
    let mut ended = 0;
    for document in store.documents(&user.partition(), PREFIX).await? {
        if Some(&document.name) != kept.as_ref() {
            store.delete_document(&user.partition(), &document.name).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Which browser sends such a `User-Agent`, roughly: enough to know one's own devices apart.
#[must_use]
pub fn browser_of(user_agent: &str) -> String {
    // Most claim to be others as well: the first that fits is the most special.
    let browsers =
        [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known =
        |all: &[(&str, &'static str)]| all.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    match (known(&browsers), known(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Another browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH + LASTS,
            csrf: String::new(),
            seen: None,
            means: Means::Password,
            browser: String::new(),
        }
    }

    fn after(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_session_that_is_left_alone_ends_after_two_hours_and_one_in_use_after_twelve() {
        assert!(session().is_alive(after(119)));
        assert!(!session().is_alive(after(120)));
        let used = Session { seen: Some(after(700)), ..session() };
        assert!(used.is_alive(after(719)));
        assert!(!used.is_alive(after(720)));
    }

    #[test]
    fn its_use_is_written_down_every_ten_minutes_at_most() {
        assert!(!session().is_to_be_noted(after(9)));
        assert!(session().is_to_be_noted(after(10)));
        assert!(!Session { seen: Some(after(10)), ..session() }.is_to_be_noted(after(19)));
    }

    #[test]
    fn browsers_are_told_apart_although_each_claims_to_be_the_others() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1";
        assert_eq!(
            (browser_of(edge), browser_of(safari)),
            ("Edge on Windows".to_owned(), "Safari on iPhone".to_owned())
        );
        assert_eq!(browser_of("curl/8"), "Another browser");
    }
}
