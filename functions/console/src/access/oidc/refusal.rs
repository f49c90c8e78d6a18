//! Why the identity provider's word does not sign somebody in, and what the person can do about it.

use axum::http::StatusCode;
use shared::domain::email::EmailAddress;
use shared::salesiq::oauth::secret::SecretError;
use shared::telemetry::Chain;
use thiserror::Error;

use crate::problem::Problem;

/// What an error was caused by.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why nobody was signed in.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The deployment names no provider.
    #[error("no identity provider is configured")]
    NotSetUp,
    /// The provider does not answer, or not as providers do. Repeating may help.
    #[error("the identity provider can't be reached")]
    Unreachable(#[source] Cause),
    /// The client's secret can't be read. Repeating may help.
    #[error("the identity provider's client secret can't be read")]
    Secret(#[from] SecretError),
    /// The sign-in was begun too long ago, in another browser, or was finished already.
    #[error("the sign-in is not known, or not this browser's")]
    Lost,
    /// The provider says no, with this code of OAuth's.
    #[error("the identity provider declined: {code}")]
    Declined {
        /// The code.
        code: String,
    },
    /// The provider gives no tokens for the code.
    #[error("the identity provider gave no token")]
    NoToken(#[source] Cause),
    /// The token does not bear examination.
    #[error("the identity provider's token is not valid")]
    Untrusted(#[source] Cause),
    /// The token names no address.
    #[error("the identity provider told no address")]
    NoAddress,
    /// The provider does not vouch for the address.
    #[error("the identity provider does not say that the address is verified")]
    Unverified {
        /// Which.
        email: EmailAddress,
    },
    /// Nobody has that address.
    #[error("the address is nobody's")]
    Unknown {
        /// Which.
        email: EmailAddress,
    },
    /// The person may not sign in any more.
    #[error("the person is disabled")]
    Disabled,
}

impl Refusal {
    /// What the person is told: what happened, and what to do.
    fn told(&self) -> (StatusCode, String, String) {
        let (status, what, fix) = match self {
            Self::NotSetUp => (
                StatusCode::NOT_FOUND,
                "There is no identity provider",
                "Sign in with your address and password. An admin can set up a provider when the console is deployed.".to_owned(),
            ),
            Self::Unreachable(_) | Self::Secret(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The identity provider can't be reached",
                "Try again in a moment. If that does not help, whoever deploys the console should look at its parameter \
                 OidcIssuer, and into the log of the console function."
                    .to_owned(),
            ),
            Self::Lost => (
                StatusCode::BAD_REQUEST,
                "This sign-in can't be finished",
                "It was begun more than ten minutes ago or in another browser, or it was finished already. Sign in again."
                    .to_owned(),
            ),
            Self::Declined { code } => (
                StatusCode::FORBIDDEN,
                "The identity provider did not sign you in",
                format!("It says: {code}. Try again, or ask whoever runs it whether you may use the console."),
            ),
            Self::NoToken(_) => (
                StatusCode::BAD_GATEWAY,
                "The identity provider did not finish the sign-in",
                "Sign in again. If that does not help, whoever deploys the console should compare the parameter \
                 OidcClientId, the secret console/oidc and the redirect URI with what the provider has."
                    .to_owned(),
            ),
            Self::Untrusted(_) => (
                StatusCode::FORBIDDEN,
                "The identity provider's answer can't be trusted",
                "Nobody was signed in. Sign in again. If that does not help, whoever deploys the console should compare the \
                 parameters OidcIssuer and OidcClientId with the provider's, and look into the log of the console function."
                    .to_owned(),
            ),
            Self::NoAddress => (
                StatusCode::FORBIDDEN,
                "The identity provider did not tell your e-mail address",
                "Whoever runs the provider must let the console's client have the scope email, and your account must have an \
                 address."
                    .to_owned(),
            ),
            Self::Unverified { email } => (
                StatusCode::FORBIDDEN,
                "Your e-mail address is not verified",
                format!(
                    "The identity provider does not say that {email} is yours. Verify it there, or have whoever runs the \
                     provider do so, then sign in again."
                ),
            ),
            Self::Unknown { email } => (
                StatusCode::FORBIDDEN,
                "You are not a user of this console yet",
                format!("You signed in as {email}. Ask an admin to add this address under People, then sign in again."),
            ),
            Self::Disabled => (
                StatusCode::FORBIDDEN,
                "You may not sign in any more",
                "Your account was disabled. Ask an admin to enable it under People.".to_owned(),
            ),
        };
        (status, what.to_owned(), fix)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        tracing::warn!(error = %Chain(&refusal), "the identity provider signed nobody in");
        let (status, what, fix) = refusal.told();
        Self::new(status, what, fix)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn each_refusal_says_what_happened_and_what_to_do() {
        let email = || EmailAddress::parse("mia@demo.example").unwrap();
        let all = [
            Refusal::NotSetUp,
            Refusal::Unreachable("down".into()),
            Refusal::Lost,
            Refusal::Declined { code: "access_denied".to_owned() },
            Refusal::NoToken("refused".into()),
            Refusal::Untrusted("nonce".into()),
            Refusal::NoAddress,
            Refusal::Unverified { email: email() },
            Refusal::Unknown { email: email() },
            Refusal::Disabled,
        ];
        let mut told = String::new();
        for refusal in all {
            let (status, what, fix) = refusal.told();
            writeln!(told, "{} {what}\n    {fix}", status.as_u16()).unwrap();
        }
        insta::assert_snapshot!(told);
    }
}
