//! Which addresses a tool's connection is made to.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::domain::tool::hosts::Reach;

/// A name has addresses, and none of them may be connected to.
#[derive(Debug, Error)]
#[error("its host has no address that may be connected to")]
pub(super) struct NoAddress;

/// Resolves names, and gives only addresses that may be connected to. The connection is made to what is given here, so
/// a name that changes between a look and the connection gains nothing.
#[derive(Debug)]
pub(super) struct CheckedResolver(pub(super) Reach);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses = reachable(found, reach);
            if addresses.is_empty() {
                return Err(NoAddress.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn reachable(found: impl Iterator<Item = SocketAddr>, reach: Reach) -> Vec<SocketAddr> {
    found.filter(|address| reach.allows(address.ip())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_with_several_addresses_only_the_allowed_are_left() {
        let found = ["127.0.0.1:0", "8.8.8.8:0", "[::1]:0", "169.254.169.254:0"];
        let reachable = |reach| {
            let found = found.iter().map(|address| address.parse().unwrap());
            super::reachable(found, reach).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(reachable(Reach::Public), ["8.8.8.8:0"]);
        assert_eq!(reachable(Reach::Private), ["127.0.0.1:0", "8.8.8.8:0", "[::1]:0"]);
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_resolved_only_where_it_may_be() {
        let resolve = |reach| CheckedResolver(reach).resolve("localhost".parse().unwrap());
        let Err(error) = resolve(Reach::Public).await else { panic!("localhost was resolved") };
        assert!(error.is::<NoAddress>());
        assert!(resolve(Reach::Private).await.unwrap().all(|address| address.ip().is_loopback()));
    }
}
