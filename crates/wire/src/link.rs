//! `folkmoot://` links: to a place, or an invitation. Reading one decides nothing and changes nothing.
//!
//! `folkmoot://HOST/SPACE/ROOM[/MESSAGE]`, `folkmoot://HOST/SPACE/ROOM/document/DOCUMENT`, and
//! `folkmoot://HOST/join/CODE?key=KEYHASH`. A link never carries a token.

use folkmoot_model::id::{EventId, StreamId};
use std::fmt;
use std::str::FromStr;

/// The longest link, in bytes.
pub const LINK_BYTES_MAX: usize = 512;

/// A text that is not one of our links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a folkmoot link")]
pub struct NotALink;

/// The BLAKE3 hash of a server's public key, by which a client knows it again: 32 bytes, in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// An invitation.
    Join {
        /// Host and port.
        host: String,
        /// The invitation's code.
        code: String,
        /// The server's key.
        key: KeyHash,
    },
    /// A place.
    Place {
        /// Host and port.
        host: String,
        /// The space.
        space: StreamId,
        /// What in it.
        spot: Spot,
    },
}

/// A place within a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The space itself.
    Space,
    /// A room.
    Room(StreamId),
    /// A message in a room.
    Message(StreamId, EventId),
    /// A document in a room.
    Document(StreamId, StreamId),
}

impl KeyHash {
    /// The hash of a public key's raw bytes.
    pub fn of(public_key: &[u8]) -> Self {
        Self(*blake3::hash(public_key).as_bytes())
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from(self.0).to_hex().as_str())
    }
}

impl FromStr for KeyHash {
    type Err = NotALink;
    fn from_str(text: &str) -> Result<Self, NotALink> {
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_| NotALink)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join { host, code, key } => write!(f, "folkmoot://{host}/join/{code}?key={key}"),
            Self::Place { host, space, spot } => {
                write!(f, "folkmoot://{host}/{space}")?;
                match spot {
                    Spot::Space => Ok(()),
                    Spot::Room(room) => write!(f, "/{room}"),
                    Spot::Message(room, message) => write!(f, "/{room}/{message}"),
                    Spot::Document(room, document) => write!(f, "/{room}/document/{document}"),
                }
            }
        }
    }
}

impl FromStr for Link {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        let text = text.trim();
        if text.len() > LINK_BYTES_MAX || text.chars().any(|char| char.is_control() || char.is_whitespace()) {
            return Err(NotALink);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotALink)?;
        if !scheme.eq_ignore_ascii_case("folkmoot") {
            return Err(NotALink);
        }
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let mut parts = path.trim_end_matches('/').split('/');
        let host = parts.next().filter(|host| is_host(host)).ok_or(NotALink)?.to_owned();
        let parts: Vec<&str> = parts.collect();
        let id = |text: &str| text.parse::<StreamId>().map_err(|_| NotALink);
        if let ["join", code] = parts[..] {
            let key = query.and_then(|query| query.strip_prefix("key=")).ok_or(NotALink)?.parse()?;
            let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
            return if is_code { Ok(Self::Join { host, code: code.to_owned(), key }) } else { Err(NotALink) };
        }
        let (space, spot) = match parts[..] {
            [space] => (space, Spot::Space),
            [space, room] => (space, Spot::Room(id(room)?)),
            [space, room, message] => (space, Spot::Message(id(room)?, message.parse().map_err(|_| NotALink)?)),
            [space, room, "document", document] => (space, Spot::Document(id(room)?, id(document)?)),
            _ => return Err(NotALink),
        };
        Ok(Self::Place { host, space: id(space)?, spot })
    }
}

/// A host name or address with an optional port: nothing that could carry a user, a path or a second host.
fn is_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    !host.is_empty() && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_read_back() {
        let (space, room, message) = (StreamId([1; 16]), StreamId([2; 16]), EventId([3; 16]));
        let place = |spot| Link::Place { host: "moot.example:4433".into(), space, spot };
        let join = Link::Join { host: "[::1]:80".into(), code: "k3y".into(), key: KeyHash::of(b"key") };
        let spots = [Spot::Space, Spot::Room(room), Spot::Message(room, message), Spot::Document(room, room)];
        for link in spots.map(place).into_iter().chain([join]) {
            assert_eq!(link.to_string().parse(), Ok(link));
        }
    }

    #[test]
    fn the_scheme_is_read_in_either_case_and_nothing_else_is_changed() {
        let link = Link::Place { host: "moot.example".into(), space: StreamId([1; 16]), spot: Spot::Space };
        for scheme in ["FOLKMOOT", "Folkmoot"] {
            assert_eq!(link.to_string().replacen("folkmoot", scheme, 1).parse(), Ok(link.clone()));
        }
    }

    #[test]
    fn what_is_not_a_link_is_refused() {
        let long = format!("folkmoot://host/{}", "a".repeat(LINK_BYTES_MAX));
        let bad = [
            "",
            "https://host/join/code",
            "folkmoot://",
            "folkmoot:///join/code?key=00",
            "folkmoot://host",
            "folkmoot://user@host/join/code?key=00",
            "folkmoot://host/join/code",
            "folkmoot://host/join/co%20de?key=00",
            "folkmoot://host/not-an-id",
            "folkmoot://host/01890a5d-ac96-774b-bcce-b302099a8057/x/y/z/w",
            "folkmoot://host/01890a5d-ac96-774b-bcce-b302099a8057/\u{0}",
            long.as_str(),
        ];
        for text in bad {
            assert_eq!(text.parse::<Link>(), Err(NotALink), "{text}");
        }
    }
}
