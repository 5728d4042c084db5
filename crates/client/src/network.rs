//! Notices that this computer's network changed: an address came or went, as when a cable, a wireless network or a VPN
//! does. What comes of it is the same as after waking: a probe, or a dial at once.
//!
//! What comes and goes at once, as containers' addresses do, and what leads to no server, as link-local addresses, is
//! no change.

use if_watch::tokio::IfWatcher;
use if_watch::{IfEvent, IpNet};
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// Addresses must stand still for so long, in milliseconds: a new network brings several, one after the other.
const SETTLED_MS: u64 = 500;

/// Addresses that never stand still are told all the same after this long, in milliseconds.
const SETTLED_MS_MAX: u64 = 3_000;

/// The least time from one change that is told to the next, in milliseconds.
const PAUSE_MS: u64 = 5_000;

/// After the system stopped telling, before it is asked again.
const AGAIN: Duration = Duration::from_secs(60);

/// Tells of every change, until `changed` says that nobody listens any more.
pub(crate) async fn watch(mut changed: impl AsyncFnMut() -> bool) {
    loop {
        if let Err(error) = follow(&mut changed).await {
            tracing::info!(%error, "changes of the network are not noticed for now");
        } else {
            return;
        }
        sleep(AGAIN).await;
    }
}

/// Ends when nobody listens, or the system tells no more.
async fn follow(changed: &mut impl AsyncFnMut() -> bool) -> io::Result<()> {
    let mut watcher = IfWatcher::new()?;
    let (mut addresses, begun) = (Addresses::default(), Instant::now());
    let now_ms = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    loop {
        let due = addresses.due_ms().map(|due_ms| begun + Duration::from_millis(due_ms));
        tokio::select! {
            event = std::future::poll_fn(|context| watcher.poll_if_event(context)) => addresses.take(now_ms(), event?),
            () = sleep_until(due.unwrap_or(begun)), if due.is_some() => {}
        }
        if addresses.changed(now_ms()) && !changed().await {
            return Ok(());
        }
    }
}

/// The addresses by which others are reached, and what was told of them. Times are milliseconds since it began.
#[derive(Debug)]
struct Addresses {
    now: BTreeSet<IpNet>,
    /// `None` at first: what is there then comes as if it were new.
    told: Option<BTreeSet<IpNet>>,
    /// When what is not told yet began, and when the last of it came.
    untold_ms: Option<(u64, u64)>,
    not_before_ms: u64,
}

impl Default for Addresses {
    fn default() -> Self {
        Self { now: BTreeSet::new(), told: None, untold_ms: Some((0, 0)), not_before_ms: 0 }
    }
}

impl Addresses {
    fn take(&mut self, now_ms: u64, event: IfEvent) {
        let took = match event {
            IfEvent::Up(net) => leads_elsewhere(net.addr()) && self.now.insert(net),
            IfEvent::Down(net) => self.now.remove(&net),
        };
        if took {
            let (first_ms, _) = self.untold_ms.unwrap_or((now_ms, now_ms));
            self.untold_ms = Some((first_ms, now_ms));
        }
    }

    /// When to ask whether they changed.
    fn due_ms(&self) -> Option<u64> {
        let (first_ms, last_ms) = self.untold_ms?;
        Some((last_ms + SETTLED_MS).min(first_ms + SETTLED_MS_MAX).max(self.not_before_ms))
    }

    /// Are they others than those that were told last, and have they settled? Says so once.
    fn changed(&mut self, now_ms: u64) -> bool {
        if self.due_ms().is_none_or(|due_ms| now_ms < due_ms) {
            return false;
        }
        self.untold_ms = None;
        let told = self.told.replace(self.now.clone());
        let changed = told.is_some_and(|told| told != self.now);
        if changed {
            self.not_before_ms = now_ms + PAUSE_MS;
        }
        changed
    }
}

fn leads_elsewhere(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !link_local && !address.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "192.168.1.7/24";

    /// When changes are told, where these addresses come (`+`) and go (`-`) at these times.
    fn told(events: &[(u64, char, &str)]) -> Vec<u64> {
        let (mut addresses, mut told, mut events) = (Addresses::default(), Vec::new(), events.iter().peekable());
        for now_ms in 0..60_000 {
            while let Some((_, sign, net)) = events.next_if(|(at_ms, ..)| *at_ms == now_ms) {
                let net = net.parse().unwrap();
                addresses.take(now_ms, if *sign == '+' { IfEvent::Up(net) } else { IfEvent::Down(net) });
            }
            if addresses.changed(now_ms) {
                told.push(now_ms);
            }
        }
        assert_eq!(events.next(), None);
        told
    }

    #[test]
    fn a_network_that_comes_with_several_addresses_is_one_change() {
        assert!(told(&[(0, '+', HOME)]).is_empty(), "what is there at first");
        let vpn = [(0, '+', HOME), (900, '+', "10.8.0.2/24"), (1_000, '+', "fd00::2/64"), (1_300, '+', "fd00::3/64")];
        assert_eq!(told(&vpn), [1_800]);
        assert_eq!(told(&[(0, '+', HOME), (900, '-', HOME), (9_900, '+', "10.1.1.1/8")]), [1_400, 10_400]);
        assert_eq!(told(&[(20_000, '+', HOME)]), [20_500], "the first network of the day");
    }

    #[test]
    fn what_leads_nowhere_or_comes_and_goes_is_no_change() {
        assert!(told(&[(900, '+', "172.17.0.1/16"), (950, '-', "172.17.0.1/16")]).is_empty());
        for nowhere in ["fe80::1/64", "169.254.3.3/16", "127.0.0.2/8", "::1/128"] {
            assert!(told(&[(900, '+', nowhere), (9_000, '-', nowhere)]).is_empty(), "{nowhere}");
        }
    }

    #[test]
    fn a_storm_is_told_now_and_then() {
        let nets: Vec<String> = (0..200).map(|n| format!("10.0.{n}.1/24")).collect();
        let storm: Vec<_> = nets.iter().zip(10..).map(|(net, n)| (n * 100, '+', net.as_str())).collect();
        let told = told(&storm);
        assert!((3..=5).contains(&told.len()), "{told:?}");
        assert!(told.windows(2).all(|pair| pair[1] - pair[0] >= PAUSE_MS), "{told:?}");
    }
}
