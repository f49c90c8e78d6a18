//! Attempts to sign in, as they are counted in the table ([`super::throttle`] decides).
//!
//! An attempt is counted before the password is looked at, by a conditional write, and taken back when it turns out well: of
//! many at the same moment no more get through than of many one after the other. Known and unknown accounts take the same
//! reads and writes.

use jiff::{SignedDuration, Timestamp};
use shared::store::{Document, DocumentWrite, DynamoDb, Expected, Store as _, StoreError};

use super::origin::Origin;
use super::throttle::{Attempts, Limit, Standing};
use super::user::UserKey;

/// How often a count is read anew because others write it; then so many try at once that one may as well wait.
const TRIES: u32 = 8;

/// How long is waited then.
const CROWDED: SignedDuration = SignedDuration::from_secs(2);

/// All of an account, or of an origin.
const ALL: &str = "ALL";

/// An attempt that was let through and counts as failed until it is told that it did not.
#[derive(Debug)]
pub struct Attempt {
    account: UserKey,
    origin: Origin,
    at: Timestamp,
}

/// What became of the wish to try.
#[derive(Debug)]
pub enum Admission {
    /// It may be tried.
    Admitted(Attempt),
    /// Not before so long.
    Wait(SignedDuration),
}

/// One count: where it lies.
struct Count {
    partition: String,
    name: String,
    limit: Limit,
}

/// The three counts of an account and an origin.
struct Counts {
    here: Count,
    origin: Count,
    account: Count,
}

impl Counts {
    fn of(account: &UserKey, origin: &Origin) -> Self {
        let of_account = format!("CONSOLE#ATTEMPTS#{}", account.as_str());
        let of_origin = format!("CONSOLE#ATTEMPTS#FROM#{}", origin.as_str());
        let from = format!("FROM#{}", origin.as_str());
        Self {
            here: Count { partition: of_account.clone(), name: from, limit: Limit::AccountFromOrigin },
            origin: Count { partition: of_origin, name: ALL.to_owned(), limit: Limit::Origin },
            account: Count { partition: of_account, name: ALL.to_owned(), limit: Limit::Account },
        }
    }
}

/// What lies there, and its version.
type Read = (Attempts, Expected);

impl Count {
    async fn read(&self, store: &DynamoDb) -> Result<Read, StoreError> {
        let document = store.document(&self.partition, &self.name).await?;
        let expected =
            document.as_ref().map_or(Expected::Absent, |Document { version, .. }| Expected::Version(*version));
        // One that can't be read counts nothing, and is written anew.
        let attempts = document.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default();
        Ok((attempts, expected))
    }

    async fn write(
        &self,
        store: &DynamoDb,
        attempts: &Attempts,
        expected: Expected,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(attempts)
            .map_err(|error| StoreError::Corrupt { what: self.name.clone(), reason: error.to_string() })?;
        let (partition, name) = (self.partition.clone(), self.name.clone());
        let write = DocumentWrite { partition, name, expected, body, expires_at: Some(attempts.expires_at(now)) };
        store.put_document(&write).await
    }

    /// Counts one more; says how long to wait if others were faster and the count is full now.
    async fn add(&self, store: &DynamoDb, read: Read, now: Timestamp) -> Result<Option<SignedDuration>, StoreError> {
        let (mut attempts, mut expected) = read;
        for _ in 0..TRIES {
            match self.write(store, &attempts.with(now), expected, now).await {
                Ok(()) => return Ok(None),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
            (attempts, expected) = self.read(store).await?;
            if let Some(wait) = attempts.wait(self.limit, now) {
                return Ok(Some(wait));
            }
        }
        Ok(Some(CROWDED))
    }

    async fn change(
        &self,
        store: &DynamoDb,
        now: Timestamp,
        change: impl Fn(Attempts) -> Attempts,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let (attempts, expected) = self.read(store).await?;
            match self.write(store, &change(attempts), expected, now).await {
                Err(StoreError::Conflict { .. }) => {}
                done => return done,
            }
        }
        Err(StoreError::Busy { what: self.name.clone() })
    }
}

/// Lets somebody try to sign in, or tells how long to wait. Whether there is such an account does not matter.
///
/// # Errors
/// The table can't be reached.
pub async fn admit(
    store: &DynamoDb,
    account: UserKey,
    origin: Origin,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    let counts = Counts::of(&account, &origin);
    let (here, of_origin, of_account) = tokio::try_join!(
        Box::pin(counts.here.read(store)),
        Box::pin(counts.origin.read(store)),
        Box::pin(counts.account.read(store))
    )?;
    let standing = Standing { here: here.0.clone(), origin: of_origin.0.clone(), account: of_account.0.clone() };
    if let Some(wait) = standing.wait(now) {
        return Ok(Admission::Wait(wait));
    }
    let (here, from_origin, everywhere) = tokio::try_join!(
        Box::pin(counts.here.add(store, here, now)),
        Box::pin(counts.origin.add(store, of_origin, now)),
        Box::pin(counts.account.add(store, of_account, now))
    )?;
    // From its usual place an account's attempts are counted here as well, so that they look the same, but not limited by it.
    let everywhere = everywhere.filter(|_| standing.is_slowed_by_others(now));
    Ok(match here.max(from_origin).max(everywhere) {
        Some(wait) => Admission::Wait(wait),
        None => Admission::Admitted(Attempt { account, origin, at: now }),
    })
}

impl Attempt {
    /// Takes the attempt back: it turned out well. The account's failures from this origin are forgotten, and the origin is
    /// one of its usual ones.
    pub async fn succeeded(self, store: &DynamoDb) {
        let (at, counts) = (self.at, Counts::of(&self.account, &self.origin));
        let done = tokio::try_join!(
            Box::pin(counts.here.change(store, at, |_| Attempts::signed_in(at))),
            Box::pin(counts.origin.change(store, at, |attempts| attempts.without(at))),
            Box::pin(counts.account.change(store, at, |attempts| attempts.without(at))),
        );
        if let Err(error) = done {
            // The person signs in all the same; at worst one failure too many is counted for a quarter of an hour.
            tracing::warn!(error = &error as &dyn std::error::Error, "an attempt could not be taken back");
        }
    }
}
