//! Which messages of a room are held: by events, snapshots and pages in any order.

use crate::device::{BO, Device, Disk, ROOM};
use crate::server::Server;
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{EventId, Seq};
use folkmoot_model::key::{Key, List};
use folkmoot_model::row::{Held, Rows};
use folkmoot_sync::replica::io::{HeldRange, Input, StreamHeld};
use folkmoot_wire::frame::{Caught, ClientFrame, Cursor, Page, PageRows, Range, Snapshot, Unlisted};
use folkmoot_wire::limits::PAGE_PLACES_MAX;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Pages that may be under way at once.
const PAGES_MAX: usize = 32;

/// What happens next. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    /// Bo posts.
    Post,
    /// Bo reacts to a message.
    React(prop::sample::Index, u8),
    /// The device gets so many events.
    Deliver(Seq),
    /// The device is caught up by rows, with so many of the newest places.
    CatchUp(Seq),
    /// A screen wants these places.
    Want(Seq, Seq),
    /// A page is answered, as it was read some time after it was asked for.
    Answer(prop::sample::Index, prop::sample::Index),
    /// The process ends; what it asked for is never answered.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Post),
        6 => (any::<prop::sample::Index>(), 0..4_u8).prop_map(|(which, emoji)| Step::React(which, emoji)),
        4 => (1..6_u64).prop_map(Step::Deliver),
        3 => (0..6_u64).prop_map(Step::CatchUp),
        4 => (0..40_u64, 0..40_u64).prop_map(|(first, more)| Step::Want(first, first + more)),
        6 => any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(page, at)| Step::Answer(page, at)),
        1 => Just(Step::Restart),
    ]
}

/// A device, a server, and the pages under way with the server's head when they were asked for.
struct Scene {
    device: Device,
    server: Server,
    asked: Vec<(Page, Seq)>,
}

impl Scene {
    fn new() -> Self {
        let (mut device, server) = (Device::start(Disk::default()), Server::with(&[BO]));
        device.hears(server.events(0, 1).expect("the room was opened"));
        Self { device, server, asked: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Post => drop(self.server.says(BO, post("words"))),
            Step::React(which, emoji) if !self.server.posted.is_empty() => {
                let (_, message) = *which.get(&self.server.posted);
                self.server.says(BO, reaction(message, ["👍", "🎉", "é", "☂"][usize::from(*emoji)]));
            }
            Step::Deliver(count) => {
                let cursor = self.device.cursor();
                self.server.events(cursor, cursor + count).into_iter().for_each(|events| self.device.hears(events));
            }
            Step::CatchUp(hot) if self.server.head() > self.device.cursor() => {
                let first = (self.server.head() + 1).saturating_sub(*hot).max(1);
                self.device.hears(self.server.snapshot(first));
            }
            Step::Want(first, last) => self.want(Range { first: *first, last: *last }),
            Step::Answer(page, at) if !self.asked.is_empty() => {
                let (page, from) = self.asked.remove(page.index(self.asked.len()));
                let as_of = from + at.index((self.server.head() - from + 1) as usize) as Seq;
                self.device.hears(self.server.page(page.range, page.since, as_of));
            }
            Step::Restart => {
                self.device.restart();
                self.asked.clear();
            }
            _ => {}
        }
        self.listen();
    }

    fn want(&mut self, range: Range) {
        self.device.input(Input::Want { stream: ROOM, list: List::Messages, range });
    }

    fn listen(&mut self) {
        let head = self.server.head();
        self.asked.extend(pages(&mut self.device).into_iter().map(|page| (page, head)));
        assert!(self.asked.len() <= PAGES_MAX);
    }

    /// What must hold at any time.
    fn check(&self) {
        let held = self.device.replica.held(ROOM).expect("it is held");
        let mut before = 0;
        for range in &held.ranges(List::Messages) {
            assert!(before < range.first && range.last <= held.cursor, "{held:?}");
            before = before.max(range.last);
            let places = Range { first: range.first, last: range.last };
            for key in self.server.keys(places) {
                let as_of = range.stale_since.unwrap_or(held.cursor);
                let Some(expected) = self.server.row(&key, as_of) else { continue };
                let Held::Row(row) = self.device.disk.get(ROOM, &key) else { panic!("a gap at {key:?}: {held:?}") };
                // A page may have been read later than the cursor is; a stale row is shown until it is fetched.
                if range.stale_since.is_none() {
                    let expected = self.server.row(&key, row.seq).filter(|_| row.seq > held.cursor).unwrap_or(expected);
                    assert_eq!(&row, expected, "{key:?} in {held:?}");
                }
            }
        }
    }

    /// Everything arrives, and a screen goes through the whole room.
    fn settle(&mut self) {
        let head = self.server.head();
        self.server.events(self.device.cursor(), head).into_iter().for_each(|events| self.device.hears(events));
        for _ in 0..2 * head + 2 {
            self.want(Range { first: 0, last: Seq::MAX });
            self.listen();
            if self.asked.is_empty() {
                break;
            }
            for (page, _) in std::mem::take(&mut self.asked) {
                self.device.hears(self.server.page(page.range, page.since, head));
            }
            self.check();
        }
        assert!(self.asked.is_empty(), "it asks for ever");
        for key in self.server.keys(Range { first: 1, last: head }) {
            assert_eq!(self.device.disk.get(ROOM, &key).row().as_ref(), self.server.row(&key, head), "{key:?}");
        }
    }
}

fn post(text: &str) -> MessagePosted {
    MessagePosted { text: text.into(), reply_to: None, mentions: Vec::new(), thread: None }
}

fn reaction(message: EventId, emoji: &str) -> MessageReacted {
    MessageReacted { message, emoji: emoji.into(), on: true }
}

/// The pages that the device has just asked for.
fn pages(device: &mut Device) -> Vec<Page> {
    let pages = device.said.drain(..).filter_map(|frame| match frame {
        ClientFrame::Page(page) => Some(page),
        _ => None,
    });
    pages.collect()
}

/// Ranges that a device may hold, with the cursor: runs of places, some held, some stale, some not there.
fn held() -> impl Strategy<Value = StreamHeld> {
    let run = (1..1_500_u64, prop_oneof![Just(None), Just(Some(None)), (1..9_u64).prop_map(|since| Some(Some(since)))]);
    prop::collection::vec(run, 0..8).prop_map(|runs| {
        let mut held = StreamHeld { fold: FOLD_VERSION, ..StreamHeld::default() };
        let mut ranges = Vec::new();
        for (places, kind) in runs {
            let first = held.cursor + 1;
            held.cursor += places;
            ranges.extend(kind.map(|stale_since| HeldRange { first, last: held.cursor, stale_since }));
        }
        // What was fetched lies below what was followed, wherever that begins.
        held.followed = ranges.split_off(ranges.len() / 2);
        held.fetched.insert(List::Messages, ranges);
        held
    })
}

/// What of `range` a device that holds `held` lacks, place by place, with the seq since which it lacks it.
fn lacking(held: &StreamHeld, range: Range) -> BTreeMap<Seq, Seq> {
    let places = range.first.max(1)..=range.last.min(held.cursor);
    let ranges = held.ranges(List::Messages);
    let lacks = |place: &Seq| match ranges.iter().find(|held| (held.first..=held.last).contains(place)) {
        Some(held) => held.stale_since,
        None => Some(0),
    };
    places.filter_map(|place| Some((place, lacks(&place)?))).collect()
}

proptest! {
    #![proptest_config(crate::cases(400))]

    #[test]
    fn no_gap_is_ever_shown_and_all_is_right_in_the_end(steps in prop::collection::vec(step(), 1..60)) {
        let mut scene = Scene::new();
        for step in &steps {
            scene.take(step);
            scene.check();
        }
        scene.settle();
    }

    #[test]
    fn what_is_missing_or_stale_is_asked_for_and_nothing_else(
        held in held(),
        first in prop_oneof![0..9_000_u64, Just(Seq::MAX)],
        places in prop_oneof![0..9_000_u64, Just(Seq::MAX)],
    ) {
        let range = Range { first, last: first.saturating_add(places) };
        let lacking = lacking(&held, range);
        let disk = Disk { streams: [(ROOM, held)].into(), ..Disk::default() };
        let mut device = Device::start(disk);
        device.input(Input::Want { stream: ROOM, list: List::Messages, range });
        let pages = pages(&mut device);
        prop_assert!(pages.len() <= PAGES_MAX);
        let mut asked = BTreeMap::new();
        for page in &pages {
            prop_assert!(page.range.last - page.range.first < PAGE_PLACES_MAX);
            for place in page.range.first..=page.range.last {
                prop_assert_eq!(asked.insert(place, page.since), None, "asked for twice");
            }
        }
        if pages.len() < PAGES_MAX {
            prop_assert_eq!(asked, lacking);
        } else {
            prop_assert!(asked.iter().all(|(place, since)| lacking.get(place) == Some(since)));
        }
        // What is under way is not asked for again.
        device.input(Input::Want { stream: ROOM, list: List::Messages, range });
        prop_assert_eq!(self::pages(&mut device).len(), 0);
    }
}

#[test]
fn a_list_that_the_server_does_not_know_is_not_asked_for_again_over_this_link() {
    let held = StreamHeld { cursor: 20_000, fold: FOLD_VERSION, ..StreamHeld::default() };
    let mut device = Device::start(Disk { streams: [(ROOM, held)].into(), ..Disk::default() });
    let asked = |device: &mut Device, first| {
        device.input(Input::Want { stream: ROOM, list: List::Messages, range: Range { first, last: first + 99 } });
        pages(device).len()
    };
    assert_eq!((asked(&mut device, 1), asked(&mut device, 101)), (1, 1));
    // Of another list: nothing changes.
    device.hears(Unlisted { stream: ROOM, range: Range { first: 1, last: 100 }, list: 240 });
    assert_eq!((asked(&mut device, 1), asked(&mut device, 201)), (0, 1));
    device.hears(Unlisted { stream: ROOM, range: Range { first: 1, last: 100 }, list: 0 });
    assert_eq!((asked(&mut device, 1), asked(&mut device, 301)), (0, 0));
    device.relinks();
    assert_eq!(pages(&mut device), []);
    assert_eq!(asked(&mut device, 1), 1);
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
    assert_eq!(device.disk.get(ROOM, &Key::Message(newest)).row().as_ref(), server.row(&Key::Message(newest), 4));
    // A live event on the message, whose rows are stale.
    server.says(BO, reaction(message, "🎉"));
    device.hears(server.events(4, 5).unwrap());
    device.input(Input::Want { stream: ROOM, list: List::Messages, range: Range { first: 1, last: 5 } });
    for page in pages(&mut device) {
        device.hears(server.page(page.range, page.since, 5));
    }
    let reactions = device.disk.get(ROOM, &Key::Reactions(message));
    assert_eq!(reactions.row().as_ref(), server.row(&Key::Reactions(message), 5));
}

#[test]
fn a_place_that_no_log_can_reach_is_not_believed() {
    let mut server = Server::with(&[BO]);
    server.says(BO, post("hello"));
    let mut device = Device::start(Disk::default());
    for seq in [PENDING_SEQ, Seq::MAX - 1, Seq::MAX] {
        device.hears(Snapshot { seq, ..server.snapshot(1) });
        let mut events = server.events(0, 1).unwrap();
        events.events[0].seq = seq.wrapping_add(1);
        device.hears(events);
        device.input(Input::Want { stream: ROOM, list: List::Messages, range: Range { first: 0, last: Seq::MAX } });
        assert_eq!(device.cursor(), 0);
    }
    device.restart();
    device.hears(server.events(0, 2).unwrap());
    assert_eq!(device.cursor(), 2);
}

#[test]
fn what_another_fold_made_is_shown_until_all_has_come_to_take_its_place() {
    let mut server = Server::with(&[BO]);
    let messages: Vec<EventId> = (0..5).map(|n| server.says(BO, post(&format!("{n}")))).collect();
    let mut device = Device::start(Disk::default());
    device.hears(server.events(0, 6).unwrap());
    device.disk.streams.get_mut(&ROOM).unwrap().fold = FOLD_VERSION - 1;
    device.restart();
    let row = |device: &Device, message: EventId| device.disk.get(ROOM, &Key::Message(message)).row();
    let (first, last) = (messages[0], messages[4]);
    assert!(row(&device, last).is_some() && device.cursor() == 6);
    server.says(BO, reaction(first, "👍"));
    for at in 0..6 {
        device.hears(server.events(at, at + 1).unwrap());
        assert!(row(&device, last).is_some(), "it is shown all the while");
        if at == 3 {
            // The link is lost in between: it begins anew.
            device.restart();
            device.hears(server.events(0, 4).unwrap());
        }
    }
    device.hears(server.events(6, 7).unwrap());
    assert_eq!(device.disk.get(ROOM, &Key::Reactions(first)).row(), None);
    device.hears(Caught { head: Cursor { stream: ROOM, seq: 7 } });
    let held = device.replica.held(ROOM).unwrap();
    assert_eq!((held.cursor, held.fold), (7, FOLD_VERSION));
    for key in server.keys(Range { first: 1, last: 7 }) {
        assert_eq!(device.disk.get(ROOM, &key).row().as_ref(), server.row(&key, 7), "{key:?}");
    }
}

#[test]
fn of_a_long_thread_the_newest_come_first_and_the_rest_when_it_is_wanted() {
    let mut server = Server::with(&[BO]);
    let root = server.says(BO, post("root"));
    for _ in 0..20 {
        server.says(BO, post("words"));
    }
    let mut device = Device::start(Disk::default());
    device.hears(server.snapshot(20));
    let (list, cursor) = (List::Thread(root), device.cursor());
    let want = |device: &mut Device, first| {
        device.input(Input::Want { stream: ROOM, list, range: Range { first, last: Seq::MAX } });
        pages(device)
    };
    let asked = want(&mut device, 1);
    let [Page { range, list: of, .. }] = asked[..] else { panic!("in one page, however wide: {asked:?}") };
    assert_eq!((range, of), (Range { first: 1, last: cursor }, list));
    // It ends elsewhere than what was asked for: nobody asked that.
    let answer = |first, last| PageRows {
        stream: ROOM,
        range: Range { first, last },
        rows: vec![],
        as_of: cursor,
        last: true,
        list,
    };
    device.hears(answer(9, cursor - 1));
    device.hears(answer(0, cursor));
    let held = |device: &Device| device.replica.held(ROOM).unwrap().ranges(list);
    assert_eq!(held(&device), []);
    device.hears(answer(9, cursor));
    assert_eq!(held(&device), [HeldRange { first: 9, last: cursor, stale_since: None }]);
    assert_eq!(want(&mut device, 9), [], "those are here");
    let asked: Vec<Range> = want(&mut device, 1).into_iter().map(|page| page.range).collect();
    assert_eq!(asked, [Range { first: 1, last: 8 }]);
}
