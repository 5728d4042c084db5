//! What the servers are told and tell: y-websocket, and Hocuspocus' dialect of it, in which the document's name stands
//! before each message and a token comes first; or bare updates, where the server is no more than a relay.
//!
//! Sources: y-websocket 3.0 `y-websocket.js`; @hocuspocus/server 4.7 `MessageReceiver.ts`, `ClientConnection.ts`.

use bytes::Bytes;
use folkmoot_model::yjs::lib0::{self, write_buffer, write_number};
use folkmoot_wire::y_websocket::{
    AUTH, NOTHING, PERMISSION_DENIED, STEP_1, STEP_2, SYNC, UPDATE, step_1, step_2, update,
};

/// Hocuspocus' sync message that asks for no further step 1.
const SYNC_REPLY: u32 = 4;
/// Hocuspocus' goodbye.
const CLOSE: u32 = 7;

const TOKEN: u32 = 0;
/// Hocuspocus' number for "permission denied".
const HOCUSPOCUS_DENIED: u32 = 1;

/// A state vector of nothing.
const NO_CLOCKS: [u8; 1] = [0];

/// How a server is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialect {
    /// As y-websocket does: the address names the document.
    YWebsocket,
    /// As Hocuspocus does, with the document's name.
    Hocuspocus(String),
    /// Updates and nothing else, as they are: the server keeps no document that one could come to.
    Updates,
}

/// What a server told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<'a> {
    /// It asks for what the client has.
    Step1,
    /// What the client lacked: it is in the document now.
    Step2(&'a [u8]),
    /// What somebody wrote.
    Update(&'a [u8]),
    /// The client may not do this, or shall go.
    Denied,
    /// Something that does not matter here: awareness, an answer.
    Other,
}

impl Dialect {
    /// What a client says first: who it is, if that is asked, and that it has nothing.
    pub fn hello(&self) -> Vec<Bytes> {
        let asks = self.named(step_1(&NO_CLOCKS));
        let mut token = Vec::new();
        [AUTH, TOKEN].into_iter().for_each(|number| write_number(&mut token, number));
        write_buffer(&mut token, b"bench");
        match self {
            Self::Updates => vec![],
            Self::YWebsocket => vec![asks],
            Self::Hocuspocus(_) => vec![self.named(token.into()), asks],
        }
    }

    /// Does the server tell whoever comes what is in the document?
    pub fn greets(&self) -> bool {
        *self != Self::Updates
    }

    /// The answer to step 1 of a client that has written nothing yet.
    pub fn nothing(&self) -> Bytes {
        self.named(step_2(&NOTHING))
    }

    /// Something was written.
    pub fn update(&self, written: &[u8]) -> Bytes {
        if *self == Self::Updates { Bytes::copy_from_slice(written) } else { self.named(update(written)) }
    }

    /// Reads what a server told. `None` if it is malformed.
    pub fn read<'a>(&self, message: &'a [u8]) -> Option<Told<'a>> {
        let mut bytes = lib0::Bytes::new(message);
        let (denied, closes) = match self {
            Self::Updates => return Some(Told::Update(message)),
            Self::YWebsocket => (PERMISSION_DENIED, false),
            Self::Hocuspocus(name) => {
                (bytes.text().ok()? == name).then_some(())?;
                (HOCUSPOCUS_DENIED, true)
            }
        };
        match bytes.number().ok()? {
            SYNC | SYNC_REPLY => match bytes.number().ok()? {
                STEP_1 => Some(Told::Step1),
                STEP_2 => bytes.buffer().ok().map(Told::Step2),
                UPDATE => bytes.buffer().ok().map(Told::Update),
                _ => None,
            },
            AUTH => Some(if bytes.number().ok()? == denied { Told::Denied } else { Told::Other }),
            CLOSE if closes => Some(Told::Denied),
            _ => Some(Told::Other),
        }
    }

    /// A message of y-websocket, the document's name before it where that is asked.
    fn named(&self, message: Bytes) -> Bytes {
        let Self::Hocuspocus(name) = self else { return message };
        let mut out = Vec::with_capacity(name.len() + 1 + message.len());
        write_buffer(&mut out, name.as_bytes());
        out.extend_from_slice(&message);
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_wire::y_websocket::{self, Said};

    #[test]
    fn y_websocket_is_spoken_as_our_server_reads_it() {
        let dialect = Dialect::YWebsocket;
        assert_eq!(
            dialect.hello().iter().map(|said| Said::read(said)).collect::<Vec<_>>(),
            [Ok(Said::Step1(Default::default()))]
        );
        assert_eq!(Said::read(&dialect.nothing()), Ok(Said::Update(&NOTHING)));
        assert_eq!(Said::read(&dialect.update(b"u")), Ok(Said::Update(b"u")));
        assert_eq!(dialect.read(&step_1(&[0])), Some(Told::Step1));
        assert_eq!(dialect.read(&step_2(b"u")), Some(Told::Step2(b"u")));
        assert_eq!(dialect.read(&update(b"u")), Some(Told::Update(b"u")));
        assert_eq!(dialect.read(&y_websocket::awareness(b"a")), Some(Told::Other));
        assert_eq!(dialect.read(&y_websocket::denied("no")), Some(Told::Denied));
        for malformed in [&[][..], &[0], &[0, 7], &[0, 1, 9, 1]] {
            assert_eq!(dialect.read(malformed), None, "{malformed:?}");
        }
    }

    #[test]
    fn hocuspocus_names_the_document_first() {
        let dialect = Dialect::Hocuspocus("doc".into());
        let hello = dialect.hello();
        assert_eq!(hello[0].as_ref(), b"\x03doc\x02\x00\x05bench");
        assert_eq!(hello[1].as_ref(), b"\x03doc\x00\x00\x01\x00");
        assert_eq!(dialect.update(b"u").as_ref(), b"\x03doc\x00\x02\x01u");
        assert_eq!(dialect.read(b"\x03doc\x04\x00\x01\x00"), Some(Told::Step1));
        assert_eq!(dialect.read(b"\x03doc\x00\x01\x02\x00\x00"), Some(Told::Step2(&NOTHING)));
        assert_eq!(dialect.read(b"\x03doc\x00\x02\x01u"), Some(Told::Update(b"u")));
        assert_eq!(dialect.read(b"\x03doc\x02\x02\x0aread-write"), Some(Told::Other), "it may come in");
        assert_eq!(dialect.read(b"\x03doc\x02\x01\x02no"), Some(Told::Denied));
        assert_eq!(dialect.read(b"\x03doc\x07\x02no"), Some(Told::Denied));
        assert_eq!(dialect.read(b"\x03doc\x08\x01"), Some(Told::Other), "an answer");
        assert_eq!(dialect.read(b"\x03not\x00\x02\x01u"), None, "another document");
    }
}
