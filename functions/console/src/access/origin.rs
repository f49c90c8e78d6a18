//! Where a request comes from, for the counts of failed sign-ins and for nothing else.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use lambda_http::request::RequestContext;

use super::hashed;

/// Where a request comes from: a hash of its network address, so that no address is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of an address. Who has one address of IPv6 has the 2^64 beside it as well, so these are one origin.
    fn of(address: &str) -> Self {
        let network = match address.trim().parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Ok(address) => address.to_string(),
            Err(_) => "unknown".to_owned(),
        };
        Self(hashed(&network))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // What API Gateway itself saw; a client can write nothing there.
        if let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get::<RequestContext>() {
            return Ok(Self::of(context.http.source_ip.as_deref().unwrap_or_default()));
        }
        Ok(Self::of(forwarded_for(&parts.headers)))
    }
}

/// The last address of the header: the one that the nearest proxy wrote, behind whatever a client claims.
fn forwarded_for(headers: &HeaderMap) -> &str {
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|value| value.rsplit(',').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_claims_of_its_address_is_not_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.7, 198.51.100.1".parse().unwrap());
        assert_eq!(Origin::of(forwarded_for(&headers)), Origin::of("198.51.100.1"));
        headers.append("x-forwarded-for", "192.0.2.9".parse().unwrap());
        assert_eq!(Origin::of(forwarded_for(&headers)), Origin::of("192.0.2.9"));
    }

    #[test]
    fn addresses_of_one_network_of_ipv6_are_one_origin() {
        assert_eq!(Origin::of("2001:db8:1:2::1"), Origin::of("2001:db8:1:2:ffff::9"));
        assert_ne!(Origin::of("2001:db8:1:2::1"), Origin::of("2001:db8:1:3::1"));
        assert_eq!(Origin::of("::ffff:192.0.2.9"), Origin::of("192.0.2.9"));
        assert_ne!(Origin::of("192.0.2.8"), Origin::of("192.0.2.9"));
    }
}
