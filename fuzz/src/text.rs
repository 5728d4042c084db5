//! Edits of one message, honest and not.

use crate::memory::frugal;
use crate::parts;
use folkmoot_model::id::EventId;
use folkmoot_model::yjs::text::{MessageText, TEXT_BYTES_MAX};

const MESSAGE: EventId = EventId([9; 16]);

/// The first part is a text. Each other is an edit: by its first bit a text that somebody wrote, or bytes that somebody
/// made up as a delta.
pub fn delta(input: &[u8]) {
    let parts = parts(input);
    let Some(((_, first), edits)) = parts.split_first() else { return };
    let mut text = MessageText::plain(String::from_utf8_lossy(first));
    for (number, (what, part)) in (0_u32..).zip(edits) {
        let edit = EventId::derive("edit", &[&number.to_be_bytes()]);
        let written = String::from_utf8_lossy(part);
        let delta = match what & 1 {
            0 => match text.delta(MESSAGE, edit, &written) {
                Some(delta) => delta,
                None => continue,
            },
            _ => part.to_vec(),
        };
        let (answer, after) = frugal(input, || (text.admits(MESSAGE, edit, &delta), text.with(MESSAGE, &delta)));
        if what & 1 == 0 {
            assert!(answer.is_ok(), "what we make is admitted: {answer:?}");
            assert_eq!(after.as_str(), written);
        }
        if answer.is_ok() {
            assert!(after.as_str().len() <= TEXT_BYTES_MAX);
            text = after;
        }
        let read: MessageText = minicbor::decode(&minicbor::to_vec(&text).expect("it fits")).expect("written by us");
        assert_eq!(read, text);
    }
}
