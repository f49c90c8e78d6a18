//! Where people, and sites that send them back to us, reach the console.

use std::net::Ipv6Addr;

use axum::http::{HeaderMap, header};

use crate::console::Console;
use crate::problem::Problem;

/// The console's base URL without a path or a slash at its end, such as `https://support.example.com`: what the deployment
/// says, else the host that the request names. By plain HTTP only on this machine.
///
/// # Errors
/// Neither says.
pub fn base_url(console: &Console, headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(public) = &console.config.public_url {
        return Ok(public.trim_end_matches('/').to_owned());
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(of_host);
    host.ok_or_else(|| {
        Problem::bad_request(
            "The request does not say which host it is for",
            "Open the console by its usual address, and try again.",
        )
    })
}

/// The base URL of a host, with its port if it has one. None for what is no host.
fn of_host(authority: &str) -> Option<String> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, rest.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let is_host = authority.starts_with('[') || (!host.is_empty() && is_name(host));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let scheme = if is_this_machine(host) { "http" } else { "https" };
    (is_host && is_port).then(|| format!("{scheme}://{authority}"))
}

/// Whether a host is this machine, which no network lies before.
pub(crate) fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::of_host;

    #[test]
    fn a_host_is_reached_by_https_and_this_machine_by_http() {
        let seen = |host| of_host(host).unwrap_or_default();
        assert_eq!(seen("abc.execute-api.eu-west-1.amazonaws.com"), "https://abc.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(seen("abc.execute-api.localhost:4700"), "http://abc.execute-api.localhost:4700");
        assert_eq!(seen("127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(seen("[::1]:8080"), "http://[::1]:8080");
        assert_eq!(seen("support.example.com:8443"), "https://support.example.com:8443");
    }

    #[test]
    fn what_is_no_host_gives_no_url() {
        for host in ["", "a/b", "a@b", "a?b", "a b", "a:port", ":80", "[::1", "[x]", "a#b", "a\\b", "localhost:99999"] {
            assert_eq!(of_host(host), None, "{host}");
        }
    }
}
