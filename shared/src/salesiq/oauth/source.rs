//! One access token a principal for all processes (ARCHITECTURE.md, "Tokens").
//!
//! Zoho gives 10 access tokens per refresh token in 10 minutes, so a token is shared through its secret, renewed ahead of
//! its end by one process under a lease, and kept in memory: a warm call asks nobody.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::accounts::{Accounts, AccountsError, OauthClient};
use super::condition::{LEASE, THROTTLE, Throttle, partition};
use super::ledger::{Claim, Ledger, ahead, wait};
use super::secret::{PrincipalSecret, SecretError, Secrets};
use super::slot::{KeptToken, LAST_SECONDS, Slot, same};
use super::{Clock, Principal, TokenError, Tokens};
use crate::domain::id::WorkspaceId;
use crate::salesiq::assumptions::ACCOUNTS_THROTTLE_WAIT;
use crate::store::{DocumentWrite, Expected, Store, StoreError};

/// How often a claim of the lease is repeated when another process wrote at the same moment.
const CLAIM_TRIES: usize = 5;

/// When tokens are renewed, and how long one process waits for another.
#[derive(Debug, Clone, Copy)]
pub struct TokenTiming {
    /// How long before its end a token is renewed.
    pub ahead: Duration,
    /// How long one process may be at it; longer than the accounts server's time-out.
    pub lease: Duration,
    /// The pause between two looks at the secret while another process is at it and there is no token to go on with.
    pub pause: Duration,
    /// How many looks.
    pub looks: u32,
    /// How long an old token is used before the secret is looked at again.
    pub recheck: Duration,
}

impl Default for TokenTiming {
    fn default() -> Self {
        Self {
            ahead: Duration::from_mins(5),
            lease: Duration::from_secs(15),
            pause: Duration::from_millis(250),
            looks: 8,
            recheck: Duration::from_secs(10),
        }
    }
}

/// Gives out access tokens of one workspace.
pub struct TokenSource<S> {
    workspace: WorkspaceId,
    store: Arc<S>,
    secrets: Secrets,
    http: reqwest::Client,
    accounts: Url,
    clock: Clock,
    holder: String,
    timing: TokenTiming,
    slots: [Slot; 3],
    throttled_until: Mutex<Option<Timestamp>>,
}

impl<S: Store> TokenSource<S> {
    /// A source for one workspace. `accounts` is the data centre's accounts server, `holder` names this process.
    #[must_use]
    pub fn new(
        workspace: WorkspaceId,
        store: Arc<S>,
        secrets: Secrets,
        http: reqwest::Client,
        accounts: Url,
        clock: Clock,
        holder: String,
    ) -> Self {
        let throttled_until = Mutex::new(None);
        let (timing, slots) = (TokenTiming::default(), <[Slot; 3]>::default());
        Self { workspace, store, secrets, http, accounts, clock, holder, timing, slots, throttled_until }
    }

    /// The same with another timing.
    #[must_use]
    pub fn with_timing(mut self, timing: TokenTiming) -> Self {
        self.timing = timing;
        self
    }

    fn slot(&self, principal: Principal) -> &Slot {
        let [bot, facilitator, organisation] = &self.slots;
        match principal {
            Principal::Bot => bot,
            Principal::Facilitator => facilitator,
            Principal::Organisation => organisation,
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn obtain(&self, principal: Principal) -> Result<SecretString, TokenError> {
        self.check_shared_throttle(principal).await?;
        for look in 0..=self.timing.looks {
            if look > 0 {
                tokio::time::sleep(self.timing.pause).await;
            }
            let secret = self.secret(principal).await?;
            if let Some(token) = self.fresh(principal, &secret) {
                return Ok(token);
            }
            match self.claim(principal, &secret.refresh_token).await? {
                Lease::Granted { ledger, version } => return self.renew(principal, ledger, version).await,
                Lease::Held => {
                    if let Some(token) = self.old(principal, &secret) {
                        return Ok(token);
                    }
                }
                Lease::Throttled(retry_after) => {
                    let limited = TokenError::Limited { principal, retry_after };
                    return self.old(principal, &secret).ok_or(limited);
                }
            }
        }
        Err(TokenError::Busy { principal })
    }

    // Under the lease: nobody else renews now, but somebody may have done so just before.
    async fn renew(&self, principal: Principal, ledger: Ledger, version: u64) -> Result<SecretString, TokenError> {
        let secret = match self.secret(principal).await {
            Ok(secret) => secret,
            Err(error) => {
                self.release(principal, ledger.released_unused(), version).await;
                return Err(error);
            }
        };
        if let Some(token) = self.fresh(principal, &secret) {
            self.release(principal, ledger.released_unused(), version).await;
            return Ok(token);
        }
        let accounts = Accounts::new(self.http.clone(), secret.accounts_url.clone().unwrap_or(self.accounts.clone()));
        let client = OauthClient { id: secret.client_id.clone(), secret: secret.client_secret.clone() };
        let error = match accounts.refresh(&client, &secret.refresh_token).await {
            Ok(issued) => {
                let expires_at = ahead(self.now(), issued.expires_in);
                let token = issued.access_token;
                self.share(principal, &secret, &token, expires_at).await;
                self.release(principal, ledger.released(), version).await;
                tracing::info!(workspace = %self.workspace, %principal, "an access token was renewed");
                // A token that lives shorter than we renew ahead must not be renewed at each call.
                let warm_until = self.warm_until(expires_at).max(ahead(self.now(), issued.expires_in / 2));
                return Ok(self.keep(principal, token, expires_at, warm_until));
            }
            Err(error) => error,
        };
        tracing::warn!(workspace = %self.workspace, %principal, %error, "an access token could not be renewed");
        let failure = match error {
            AccountsError::Throttled { .. } => {
                let until = ahead(self.now(), ACCOUNTS_THROTTLE_WAIT);
                self.release(principal, ledger.released_throttled(until), version).await;
                TokenError::Limited { principal, retry_after: ACCOUNTS_THROTTLE_WAIT }
            }
            source => {
                self.release(principal, ledger.released(), version).await;
                match source {
                    AccountsError::Refused { .. } => TokenError::Denied { principal, source },
                    source => TokenError::Accounts { principal, source },
                }
            }
        };
        self.old(principal, &secret).ok_or(failure)
    }

    // The others find it in the secret. Somebody may have connected the account anew meanwhile: theirs is left alone.
    async fn share(&self, principal: Principal, used: &PrincipalSecret, token: &SecretString, expires_at: Timestamp) {
        let written = match self.secret(principal).await {
            Ok(current) if current.refresh_token.expose_secret() == used.refresh_token.expose_secret() => {
                let secret =
                    PrincipalSecret { access_token: Some(token.clone()), expires_at: Some(expires_at), ..current };
                let written = self.secrets.write(&self.workspace, principal, &secret).await;
                written.map_err(|source| TokenError::Secret { principal, source })
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(workspace = %self.workspace, %principal, %error, "a new access token could not be shared");
        }
    }

    async fn secret(&self, principal: Principal) -> Result<PrincipalSecret, TokenError> {
        let read: Result<_, SecretError> = self.secrets.read(&self.workspace, principal).await;
        read.map_err(|source| TokenError::Secret { principal, source })?.ok_or(TokenError::NotConnected { principal })
    }

    // The secret's token, if it is good for a while.
    fn fresh(&self, principal: Principal, secret: &PrincipalSecret) -> Option<SecretString> {
        let (token, expires_at) = self.valid(principal, secret)?;
        let warm_until = self.warm_until(expires_at);
        (warm_until > self.now()).then(|| self.keep(principal, token, expires_at, warm_until))
    }

    // The secret's token although it ends soon; looked at again shortly.
    fn old(&self, principal: Principal, secret: &PrincipalSecret) -> Option<SecretString> {
        let (token, expires_at) = self.valid(principal, secret)?;
        let warm_until = ahead(self.now(), self.timing.recheck).min(self.last_use(expires_at));
        Some(self.keep(principal, token, expires_at, warm_until))
    }

    fn valid(&self, principal: Principal, secret: &PrincipalSecret) -> Option<(SecretString, Timestamp)> {
        let token = secret.access_token.clone()?;
        let expires_at = secret.expires_at?;
        let failed = self.slot(principal).kept().failed.as_ref().is_some_and(|failed| same(failed, &token));
        (!failed && self.last_use(expires_at) > self.now()).then_some((token, expires_at))
    }

    fn keep(
        &self,
        principal: Principal,
        token: SecretString,
        expires_at: Timestamp,
        warm_until: Timestamp,
    ) -> SecretString {
        self.slot(principal).kept().token = Some(KeptToken { token: token.clone(), expires_at, warm_until });
        token
    }

    fn warm_until(&self, expires_at: Timestamp) -> Timestamp {
        expires_at.checked_sub(self.timing.ahead).unwrap_or(expires_at)
    }

    fn last_use(&self, expires_at: Timestamp) -> Timestamp {
        expires_at.checked_sub(LAST_SECONDS.min(self.timing.ahead)).unwrap_or(expires_at)
    }

    async fn claim(&self, principal: Principal, refresh: &SecretString) -> Result<Lease, TokenError> {
        let failed = |source: StoreError| TokenError::Store { principal, source };
        let print = Ledger::print(refresh);
        for _ in 0..CLAIM_TRIES {
            let found =
                self.store.document(&partition(&self.workspace, Some(principal)), LEASE).await.map_err(failed)?;
            let (expected, version, ledger) = match found {
                // A ledger that can't be read is begun anew: at worst Zoho throttles us itself.
                Some(document) => {
                    let ledger: Ledger = serde_json::from_str(&document.body).unwrap_or_default();
                    (Expected::Version(document.version), document.version + 1, ledger)
                }
                None => (Expected::Absent, 1, Ledger::default()),
            };
            match ledger.of(&print).claim(&self.holder, self.now(), self.timing.lease) {
                Claim::Held => return Ok(Lease::Held),
                Claim::Throttled(retry_after) => return Ok(Lease::Throttled(retry_after)),
                Claim::Granted(ledger) => match self.write(principal, &ledger, expected).await {
                    Ok(()) => return Ok(Lease::Granted { ledger, version }),
                    Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(failed(error)),
                },
            }
        }
        Ok(Lease::Held)
    }

    // If it fails, the lease runs out by itself.
    async fn release(&self, principal: Principal, ledger: Ledger, version: u64) {
        if let Err(error) = self.write(principal, &ledger, Expected::Version(version)).await {
            tracing::warn!(workspace = %self.workspace, %principal, %error, "a token lease could not be given back");
        }
    }

    async fn write(&self, principal: Principal, ledger: &Ledger, expected: Expected) -> Result<(), StoreError> {
        let body = serde_json::to_string(ledger)
            .map_err(|error| StoreError::Corrupt { what: LEASE.to_owned(), reason: error.to_string() })?;
        let partition = partition(&self.workspace, Some(principal));
        self.store
            .put_document(&DocumentWrite { partition, name: LEASE.to_owned(), expected, body, expires_at: None })
            .await
    }

    fn check_own_throttle(&self, principal: Principal) -> Result<(), TokenError> {
        let until = *self.throttled_until.lock().unwrap_or_else(PoisonError::into_inner);
        match until.and_then(|until| wait(self.now(), until)) {
            Some(retry_after) => Err(TokenError::Throttled { principal, retry_after }),
            None => Ok(()),
        }
    }

    async fn check_shared_throttle(&self, principal: Principal) -> Result<(), TokenError> {
        let found = self.store.document(&partition(&self.workspace, None), THROTTLE).await;
        let document = found.map_err(|source| TokenError::Store { principal, source })?;
        let throttle = document.and_then(|document| serde_json::from_str::<Throttle>(&document.body).ok());
        if let Some(throttle) = throttle {
            self.obey(throttle.until);
        }
        self.check_own_throttle(principal)
    }

    fn obey(&self, until: Timestamp) {
        let mut known = self.throttled_until.lock().unwrap_or_else(PoisonError::into_inner);
        *known = (*known).max(Some(until));
    }
}

impl<S: Store> Tokens for TokenSource<S> {
    async fn token(&self, principal: Principal) -> Result<SecretString, TokenError> {
        self.check_own_throttle(principal)?;
        let slot = self.slot(principal);
        if let Some(token) = slot.warm(self.now()) {
            return Ok(token);
        }
        let _flight = match slot.flight.try_lock() {
            Ok(flight) => flight,
            Err(_) => match slot.usable(self.now()) {
                Some(token) => return Ok(token),
                None => slot.flight.lock().await,
            },
        };
        match slot.warm(self.now()) {
            Some(token) => Ok(token),
            None => self.obtain(principal).await,
        }
    }

    async fn token_failed(&self, principal: Principal, token: &SecretString) {
        let mut kept = self.slot(principal).kept();
        if kept.token.as_ref().is_some_and(|current| same(&current.token, token)) {
            kept.token = None;
        }
        kept.failed = Some(token.clone());
    }

    async fn throttled(&self, retry_after: Duration) {
        let until = ahead(self.now(), retry_after);
        self.obey(until);
        let Ok(body) = serde_json::to_string(&Throttle { until }) else { return };
        let write = DocumentWrite {
            partition: partition(&self.workspace, None),
            name: THROTTLE.to_owned(),
            expected: Expected::Anything,
            body,
            expires_at: Timestamp::from_second(until.as_second() + 1).ok(),
        };
        if let Err(error) = self.store.put_document(&write).await {
            tracing::warn!(workspace = %self.workspace, %error, "the others could not be told of SalesIQ's throttle");
        }
    }
}

enum Lease {
    Granted { ledger: Ledger, version: u64 },
    Held,
    Throttled(Duration),
}
