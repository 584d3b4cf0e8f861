//! A network in CIDR notation, to tell peers that relay for us from strangers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network such as 10.0.0.0/8 or ::1")]
pub struct NetworkError(String);

impl Network {
    /// An IPv4 address that reached an IPv6 socket counts as IPv4.
    pub fn contains(&self, addr: IpAddr) -> bool {
        let (addr, base) = (addr.to_canonical(), self.base);
        let (Some(a), Some(b)) = (leading(addr, self.prefix), leading(base, self.prefix)) else {
            return false;
        };
        addr.is_ipv4() == base.is_ipv4() && a == b
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        parse(text).ok_or_else(|| NetworkError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Network> {
    let (addr, prefix) = match text.split_once('/') {
        Some((addr, prefix)) => (addr, Some(prefix)),
        None => (text, None),
    };
    let base: IpAddr = addr.trim().parse().ok()?;
    let most = width(base);
    let prefix = match prefix {
        Some(prefix) => prefix.trim().parse().ok().filter(|p| *p <= most)?,
        None => most,
    };
    Some(Network { base, prefix })
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

/// The peer a connection is counted for: an IPv6 host owns its whole /64.
pub(super) fn counted_as(addr: IpAddr) -> IpAddr {
    match addr.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

fn width(addr: IpAddr) -> u8 {
    if addr.is_ipv4() { 32 } else { 128 }
}

/// The first `prefix` bits, or nothing when the address has fewer.
fn leading(addr: IpAddr, prefix: u8) -> Option<u128> {
    let bits = match addr {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    };
    let rest = width(addr).checked_sub(prefix)?;
    Some(bits.checked_shr(u32::from(rest)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn contains(network: &str, addr: &str) -> bool {
        let network: Network = network.parse().expect("a network");
        network.contains(addr.parse().expect("an address"))
    }

    #[test]
    fn addresses_are_inside_or_outside() {
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("127.0.0.1", "127.0.0.1"));
        assert!(!contains("127.0.0.1", "127.0.0.2"));
        assert!(contains("::1", "::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!contains("2001:db8::/32", "2001:db9::1"));
        assert!(contains("0.0.0.0/0", "203.0.113.9"));
        assert!(contains("::/0", "2001:db8::1"));
    }

    #[test]
    fn families_do_not_mix_but_mapped_addresses_are_ipv4() {
        assert!(!contains("::/0", "10.0.0.1"));
        assert!(!contains("0.0.0.0/0", "::1"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "host",
            "10.0.0.0/-1",
            "/8",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_ipv6_host_is_counted_by_its_64() {
        let of = |text: &str| counted_as(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,50}", addr: u128) {
            if let Ok(network) = text.parse::<Network>() {
                network.contains(IpAddr::V6(addr.into()));
            }
        }

        #[test]
        fn a_network_contains_its_base(bits: u32, prefix in 0u8..=32) {
            let base = IpAddr::V4(bits.into());
            let network: Network = format!("{base}/{prefix}").parse().expect("a network");
            prop_assert!(network.contains(base));
        }
    }
}
