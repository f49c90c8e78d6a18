//! Where SalesIQ and its accounts server are (api.md §1.1).

use thiserror::Error;
use url::Url;

use crate::domain::settings::DataCentre;

/// The two servers of a data centre, or of a local stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// SalesIQ: `/api/v2/...`, `/api/visitor/v1/...`.
    pub api: Url,
    /// The accounts server: `/oauth/v2/...`.
    pub accounts: Url,
}

/// A text is no base URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no http or https URL")]
pub struct EndpointError {
    /// The text.
    text: String,
}

impl Endpoints {
    /// The servers of a data centre.
    ///
    /// # Errors
    /// Never for a data centre that we know; the table is tested.
    pub fn of(data_centre: DataCentre) -> Result<Self, EndpointError> {
        let (api, accounts) = hosts(data_centre);
        Self::parse(&format!("https://{api}"), &format!("https://{accounts}"))
    }

    /// Other servers, such as a local stack's; each may have a path before SalesIQ's own.
    ///
    /// # Errors
    /// One is no http or https URL.
    pub fn parse(api: &str, accounts: &str) -> Result<Self, EndpointError> {
        Ok(Self { api: base(api)?, accounts: base(accounts)? })
    }
}

/// Where clients are made for Zoho's accounts server of a data centre (api.md §1.1; Saudi Arabia's and the United Kingdom's
/// are assumed, see [`BEHAVIOURS`](crate::salesiq::assumptions::BEHAVIOURS)).
#[must_use]
pub fn api_console(data_centre: DataCentre) -> String {
    let (_, accounts) = hosts(data_centre);
    format!("https://{}", accounts.replacen("accounts.", "api-console.", 1))
}

fn base(text: &str) -> Result<Url, EndpointError> {
    Url::parse(text.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| EndpointError { text: text.chars().take(200).collect() })
}

// The first six are documented; Canada was seen in public code.
fn hosts(data_centre: DataCentre) -> (&'static str, &'static str) {
    match data_centre {
        DataCentre::Us => ("salesiq.zoho.com", "accounts.zoho.com"),
        DataCentre::Eu => ("salesiq.zoho.eu", "accounts.zoho.eu"),
        DataCentre::In => ("salesiq.zoho.in", "accounts.zoho.in"),
        DataCentre::Au => ("salesiq.zoho.com.au", "accounts.zoho.com.au"),
        DataCentre::Cn => ("salesiq.zoho.com.cn", "accounts.zoho.com.cn"),
        DataCentre::Jp => ("salesiq.zoho.jp", "accounts.zoho.jp"),
        DataCentre::Ca => ("salesiq.zohocloud.ca", "accounts.zohocloud.ca"),
        DataCentre::Sa => (crate::salesiq::assumptions::SA_API_HOST, "accounts.zoho.sa"),
        DataCentre::Uk => (crate::salesiq::assumptions::UK_API_HOST, "accounts.zoho.uk"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_data_centre_has_its_servers() {
        use DataCentre::{Au, Ca, Cn, Eu, In, Jp, Sa, Uk, Us};
        for data_centre in [Us, Eu, In, Au, Cn, Jp, Ca, Sa, Uk] {
            let endpoints = Endpoints::of(data_centre).unwrap();
            assert_eq!(endpoints.api.scheme(), "https");
            let accounts = endpoints.accounts.as_str();
            let strange = Url::parse("http://127.0.0.1").unwrap();
            assert!(crate::salesiq::oauth::authorize::accounts_server(accounts, &strange).is_some(), "{accounts}");
        }
        assert_eq!(Endpoints::of(Ca).unwrap().api.as_str(), "https://salesiq.zohocloud.ca/");
    }

    #[test]
    fn clients_are_made_in_the_api_console_of_the_data_centre() {
        assert_eq!(api_console(DataCentre::Au), "https://api-console.zoho.com.au");
        assert_eq!(api_console(DataCentre::Ca), "https://api-console.zohocloud.ca");
    }

    #[test]
    fn a_local_stack_may_be_anywhere() {
        assert!(Endpoints::parse("http://127.0.0.1:9400/siq", "http://127.0.0.1:9400").is_ok());
        assert!(Endpoints::parse("127.0.0.1:9400", "http://127.0.0.1").is_err());
        assert!(Endpoints::parse("file:///x", "http://127.0.0.1").is_err());
    }
}
