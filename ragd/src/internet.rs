//! The internet, told from this machine and the networks beside it: who may not reach these by
//! himself shall not reach them through us.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use async_trait::async_trait;

/// Networks of IPv4 that are not the internet: address and bits.
const PRIVATE_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Behind the translation of a provider.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Here clouds tell machines their keys.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// What of IPv6 is given out at all. The rest is loopback, link, site, multicast, or an address of
/// IPv4 in disguise.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Networks in there that are not the internet.
const PRIVATE_V6: [(Ipv6Addr, u32); 4] = [
    // Protocols, among them Teredo, which has an address of IPv4 in it.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: the same.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Tells whether an address is one of the internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !PRIVATE_V4.iter().any(|(network, bits)| {
            let rest = 32 - bits;
            u32::from(address) >> rest == u32::from(*network) >> rest
        }),
        IpAddr::V6(address) => {
            let is_in = |(network, bits): &(Ipv6Addr, u32)| {
                let rest = 128 - bits;
                u128::from(address) >> rest == u128::from(*network) >> rest
            };
            is_in(&GLOBAL_V6) && !PRIVATE_V6.iter().any(is_in)
        }
    }
}

/// Where a host is, is asked for once, and whoever connects uses the answer: a second one might be
/// another.
#[derive(Debug, thiserror::Error)]
pub enum NotPublic {
    #[error("its name has no address")]
    Unknown(#[source] io::Error),
    #[error("{address} is not on the internet")]
    Private { address: IpAddr },
}

/// Finds the addresses of names.
#[async_trait]
pub trait Names: Send + Sync + std::fmt::Debug {
    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The names that this machine knows.
#[derive(Debug)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// Returns the addresses of a host, if it has some and each is one of the internet. A host that
/// `is_trusted` may be anywhere.
pub async fn addresses(
    names: &dyn Names,
    host: &str,
    port: u16,
    is_trusted: bool,
) -> Result<Vec<SocketAddr>, NotPublic> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => {
            let found = names.addresses(host, port).await;
            found.map_err(NotPublic::Unknown)?
        }
    };
    if found.is_empty() {
        let empty = io::Error::new(io::ErrorKind::NotFound, "there is none");
        return Err(NotPublic::Unknown(empty));
    }
    let private = found.iter().find(|found| !is_public(found.ip()));
    match private {
        Some(private) if !is_trusted => Err(NotPublic::Private {
            address: private.ip(),
        }),
        _ => Ok(found),
    }
}

/// Tells whether a list of hosts, `HOST` or `HOST:PORT`, names this one. A host alone stands for its
/// usual ports.
#[must_use]
pub fn is_listed(list: &[String], host: &str, port: u16, is_usual: bool) -> bool {
    let with_port = format!("{host}:{port}");
    list.iter().any(|entry| {
        entry.eq_ignore_ascii_case(&with_port) || (is_usual && entry.eq_ignore_ascii_case(host))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_is_told_from_what_is_beside_it() {
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn lists_name_hosts_with_and_without_ports() {
        let list = ["wiki.corp".to_owned(), "10.0.0.7:9000".to_owned()];
        for (host, port, is_usual, expected) in [
            ("wiki.corp", 443, true, true),
            ("WIKI.corp", 443, true, true),
            ("wiki.corp", 9000, false, false),
            ("10.0.0.7", 9000, false, true),
            ("10.0.0.7", 443, true, false),
            ("xwiki.corp", 443, true, false),
        ] {
            let found = is_listed(&list, host, port, is_usual);
            assert_eq!(found, expected, "{host}:{port}");
        }
    }
}
