//! Amazon Bedrock by the Converse API, with the function's own role.

mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::Builder;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_bedrockruntime::operation::converse::ConverseError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::timeout;

use super::{Completion, ModelError, Overlong, Question, Tokens, error};

/// Time to connect: Bedrock may be in another region than the function.
const CONNECT: Duration = Duration::from_secs(3);

/// Asks there.
#[derive(Debug)]
pub(super) struct Bedrock {
    aws: SdkConfig,
    /// By region; none is the deployment's own.
    clients: Mutex<HashMap<Option<String>, Client>>,
}

impl Bedrock {
    pub(super) fn new(aws: SdkConfig) -> Self {
        Self { aws, clients: Mutex::default() }
    }

    /// Asks once.
    pub(super) async fn ask(&self, question: &Question<'_>, region: Option<&str>) -> Result<Completion, ModelError> {
        let backend = &question.backend.name;
        let rejected = |what: &str| ModelError::Rejected { backend: backend.clone(), code: what.to_owned() };
        let input = wire::Request::of(question.prompt).map_err(rejected)?;
        let request = self
            .client(region)
            .converse()
            .model_id(&question.backend.model)
            .system(input.system)
            .set_messages(Some(input.messages))
            .set_tool_config(input.tools)
            .inference_config(input.inference);
        let output = match timeout(question.within, request.send()).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Err(failed(question, error)),
            Err(_) => return Err(timed_out(question)),
        };
        wire::completion(&output, question.prompt)
            .map_err(|what| ModelError::Malformed { backend: backend.clone(), what: what.to_owned() })
    }

    fn client(&self, region: Option<&str>) -> Client {
        let region = region.map(str::to_owned);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region).or_insert_with_key(|region| {
            // The time-outs of the other clients are for a table; here each question has its own. Who repeats is the assistant.
            let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).build();
            let mut aws = self.aws.to_builder().timeout_config(timeouts).retry_config(RetryConfig::disabled());
            if let Some(region) = region {
                aws = aws.region(Region::new(region.clone()));
            }
            Client::from_conf(Builder::from(&aws.build()).build())
        });
        client.clone()
    }
}

fn timed_out(question: &Question<'_>) -> ModelError {
    let within_ms = u64::try_from(question.within.as_millis()).unwrap_or(u64::MAX);
    ModelError::TimedOut { backend: question.backend.name.clone(), within_ms }
}

fn failed(question: &Question<'_>, error: SdkError<ConverseError, HttpResponse>) -> ModelError {
    let backend = question.backend.name.clone();
    match &error {
        SdkError::TimeoutError(_) => return timed_out(question),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => return timed_out(question),
        SdkError::DispatchFailure(_) => return ModelError::Unreachable { backend, source: Box::new(error) },
        SdkError::ResponseError(_) => {
            return ModelError::Malformed { backend, what: "it is cut off or no JSON".to_owned() };
        }
        SdkError::ConstructionFailure(_) => {
            return ModelError::Rejected { backend, code: "construction_failure".to_owned() };
        }
        _ => {}
    }
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    let code = error.code().and_then(error::code).map_or_else(|| status.to_string(), str::to_owned);
    let retry_after = error.raw_response().and_then(|response| response.headers().get("retry-after"));
    let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    // Its words are fixed ones of the service; they are looked at and not passed on.
    let too_long = error.message().is_some_and(|message| {
        let message = message.to_ascii_lowercase();
        message.contains("too long") || message.contains("too many input tokens") || message.contains("context limit")
    });
    match code.as_str() {
        "ThrottlingException" | "ServiceQuotaExceededException" | "TooManyRequestsException" => {
            ModelError::Throttled { backend, retry_after }
        }
        "ModelTimeoutException" => timed_out(question),
        "ValidationException" if too_long => {
            ModelError::TooLong { backend, what: Overlong::Prompt, tokens: Tokens::default() }
        }
        "ValidationException" | "ResourceNotFoundException" => ModelError::Rejected { backend, code },
        "ModelNotReadyException" | "ModelErrorException" => ModelError::Unavailable { backend, code },
        _ if matches!(status, 401 | 403) => ModelError::Unauthorised { backend, code },
        _ if status == 429 => ModelError::Throttled { backend, retry_after },
        _ if status >= 500 => ModelError::Unavailable { backend, code },
        // A good status with a body that can't be read is an unhandled error to the SDK.
        _ if status < 300 => ModelError::Malformed { backend, what: "it is cut off or no JSON".to_owned() },
        _ => ModelError::Rejected { backend, code },
    }
}
