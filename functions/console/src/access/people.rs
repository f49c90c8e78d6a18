//! Changes of who may sign in, and as what: for the page and for the command line.
//!
//! There is always somebody who can sign in as Admin. As that is a matter of several documents, whoever takes an Admin away
//! holds a lease meanwhile ([`Users::alone`]).

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::store::{DocumentWrite, Expected, Store as _, StoreError};
use thiserror::Error;

use super::role::Role;
use super::session::{self, LAST, Session, in_document};
use super::user::{LIST, PROFILE, User, UserKey, Users, UsersError, read};
use super::welcome::{self, WELCOME, Welcome};

/// The lease's document, beside the list of people.
const LEASE_PARTITION: &str = "CONSOLE#PEOPLE";
const LEASE_NAME: &str = "LEASE";

/// How long a lease is held at most: longer than a request takes.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Somebody who may sign in, with what an admin sees of them.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user: User,
    /// The version of what is kept of them.
    pub version: u64,
    /// Their sessions, the latest first.
    pub sessions: Vec<Session>,
    /// When they signed in last.
    pub last_sign_in: Option<Timestamp>,
    /// Until when a link waits for them by which they set a password.
    pub invited_until: Option<Timestamp>,
}

/// Why people were not changed.
#[derive(Debug, Error)]
pub enum PeopleError {
    /// They can't be read or written.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// Somebody has that address.
    #[error("there is somebody with this address already; change what they may do instead")]
    Known,
    /// Nobody would be left who can sign in as Admin.
    #[error("nobody else can sign in as Admin; make somebody else an Admin first")]
    LastAdmin,
    /// Somebody else changes people at this moment. Repeating helps.
    #[error("somebody else is changing people at this moment; try again in half a minute")]
    Busy,
    /// There is no such person.
    #[error("there is no such person")]
    Gone,
    /// The system has no randomness.
    #[error("the system gives no random numbers; try again")]
    NoRandomness,
}

impl From<StoreError> for PeopleError {
    fn from(error: StoreError) -> Self {
        Self::Users(error.into())
    }
}

/// The lease as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Lease {
    until: Timestamp,
}

impl Users {
    /// One person with what an admin sees of them: one query.
    ///
    /// # Errors
    /// The table can't be reached, or what is kept can't be read.
    pub async fn person(&self, key: &UserKey, now: Timestamp) -> Result<Option<Person>, UsersError> {
        let (mut profile, mut sessions, mut last_sign_in, mut invited_until) = (None, Vec::new(), None, None);
        for document in self.store.documents(&key.partition(), "").await? {
            match document.name.as_str() {
                PROFILE => profile = Some((read(key, &document.body)?, document.version)),
                LAST => last_sign_in = document.body.parse().ok(),
                WELCOME => invited_until = Welcome::in_document(&document).map(|welcome| welcome.until),
                _ => sessions.extend(in_document(&document).filter(|session| session.is_alive(now))),
            }
        }
        sessions.sort_by_key(|session| std::cmp::Reverse(session.last_seen()));
        let invited_until = invited_until.filter(|until| *until > now);
        Ok(profile.map(|(user, version)| Person { user, version, sessions, last_sign_in, invited_until }))
    }

    /// Everybody, by address: the list, and a query a person, all at once.
    ///
    /// # Errors
    /// The table can't be reached, or what is kept can't be read.
    pub async fn people(&self, now: Timestamp) -> Result<Vec<Person>, UsersError> {
        let listed = self.store.documents(LIST, "").await?;
        let keys: Vec<UserKey> = listed.iter().filter_map(|document| UserKey::parse(&document.name)).collect();
        let found = try_join_all(keys.iter().map(|key| self.person(key, now))).await?;
        let mut people: Vec<Person> = found.into_iter().flatten().collect();
        people.sort_by(|one, other| one.user.email.cmp(&other.user.email));
        Ok(people)
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// Somebody has that address, or the table can't be reached.
    pub async fn add(&self, user: &User) -> Result<(), PeopleError> {
        match self.put(user, Expected::Absent).await {
            Err(UsersError::Store(StoreError::Conflict { .. })) => Err(PeopleError::Known),
            done => Ok(done?),
        }
    }

    /// Writes what was changed of somebody, whose version it was. Their sessions end if they may do something else now.
    ///
    /// `provider`: whether people can sign in with an identity provider, without a password.
    ///
    /// # Errors
    /// Nobody would be left as Admin, somebody else wrote meanwhile, or the table can't be reached.
    pub async fn change(
        &self,
        before: &Person,
        after: &User,
        provider: bool,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let write = async || Ok(self.put(after, Expected::Version(before.version)).await?);
        if administers(&before.user, provider) && !administers(after, provider) {
            self.alone(&before.user, provider, now, write).await?;
        } else {
            write().await?;
        }
        if (before.user.role, before.user.disabled, &before.user.workspaces)
            != (after.role, after.disabled, &after.workspaces)
        {
            session::end_all(&self.store, &after.key()).await?;
        }
        Ok(())
    }

    /// Takes the password of somebody away, and ends their sessions; a link lets them set another.
    ///
    /// # Errors
    /// Somebody else wrote meanwhile, or the table can't be reached.
    pub async fn forget_password(&self, person: &Person) -> Result<(), PeopleError> {
        let user = User { password: None, ..person.user.clone() };
        self.put(&user, Expected::Version(person.version)).await?;
        session::end_all(&self.store, &user.key()).await?;
        Ok(())
    }

    /// Gives the token of a link by which somebody sets their password, once. Links from before don't work any more.
    ///
    /// # Errors
    /// The table can't be reached.
    pub async fn invite(&self, key: &UserKey, now: Timestamp) -> Result<String, PeopleError> {
        welcome::invite(&self.store, key, now).await?.ok_or(PeopleError::NoRandomness)
    }

    /// Removes somebody, with their sessions.
    ///
    /// # Errors
    /// Nobody would be left as Admin, or the table can't be reached.
    pub async fn dismiss(&self, user: &User, provider: bool, now: Timestamp) -> Result<(), PeopleError> {
        let remove = async || Ok(self.remove(&user.key()).await?);
        if administers(user, provider) { self.alone(user, provider, now, remove).await } else { remove().await }
    }

    /// Does what takes an Admin away, if another one is left, while nobody else does such a thing.
    async fn alone(
        &self,
        leaving: &User,
        provider: bool,
        now: Timestamp,
        act: impl AsyncFnOnce() -> Result<(), PeopleError>,
    ) -> Result<(), PeopleError> {
        let held = self.store.document(LEASE_PARTITION, LEASE_NAME).await?;
        let lease: Option<Lease> = held.as_ref().and_then(|document| serde_json::from_str(&document.body).ok());
        if lease.is_some_and(|lease| lease.until > now) {
            return Err(PeopleError::Busy);
        }
        let version = held.map(|document| document.version);
        let taken = self.lease(version.map_or(Expected::Absent, Expected::Version), now + LEASE).await;
        match taken {
            Err(StoreError::Conflict { .. }) => return Err(PeopleError::Busy),
            taken => taken?,
        }
        let done = match self.is_another_left(leaving, provider).await {
            Ok(true) => act().await,
            Ok(false) => Err(PeopleError::LastAdmin),
            Err(error) => Err(error.into()),
        };
        // Given back by who holds it still; else it runs out by itself.
        if let Err(error) = self.lease(Expected::Version(version.unwrap_or(0) + 1), Timestamp::UNIX_EPOCH).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a lease could not be given back");
        }
        done
    }

    async fn is_another_left(&self, leaving: &User, provider: bool) -> Result<bool, UsersError> {
        let all = self.all().await?;
        Ok(all.iter().any(|user| user.key() != leaving.key() && administers(user, provider)))
    }

    async fn lease(&self, expected: Expected, until: Timestamp) -> Result<(), StoreError> {
        let body = serde_json::to_string(&Lease { until })
            .map_err(|error| StoreError::Corrupt { what: LEASE_NAME.to_owned(), reason: error.to_string() })?;
        let (partition, name) = (LEASE_PARTITION.to_owned(), LEASE_NAME.to_owned());
        self.store.put_document(&DocumentWrite { partition, name, expected, body, expires_at: None }).await
    }
}

/// Whether somebody can sign in as Admin.
fn administers(user: &User, provider: bool) -> bool {
    user.role == Role::Admin && !user.disabled && (provider || user.password.is_some())
}
