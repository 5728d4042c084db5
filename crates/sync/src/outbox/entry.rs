//! What the journal holds: one entry for each thing that a device must not forget.

use folkmoot_model::event::Envelope;
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::refusal::Refusal;
use minicbor::{Decode, Encode};

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Entry {
    /// An event was queued.
    #[n(0)]
    Queued {
        /// To which stream.
        #[n(0)]
        stream: StreamId,
        /// The event.
        #[n(1)]
        envelope: Envelope,
        /// Of a document update: how many unsent updates of the document, from the oldest, are merged in it.
        #[n(2)]
        merges: u32,
    },
    /// The server decided: the event is in the log, here.
    #[n(1)]
    Accepted {
        /// Which.
        #[n(0)]
        id: EventId,
        /// Where.
        #[n(1)]
        seq: Seq,
    },
    /// The server decided: the event will never be in the log. Its content is kept until it is given up.
    #[n(2)]
    Refused {
        /// Which.
        #[n(0)]
        id: EventId,
        /// Why.
        #[n(1)]
        refusal: Refusal,
    },
    /// The event is settled: the cursor has reached it, or the person gave it up.
    #[n(3)]
    Settled {
        /// Which.
        #[n(0)]
        id: EventId,
    },
    /// The webview changed a document; not yet in an event.
    #[n(4)]
    Unsent {
        /// Which document.
        #[n(0)]
        document: StreamId,
        /// The Yjs update.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        update: Vec<u8>,
    },
    /// An event is about to be given to a link: from here on the server may know of it.
    #[n(5)]
    Offered {
        /// Which.
        #[n(0)]
        id: EventId,
    },
    /// The person has begun to write, in place of what they had begun there before: in the room, or in a message of it.
    #[n(6)]
    Drafted {
        /// In which room.
        #[n(0)]
        room: StreamId,
        /// What; an empty one is none.
        #[n(1)]
        draft: Draft,
    },
}

/// A message, or a change of one, that is not said yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Draft {
    /// Its text.
    #[n(0)]
    pub text: String,
    /// The message that it would answer.
    #[n(1)]
    pub reply_to: Option<EventId>,
    /// The message whose text it would take the place of.
    #[n(2)]
    pub edits: Option<EventId>,
    /// What the thread hangs on in which it would be posted.
    #[n(3)]
    pub thread: Option<EventId>,
}

/// Where in a room a draft is: the thread in which it would be posted, or the message that it would change.
pub type DraftPlace = (Option<EventId>, Option<EventId>);

impl Draft {
    /// Where in its room it is: there is one at each place.
    pub fn place(&self) -> DraftPlace {
        (self.thread, self.edits)
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reply_to.is_none()
    }
}
