//! Which messages of a room are held: by events, snapshots and pages in any order.

use crate::device::{BO, Device, Disk, ROOM};
use crate::server::Server;
use folkmoot_model::messages::MessagePosted;
use folkmoot_model::reactions::MessageReacted;
use folkmoot_model::row::{Held, Key, Rows};
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::frame::{ClientFrame, Page, Range};

fn post(text: &str) -> MessagePosted {
    MessagePosted { text: text.into(), reply_to: None, mentions: Vec::new() }
}

fn reaction(message: folkmoot_model::id::EventId, emoji: &str) -> MessageReacted {
    MessageReacted { message, emoji: emoji.into(), on: true }
}

/// The pages that the device asked for and nobody answered.
fn asked(device: &mut Device) -> Vec<Page> {
    let pages = device.said.drain(..).filter_map(|frame| match frame {
        ClientFrame::Page(page) => Some(page),
        _ => None,
    });
    pages.collect()
}

#[test]
fn a_stale_row_that_an_event_has_stepped_over_is_mended_by_the_page() {
    let mut server = Server::with(&[BO]);
    let message = server.says(BO, post("look"));
    let mut device = Device::start(Disk::default());
    device.hears(server.events(0, 2).unwrap());
    // What the device misses: it is behind, and is caught up by rows that do not reach back to the message.
    server.says(BO, reaction(message, "👍"));
    let newest = server.says(BO, post("newest"));
    device.hears(server.snapshot(4));
    assert_eq!(device.disk.get(ROOM, &Key::Message(newest)), server.now().get(ROOM, &Key::Message(newest)));
    // A live event on the message, whose rows are stale.
    server.says(BO, reaction(message, "🎉"));
    device.hears(server.events(4, 5).unwrap());
    device.input(Input::Want { room: ROOM, range: Range { first: 1, last: 5 } });
    for page in asked(&mut device) {
        device.hears(server.page(page.range, page.since, 5));
    }
    let reactions = device.disk.get(ROOM, &Key::Reactions(message));
    assert!(matches!(reactions, Held::Row(_)));
    assert_eq!(reactions, server.now().get(ROOM, &Key::Reactions(message)));
}
