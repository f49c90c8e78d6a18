//! What went wrong with a request, told to the person who made it: what happened, and what to do.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use shared::store::StoreError;
use shared::telemetry::Chain;
use shared::workspace::WorkspaceError;

use crate::access::user::UsersError;

/// What a person is told. [`crate::routes`] makes a page, a fragment or JSON of it, as was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// What happened, as a heading.
    pub what: String,
    /// What to do.
    pub fix: String,
    /// Nobody is signed in: a page leads to the sign-in.
    pub sign_in: bool,
}

impl Problem {
    /// A problem.
    #[must_use]
    pub fn new(status: StatusCode, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status, what: what.into(), fix: fix.into(), sign_in: false }
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what, "Go back and choose something else.")
    }

    /// What was sent can't be used.
    #[must_use]
    pub fn bad_request(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, what, fix)
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn not_signed_in() -> Self {
        let problem = Self::new(StatusCode::UNAUTHORIZED, "You are not signed in", "Sign in, then try again.");
        Self { sign_in: true, ..problem }
    }

    /// The role does not allow it.
    #[must_use]
    pub fn forbidden(fix: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "You may not do that", fix)
    }

    /// Something that we need did not work. It is logged here, once; the person is told no details.
    #[must_use]
    pub fn failed(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(what, error = %Chain(error), "a page failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{what} did not work"),
            "Nothing was changed. Try again in a moment.",
        )
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Conflict { .. }) {
            return Self::new(
                StatusCode::CONFLICT,
                "Somebody else changed this meanwhile",
                "Nothing was saved. Load the page again, and make your change there.",
            );
        }
        Self::failed("Reading or writing the table", &error)
    }
}

impl From<UsersError> for Problem {
    fn from(error: UsersError) -> Self {
        match error {
            UsersError::Store(error) => error.into(),
            error @ UsersError::Profile { .. } => Self::failed("Reading who you are", &error),
        }
    }
}

impl From<WorkspaceError> for Problem {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Store { source, .. } => source.into(),
            WorkspaceError::Document { name, ref reason, .. } => {
                let what = format!("{name} is not valid: {reason}");
                Self::new(StatusCode::CONFLICT, what, "An admin can mend it under Settings.")
            }
            WorkspaceError::Refused { problems, .. } => {
                let what: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    what.join(". "),
                    "Nothing was saved. Mend this, then save again.",
                )
            }
            WorkspaceError::Changed { .. } => Self::new(
                StatusCode::CONFLICT,
                "Somebody else changed the settings meanwhile",
                "Nothing was saved. Load the page again, and make your change there.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
