//! What the sentinel asks of SalesIQ: the AI's own operator, the brands, and the webhook; and what a failed call means to it.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::Portal;
use crate::domain::drift::{Key, Registered, SeenBrand, Sight, Update};
use crate::domain::id::DepartmentId;
use crate::domain::presence::{Cause, Reading, Seen, Wanted};
use crate::salesiq::client::{Operator, Webhook, WebhookDraft, WebhookKind};
use crate::salesiq::error::SalesiqError;
use crate::salesiq::oauth::{Principal, TokenError};
use crate::salesiq::signature::WebhookKey;
use crate::store::Store;

/// Errors that name an operator whom SalesIQ does not know: "Invalid Resource", "Invalid operator", "Invalid Operator id/s"
/// (api.md §1.4).
const UNKNOWN_OPERATOR: [i64; 3] = [1019, 1020, 1024];

/// The status was not set, as far as is known.
#[derive(Debug)]
pub struct NotSet {
    /// Why.
    pub cause: Cause,
    /// It may have been all the same: read it back.
    pub may_have_landed: bool,
}

impl<S: Store> Portal<S> {
    /// Looks at the AI's operator, with its own token.
    ///
    /// # Errors
    /// Why SalesIQ did not tell.
    pub async fn own_operator(&self) -> Reading {
        let read = self.0.client.operator(Principal::Bot, &self.0.settings.bot_operator).await;
        if let Ok(operator) = &read {
            let departments = operator.departments.iter().cloned().collect();
            *self.0.own_departments.lock().unwrap_or_else(PoisonError::into_inner) = departments;
        }
        read.map(seen).map_err(|error| of_operator(&error))
    }

    /// The departments of the AI's operator, as it was last read in this process.
    #[must_use]
    pub fn own_departments(&self) -> BTreeSet<DepartmentId> {
        self.0.own_departments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the AI's operator's status, with its own token: nobody else's can (api.md §4.1).
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn set_own_status(&self, wanted: Wanted) -> Result<(), NotSet> {
        let operator = &self.0.settings.bot_operator;
        let set = self.0.client.set_own_status(Principal::Bot, operator, &wanted.availability()).await;
        set.map_err(|error| NotSet { cause: of_operator(&error), may_have_landed: error.may_have_landed() })
    }

    /// Who reads brands and webhooks: an administrator, if the settings name one.
    #[must_use]
    pub fn overseer(&self) -> Principal {
        if self.0.settings.escalation.facilitator.is_some() { Principal::Facilitator } else { Principal::Bot }
    }

    /// The webhooks and brands of the portal. Webhooks of administration deliver nothing of conversations and are left out.
    pub async fn sight(&self) -> Sight {
        let principal = self.overseer();
        let webhooks = self.0.client.webhooks(principal).await.map_err(|error| cause_of(&error));
        let brands = self.0.client.brands(principal).await.map_err(|error| cause_of(&error));
        let of_data = |webhook: &Webhook| webhook.kind != Some(WebhookKind::Administration);
        Sight {
            webhooks: webhooks.map(|rows| rows.into_iter().filter(of_data).map(registered).collect()),
            brands: brands.map(|rows| rows.into_iter().map(|row| SeenBrand { id: row.id, name: row.name }).collect()),
        }
    }

    /// Registers a webhook. It may have no key yet.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn create_webhook(&self, update: &Update) -> Result<Registered, SalesiqError> {
        self.0.client.create_webhook(self.overseer(), &draft(update)).await.map(registered)
    }

    /// Makes another key of a webhook, with which the next deliveries are signed if it is the only one.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn create_webhook_key(&self, webhook: &str) -> Result<Registered, SalesiqError> {
        self.0.client.create_webhook_key(self.overseer(), webhook).await.map(registered)
    }

    /// Replaces what a webhook is.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn update_webhook(&self, webhook: &str, update: &Update) -> Result<Registered, SalesiqError> {
        self.0.client.update_webhook(self.overseer(), webhook, &draft(update)).await.map(registered)
    }

    /// Switches a webhook on, and reads it.
    ///
    /// # Errors
    /// SalesIQ did not do it, as far as is known.
    pub async fn switch_on_webhook(&self, webhook: &str) -> Result<Registered, SalesiqError> {
        self.0.client.enable_webhook(self.overseer(), webhook).await?;
        self.0.client.webhook(self.overseer(), webhook).await.map(registered)
    }
}

fn draft(update: &Update) -> WebhookDraft {
    let Update { url, events, brands } = update.clone();
    WebhookDraft { kind: WebhookKind::Data, url, events, brands }
}

fn seen(operator: Operator) -> Seen {
    let Operator { availability, enabled, confirmed, chat_enabled, deleted, .. } = operator;
    Seen { availability, enabled, confirmed, chat_enabled, deleted }
}

fn registered(webhook: Webhook) -> Registered {
    let mut keys = webhook.public_keys;
    // Oldest first; those without a time stay where they are, before the others.
    keys.sort_by_key(|key| key.created_at);
    Registered {
        id: webhook.id,
        url: webhook.url,
        enabled: webhook.enabled,
        secured: webhook.secured,
        events: webhook.events,
        brands: webhook.brands.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
        keys: keys
            .into_iter()
            .map(|key| Key { id: key.id, usable: WebhookKey::parse(&key.key).is_ok(), key: key.key })
            .collect(),
    }
}

fn of_operator(error: &SalesiqError) -> Cause {
    match (error, error.code()) {
        (SalesiqError::NotFound { .. }, _) => Cause::OperatorUnknown,
        (_, Some(code)) if UNKNOWN_OPERATOR.contains(&code) => Cause::OperatorUnknown,
        _ => cause_of(error),
    }
}

/// Whose trouble a failed call is.
#[must_use]
pub fn cause_of(error: &SalesiqError) -> Cause {
    match error {
        SalesiqError::Auth { source: Some(TokenError::NotConnected { .. }), .. } => Cause::TokenMissing,
        SalesiqError::Auth { source: Some(_), .. } => Cause::TokenRevoked,
        SalesiqError::Auth { source: None, .. } => Cause::TokenRefused,
        SalesiqError::Scope { .. } => Cause::ScopeMissing,
        SalesiqError::Forbidden { .. } => Cause::NotPermitted,
        SalesiqError::Throttled { .. } => Cause::SalesiqThrottled,
        SalesiqError::Server { .. } | SalesiqError::Transport { .. } => Cause::SalesiqUnreachable,
        SalesiqError::Token { source: TokenError::Limited { .. }, .. } => Cause::TokenThrottled,
        SalesiqError::Token { source: TokenError::Accounts { .. }, .. } => Cause::AccountsUnreachable,
        SalesiqError::Token { .. } => Cause::TokenUnavailable,
        SalesiqError::NotFound { call } | SalesiqError::WrongState { call } | SalesiqError::Invalid { call } => {
            Cause::Other { code: call.code.or(call.status.map(i64::from)) }
        }
        SalesiqError::Unreadable { .. } => Cause::Other { code: None },
    }
}
