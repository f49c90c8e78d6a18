//! The environment of a function, read once. The only place that does.

use jiff::SignedDuration;
use thiserror::Error;

use crate::domain::conversation::Terms;
use crate::salesiq::assumptions::LANDING_TIME;

/// What template.yaml gives every function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The table.
    pub table: String,
    /// The event bus.
    pub bus: String,
    /// The queue that is the alarm clock.
    pub alarm_clock_url: String,
    /// What secrets' names begin with.
    pub secret_prefix: String,
    /// Where SalesIQ is, instead of the workspace's data centre; set on the local stack.
    pub salesiq_base_url: Option<String>,
    /// Where Zoho's accounts server is, likewise.
    pub accounts_base_url: Option<String>,
    /// The queue for mails that nobody takes; only the function that mails has it.
    pub transcript_dead_letters_url: Option<String>,
    /// SES' configuration set, by which it tells of mails that come back; likewise.
    pub ses_configuration_set: Option<String>,
    /// Where SES is, instead of the region's; set on the local stack.
    pub ses_endpoint_url: Option<String>,
    /// How long settings and knowledge are kept.
    pub settings_cache: SignedDuration,
    /// Leases and landing times.
    pub terms: Terms,
    /// What only the console needs.
    pub console: ConsoleConfig,
}

/// What template.yaml says of the console. Each part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// Where people reach it, without a path, if that is not the host that the request names.
    pub public_url: Option<String>,
    /// The address of the person who is Admin when nobody was added yet; they sign in with the identity provider.
    pub admin_email: Option<String>,
    /// The identity provider's issuer.
    pub oidc_issuer: Option<String>,
    /// The client that it knows us by. Its secret is the deployment's secret `console/oidc`.
    pub oidc_client_id: Option<String>,
    /// Queues of what no function took.
    pub dead_letters: DeadLetterQueues,
}

/// URLs of the queues of what no function took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterQueues {
    /// Wake-ups.
    pub wake_ups: Option<String>,
    /// Alarms.
    pub alarms: Option<String>,
    /// Batches of changes for the counters.
    pub counters: Option<String>,
    /// Mails.
    pub transcripts: Option<String>,
}

/// The environment does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the environment does not fit: {}; template.yaml sets all of them", problems.join(", "))]
pub struct ConfigError {
    /// Each a name and what is wrong with it.
    pub problems: Vec<String>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names all variables that are missing or not valid.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let mut required = |name: &str| {
            given(name).unwrap_or_else(|| {
                problems.push(format!("{name} is missing"));
                String::new()
            })
        };
        let table = required("TABLE_NAME");
        let bus = required("BUS_NAME");
        let alarm_clock_url = required("ALARM_CLOCK_QUEUE_URL");
        let secret_prefix = required("SECRET_PREFIX");
        let mut seconds = |name: &str, default: i64| match given(name) {
            None => SignedDuration::from_secs(default),
            Some(text) => match text.trim().parse::<u32>() {
                Ok(seconds) if seconds > 0 => SignedDuration::from_secs(i64::from(seconds)),
                _ => {
                    problems.push(format!("{name} is not a positive number of seconds"));
                    SignedDuration::ZERO
                }
            },
        };
        let landing = i64::try_from(LANDING_TIME.as_secs()).unwrap_or(30);
        let terms = Terms { lease: seconds("LEASE_SECONDS", 75), landing: seconds("LANDING_SECONDS", landing) };
        let settings_cache = seconds("SETTINGS_CACHE_SECONDS", 60);
        if problems.is_empty() {
            Ok(Self {
                table,
                bus,
                alarm_clock_url,
                secret_prefix,
                salesiq_base_url: given("SALESIQ_BASE_URL"),
                accounts_base_url: given("ACCOUNTS_BASE_URL"),
                transcript_dead_letters_url: given("TRANSCRIPT_DEAD_LETTERS_URL"),
                ses_configuration_set: given("SES_CONFIGURATION_SET"),
                ses_endpoint_url: given("AWS_ENDPOINT_URL_SES"),
                settings_cache,
                terms,
                console: ConsoleConfig {
                    public_url: given("CONSOLE_URL"),
                    admin_email: given("CONSOLE_ADMIN_EMAIL"),
                    oidc_issuer: given("OIDC_ISSUER"),
                    oidc_client_id: given("OIDC_CLIENT_ID"),
                    dead_letters: DeadLetterQueues {
                        wake_ups: given("WAKE_UP_DEAD_LETTERS_URL"),
                        alarms: given("ALARM_CLOCK_DEAD_LETTERS_URL"),
                        counters: given("COUNTER_DEAD_LETTERS_URL"),
                        transcripts: given("TRANSCRIPT_DEAD_LETTERS_URL"),
                    },
                },
            })
        } else {
            Err(ConfigError { problems })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_or_wrong_is_named_at_once() {
        let error = Config::from_variables(|name| match name {
            "TABLE_NAME" => Some("t".to_owned()),
            "LEASE_SECONDS" => Some("soon".to_owned()),
            _ => None,
        })
        .unwrap_err();
        assert_eq!(
            error.problems,
            [
                "BUS_NAME is missing",
                "ALARM_CLOCK_QUEUE_URL is missing",
                "SECRET_PREFIX is missing",
                "LEASE_SECONDS is not a positive number of seconds"
            ]
        );
    }

    #[test]
    fn an_empty_base_url_is_none() {
        let config = Config::from_variables(|name| match name {
            "SALESIQ_BASE_URL" => Some(String::new()),
            "LEASE_SECONDS" | "LANDING_SECONDS" | "SETTINGS_CACHE_SECONDS" => None,
            _ => Some("x".to_owned()),
        })
        .unwrap();
        assert_eq!(config.salesiq_base_url, None);
        assert_eq!(config.terms.lease, SignedDuration::from_secs(75));
    }
}
