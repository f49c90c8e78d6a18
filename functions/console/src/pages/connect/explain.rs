//! What Zoho and SalesIQ said no to, in words that say what to do.

use shared::salesiq::error::SalesiqError;
use shared::salesiq::oauth::TokenError;
use shared::salesiq::oauth::accounts::AccountsError;
use shared::salesiq::oauth::authorize::RedirectError;
use shared::telemetry::Chain;

/// What happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// As a heading.
    pub(super) what: String,
    /// What to do.
    pub(super) fix: String,
    /// In the words of who said no, for who wants to look it up.
    pub(super) said: Option<String>,
}

impl Trouble {
    /// A trouble that needs no quote.
    pub(super) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), said: None }
    }

    fn saying(self, said: impl Into<String>) -> Self {
        Self { said: Some(said.into()), ..self }
    }
}

const WAIT: &str = "Zoho gives only some tokens in ten minutes. Wait ten minutes, then try again; nothing is lost.";

impl From<&RedirectError> for Trouble {
    fn from(error: &RedirectError) -> Self {
        match error {
            RedirectError::Refused { reason } if reason == "access_denied" => Self::new(
                "Access was not granted",
                "At Zoho, \"Reject\" was chosen, or too many attempts were made within ten minutes. Connect the account \
                 again and choose \"Accept\". Nothing was changed.",
            ),
            RedirectError::Refused { reason } if reason == "invalid_client" => unknown_client().saying(reason),
            RedirectError::Refused { reason } => Self::new(
                "Zoho granted no access",
                "Connect the account again. If it stays so, compare the client and its redirect URI in Zoho's API console.",
            )
            .saying(reason),
            RedirectError::NoCode => Self::new(
                "Zoho sent no code along",
                "Connect the account again from here; don't open the address of this page by hand.",
            ),
            RedirectError::UnknownAccountsServer => Self::new(
                "The answer does not come from Zoho",
                "It names a server that is not one of Zoho's, and was sent nothing. Connect the account again from here, and \
                 look at the address bar while you grant access: it must be Zoho's.",
            ),
        }
    }
}

fn unknown_client() -> Trouble {
    Trouble::new(
        "Zoho does not know this client",
        "Compare client id and client secret with Zoho's API console, and make sure that it is the API console of the data \
         centre that is chosen here: a client of another data centre is refused in the same words. Then save the client \
         again, and connect the account.",
    )
}

impl From<&AccountsError> for Trouble {
    fn from(error: &AccountsError) -> Self {
        let said = Chain(error).to_string();
        let trouble = match error {
            AccountsError::Refused { reason, .. } if reason.starts_with("invalid_client") => unknown_client(),
            AccountsError::Refused { reason, .. } if reason.starts_with("invalid_code") => Self::new(
                "Zoho no longer takes the code",
                "A code is good once, and for two or three minutes. Connect the account again, without waiting on Zoho's page.",
            ),
            AccountsError::Refused { reason, .. } if reason.starts_with("invalid_redirect_uri") => Self::new(
                "Zoho does not know the redirect URI",
                "In Zoho's API console, enter the redirect URI that is shown in the first step as it is, letter by letter, and \
                 save the client there. Then connect the account again.",
            ),
            AccountsError::Throttled { .. } => Self::new("Zoho gives no more tokens for now", WAIT),
            AccountsError::Refused { .. } => Self::new(
                "Zoho refused",
                "Connect the account again. If it stays so, make a new client and enter that.",
            ),
            AccountsError::Server { .. } | AccountsError::Transport { .. } => Self::new(
                "Zoho's accounts server does not answer",
                "Try again in some minutes. If it stays so, check that the data centre is right.",
            ),
        };
        trouble.saying(said)
    }
}

impl From<&SalesiqError> for Trouble {
    fn from(error: &SalesiqError) -> Self {
        let said = Chain(error).to_string();
        let token = |error: &TokenError| match error {
            TokenError::NotConnected { .. } => Self::new("The account is not connected", "Connect it first."),
            TokenError::Denied { .. } => Self::new(
                "Zoho no longer accepts the account",
                "Access was revoked, or the client was changed. Connect the account again.",
            ),
            TokenError::Throttled { .. } | TokenError::Limited { .. } => {
                Self::new("Zoho gives no more tokens for now", WAIT)
            }
            _ => Self::new("No token could be had", "Try again in a moment."),
        };
        let trouble = match error {
            SalesiqError::Auth { source: Some(error), .. } | SalesiqError::Token { source: error, .. } => token(error),
            SalesiqError::Auth { source: None, .. } => Self::new(
                "SalesIQ does not accept the account",
                "The portal is in another data centre than the account, or access was revoked. Check the data centre, then \
                 connect the account again.",
            ),
            SalesiqError::Scope { .. } => Self::new(
                "The account was not granted all that is needed",
                "Connect it again, and accept the whole list on Zoho's page.",
            ),
            SalesiqError::Forbidden { .. } => Self::new(
                "The account may not do that in SalesIQ",
                "Its role is too low, or the portal's plan does not allow it. Connect an administrator's account as \
                 facilitator.",
            ),
            SalesiqError::Throttled { .. } => {
                Self::new("SalesIQ asks for fewer calls", "Wait some minutes, then try again.")
            }
            SalesiqError::Invalid { call } if call.code == Some(1005) => Self::new(
                "SalesIQ knows no portal of this screen name",
                "Check the screen name, which is the first part of your SalesIQ address, and the data centre.",
            ),
            SalesiqError::Server { .. } | SalesiqError::Transport { .. } => {
                Self::new("SalesIQ does not answer", "Try again in some minutes.")
            }
            _ => Self::new("SalesIQ refused", "Try again. If it stays so, the doctor's report below says more."),
        };
        trouble.saying(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reason: &str) -> Trouble {
        Trouble::from(&AccountsError::Refused { operation: "exchange", reason: reason.to_owned() })
    }

    #[test]
    fn what_zoho_says_is_explained_with_what_to_do() {
        assert!(refused("invalid_client").fix.contains("data centre"));
        assert!(refused("invalid_redirect_uri").fix.contains("redirect URI"));
        assert!(refused("invalid_code").fix.contains("again"));
        let throttled = Trouble::from(&AccountsError::Throttled { operation: "exchange" });
        assert!(throttled.fix.contains("ten minutes"));
        let denied = Trouble::from(&RedirectError::Refused { reason: "access_denied".to_owned() });
        assert!(denied.fix.contains("Accept") && denied.said.is_none());
    }

    #[test]
    fn a_strangers_server_is_named_as_such() {
        assert!(Trouble::from(&RedirectError::UnknownAccountsServer).what.contains("not come from Zoho"));
    }
}
