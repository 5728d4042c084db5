//! What an operator may choose. `DIR/folkmoot.toml`, then `FOLKMOOT_*`, then the command line; the later wins.

use crate::data_dir::CONFIG;
use crate::error::Error;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use folkmoot_wire::limits;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The whole configuration. In the environment an inner name follows two underscores: `FOLKMOOT_RATES__EVENTS_PER_SECOND`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The data directory. Made if missing.
    pub data: PathBuf,
    /// Where to listen. Port 0: the port of the last time, or any free one, then kept. Off loopback there is TLS.
    pub listen: SocketAddr,
    /// Host and port that links name, if they differ from what is listened on. On loopback the server answers to this name
    /// and those of loopback alone.
    pub public_addr: Option<String>,
    /// Origins of web views that may use the API and `/sync`. Who sends no `Origin` is no browser and always may.
    pub allowed_origins: Vec<String>,
    /// Addresses and networks of proxies that are believed when they say for whom they ask: by `X-Forwarded-For` or
    /// `Forwarded`, of which each must replace or extend what its clients wrote. Limits then count for those clients, not for the proxy.
    pub trusted_proxies: Vec<Proxies>,
    /// How long an access token lives, in seconds; at most what the protocol has. A device renews its own in time.
    pub access_token_s: u64,
    /// How fast anyone may do what.
    pub rates: Rates,
    /// How much anyone may have in the log.
    pub quotas: Quotas,
    /// What a password's hash costs.
    pub argon2: Argon2,
}

/// An address, or a network as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Proxies(pub IpNet);

impl TryFrom<String> for Proxies {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse().or_else(|_| address()).map(Self).map_err(|_| "neither an address nor a network")
    }
}

impl From<Proxies> for String {
    fn from(Proxies(net): Proxies) -> Self {
        net.to_string()
    }
}

/// How fast anyone may do what. The numbers that are not here are the protocol's, in `folkmoot_wire::limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Events other than document updates, per second and person.
    pub events_per_second: u32,
    /// The burst of those.
    pub events_burst: u32,
    /// Bytes of events per second and person, of document updates and of all others.
    pub bytes_per_second: u32,
    /// The burst of those.
    pub bytes_burst: u32,
    /// Signals per second and connection, in bursts of twice as many.
    pub signals_per_second: u32,
    /// Failed or unauthenticated connects and requests per second and address.
    pub connects_per_second: u32,
    /// Tries to sign in per minute under one name from one address; those that follow wait twice as long each time.
    pub sign_ins_per_minute: u32,
    /// Work per second and person, as [`limits::COSTS_PER_SECOND`] counts it.
    pub costs_per_second: u32,
    /// The burst of that.
    pub costs_burst: u32,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections of one address that have not said who they are: the oldest is closed for one more.
    pub greetings_per_address_max: usize,
    /// Sockets of one address.
    pub sockets_per_address_max: usize,
    /// Connections of one person.
    pub connections_per_person_max: usize,
    /// Connections of one device: the oldest is closed for one more.
    pub connections_per_device_max: usize,
    /// Documents that one person has open at once in Yjs clients that are not ours.
    pub documents_per_person_max: usize,
}

/// How much anyone may have in the log. What is beyond is refused (`quota`). Events are never taken out of the log, so that deleting and
/// archiving free nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Bytes of one person's events, wherever they are, with about 160 bytes for each event.
    pub person_bytes_max: u64,
    /// Rooms that a person may open, ever.
    pub person_rooms_max: u64,
    /// Documents that a person may open, ever.
    pub person_documents_max: u64,
    /// Refusals of one person that are kept to be repeated; with more, they wait until some have become old.
    pub person_refusals_max: u64,
    /// Bytes of the events in one space, its rooms and its documents.
    pub space_bytes_max: u64,
    /// Rooms of a space, with those that were archived.
    pub space_rooms_max: u64,
    /// Documents of a space, with those that were archived.
    pub space_documents_max: u64,
    /// Rooms and documents that a person may open in one day (UTC).
    pub openings_per_day: u64,
    /// How often a person may put somebody else into a space or room, or name somebody in a thread or by an
    /// edit, in one day (UTC).
    pub grants_per_day: u64,
}

/// What a password's hash costs. A stored hash carries its own numbers, so they can be raised at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Argon2 {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// How many are computed at once.
    pub at_once: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("folkmoot-data"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_addr: None,
            allowed_origins: vec!["tauri://localhost".into(), "http://tauri.localhost".into()],
            trusted_proxies: Vec::new(),
            access_token_s: limits::ACCESS_TOKEN_S,
            rates: Rates::default(),
            quotas: Quotas::default(),
            argon2: Argon2::default(),
        }
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            person_bytes_max: limits::PERSON_BYTES_MAX,
            person_rooms_max: limits::PERSON_ROOMS_MAX,
            person_documents_max: limits::PERSON_DOCUMENTS_MAX,
            person_refusals_max: limits::PERSON_REFUSALS_MAX,
            space_bytes_max: limits::SPACE_BYTES_MAX,
            space_rooms_max: limits::SPACE_ROOMS_MAX,
            space_documents_max: limits::SPACE_DOCUMENTS_MAX,
            openings_per_day: limits::OPENINGS_PER_DAY,
            grants_per_day: limits::GRANTS_PER_DAY,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            events_per_second: limits::EVENTS_PER_SECOND,
            events_burst: limits::EVENTS_BURST,
            bytes_per_second: limits::BYTES_PER_SECOND,
            bytes_burst: limits::BYTES_BURST,
            signals_per_second: limits::SIGNALS_PER_SECOND,
            connects_per_second: limits::CONNECTS_PER_SECOND,
            sign_ins_per_minute: limits::SIGN_INS_PER_MINUTE,
            connections_max: limits::CONNECTIONS_MAX,
            greetings_per_address_max: limits::GREETINGS_PER_ADDRESS_MAX,
            sockets_per_address_max: limits::SOCKETS_PER_ADDRESS_MAX,
            connections_per_person_max: limits::CONNECTIONS_PER_PERSON_MAX,
            connections_per_device_max: limits::CONNECTIONS_PER_DEVICE_MAX,
            documents_per_person_max: limits::DOCUMENTS_PER_PERSON_MAX,
            costs_per_second: limits::COSTS_PER_SECOND,
            costs_burst: limits::COSTS_BURST,
        }
    }
}

impl Default for Argon2 {
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3, lanes: 1, at_once: 2 }
    }
}

impl Config {
    /// The defaults for the data directory `data`: all that an embedder or a test needs to begin with.
    pub fn of(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), ..Self::default() }
    }

    /// As [`Self::of`], with a cheap password hash and no rates that a test could meet by accident. Never for people.
    pub fn for_tests(data: impl Into<PathBuf>) -> Self {
        let many = 1_000_000;
        let no_end = u64::MAX / 2;
        Self {
            rates: Rates {
                events_per_second: many,
                events_burst: many,
                bytes_per_second: u32::MAX,
                bytes_burst: u32::MAX,
                signals_per_second: many,
                connects_per_second: many,
                sign_ins_per_minute: many,
                ..Rates::default()
            },
            quotas: Quotas {
                person_rooms_max: no_end,
                person_documents_max: no_end,
                openings_per_day: no_end,
                grants_per_day: no_end,
                ..Quotas::default()
            },
            argon2: Argon2 { memory_kib: 64, passes: 1, lanes: 1, at_once: 2 },
            ..Self::of(data)
        }
    }

    /// Reads the file in `data` and the environment. Fails on unknown names and on values out of range.
    pub fn load(data: &Path) -> Result<Self, Error> {
        let (file, defaults) = (data.join(CONFIG), Figment::from(Serialized::defaults(Self::of(data))));
        // Exactly this file: figment would otherwise look for it in every directory above.
        let with_file = if file.exists() { defaults.merge(Toml::file_exact(file)) } else { defaults };
        let config: Self =
            with_file.merge(Env::prefixed("FOLKMOOT_").filter(is_ours).split("__")).extract().map_err(Box::new)?;
        config.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        let Rates {
            events_per_second,
            events_burst,
            bytes_per_second,
            bytes_burst,
            signals_per_second,
            connects_per_second,
            sign_ins_per_minute,
            costs_per_second,
            costs_burst,
            ..
        } = self.rates;
        let events = [events_per_second, events_burst, bytes_per_second, bytes_burst];
        let others = [signals_per_second, connects_per_second, sign_ins_per_minute, costs_per_second, costs_burst];
        if events.contains(&0) || others.contains(&0) || self.argon2.at_once == 0 {
            return Err(Error::BadConfig("a rate of 0 would let nothing pass"));
        }
        if !(1..=limits::ACCESS_TOKEN_S).contains(&self.access_token_s) {
            return Err(Error::BadConfig("an access token lives for a second to ten minutes"));
        }
        let Argon2 { memory_kib, passes, lanes, .. } = self.argon2;
        argon2::Params::new(memory_kib, passes, lanes, None)
            .map_err(|_| Error::BadConfig("argon2 does not take these numbers"))?;
        Ok(self)
    }

    /// Does it listen where only this machine reaches it, so that it needs no TLS?
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }
}

/// Other parts of Folkmoot have variables of their own, which a server that the app starts inherits.
fn is_ours(name: &figment::value::UncasedStr) -> bool {
    let name = name.as_str().to_ascii_lowercase();
    ["listen", "public_addr", "allowed_origins", "trusted_proxies", "access_token_s"].contains(&name.as_str())
        || ["rates__", "quotas__", "argon2__"].iter().any(|group| name.starts_with(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("folkmoot.toml"),
            "public_addr = \"moot.example:443\"\n[rates]\nevents_burst = 7\n[quotas]\nspace_bytes_max = 1\n",
        )
        .unwrap();
        let config = Config::load(dir.path()).unwrap();
        assert_eq!(config.public_addr.as_deref(), Some("moot.example:443"));
        assert_eq!(config.rates, Rates { events_burst: 7, ..Rates::default() });
        assert_eq!(config.quotas, Quotas { space_bytes_max: 1, ..Quotas::default() });
        assert_eq!(config.argon2, Argon2::default());
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let dir = tempfile::tempdir().unwrap();
        let write = |list: &str| std::fs::write(dir.path().join(CONFIG), format!("trusted_proxies = {list}")).unwrap();
        write(r#"["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]"#);
        let config = Config::load(dir.path()).unwrap();
        let nets: Vec<String> = config.trusted_proxies.into_iter().map(String::from).collect();
        assert_eq!(nets, ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"]);
        write(r#"["proxy.example"]"#);
        assert!(Config::load(dir.path()).is_err());
    }

    #[test]
    fn what_is_unknown_or_out_of_range_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let bad = ["lisen = \"127.0.0.1:1\"", "access_token_s = 0", "access_token_s = 601"];
        for bad in bad.into_iter().chain(["[rates]\nevents_burst = 0", "[argon2]\nmemory_kib = 1"]) {
            std::fs::write(dir.path().join("folkmoot.toml"), bad).unwrap();
            assert!(Config::load(dir.path()).is_err(), "{bad}");
        }
    }
}
