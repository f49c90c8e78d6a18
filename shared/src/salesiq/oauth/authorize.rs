//! Sending a person to Zoho to grant access, and what comes back (api.md §7.1).

use secrecy::SecretString;
use thiserror::Error;
use url::Url;

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Access as the person who grants it: bot operator and facilitator.
    User,
    /// Access as the organisation, for the visitor API.
    Organisation,
}

/// The scopes that the product needs of a person (api.md §7.4).
pub const USER_SCOPES: [&str; 6] = [
    "SalesIQ.conversations.ALL",
    "SalesIQ.operators.ALL",
    "SalesIQ.webhooks.ALL",
    "SalesIQ.departments.READ",
    "SalesIQ.apps.READ",
    "SalesIQ.portals.READ",
];

/// The scopes that the product needs of the organisation (api.md §7.4).
pub const ORGANISATION_SCOPES: [&str; 2] = ["SalesIQ.conversations.ALL", "SalesIQ.apps.READ"];

/// Zoho's accounts servers (api.md §1.1).
const ACCOUNTS_HOSTS: [&str; 9] = [
    "accounts.zoho.com",
    "accounts.zoho.eu",
    "accounts.zoho.in",
    "accounts.zoho.com.au",
    "accounts.zoho.com.cn",
    "accounts.zoho.jp",
    "accounts.zohocloud.ca",
    "accounts.zoho.sa",
    "accounts.zoho.uk",
];

/// Why a redirect back from Zoho is not followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RedirectError {
    /// The person or Zoho said no.
    #[error("Zoho granted no access: {reason}")]
    Refused {
        /// Zoho's word for it, such as `access_denied`.
        reason: String,
    },
    /// Neither a code nor an error.
    #[error("Zoho's redirect has no code")]
    NoCode,
    /// It names an accounts server that is not Zoho's; a code must not be sent there.
    #[error("the redirect names an accounts server that is not Zoho's")]
    UnknownAccountsServer,
}

/// What came back from Zoho.
#[derive(Debug)]
pub struct Granted {
    /// The code, to be exchanged within minutes, once.
    pub code: SecretString,
    /// The `state` that was sent along; the caller compares it with the one that it keeps.
    pub state: Option<String>,
    /// The accounts server to exchange the code at.
    pub accounts: Url,
}

/// Where to send a person to grant access. `state` comes back and must be unguessable.
#[must_use]
pub fn authorisation_url(
    accounts: &Url,
    grant: Grant,
    client_id: &str,
    redirect_uri: &Url,
    scopes: &[&str],
    state: &str,
) -> Url {
    let path = match grant {
        Grant::User => "oauth/v2/auth",
        Grant::Organisation => "oauth/v2/org/auth",
    };
    let mut url = super::accounts::join(accounts, path);
    url.query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("scope", &scopes.join(","))
        .append_pair("access_type", "offline")
        .append_pair("prompt", "consent")
        .append_pair("state", state);
    url
}

/// Reads the redirect back from Zoho. Its `accounts-server` is honoured if it is one of Zoho's, or the configured one.
///
/// # Errors
/// No access was granted, or the redirect is not Zoho's.
pub fn read_redirect(query: &str, configured: &Url) -> Result<Granted, RedirectError> {
    let find = |name: &str| {
        url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if let Some(reason) = find("error") {
        return Err(RedirectError::Refused { reason: reason.chars().filter(|c| !c.is_control()).take(100).collect() });
    }
    let code = find("code").filter(|code| !code.is_empty()).ok_or(RedirectError::NoCode)?;
    let accounts = match find("accounts-server") {
        Some(told) => accounts_server(&told, configured).ok_or(RedirectError::UnknownAccountsServer)?,
        None => configured.clone(),
    };
    Ok(Granted { code: SecretString::from(code), state: find("state"), accounts })
}

/// The accounts server named by `told`, if it is one that may be trusted with codes and secrets.
#[must_use]
pub fn accounts_server(told: &str, configured: &Url) -> Option<Url> {
    let url = Url::parse(told.trim()).ok()?;
    if url.origin() == configured.origin() {
        return Some(configured.clone());
    }
    let plain =
        url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|host| ACCOUNTS_HOSTS.contains(host))?;
    if plain { Url::parse(&format!("https://{host}/")).ok() } else { None }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn configured() -> Url {
        Url::parse("http://127.0.0.1:9400/accounts/").unwrap()
    }

    #[test]
    fn a_person_is_sent_to_zoho_with_all_that_is_asked_for() {
        let accounts = Url::parse("https://accounts.zoho.eu").unwrap();
        let back = Url::parse("https://example.com/oauth/callback").unwrap();
        let url =
            authorisation_url(&accounts, Grant::User, "1000.A", &back, &["SalesIQ.apps.READ", "SalesIQ.b.ALL"], "s&1");
        assert_eq!(
            url.as_str(),
            "https://accounts.zoho.eu/oauth/v2/auth?client_id=1000.A&response_type=code&redirect_uri=https%3A%2F%2Fexample.com\
             %2Foauth%2Fcallback&scope=SalesIQ.apps.READ%2CSalesIQ.b.ALL&access_type=offline&prompt=consent&state=s%261"
        );
        let url = authorisation_url(&configured(), Grant::Organisation, "a", &back, &[], "s");
        assert_eq!(url.path(), "/accounts/oauth/v2/org/auth");
    }

    #[test]
    fn the_redirect_names_the_accounts_server_to_use() {
        let query = "?state=s1&code=1005.xxx.yyy&location=ca&accounts-server=https%3A%2F%2Faccounts.zohocloud.ca";
        let granted = read_redirect(query, &configured()).unwrap();
        assert_eq!(granted.code.expose_secret(), "1005.xxx.yyy");
        assert_eq!(granted.state.as_deref(), Some("s1"));
        assert_eq!(granted.accounts.as_str(), "https://accounts.zohocloud.ca/");
        assert_eq!(read_redirect("code=1&state=s", &configured()).unwrap().accounts, configured());
    }

    #[test]
    fn a_code_is_not_sent_to_a_stranger() {
        for stranger in [
            "https://accounts.zoho.com.evil.example",
            "https://evil.example/accounts.zoho.com",
            "http://accounts.zoho.com",
            "https://accounts.zoho.com:444",
            "https://user@accounts.zoho.com",
            "accounts.zoho.com",
            "",
        ] {
            assert_eq!(accounts_server(stranger, &configured()), None, "{stranger}");
        }
        assert_eq!(accounts_server("http://127.0.0.1:9400", &configured()), Some(configured()));
    }

    #[test]
    fn a_refusal_is_told_as_one() {
        let error = read_redirect("error=access_denied", &configured()).unwrap_err();
        assert_eq!(error, RedirectError::Refused { reason: "access_denied".to_owned() });
        assert_eq!(read_redirect("state=1", &configured()).unwrap_err(), RedirectError::NoCode);
    }
}
