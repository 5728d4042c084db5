//! What Yjs clients that are not ours say and hear at `/yjs`: the messages of y-websocket, and what an awareness update
//! holds. What a server does with them is `folkmoot_sync::foreign`.
//!
//! Sources: y-websocket 3.0 `y-websocket.js`, y-protocols 1.0 `sync.js`, `auth.js` and `awareness.js`.

use bytes::Bytes;
use folkmoot_model::yjs::gate::GateRefusal;
use folkmoot_model::yjs::gate::GateRefusal::Malformed;
use folkmoot_model::yjs::lib0::{self, write_buffer, write_number};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Messages about what is in the document; a step follows.
pub const SYNC: u32 = 0;
const AWARENESS: u32 = 1;
/// Messages about what is permitted.
pub const AUTH: u32 = 2;
const QUERY_AWARENESS: u32 = 3;

/// What somebody has, to be answered with what they lack.
pub const STEP_1: u32 = 0;
/// What somebody lacked.
pub const STEP_2: u32 = 1;
/// What somebody wrote.
pub const UPDATE: u32 = 2;

/// Of [`AUTH`]: not permitted, and why.
pub const PERMISSION_DENIED: u32 = 0;

/// The update that says nothing: no clients, no deletions.
pub const NOTHING: [u8; 2] = [0, 0];

/// The most Yjs clients that one message is believed to speak of.
pub const CLIENTS_MAX: usize = 4_096;

/// What a foreign client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<'a> {
    /// Sync step 1: what it has, as the next clock of each Yjs client. It wants the rest.
    Step1(BTreeMap<u32, u32>),
    /// Sync step 2 or an update: a Yjs update, which nobody has looked at.
    Update(&'a [u8]),
    /// An awareness update, which nobody has looked at.
    Awareness(&'a [u8]),
    /// It wants to hear who is aware.
    QueryAwareness,
    /// A message of a type that is not known here, which means nothing: others have types of their own.
    Unknown,
}

impl<'a> Said<'a> {
    /// Reads a message. Fails if it is malformed.
    pub fn read(message: &'a [u8]) -> Result<Self, GateRefusal> {
        let mut bytes = lib0::Bytes::new(message);
        match bytes.number()? {
            SYNC => match bytes.number()? {
                STEP_1 => vector(bytes.buffer()?).map(Self::Step1),
                STEP_2 | UPDATE => bytes.buffer().map(Self::Update),
                _ => Err(Malformed("an unknown step of syncing")),
            },
            AWARENESS => bytes.buffer().map(Self::Awareness),
            QUERY_AWARENESS => Ok(Self::QueryAwareness),
            _ => Ok(Self::Unknown),
        }
    }
}

fn vector(bytes: &[u8]) -> Result<BTreeMap<u32, u32>, GateRefusal> {
    let mut bytes = lib0::Bytes::new(bytes);
    let count = bytes.count(2)?;
    if count > CLIENTS_MAX {
        return Err(Malformed("too many Yjs clients"));
    }
    (0..count).map(|_| Ok((bytes.number()?, bytes.number()?))).collect()
}

/// Sync step 1: asks for what is not in this state vector, encoded as Yjs does.
pub fn step_1(state_vector: &[u8]) -> Bytes {
    message(&[SYNC, STEP_1], state_vector)
}

/// Sync step 2: the answer to step 1.
pub fn step_2(update: &[u8]) -> Bytes {
    message(&[SYNC, STEP_2], update)
}

/// Something was written.
pub fn update(update: &[u8]) -> Bytes {
    message(&[SYNC, UPDATE], update)
}

/// Who is aware of what.
pub fn awareness(update: &[u8]) -> Bytes {
    message(&[AWARENESS], update)
}

/// Something is not permitted.
pub fn denied(why: &str) -> Bytes {
    message(&[AUTH, PERMISSION_DENIED], why.as_bytes())
}

fn message(types: &[u32], body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(body.len() + 8);
    types.iter().for_each(|number| write_number(&mut out, *number));
    write_buffer(&mut out, body);
    out.into()
}

/// What an awareness update says of one Yjs client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aware<'a> {
    /// The Yjs client.
    pub client: u32,
    /// Counts its states.
    pub clock: u32,
    /// Its state, as JSON that is not parsed yet; `null`: it is gone.
    pub state: Cow<'a, str>,
}

impl Aware<'_> {
    /// It is gone.
    pub fn gone(client: u32, clock: u32) -> Self {
        Self { client, clock, state: "null".into() }
    }

    /// Does it say that the client is gone?
    pub fn is_gone(&self) -> bool {
        self.state == "null"
    }
}

/// What an awareness update says, as far as it can be read.
pub fn aware(update: &[u8]) -> Vec<Aware<'_>> {
    let mut bytes = lib0::Bytes::new(update);
    let count = bytes.number().unwrap_or_default();
    let mut one =
        || Ok::<_, GateRefusal>(Aware { client: bytes.number()?, clock: bytes.number()?, state: bytes.text()?.into() });
    (0..count).map_while(|_| one().ok()).take(CLIENTS_MAX).collect()
}

/// The awareness update that says this.
pub fn aware_update(all: &[Aware<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    write_number(&mut out, u32::try_from(all.len()).unwrap_or(u32::MAX));
    for Aware { client, clock, state } in all {
        write_number(&mut out, *client);
        write_number(&mut out, *clock);
        write_buffer(&mut out, state.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_foreign_client_says_is_read() {
        // As y-websocket 3 sent it: step 1 of a document with one client.
        assert_eq!(Said::read(&[0, 0, 3, 1, 5, 9]), Ok(Said::Step1(BTreeMap::from([(5, 9)]))));
        assert_eq!(Said::read(&[0, 1, 2, 0, 0]), Ok(Said::Update(&[0, 0])));
        assert_eq!(Said::read(&update(b"u")), Ok(Said::Update(b"u")));
        assert_eq!(Said::read(&step_2(b"u")), Ok(Said::Update(b"u")));
        assert_eq!(Said::read(&step_1(&[0])), Ok(Said::Step1(BTreeMap::new())));
        assert_eq!(Said::read(&awareness(b"a")), Ok(Said::Awareness(b"a")));
        assert_eq!(Said::read(&[3]), Ok(Said::QueryAwareness));
        for unknown in [&[102, 1, 0][..], &[9], &denied("no")] {
            assert_eq!(Said::read(unknown), Ok(Said::Unknown), "{unknown:?}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_takes_no_memory() {
        let bomb = [0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x0f];
        let endless = [0xff; 9];
        for bytes in [&[][..], &endless, &[0], &[0, 7, 0], &[0, 1, 9, 1], &[0, 0, 3, 9, 1, 1], &bomb, &[1], &[1, 9]] {
            assert!(Said::read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn an_awareness_update_is_read_as_it_was_written_and_as_far_as_it_goes() {
        let all = [Aware { client: 5, clock: 9, state: "{}".into() }, Aware::gone(u32::MAX, 1)];
        let update = aware_update(&all);
        assert_eq!(aware(&update), all);
        assert_eq!(aware(&update[..update.len() - 1]), all[..1]);
        for bytes in [&[][..], &[200], &[2, 5, 9, 2, b'{', b'}', 6], &[1, 5, 9, 100], &[0xff; 40]] {
            assert!(aware(bytes).len() <= 1, "{bytes:?}");
        }
    }
}
