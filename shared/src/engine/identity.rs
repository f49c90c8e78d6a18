//! Takes up who writes from the token that a page shows in its custom information.
//!
//! The token comes with the events of the conversation and goes with them: the state holds what came of it, never itself.
//! Where it was used first is written down in the same commit as what came of it, on condition that nobody else did.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use secrecy::SecretString;

use crate::agent::Agent;
use crate::domain::facts::Facts;
use crate::domain::fingerprint::hex;
use crate::domain::player::Refusal;
use crate::domain::settings::SignedIdentity;
use crate::identity::{SECRET_LEAST_BYTES, SignedPlayer, Used, is_strong, verify};
use crate::store::{DocumentWrite, Expected, Store};
use crate::telemetry::{self, Chain};

use super::session::Session;

/// How many tokens one wake-up looks at, the newest: each may take a read, and adds a write to the commit.
const TOKENS: usize = 4;

/// The bytes of a token's hash that are remembered.
const PRINT_BYTES: usize = 12;

/// A token that an event brought. Not printable, for what it holds.
struct Shown {
    token: String,
    print: String,
    at: Timestamp,
}

impl<S: Store + Clone, A: Agent> Session<'_, S, A> {
    /// Looks at the tokens among the unread events, oldest first. Nothing that fails here holds the conversation up: a token
    /// that could not be judged is looked at again when the next event brings it.
    pub(super) async fn learn_identity(&mut self) {
        let now = self.now();
        self.conversation.player.lapse(now);
        if !self
            .unread
            .iter()
            .any(|inbox| inbox.event.told.visitor.as_ref().is_some_and(|told| !told.custom.is_empty()))
        {
            return;
        }
        // The brand, and more of the visitor, may be told by the very event that brings the token.
        let mut facts = self.conversation.facts.clone();
        self.unread.iter().for_each(|inbox| facts.join(inbox));
        let workspace = self.workspace.clone();
        let brand = facts.brand.value().and_then(|brand| workspace.settings.brand(brand));
        let Some(brand) = brand.filter(|brand| brand.automated) else { return };
        let Some(signed) = &workspace.settings.identity_of(brand).signed else { return };
        let mut secrets = None;
        for shown in self.shown(&signed.field) {
            if !self.conversation.player.is_to_look_at(&shown.print, shown.at, now) {
                continue;
            }
            if secrets.is_none() {
                secrets = Some(self.secrets_of(signed, now).await);
            }
            let Some((secrets, all)) = &secrets else { continue };
            let judged = match verify(&shown.token, secrets, signed, now) {
                Ok(player) => self.judge(&player, &facts).await,
                // It may be by the one that could not be read.
                Err(Refusal::Signature) if !all => Some(Err(Refusal::NoSecret)),
                Err(why) => Some(Err(why)),
            };
            if let Some(judged) = judged {
                self.take_up(judged, shown, now);
            }
        }
    }

    /// The newest tokens under a key, each once, oldest first.
    fn shown(&self, field: &str) -> Vec<Shown> {
        let mut shown: Vec<Shown> = Vec::new();
        for inbox in &self.unread {
            let told = inbox.event.told.visitor.as_ref();
            let Some(token) = told.and_then(|told| told.custom.get(field)) else { continue };
            shown.retain(|known| known.token != token);
            let print = hex(&digest(&SHA256, token.as_bytes()).as_ref()[..PRINT_BYTES]);
            shown.push(Shown { token: token.to_owned(), print, at: inbox.order });
        }
        shown.sort_by_key(|shown| shown.at);
        shown.split_off(shown.len().saturating_sub(TOKENS))
    }

    /// The secrets that are there, and whether these are all of them.
    async fn secrets_of(&self, signed: &SignedIdentity, now: Timestamp) -> (Vec<SecretString>, bool) {
        let workspace = &self.key.workspace;
        let mut secrets = Vec::new();
        for name in &signed.secrets {
            match self.portal.named_secret(name, now).await {
                Ok(Some(secret)) if is_strong(&secret) => secrets.push(secret),
                Ok(Some(_)) => {
                    tracing::warn!(%workspace, secret = %name, least_bytes = SECRET_LEAST_BYTES, "a secret is too short to sign identities with; it is not used");
                }
                Ok(None) => {
                    tracing::warn!(%workspace, secret = %name, "there is no such secret; identities that it signs are refused");
                }
                Err(error) => {
                    tracing::warn!(%workspace, secret = %name, error = %Chain(&error), "a secret can't be read; identities that it signs are refused for now");
                }
            }
        }
        let all = secrets.len() == signed.secrets.len();
        (secrets, all)
    }

    /// Whether a token that holds may be used here; with what is to be written down, if it is used for the first time.
    /// None if that can't be told now.
    async fn judge(
        &self,
        player: &SignedPlayer,
        facts: &Facts,
    ) -> Option<Result<(SignedPlayer, Option<DocumentWrite>), Refusal>> {
        if !player.is_for(&facts.visitor) {
            return Some(Err(Refusal::OtherVisitor));
        }
        let (partition, name) = (Used::partition(&self.key.workspace), Used::name(player));
        let visitor = facts.visitor.id();
        match self.engine.store.document(&partition, &name).await {
            Ok(None) => {
                let used = Used { conversation: self.key.conversation.clone(), visitor: visitor.map(str::to_owned) };
                let body = serde_json::to_string(&used).ok()?;
                let expires_at = Some(Used::expires_at(player));
                let write = DocumentWrite { partition, name, expected: Expected::Absent, body, expires_at };
                Some(Ok((player.clone(), Some(write))))
            }
            // One that can't be read was used all the same.
            Ok(Some(document)) => match serde_json::from_str::<Used>(&document.body) {
                Ok(used) => Some(used.again(&self.key.conversation, visitor).map(|()| (player.clone(), None))),
                Err(_) => Some(Err(Refusal::Replayed)),
            },
            Err(error) => {
                tracing::warn!(workspace = %self.key.workspace, conversation = %self.key.conversation, error = %Chain(&error), "whether an identity was used before can't be read; it is looked at again with the next event");
                None
            }
        }
    }

    fn take_up(
        &mut self,
        judged: Result<(SignedPlayer, Option<DocumentWrite>), Refusal>,
        shown: Shown,
        now: Timestamp,
    ) {
        let (workspace, conversation) = (&self.key.workspace, &self.key.conversation);
        let seen = (shown.print, shown.at);
        match judged {
            Ok((signed, write)) => {
                tracing::info!(%workspace, %conversation, "the site vouches for the player");
                // The same player may show two tokens of one nonce: it is written down once.
                self.documents.extend(write.filter(|write| self.documents.iter().all(|held| held.name != write.name)));
                self.conversation.player.signed(signed.player, seen, now);
            }
            Err(why) => {
                if self.conversation.player.token_refused(why, seen, now) {
                    tracing::warn!(%workspace, %conversation, refusal = why.code(), "a site's token was refused");
                    telemetry::count("IdentityRefused", workspace.as_str(), 1, now);
                }
            }
        }
    }
}
