//! Zoho's accounts server: codes, tokens and the limits that bite (api.md 7).

use super::State;
use super::ids::Ids;
use crate::seed;
use crate::settings::Settings;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// On whose behalf a token acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Principal {
    Operator(String),
    /// The organisation: the visitor API, and reading.
    Org,
}

impl Principal {
    /// As the call log names it.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::Operator(id) => id,
            Self::Org => "org",
        }
    }
}

/// What was granted, and to whom.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) principal: Principal,
    pub(crate) scopes: Vec<String>,
}

impl Grant {
    pub(crate) fn new(principal: Principal, scopes: &str) -> Self {
        Self { principal, scopes: scopes.split(',').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect() }
    }

    /// Whether it covers `SalesIQ.<resource>.<operation>`; case doesn't matter (api.md 7.4).
    pub(crate) fn covers(&self, resource: &str, operation: &str) -> bool {
        let is =
            |scope: &String, operation: &str| scope.eq_ignore_ascii_case(&format!("SalesIQ.{resource}.{operation}"));
        self.scopes.iter().any(|s| is(s, operation) || is(s, "ALL"))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    /// When it gave its recent access tokens.
    given: VecDeque<i64>,
    /// The living access tokens, oldest first.
    active: VecDeque<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    pub(crate) expires_at: i64,
}

#[derive(Clone, Debug)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    offline: bool,
    expires_at: i64,
}

/// Errors of the token endpoint (api.md 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    InvalidClient,
    InvalidCode,
    InvalidRedirectUri,
    UnsupportedGrantType,
    AccessDenied,
}

/// What the token endpoint gives.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) expires_in: i64,
}

#[derive(Debug)]
pub(crate) struct OAuth {
    pub(crate) refresh: BTreeMap<String, RefreshToken>,
    pub(crate) access: BTreeMap<String, AccessToken>,
    codes: BTreeMap<String, Code>,
}

const TEN_MINUTES_MS: i64 = 600_000;

impl OAuth {
    pub(crate) fn seeded() -> Self {
        let operator = |id: &str| Principal::Operator(id.to_owned());
        let tokens = [
            (seed::REFRESH_TOKEN_NOVA, operator(seed::OPERATOR_NOVA), seed::OPERATOR_SCOPES),
            (seed::REFRESH_TOKEN_ADA, operator(seed::OPERATOR_ADA), seed::FACILITATOR_SCOPES),
            (seed::REFRESH_TOKEN_ORG, Principal::Org, seed::ORG_SCOPES),
        ];
        let refresh =
            tokens.map(|(token, principal, scopes)| (token.to_owned(), refreshable(Grant::new(principal, scopes))));
        Self { refresh: refresh.into(), access: BTreeMap::new(), codes: BTreeMap::new() }
    }

    /// The grant of a living access token.
    pub(crate) fn grant(&self, now: i64, access_token: &str) -> Option<&Grant> {
        self.access.get(access_token).filter(|t| now < t.expires_at).map(|t| &t.grant)
    }

    /// An access token outside every limit, for tests that care about something else.
    pub(crate) fn mint(&mut self, now: i64, ids: &mut Ids, grant: Grant, seconds: i64) -> String {
        let token = new_token(ids);
        self.access.insert(token.clone(), AccessToken { grant, expires_at: now + seconds * 1000 });
        token
    }

    fn refresh(&mut self, now: i64, ids: &mut Ids, settings: &Settings, token: &str) -> Result<Given, OAuthError> {
        let refresh = self.refresh.get_mut(token).ok_or(OAuthError::InvalidCode)?;
        while refresh.given.front().is_some_and(|at| *at <= now - TEN_MINUTES_MS) {
            refresh.given.pop_front();
        }
        if refresh.given.len() >= settings.access_tokens_per_ten_minutes {
            return Err(OAuthError::AccessDenied);
        }
        refresh.given.push_back(now);
        let access_token = new_token(ids);
        refresh.active.push_back(access_token.clone());
        if refresh.active.len() > settings.active_access_tokens
            && let Some(oldest) = refresh.active.pop_front()
        {
            self.access.remove(&oldest);
        }
        let expires_at = now + settings.access_token_seconds * 1000;
        self.access.insert(access_token.clone(), AccessToken { grant: refresh.grant.clone(), expires_at });
        Ok(Given { access_token, refresh_token: None, expires_in: settings.access_token_seconds })
    }

    fn redeem(
        &mut self,
        now: i64,
        ids: &mut Ids,
        settings: &Settings,
        code: &str,
        redirect_uri: &str,
    ) -> Result<Given, OAuthError> {
        // One-time: it is gone whether or not the rest is right.
        let code = self.codes.remove(code).filter(|c| now < c.expires_at).ok_or(OAuthError::InvalidCode)?;
        if code.redirect_uri != redirect_uri {
            return Err(OAuthError::InvalidRedirectUri);
        }
        if !code.offline {
            let access_token = self.mint(now, ids, code.grant, settings.access_token_seconds);
            return Ok(Given { access_token, refresh_token: None, expires_in: settings.access_token_seconds });
        }
        let refresh_token = new_token(ids);
        self.refresh.insert(refresh_token.clone(), refreshable(code.grant));
        let given = self.refresh(now, ids, settings, &refresh_token)?;
        Ok(Given { refresh_token: Some(refresh_token), ..given })
    }

    /// Revokes a refresh token with its access tokens, or one access token.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        if let Some(refresh) = self.refresh.remove(token) {
            for access in refresh.active {
                self.access.remove(&access);
            }
            return true;
        }
        self.access.remove(token).is_some()
    }

    /// Every access token dies now, as if its hour were over.
    pub(crate) fn expire_all(&mut self, now: i64) -> usize {
        let alive = self.access.values_mut().filter(|t| now < t.expires_at);
        alive.map(|token| token.expires_at = now).count()
    }
}

fn refreshable(grant: Grant) -> RefreshToken {
    RefreshToken { grant, given: VecDeque::new(), active: VecDeque::new() }
}

fn new_token(ids: &mut Ids) -> String {
    format!("1000.{}.{}", ids.hex(32), ids.hex(32))
}

impl State {
    /// The user pressed "Accept": a code for the token endpoint.
    pub(crate) fn grant_code(&mut self, now: i64, grant: Grant, redirect_uri: &str, offline: bool) -> String {
        let code = new_token(&mut self.ids);
        let expires_at = now + self.settings.code_seconds * 1000;
        let redirect_uri = redirect_uri.to_owned();
        self.oauth.codes.insert(code.clone(), Code { grant, redirect_uri, offline, expires_at });
        code
    }

    /// The token endpoint.
    pub(crate) fn token(&mut self, now: i64, field: impl Fn(&str) -> String) -> Result<Given, OAuthError> {
        if field("client_id") != seed::CLIENT_ID || field("client_secret") != seed::CLIENT_SECRET {
            return Err(OAuthError::InvalidClient);
        }
        let (ids, settings) = (&mut self.ids, &self.settings);
        match field("grant_type").as_str() {
            "refresh_token" => self.oauth.refresh(now, ids, settings, &field("refresh_token")),
            "authorization_code" => self.oauth.redeem(now, ids, settings, &field("code"), &field("redirect_uri")),
            _ => Err(OAuthError::UnsupportedGrantType),
        }
    }
}

#[cfg(test)]
#[path = "oauth_tests.rs"]
mod tests;
