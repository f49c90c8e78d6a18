//! Whose token it is. SalesIQ has no documented call that tells; but an operator's availability can be set by nobody else
//! (api.md §4.1; assumed of all roles, see `BEHAVIOURS`), and setting it to what it is changes nothing.

use std::future::Future;
use std::time::Duration;

use secrecy::SecretString;
use shared::domain::id::{OperatorId, ScreenName, WorkspaceId};
use shared::salesiq::client::{Availability, Client, Endpoints, Operator};
use shared::salesiq::error::SalesiqError;
use shared::salesiq::oauth::secret::PrincipalSecret;
use shared::salesiq::oauth::{Principal, TokenError, Tokens};
use shared::telemetry::Chain;

use crate::console::Console;

/// "Operator doesn't have permission", "Invalid Resource", "Invalid operator", "Invalid Operator id/s" (api.md §1.4).
const ANOTHERS: [i64; 4] = [1016, 1019, 1020, 1024];

/// Stands for the portal in calls that name none.
const NO_SCREEN: &str = "portals";

/// A token that has just come and is nobody's yet.
pub(super) struct FreshToken(SecretString);

impl Tokens for FreshToken {
    fn token(&self, _: Principal) -> impl Future<Output = Result<SecretString, TokenError>> + Send {
        let token = self.0.clone();
        async move { Ok(token) }
    }

    // There is no other: who sees it fail connects anew.
    async fn token_failed(&self, _: Principal, _: &SecretString) {}

    async fn throttled(&self, _: Duration) {}
}

/// SalesIQ with access that was just granted; none without an access token.
pub(super) fn with_fresh(
    console: &Console,
    servers: Endpoints,
    screen: Option<&ScreenName>,
    secret: &PrincipalSecret,
) -> Option<Client<FreshToken>> {
    let screen = screen.cloned().or_else(|| ScreenName::parse(NO_SCREEN).ok())?;
    let alive = secret.expires_at.is_none_or(|at| at > console.clock.now());
    let token = secret.access_token.clone().filter(|_| alive)?;
    Some(Client::new(console.http.clone(), servers, screen, FreshToken(token)))
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// The operator's: SalesIQ let it set the status.
    Own,
    /// Somebody else's.
    Anothers,
    /// It could not be told, for this reason.
    Untold(String),
}

/// Whether a token is this operator's: their availability is set to what it is.
pub(super) async fn prove<T: Tokens>(
    client: &Client<T>,
    workspace: &WorkspaceId,
    id: &OperatorId,
) -> Result<(Operator, Proof), SalesiqError> {
    // Which account the call is made for matters to the log only: there is one token.
    let as_any = Principal::Bot;
    let operator = client.operator(as_any, id).await?;
    let is = operator.availability.clone();
    let Some(is) = is.filter(|is| matches!(is, Availability::Available | Availability::Busy)) else {
        return Ok((operator, Proof::Untold("the operator is neither Available nor Busy".to_owned())));
    };
    let proof = match client.set_own_status(as_any, id, &is).await {
        Ok(()) => Proof::Own,
        Err(error) if is_anothers(&error) => Proof::Anothers,
        Err(error) => Proof::Untold(Chain(&error).to_string()),
    };
    tracing::info!(%workspace, operator = %id, own = matches!(proof, Proof::Own), "asked whose a token is");
    Ok((operator, proof))
}

fn is_anothers(error: &SalesiqError) -> bool {
    matches!(error, SalesiqError::NotFound { .. }) || error.code().is_some_and(|code| ANOTHERS.contains(&code))
}
