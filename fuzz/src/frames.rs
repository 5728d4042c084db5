//! Frames, as a socket gives them, and all that lies in them.

use crate::memory::frugal;
use folkmoot_model::event::{Envelope, decode};
use folkmoot_model::key::Key;
use folkmoot_model::row::Row;
use folkmoot_model::signal::Signal;
use folkmoot_wire::frame::{ClientFrame, ServerFrame, WireRow};

/// What a server reads: a frame that can be read is written as one that reads the same.
pub fn client_frame(input: &[u8]) {
    let Ok(frame) = frugal(input, || ClientFrame::read(input)) else { return };
    assert_eq!(ClientFrame::read(&frame.bytes()).as_ref(), Ok(&frame));
    match frame {
        ClientFrame::Submit(submit) => submit.events.iter().for_each(event),
        ClientFrame::Signal(signal) => {
            let _ = frugal(input, || decode::<Signal>(&signal.bytes));
        }
        _ => {}
    }
}

/// What a client reads.
pub fn server_frame(input: &[u8]) {
    let Ok(frame) = frugal(input, || ServerFrame::read(input)) else { return };
    assert_eq!(ServerFrame::read(&frame.bytes()).as_ref(), Ok(&frame));
    match frame {
        ServerFrame::Events(events) => events.events.iter().for_each(|logged| {
            event(&logged.envelope);
            let _ = logged.sealed();
        }),
        ServerFrame::Snapshot(snapshot) => snapshot.rows.iter().for_each(row),
        ServerFrame::PageRows(page) => page.rows.iter().for_each(row),
        ServerFrame::Signalled(signalled) => {
            let _ = frugal(input, || decode::<Signal>(&signalled.bytes));
        }
        _ => {}
    }
}

fn event(envelope: &Envelope) {
    let Ok(event) = frugal(&envelope.body, || envelope.event()) else { return };
    let again = Envelope::new(envelope.id, &event, envelope.client_ms);
    assert_eq!(again.event().as_ref(), Ok(&event));
}

fn row(row: &WireRow) {
    if let Some(key) = Key::read(&row.key) {
        assert_eq!(key.bytes(), row.key, "a key has one form");
    }
    if let Some(value) = frugal(&row.value, || Row::read(&row.value)) {
        assert_eq!(Row::read(&value.bytes()).as_ref(), Some(&value));
    }
}
