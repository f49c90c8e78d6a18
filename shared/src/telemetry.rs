//! Logs as JSON lines, counted calls, and metrics as CloudWatch reads them from logs.
//!
//! A line holds ids and numbers. Tokens, signatures and what people wrote are never logged: nothing here takes them.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

/// The CloudWatch namespace of all metrics.
const NAMESPACE: &str = "SalesiqOperator";

static AWS_CALLS: AtomicU64 = AtomicU64::new(0);
static METRICS_OFF: AtomicBool = AtomicBool::new(false);

/// Starts logging: JSON lines on standard output, the level from `RUST_LOG` (default `info`).
pub fn init() {
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let lines = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stdout);
    // A second call in one process keeps the first subscriber.
    let _ = lines.try_init();
}

/// An error with all that it came from, for a log line: the first message alone seldom tells the cause.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// Requests sent to AWS by this process so far, repeated attempts included.
#[must_use]
pub fn aws_calls() -> u64 {
    AWS_CALLS.load(Ordering::Relaxed)
}

/// Counts requests to AWS; every client of the deployment has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountCalls;

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for CountCalls {
    fn name(&self) -> &'static str {
        "CountCalls"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        AWS_CALLS.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A count that CloudWatch takes from the log line (embedded metric format): by workspace, and over all of them, since an
/// alarm can't add up the values of a dimension.
pub fn count(metric: &str, workspace: &str, value: u64, now: Timestamp) {
    if METRICS_OFF.load(Ordering::Relaxed) {
        return;
    }
    // A metric that can't be written is no reason to fail a request.
    let _ = writeln!(std::io::stdout().lock(), "{}", counted(metric, workspace, value, now));
}

/// Writes no metrics from now on in this process, whose standard output is for something else.
pub fn without_metrics() {
    METRICS_OFF.store(true, Ordering::Relaxed);
}

/// The same as [`count`] over all workspaces alone: what there is to say where there is none.
pub fn count_of_all(metric: &str, value: u64, now: Timestamp) {
    if METRICS_OFF.load(Ordering::Relaxed) {
        return;
    }
    // A metric that can't be written is no reason to fail a request.
    let _ = writeln!(std::io::stdout().lock(), "{}", counted_of_all(metric, value, now));
}

fn counted_of_all(metric: &str, value: u64, now: Timestamp) -> Value {
    let mut line = counted(metric, "", value, now);
    line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] = json!([[]]);
    if let Some(line) = line.as_object_mut() {
        line.remove("workspace");
    }
    line
}

fn counted(metric: &str, workspace: &str, value: u64, now: Timestamp) -> Value {
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["workspace"], []],
                "Metrics": [{"Name": metric, "Unit": "Count"}],
            }],
        },
        "workspace": workspace,
        metric: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_all_workspaces_names_none() {
        let line = counted_of_all("MailFailed", 0, Timestamp::UNIX_EPOCH);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
        assert_eq!((line.get("workspace"), &line["MailFailed"]), (None, &json!(0)));
    }

    #[test]
    fn a_count_is_taken_by_workspace_and_over_all_of_them() {
        let now = Timestamp::from_second(1_767_225_600).unwrap();
        assert_eq!(
            counted("MailFailed", "demo", 2, now),
            json!({
                "_aws": {
                    "Timestamp": 1_767_225_600_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "SalesiqOperator",
                        "Dimensions": [["workspace"], []],
                        "Metrics": [{"Name": "MailFailed", "Unit": "Count"}],
                    }],
                },
                "workspace": "demo",
                "MailFailed": 2,
            })
        );
    }
}
