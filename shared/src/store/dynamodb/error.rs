//! What an error of the SDK means to the caller: repeat, or don't.

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

use crate::store::StoreError;

/// Throttling, or a failure on the table's side that the service names instead of giving a status of 5xx.
const TEMPORARY: [&str; 7] = [
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionInProgressException",
];

/// An operation that failed for another reason than its conditions. The SDK has made its own retries by then.
pub(super) fn failed<E>(error: SdkError<E>, operation: &'static str, what: &str) -> StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let unreachable = match &error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || service.err().code().is_some_and(|code| TEMPORARY.contains(&code))
        }
        _ => false,
    };
    let (what, source) = (what.to_owned(), Box::new(error));
    if unreachable {
        StoreError::Unreachable { operation, what, source }
    } else {
        StoreError::Refused { operation, what, source }
    }
}

/// A request that the SDK would not build.
pub(super) fn unbuilt(error: BuildError, operation: &'static str, what: &str) -> StoreError {
    StoreError::Refused { operation, what: what.to_owned(), source: Box::new(error) }
}
