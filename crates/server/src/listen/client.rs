//! Whose a request is, as an address: of the connection's other end, or whom a proxy that is trusted speaks for.

use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// What proxies say for whom they ask. Without a trusted proxy nobody is believed.
const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that limits count for a request that came from `peer`: of an IPv6 address its network of 64 bits, since
/// whoever has one such address has them all.
pub fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    network_of(forwarded_for(peer.to_canonical(), headers, trusted))
}

/// Is it a proxy that is believed?
pub fn is_trusted(peer: IpAddr, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    trusted.iter().any(|net| net.contains(&peer))
}

/// As [`client_of`] does.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        other => other,
    }
}

/// The last address before those of trusted proxies, in the order in which the request passed them. Both headers at once
/// must name the same: a proxy that writes only one of them passes on the other as its client wrote it.
fn forwarded_for(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let hops = |name: &str| -> Vec<String> {
        let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
        lines.flat_map(|line| line.split(',')).map(|hop| hop.trim().to_owned()).collect()
    };
    let client = |hops: Vec<Option<IpAddr>>| {
        let mut last = peer;
        for hop in hops.into_iter().rev() {
            // What cannot be read was named by the last one that can.
            let Some(hop) = hop else { return last };
            last = hop.to_canonical();
            if !is_trusted(last, trusted) {
                return last;
            }
        }
        last
    };
    let (listed, forwarded) = (hops(X_FORWARDED_FOR), hops(header::FORWARDED.as_str()));
    let by_list = client(listed.iter().map(|hop| address(hop)).collect());
    let by_forwarded = client(forwarded.iter().map(|hop| for_of(hop).and_then(address)).collect());
    match (listed.is_empty(), forwarded.is_empty()) {
        (false, true) => by_list,
        (true, false) => by_forwarded,
        (false, false) if by_list == by_forwarded => by_list,
        _ => peer,
    }
}

/// `for` of one hop of `Forwarded` (RFC 7239).
fn for_of(hop: &str) -> Option<&str> {
    let pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    named.next().map(|(_, value)| value.trim().trim_matches('"'))
}

/// An address with or without a port, of IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(text, |(address, _)| address);
    let without_port = || bare.rsplit_once(':').map(|(address, _)| address).filter(|address| !address.contains(':'));
    bare.parse().ok().or_else(|| without_port()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_say_for_whom_they_ask() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.1/32".parse().unwrap()];
        let of = |peer: &str, lines: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, value.parse().unwrap());
            }
            client_of(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        let list = |value| [("x-forwarded-for", value)];
        let forwarded = |value| [("forwarded", value)];
        assert_eq!(of("192.0.2.9", &list("192.0.2.1")), "192.0.2.9", "a stranger");
        assert_eq!(of("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(of("127.0.0.1", &list("192.0.2.1")), "192.0.2.1");
        assert_eq!(of("::ffff:127.0.0.1", &list("::ffff:192.0.2.1")), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &list("6.6.6.6, 192.0.2.1, 10.1.1.1")), "192.0.2.1", "what the client wrote is not");
        assert_eq!(of("127.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &list("192.0.2.1:4711")), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &list("192.0.2.1, nobody")), "127.0.0.1");
        assert_eq!(of("127.0.0.1", &list("10.2.2.2")), "10.2.2.2", "a proxy asks for itself");
        assert_eq!(of("127.0.0.1", &forwarded("for=6.6.6.6, For=192.0.2.1;proto=https")), "192.0.2.1");
        assert_eq!(of("127.0.0.1", &forwarded("for=\"[2001:db8:1:2:3::4]:80\"")), "2001:db8:1:2::");
        assert_eq!(of("127.0.0.1", &forwarded("for=_hidden")), "127.0.0.1");
        let both = [("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(of("127.0.0.1", &both), "127.0.0.1", "one of the two was passed on as it came");
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let of = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::1"), "::1");
    }
}
