//! The record of a run of elements, and how a checkpoint carries all of them: as short integers, list by list.

use super::super::held::{Home, read};
use super::super::scan::Id;
use super::{Head, List, Order};
use crate::yjs::lib0::write_number;
use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// No run.
pub(super) const NONE: u32 = u32::MAX;

/// Elements that one client wrote one behind the other, and that still stand so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) client: u32,
    pub(super) start: u32,
    pub(super) len: u32,
    /// What stood to the left of the first when it was written.
    pub(super) origin: Option<Id>,
    /// What stood to the right of all of them.
    pub(super) right_origin: Option<Id>,
    /// The runs that stand there now, or [`NONE`].
    pub(super) left: u32,
    pub(super) right: u32,
    /// Of how many blocks yrs makes it, at most about so many.
    pub(super) pieces: u32,
}

impl Node {
    /// The clock after its last element.
    pub(super) fn end(&self) -> u32 {
        self.start + self.len
    }

    /// The parts before and from `clock` on, of the run `this`, of which the second will be the run `second`.
    pub(super) fn split(self, clock: u32, this: u32, second: u32) -> (Self, Self) {
        let before = clock - self.start;
        let share = |len: u32| {
            let share = (u64::from(self.pieces) * u64::from(len)).div_ceil(u64::from(self.len.max(1)));
            u32::try_from(share).unwrap_or(len)
        };
        let origin = Some(Id { client: self.client, clock: clock - 1 });
        let len = self.len - before;
        let behind = Self { start: clock, len, origin, left: this, pieces: share(len), ..self };
        (Self { len: before, right: second, pieces: share(before), ..self }, behind)
    }
}

/// What stood to the left: nothing, what the client wrote before, or the element that follows.
const NOTHING: u32 = 0;
const OWN: u32 = 1;
const NAMED: u32 = 2;

impl Order {
    /// All of it, as a checkpoint carries it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut write = |numbers: &[u32]| numbers.iter().for_each(|number| write_number(&mut out, *number));
        for ((home, key), head) in &self.lists {
            match home {
                Home::Gone => write(&[0]),
                Home::Root(name) => write(&[1, *name]),
                Home::In(client, clock) => write(&[2, *client, *clock]),
            }
            let runs: Vec<&Node> = self.list(head.first).collect();
            write(&[*key, head.runs, runs.len() as u32]);
            runs.into_iter().for_each(|node| node.write(&mut write));
        }
        out
    }

    fn list(&self, first: u32) -> impl Iterator<Item = &Node> {
        let at = |run: u32| (run != NONE).then(|| self.node(run));
        std::iter::successors(at(first), move |node| at(node.right))
    }
}

impl<C> Encode<C> for Order {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Order {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let mut bytes = d.bytes()?;
        let mut order = Self::default();
        while !bytes.is_empty() {
            let home = match read(&mut bytes)? {
                0 => Home::Gone,
                1 => Home::Root(read(&mut bytes)?),
                2 => Home::In(read(&mut bytes)?, read(&mut bytes)?),
                _ => return Err(Error::message("an unknown kind of list")),
            };
            let list: List = (home, read(&mut bytes)?);
            let (counted, runs) = (read(&mut bytes)?, read(&mut bytes)?);
            let first = order.nodes.len() as u32;
            for at in 0..runs {
                let run = order.nodes.len() as u32;
                let mut node = Node::read(&mut bytes)?;
                node.left = if at == 0 { NONE } else { run - 1 };
                node.right = if at + 1 == runs { NONE } else { run + 1 };
                order.clients.entry(node.client).or_default().insert(node.start, run);
                order.nodes.push(node);
            }
            order.lists.insert(list, Head { first, runs: counted });
        }
        Ok(order)
    }
}

impl Node {
    fn write(&self, write: &mut impl FnMut(&[u32])) {
        let own = self.start.checked_sub(1).map(|clock| Id { client: self.client, clock });
        let origin = match self.origin {
            None => NOTHING,
            origin if origin == own => OWN,
            Some(_) => NAMED,
        };
        let numbers =
            [self.client, self.start, self.len, self.pieces, origin + 3 * u32::from(self.right_origin.is_some())];
        write(&numbers);
        let named = self.origin.filter(|_| origin == NAMED);
        named.into_iter().chain(self.right_origin).for_each(|id| write(&[id.client, id.clock]));
    }

    fn read(bytes: &mut &[u8]) -> Result<Self, Error> {
        let (client, start, len, pieces) = (read(bytes)?, read(bytes)?, read(bytes)?, read(bytes)?);
        start.checked_add(len).ok_or(Error::message("a clock beyond 2^32"))?;
        let tag = read(bytes)?;
        let origin = match tag % 3 {
            NOTHING => None,
            OWN => {
                Some(Id { client, clock: start.checked_sub(1).ok_or(Error::message("nothing was written before"))? })
            }
            _ => Some(Id { client: read(bytes)?, clock: read(bytes)? }),
        };
        let right_origin = match tag / 3 {
            0 => None,
            _ => Some(Id { client: read(bytes)?, clock: read(bytes)? }),
        };
        Ok(Self { client, start, len, origin, right_origin, left: NONE, right: NONE, pieces })
    }
}
