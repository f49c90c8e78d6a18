//! What the identity provider tells of a person, and whether that is enough to know who it is.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::email::EmailAddress;
use url::Url;

use super::refusal::Refusal;

/// Hosts of Microsoft's identity platform, worldwide and in the clouds of states.
const MICROSOFT: [&str; 3] =
    ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"];

/// Claims beyond the standard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct MoreClaims {
    /// Microsoft's word that the owner of the address's domain is verified; it has no `email_verified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) xms_edov: Option<Value>,
}

impl AdditionalClaims for MoreClaims {}

/// What a token, or the provider's page on the person, says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Told {
    /// The address.
    pub(super) email: Option<String>,
    /// Whether it is the person's.
    pub(super) email_verified: Option<bool>,
    /// What Microsoft says instead.
    pub(super) xms_edov: Option<Value>,
    /// Their name.
    pub(super) name: Option<String>,
}

impl Told {
    /// The address that the provider vouches for.
    pub(super) fn address(&self, issuer: &Url) -> Result<EmailAddress, Refusal> {
        let email = self.email.as_deref().and_then(|text| EmailAddress::parse(text).ok()).ok_or(Refusal::NoAddress)?;
        let by_microsoft =
            || issuer.host_str().is_some_and(|host| MICROSOFT.contains(&host)) && self.domain_is_verified();
        if self.email_verified.unwrap_or_else(by_microsoft) { Ok(email) } else { Err(Refusal::Unverified { email }) }
    }

    /// It comes as a boolean, a number or a text.
    fn domain_is_verified(&self) -> bool {
        match &self.xms_edov {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "true" | "True"),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(email_verified: Option<bool>, xms_edov: Option<Value>) -> Told {
        Told { email: Some("Mia@demo.example".to_owned()), email_verified, xms_edov, name: None }
    }

    fn issuer(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn only_an_address_that_the_provider_vouches_for_counts() {
        let any = issuer("https://id.example");
        assert_eq!(told(Some(true), None).address(&any).unwrap().as_str(), "Mia@demo.example");
        assert!(matches!(told(Some(false), None).address(&any), Err(Refusal::Unverified { .. })));
        assert!(matches!(told(None, None).address(&any), Err(Refusal::Unverified { .. })));
        assert!(matches!(Told::default().address(&any), Err(Refusal::NoAddress)));
    }

    #[test]
    fn microsofts_own_claim_counts_for_microsoft_only() {
        let microsoft = issuer("https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0");
        for yes in [json!(true), json!(1), json!("1"), json!("true")] {
            assert!(told(None, Some(yes.clone())).address(&microsoft).is_ok(), "{yes}");
            assert!(told(None, Some(yes)).address(&issuer("https://id.example")).is_err());
        }
        for no in [json!(false), json!(0), json!("0"), json!(null), json!([true])] {
            assert!(told(None, Some(no.clone())).address(&microsoft).is_err(), "{no}");
        }
        assert!(told(Some(false), Some(json!(true))).address(&microsoft).is_err(), "a plain no stays one");
    }
}
