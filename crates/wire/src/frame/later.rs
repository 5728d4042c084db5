//! What a client of a later version says, as far as it must be understood to be answered: a `Page` of a list that this version does not
//! know. It is told so, and its connection goes on; anything else that cannot be read ends that.

use super::{Page, Range, Unlisted};
use crate::codec;
use folkmoot_model::event::encode;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::List;
use minicbor::Decode;
use minicbor::decode::{Decoder, Error};

/// The type byte of a `Page`.
const PAGE: u8 = 0x06;

/// A `Page` of a list that this version does not know, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Decode)]
pub struct LaterPage {
    /// Of which stream.
    #[n(0)]
    pub stream: StreamId,
    /// The places.
    #[n(1)]
    pub range: Range,
    /// Only rows that changed after this.
    #[n(2)]
    pub since: Seq,
    /// Of which list.
    #[n(3)]
    #[cbor(decode_with = "number")]
    pub list: u32,
}

impl LaterPage {
    /// Reads the bytes of a frame; `None` if they are anything else, a `Page` that this version understands included.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match codec::split(bytes) {
            Ok((PAGE, body)) if codec::body::<Page>(body).is_err() => codec::body(body).ok(),
            _ => None,
        }
    }
}

impl From<LaterPage> for Unlisted {
    fn from(LaterPage { stream, range, list, .. }: LaterPage) -> Self {
        Self { stream, range, list }
    }
}

impl Unlisted {
    /// Is it said of this list?
    pub fn is_of(&self, list: List) -> bool {
        number(&mut Decoder::new(&encode(&list)), &mut ()).is_ok_and(|number| number == self.list)
    }
}

/// The number of a list, whatever comes with it.
fn number<C>(from: &mut Decoder<'_>, _: &mut C) -> Result<u32, Error> {
    let fields = from.array()?.filter(|fields| *fields > 0).ok_or_else(|| Error::message("no list"))?;
    let number = from.u32()?;
    for _ in 1..fields {
        from.skip()?;
    }
    Ok(number)
}
