//! A Yjs client that is not ours, and what other people's carets hold.

use crate::memory::frugal;
use crate::parts;
use folkmoot_model::event::encode;
use folkmoot_model::id::{DeviceId, PersonId, StreamId};
use folkmoot_model::signal::Signal;
use folkmoot_sync::yjs_client::{Effect, Guest, Input, Passed, YjsClient};
use folkmoot_wire::frame::{Busy, Caught, ClientFrame, Cursor, ServerFrame, Signalled};
use folkmoot_wire::limits::{BODY_BYTES_MAX, SIGNAL_BYTES_MAX};
use std::sync::Arc;

const DOCUMENT: StreamId = StreamId([3; 16]);

/// Each part is a message of the client, or by its byte a caret of somebody else, or time. What goes to the hub is
/// within its bounds, and what is kept as well.
pub fn yjs_client(input: &[u8]) {
    let guest =
        Guest { document: DOCUMENT, device: DeviceId([2; 16]), name: "Ana".into(), colour: 1, read_only: false };
    let (mut machine, _) = YjsClient::open(1, guest, [7; 32]);
    let mut now_ms = 1;
    for (what, part) in parts(input) {
        now_ms += u64::from(what) * 8;
        let signalled = |bytes: Vec<u8>| Signalled {
            stream: DOCUMENT,
            from: PersonId([9; 16]),
            session: u64::from(what / 8),
            bytes,
        };
        let told: Option<ServerFrame> = match what % 8 {
            0 => Some(Caught { head: Cursor { stream: DOCUMENT, seq: 0 } }.into()),
            1 => Some(Busy { after_ms: u32::from(what) }.into()),
            2 => Some(signalled(Vec::new()).into()),
            3 => Some(signalled(part.to_vec()).into()),
            4 => Some(signalled(encode(&Signal::Awareness { update: part.to_vec() })).into()),
            _ => None,
        };
        let script = match told {
            Some(frame) => machine.handle(now_ms, Input::Told(&Arc::new(Passed::from(frame)))),
            None if machine.is_full() => machine.handle(now_ms, Input::Tick),
            None => frugal(part, || machine.handle(now_ms, Input::Said(part))),
        };
        for effect in script {
            match effect {
                Effect::Ask(ClientFrame::Submit(submit)) => {
                    assert!(submit.events.iter().all(|envelope| envelope.body.len() <= BODY_BYTES_MAX));
                }
                Effect::Ask(ClientFrame::Signal(signal)) => assert!(signal.bytes.len() <= SIGNAL_BYTES_MAX),
                Effect::Close(..) => return,
                _ => {}
            }
        }
    }
}
