//! Which streams a device follows by itself, when it is in more than one session may follow.

use crate::device::{ANA, Device, Disk, ROOM, SPACE};
use folkmoot_model::features::reads::GrantRow;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::{Row, Value};
use folkmoot_sync::replica::io::StreamHeld;
use folkmoot_wire::frame::ClientFrame;
use folkmoot_wire::limits::{FOLLOWED_MAX, HELLO_CURSORS_MAX, STREAMS_PER_SESSION_MAX};
use std::collections::BTreeSet;

/// Ana was put into so many rooms beside her own.
fn granted(rooms: usize) -> Disk {
    let mut disk = Disk::default();
    let mut grant = |stream: StreamId, space: Option<StreamId>| {
        let held = StreamHeld { fold: FOLD_VERSION, cursor: 1, ..StreamHeld::default() };
        disk.streams.insert(stream, held);
        let value = Value::Grant(GrantRow { present: true, space });
        disk.rows.0.insert((ANA.into(), Key::Grant(stream)), Row { seq: 1, value });
    };
    // The space is newer than all rooms that others opened for her.
    grant(SPACE, None);
    grant(ROOM, Some(SPACE));
    (0..rooms as u64).for_each(|n| grant(StreamId::mint(n, [1; 10]), Some(SPACE)));
    disk.streams.insert(ANA.into(), StreamHeld { fold: FOLD_VERSION, cursor: 1, ..StreamHeld::default() });
    disk
}

/// All that the device asked to follow on its link.
fn followed(device: &Device) -> BTreeSet<StreamId> {
    let said = device.said.iter().flat_map(|frame| match frame {
        ClientFrame::Hello(hello) => hello.cursors.iter().map(|cursor| cursor.stream).collect(),
        ClientFrame::Sub(sub) => vec![sub.cursor.stream],
        _ => Vec::new(),
    });
    said.collect()
}

#[test]
fn a_device_in_too_many_rooms_follows_what_it_can_and_says_how_many_it_leaves_out() {
    let rooms = 10_200;
    let device = Device::start(granted(rooms));
    let follows = followed(&device);
    assert!(follows.len() > HELLO_CURSORS_MAX && follows.len() < STREAMS_PER_SESSION_MAX, "{}", follows.len());
    assert_eq!(follows.len(), FOLLOWED_MAX);
    assert!(follows.contains(&ANA.into()) && follows.contains(&SPACE), "without these nothing could be shown");
    assert_eq!(device.replica.left_out(), rooms + 3 - FOLLOWED_MAX);
}

#[test]
fn a_device_in_few_rooms_follows_them_all() {
    let device = Device::start(granted(100));
    assert_eq!(followed(&device).len(), 103);
    assert_eq!(device.replica.left_out(), 0);
}
