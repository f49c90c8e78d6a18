//! Names of hosts: those below `localhost` are this machine (RFC 6761), which not every system's resolver knows. The local
//! stack's HTTP API is called `{id}.execute-api.localhost`.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{Ipv4Addr, SocketAddr};

/// Looks names up.
#[derive(Debug)]
pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str();
            // The port is the URL's.
            if is_here(name) {
                let here: Addrs = Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
                return Ok(here);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_here(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn names_below_localhost_are_this_machine_and_no_others() {
        assert!(is_here("abc.execute-api.localhost") && is_here("localhost"));
        assert!(!is_here("notlocalhost") && !is_here("localhost.example"));
    }
}
