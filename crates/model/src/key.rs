//! The names of rows within their stream.
//!
//! A key is a tag and its fields as bytes, in which numbers are big-endian, so that a list reads in order. The parts of a
//! message stand below its own key, so that all of it is one range of keys, whatever features add to it.

use crate::id::{EventId, PersonId, Seq, StreamId};
use minicbor::{Decode, Encode};

/// What kind of row lies at a key: which of them a device holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// Of the stream's structure, which is held whole or not at all.
    Structure,
    /// An entry of a list, at its place. A device may hold a part of a list.
    List(List, Seq),
    /// A part of a message, and held with it.
    Part(EventId),
    /// An entry by which an item of a list is found, and held with that.
    Index,
}

/// A list of which a device may hold a part, page by page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum List {
    /// The messages of a room.
    #[default]
    #[n(0)]
    Messages,
    /// The replies in the thread of this subject.
    #[n(1)]
    Thread(#[n(0)] EventId),
}

impl List {
    /// The key of its entry at a place.
    pub fn entry(self, place: Seq) -> Key {
        match self {
            Self::Messages => Key::Timeline(place),
            Self::Thread(subject) => Key::Thread(subject, place),
        }
    }

    /// Do its entries lie far apart? Then a page is not so many places, but so many entries.
    pub fn is_sparse(self) -> bool {
        match self {
            Self::Messages => false,
            Self::Thread(_) => true,
        }
    }

    /// The key of what an entry names: its own row, and below it those of its parts.
    pub fn item(self, item: EventId) -> Key {
        match self {
            Self::Messages | Self::Thread(_) => Key::Message(item),
        }
    }
}

/// The tags of the keys of which a device may hold a part; all others are of the structure.
pub const PARTIAL_TAGS: std::ops::Range<u8> = 0x10..0x20;

/// A field of a key.
trait Field: Sized {
    fn write(self, to: &mut Vec<u8>);
    fn read(from: &mut &[u8]) -> Option<Self>;
}

macro_rules! field {
    ($($type:ident),*) => {
        $(impl Field for $type {
            fn write(self, to: &mut Vec<u8>) {
                to.extend(self.as_bytes());
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                let (field, rest) = from.split_first_chunk::<16>()?;
                *from = rest;
                Some(Self(*field))
            }
        })*
    };
}

field!(EventId, PersonId, StreamId);

impl Field for Seq {
    fn write(self, to: &mut Vec<u8>) {
        to.extend(self.to_be_bytes());
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let (field, rest) = from.split_first_chunk::<8>()?;
        *from = rest;
        Some(Self::from_be_bytes(*field))
    }
}

macro_rules! keys {
    ($(
        $(#[$doc:meta])* $tag:literal $name:ident $(($($field:ident: $type:ty),+))? $(/ $part:literal)? => $kind:expr
    ),* $(,)?) => {
        /// The name of a row within its stream.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Key {
            $($(#[$doc])* $name $(($($type),+))?),*
        }

        impl Key {
            /// The key's bytes: a tag, its fields, and which part it is of what these name.
            pub fn bytes(&self) -> Vec<u8> {
                match *self {
                    $(Self::$name $(($($field),+))? => {
                        #[allow(unused_mut, reason = "a key without fields is its tag")]
                        let mut bytes = vec![$tag];
                        $($($field.write(&mut bytes);)+)?
                        $(bytes.push($part);)?
                        bytes
                    })*
                }
            }

            /// Reads a key's bytes; `None` if they are no key of this version.
            pub fn read(bytes: &[u8]) -> Option<Self> {
                let (tag, fields) = bytes.split_first()?;
                $(
                    #[allow(unused_mut, reason = "a key without fields is its tag")]
                    let read = |mut rest: &[u8]| {
                        let key = Self::$name $(($(<$type>::read(&mut rest)?),+))?;
                        let part: &[u8] = &[$($part)?];
                        (rest == part).then_some(key)
                    };
                    if *tag == $tag && let Some(key) = read(fields) {
                        return Some(key);
                    }
                )*
                None
            }

            /// What kind of row lies there.
            pub fn kind(&self) -> KeyKind {
                #[allow(unused_variables, reason = "most kinds follow from the tag")]
                match *self { $(Self::$name $(($($field),+))? => $kind),* }
            }
        }
    };
}

keys! {
    /// What the stream is.
    0x01 Head => KeyKind::Structure,
    /// Only its seq counts: the last change of who may do what.
    0x02 Access => KeyKind::Structure,
    /// A member of a space or room.
    0x03 Member(person: PersonId) => KeyKind::Structure,
    /// A public room in its space's directory.
    0x04 Listing(room: StreamId) => KeyKind::Structure,
    /// A document in its room.
    0x05 Document(document: StreamId) => KeyKind::Structure,
    /// The messages that are pinned in a room.
    0x06 Pins => KeyKind::Structure,
    /// The message posted at this place.
    0x10 Timeline(seq: Seq) => KeyKind::List(List::Messages, seq),
    /// A message.
    0x11 Message(message: EventId) => KeyKind::Part(message),
    /// A message's reactions.
    0x11 Reactions(message: EventId) / 0x01 => KeyKind::Part(message),
    /// How the thread stands that hangs on a message.
    0x11 ThreadSummary(message: EventId) / 0x02 => KeyKind::Part(message),
    /// The message posted at this place in a thread, and not in the room.
    0x12 Reply(seq: Seq) => KeyKind::Index,
    /// What the event at this place, posting a message or editing one, names the person in.
    0x13 Mention(person: PersonId, seq: Seq) => KeyKind::Index,
    /// The reply posted at this place in the thread of a subject.
    0x18 Thread(subject: EventId, seq: Seq) => KeyKind::List(List::Thread(subject), seq),
    /// In an own stream: a stream that the person is in.
    0x20 Grant(stream: StreamId) => KeyKind::Structure,
    /// In an own stream: how far a room is read.
    0x21 Read(room: StreamId) => KeyKind::Structure,
    /// In an own stream: what of a room deserves a notification.
    0x22 Notify(room: StreamId) => KeyKind::Structure,
    /// In an own stream: that a thread of a room is followed, and how far it is read.
    0x23 ThreadMark(room: StreamId, subject: EventId) => KeyKind::Structure,
}

impl Key {
    /// Is it of the stream's structure? Of the rest a device may hold a part.
    pub fn is_structure(&self) -> bool {
        self.kind() == KeyKind::Structure
    }

    /// The row without which there is none here: where that one is held and this one is not, there is none.
    pub fn depends_on(&self) -> Option<Self> {
        match self.kind() {
            KeyKind::Part(message) => Some(Self::Message(message)).filter(|whole| whole != self),
            KeyKind::Structure | KeyKind::List(..) | KeyKind::Index => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_of_what_is_held_in_part_are_those_that_are_named_so() {
        let all = (0..=u8::MAX).flat_map(|tag| {
            [0, 8, 16, 17, 24, 32]
                .map(|len| [vec![tag], vec![0; len.min(16)], vec![1; len.saturating_sub(16)]].concat())
        });
        for key in all.filter_map(|bytes| Key::read(&bytes)) {
            assert_eq!(!key.is_structure(), PARTIAL_TAGS.contains(&key.bytes()[0]), "{key:?}");
        }
    }
}
