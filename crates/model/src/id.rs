//! Names of things: 16-byte ids, each kind its own type, and the order within a stream.
//!
//! Nothing here mints an id from a clock: time and randomness are inputs of the caller.

use minicbor::{Decode, Encode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use uuid::{Builder, Uuid};

/// A text that is not a UUID was given where an id belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, ts_rs::TS)]
        #[cbor(transparent)]
        #[ts(type = "string")]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

        impl $name {
            /// A UUIDv7 of `unix_ms` (48 bits are kept) and ten random bytes (74 bits are kept).
            pub fn mint(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid().into_bytes())
            }

            /// A fixed id of the form that clients mint, for tests and benchmarks: a UUIDv7 in which `n` fills all bytes but
            /// the bits of version and variant.
            pub const fn fixed(n: u8) -> Self {
                let (version, variant) = (0x70 | (n & 0x0f), 0x80 | (n & 0x3f));
                Self([n, n, n, n, n, n, version, n, variant, n, n, n, n, n, n, n])
            }

            /// Was it minted by a client: is it a UUIDv7? Derived ids are of version 8, those of people of version 4, and
            /// the server's own id is of none.
            pub fn is_minted(&self) -> bool {
                let id = Uuid::from_bytes(self.0);
                id.get_version() == Some(uuid::Version::SortRand) && id.get_variant() == uuid::Variant::RFC4122
            }

            /// A UUIDv8 of the hash of `parts`, each preceded by its length: the same parts, the same id.
            pub fn derive(label: &str, parts: &[&[u8]]) -> Self {
                let mut hash = blake3::Hasher::new();
                hash.update(label.as_bytes());
                for part in parts {
                    hash.update(&(part.len() as u64).to_be_bytes());
                    hash.update(part);
                }
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
                Self(Builder::from_custom_bytes(bytes).into_uuid().into_bytes())
            }

            /// The 16 bytes, big-endian as UUIDs are.
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(|id| Self(id.into_bytes())).map_err(|_| NotAnId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": "uuid" })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A person's account on one server. Their *own* stream has the same bytes.
    PersonId
);
id!(
    /// An event, minted by the client. A message is named by the event that posted it.
    EventId
);
id!(
    /// One installation in which a person is signed in.
    DeviceId
);
id!(
    /// A stream: a space, a room, a document, or a person's own.
    StreamId
);

impl PersonId {
    /// The id of a new account, of sixteen random bytes (122 bits are kept): a UUIDv4, which no client mints, so that
    /// nobody can open a stream under it. Accounts of servers up to 0.1 have ids of version 7.
    pub fn of_new_account(random: [u8; 16]) -> Self {
        Self(Builder::from_random_bytes(random).into_uuid().into_bytes())
    }
}

impl From<PersonId> for StreamId {
    /// The person's own stream.
    fn from(person: PersonId) -> Self {
        Self(person.0)
    }
}

impl EventId {
    /// The time that the id was minted at, Unix milliseconds, if it is a UUIDv7.
    pub fn minted_ms(&self) -> Option<u64> {
        let (seconds, nanos) = Uuid::from_bytes(self.0).get_timestamp()?.to_unix();
        Some(seconds * 1_000 + u64::from(nanos) / 1_000_000)
    }
}

/// The place of an event in its stream, from 1 and without gaps. 0 stands before the first.
pub type Seq = u64;

/// The room of these people in this space: whoever starts it, online or not, names the same room.
pub fn direct_room(space: StreamId, people: &[PersonId]) -> StreamId {
    let mut people = people.to_vec();
    people.sort_unstable();
    people.dedup();
    let mut parts: Vec<&[u8]> = vec![space.as_bytes()];
    parts.extend(people.iter().map(|person| person.as_bytes().as_slice()));
    StreamId::derive("folkmoot direct room", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text_and_tells_its_time() {
        let id = EventId::mint(1_700_000_000_123, [7; 10]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.minted_ms(), Some(1_700_000_000_123));
        assert_eq!("spruce".parse::<EventId>(), Err(NotAnId));
    }

    #[test]
    fn a_direct_room_is_the_same_for_all_its_people() {
        let (ana, bo, space) = (PersonId([1; 16]), PersonId([2; 16]), StreamId([3; 16]));
        assert_eq!(direct_room(space, &[ana, bo]), direct_room(space, &[bo, ana, ana]));
        assert_ne!(direct_room(space, &[ana, bo]), direct_room(space, &[ana]));
    }
}
