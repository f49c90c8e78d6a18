//! Where a tool may connect to: the hosts it declares, and of these only with public addresses unless it says otherwise.
//!
//! Whoever talks to the AI may try to make it call what only our function can reach. So a host must be declared, and what
//! its name resolves to is looked at too: a name can be pointed anywhere by whoever owns its zone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;
use url::{Host, Url};

/// Where credentials of machines are handed out, at AWS, Google and Alibaba. Nothing may connect to them, declared or not.
const METADATA: [IpAddr; 7] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Why a text names no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it is no host: write a name or an address as in the URL, with a port if that is not the scheme's")]
pub struct NoHost;

/// A host as settings declare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredHost {
    host: Host<String>,
    port: Option<u16>,
}

impl DeclaredHost {
    /// Takes `name` or `name:port`; names are compared as IDNA writes them, so `BÜCHER.example` is `xn--bcher-kva.example`.
    ///
    /// # Errors
    /// It is no host.
    pub fn parse(text: &str) -> Result<Self, NoHost> {
        let strange = |c: char| c.is_whitespace() || c.is_control() || "/\\?#@%{}*".contains(c);
        if text.is_empty() || text.contains(strange) {
            return Err(NoHost);
        }
        // A scheme's own port is dropped by the parser, so each scheme is asked what the other would drop.
        let [https, http] = ["https", "http"].map(|scheme| Url::parse(&format!("{scheme}://{text}/")));
        let (https, http) = (https.map_err(|_| NoHost)?, http.map_err(|_| NoHost)?);
        let host = https.host().ok_or(NoHost)?.to_owned();
        Ok(Self { host, port: https.port().or(http.port()) })
    }

    /// Whether a URL is of this host and port.
    #[must_use]
    pub fn has(&self, url: &Url) -> bool {
        let port = match self.port {
            Some(port) => url.port_or_known_default() == Some(port),
            None => url.port().is_none(),
        };
        port && url.host().is_some_and(|host| host.to_owned() == self.host)
    }
}

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Those of the internet.
    Public,
    /// Private ones too: the host was declared to have such.
    Private,
}

impl Reach {
    /// Whether an address may be connected to.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        match standing(address) {
            Standing::Public => true,
            Standing::Private => self == Self::Private,
            Standing::Never => false,
        }
    }
}

/// Why a URL may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreachable {
    /// Neither `https` nor `http`.
    #[error("its scheme is neither https nor http")]
    Scheme,
    /// User or password in the URL.
    #[error("it has a user or a password; name a secret instead")]
    Userinfo,
    /// No declared host.
    #[error("its host is not among allowed_hosts")]
    Host,
    /// Unencrypted, to a host that may be anywhere.
    #[error("it is plain http, which is only for private_hosts")]
    Plain,
    /// An address that is not on the internet.
    #[error("its host is an address within a network, which is only for private_hosts")]
    Address,
}

/// How far a URL may reach, by what its tool declares.
///
/// # Errors
/// It may not be called.
pub fn reach(url: &Url, allowed: &[String], private: &[String]) -> Result<Reach, Unreachable> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Unreachable::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unreachable::Userinfo);
    }
    let declared =
        |hosts: &[String]| hosts.iter().filter_map(|host| DeclaredHost::parse(host).ok()).any(|h| h.has(url));
    if !declared(allowed) {
        return Err(Unreachable::Host);
    }
    let reach = if declared(private) { Reach::Private } else { Reach::Public };
    if url.scheme() == "http" && reach == Reach::Public {
        return Err(Unreachable::Plain);
    }
    // No resolver is asked for an address.
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if address.is_some_and(|address| !reach.allows(address)) {
        return Err(Unreachable::Address);
    }
    Ok(reach)
}

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// One of the internet.
    Public,
    /// One within a network or the machine itself, or of no known use.
    Private,
    /// No service is there, or one that hands out credentials.
    Never,
}

fn standing(address: IpAddr) -> Standing {
    if METADATA.contains(&address) {
        return Standing::Never;
    }
    match address {
        IpAddr::V4(address) => standing_v4(address),
        IpAddr::V6(address) => standing_v6(address),
    }
}

/// By IANA's registry of special-purpose IPv4 addresses.
fn standing_v4(address: Ipv4Addr) -> Standing {
    match address.octets() {
        // "This network", which Linux takes for the machine itself; multicast; reserved, and broadcast.
        [0 | 224..=255, ..] => Standing::Never,
        // Loopback, private, shared (CGNAT), link-local.
        [127 | 10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [169, 254, ..]
        // Protocol assignments, documentation, the 6to4 relay, benchmarks.
        | [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => {
            Standing::Private
        }
        _ => Standing::Public,
    }
}

/// Public is only what is known to be: global unicast without its special ranges, and what stands for a public IPv4 address.
fn standing_v6(address: Ipv6Addr) -> Standing {
    if address.is_unspecified() || address.is_multicast() {
        return Standing::Never;
    }
    if address.is_loopback() {
        return Standing::Private;
    }
    if let Some(embedded) = embedded(address) {
        return standing(IpAddr::V4(embedded));
    }
    match address.segments() {
        // Protocol assignments with Teredo, benchmarks and ORCHID; documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Standing::Private,
        [0x2000..=0x3fff, ..] => Standing::Public,
        _ => Standing::Private,
    }
}

/// The IPv4 address that an IPv6 one stands for.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // Mapped, translated (SIIT), compatible; NAT64.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // ISATAP.
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low]
        // 6to4.
        | [0x2002, high, low, ..] => of(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for public in ["8.8.8.8", "1.1.1.1", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1"] {
            assert!(Reach::Public.allows(ip(public)), "{public}");
        }
        for public in ["2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"] {
            assert!(Reach::Public.allows(ip(public)), "{public}");
        }
        let private = [
            "127.0.0.1",
            "127.255.255.255",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "2001:2::1",
            "100::1",
            "64:ff9b:1::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "::ffff:0:192.168.0.1",
            "64:ff9b::169.254.1.1",
            "2002:7f00:1::",
            "2a00::5efe:10.0.0.1",
            "5f00::1",
            "4000::1",
        ];
        for private in private {
            assert!(!Reach::Public.allows(ip(private)), "{private}");
            assert!(Reach::Private.allows(ip(private)), "{private}");
        }
    }

    #[test]
    fn where_credentials_are_handed_out_nobody_may_connect_in_any_spelling() {
        let never = [
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "100.100.100.200",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "ff02::1",
            "::ffff:0.0.0.0",
        ];
        for address in never {
            assert!(!Reach::Private.allows(ip(address)), "{address}");
        }
    }

    proptest! {
        #[test]
        fn an_address_in_another_form_is_not_easier_to_reach(octets: [u8; 4]) {
            let [a, b, c, d] = octets;
            let plain = Ipv4Addr::from(octets);
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let forms = [
                plain.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            ];
            for reach in [Reach::Public, Reach::Private] {
                for form in forms {
                    prop_assert_eq!(reach.allows(form.into()), reach.allows(plain.into()), "{}", form);
                }
            }
        }
    }

    fn called(url: &str, allowed: &[&str], private: &[&str]) -> Result<Reach, Unreachable> {
        let owned = |hosts: &[&str]| hosts.iter().map(|&host| host.to_owned()).collect::<Vec<_>>();
        reach(&Url::parse(url).unwrap(), &owned(allowed), &owned(private))
    }

    #[test]
    fn only_declared_hosts_may_be_called() {
        let hosts = &["api.example.com", "Bücher.example", "api.example.com:8443"];
        assert_eq!(called("https://api.example.com/a", hosts, &[]), Ok(Reach::Public));
        assert_eq!(called("https://API.example.com:443/a", hosts, &[]), Ok(Reach::Public));
        assert_eq!(called("https://api.example.com:8443/a", hosts, &[]), Ok(Reach::Public));
        assert_eq!(called("https://xn--bcher-kva.example/", hosts, &[]), Ok(Reach::Public));
        for other in [
            "https://example.com/",
            "https://a.api.example.com/",
            "https://api.example.com:444/",
            "https://api.example.com./",
        ] {
            assert_eq!(called(other, hosts, &[]), Err(Unreachable::Host), "{other}");
        }
        assert_eq!(called("https://api.example.com@evil.example/", hosts, &[]), Err(Unreachable::Userinfo));
        assert_eq!(called("ftp://api.example.com/", hosts, &[]), Err(Unreachable::Scheme));
    }

    #[test]
    fn plain_http_and_addresses_within_a_network_are_for_private_hosts() {
        let hosts = &["api.internal", "api.internal:8080", "10.0.0.1"];
        assert_eq!(called("http://api.internal:8080/", hosts, &[]), Err(Unreachable::Plain));
        assert_eq!(called("http://api.internal:8080/", hosts, &["api.internal:8080"]), Ok(Reach::Private));
        assert_eq!(called("http://api.internal/", hosts, &["api.internal:8080"]), Err(Unreachable::Plain));
        assert_eq!(called("https://10.0.0.1/", hosts, &[]), Err(Unreachable::Address));
        assert_eq!(called("https://10.0.0.1/", hosts, &["10.0.0.1"]), Ok(Reach::Private));
    }

    #[test]
    fn a_port_can_be_the_schemes_own() {
        assert_eq!(called("http://a.internal/", &["a.internal:80"], &["a.internal:80"]), Ok(Reach::Private));
        assert_eq!(called("https://a.internal/", &["a.internal:80"], &[]), Err(Unreachable::Host));
        assert_eq!(called("https://a.internal/", &["a.internal:443"], &[]), Ok(Reach::Public));
    }

    #[test]
    fn an_address_is_known_however_it_is_spelled() {
        for host in [
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1",
            "[::1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:7f00:1]",
        ] {
            assert_eq!(called(&format!("https://{host}/"), &[host], &[]), Err(Unreachable::Address), "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "https://a.example",
            "a.example/path",
            "*.example",
            "user@a.example",
            "a b",
            "{host}",
            "a.example:99999",
            "a%2eb",
        ] {
            assert_eq!(DeclaredHost::parse(text), Err(NoHost), "{text:?}");
        }
    }
}
