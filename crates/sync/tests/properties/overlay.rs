//! What a person sees is the log as far as it has come, and above it what they have said and nobody has refused.

use crate::device::{ANA, BO, Device, Disk, ROOM};
use crate::reference::Room;
use crate::server::Server;
use folkmoot_model::event::{Envelope, Event, Sealed};
use folkmoot_model::features::documents::{DocumentKind, DocumentListed};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted, message};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role};
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::rooms::{RoomArchived, RoomChanged};
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::Code;
use folkmoot_model::row::Rows;
use folkmoot_sync::outbox::State;
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::frame::{Ack, ClientFrame, Nack, ServerFrame};
use prop::sample::Index;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

const CY: PersonId = PersonId([3; 16]);

/// Something to be said; numbers choose among the messages that whoever says it sees.
#[derive(Debug, Clone)]
enum Words {
    Post(String),
    Edit(Index, String),
    Delete(Index),
    React(Index, u8, bool),
    Rename(Option<String>, Option<String>),
    Archive(bool),
    Add,
    Remove,
    List(u8, String, bool),
}

#[derive(Debug, Clone)]
enum Step {
    /// Ana says it on the device.
    Say(Words),
    /// Bo has said it elsewhere: it is in the log.
    Elsewhere(Words),
    /// The server decides on the next of what was sent; `false` refuses.
    Decide(bool),
    /// The device hears the next answer.
    Answer,
    /// The device hears so many events.
    Deliver(Seq),
    /// Ana gives up what was refused.
    Discard,
    /// The process ends and begins anew.
    Restart,
}

fn words() -> impl Strategy<Value = Words> {
    let text = prop_oneof!["[a-z]{1,6}", "[a-c😀é]{1,5}"];
    prop_oneof![
        4 => text.clone().prop_map(Words::Post),
        4 => (any::<Index>(), text.clone()).prop_map(|(which, text)| Words::Edit(which, text)),
        1 => any::<Index>().prop_map(Words::Delete),
        2 => (any::<Index>(), 0..3_u8, any::<bool>()).prop_map(|(which, emoji, on)| Words::React(which, emoji, on)),
        1 => (prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{0,4}")).prop_map(|(n, t)| Words::Rename(n, t)),
        1 => any::<bool>().prop_map(Words::Archive),
        1 => Just(Words::Add),
        1 => Just(Words::Remove),
        1 => (0..3_u8, "[a-z]{1,4}", any::<bool>()).prop_map(|(which, title, gone)| Words::List(which, title, gone)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => words().prop_map(Step::Say),
        4 => words().prop_map(Step::Elsewhere),
        5 => prop::bool::weighted(0.8).prop_map(Step::Decide),
        5 => Just(Step::Answer),
        4 => (1..5_u64).prop_map(Step::Deliver),
        1 => Just(Step::Discard),
        1 => Just(Step::Restart),
    ]
}

/// The event of these words, for one who sees `rows`; `None` if there is nothing to say it of.
fn event(words: &Words, id: EventId, rows: &dyn Rows, messages: &[EventId]) -> Option<Event> {
    let which = |index: &Index| (!messages.is_empty()).then(|| *index.get(messages));
    Some(match words {
        Words::Post(text) => {
            MessagePosted { text: text.clone(), reply_to: None, mentions: Vec::new(), thread: None }.into()
        }
        Words::Edit(index, text) => {
            let target = which(index)?;
            let seen = message(rows.get(ROOM, &Key::Message(target)).row()?)?;
            MessageEdited { message: target, delta: seen.text.delta(target, id, text)?, mentions: None }.into()
        }
        Words::Delete(index) => MessageDeleted { message: which(index)?, reply: None }.into(),
        Words::React(index, emoji, on) => {
            let emoji = ["👍", "🎉", "é"][usize::from(*emoji)].into();
            MessageReacted { message: which(index)?, emoji, on: *on }.into()
        }
        Words::Rename(name, topic) => {
            RoomChanged { name: name.clone(), topic: topic.clone(), everyone_edits: None }.into()
        }
        Words::Archive(archived) => RoomArchived { archived: *archived }.into(),
        Words::Add => MemberAdded { person: CY, role: Role::Member, profile: None }.into(),
        Words::Remove => MemberRemoved { person: CY }.into(),
        Words::List(which, title, archived) => DocumentListed {
            document: StreamId::fixed(100 + which),
            kind: DocumentKind::Code,
            title: title.clone(),
            archived: *archived,
        }
        .into(),
    })
}

struct Scene {
    device: Device,
    server: Server,
    /// What was sent and not decided.
    sent: VecDeque<Envelope>,
    /// Answers on their way.
    answers: VecDeque<ServerFrame>,
    /// What the server has refused, which it repeats.
    refused: Vec<EventId>,
    /// All that Ana ever said, in its order.
    said: Vec<EventId>,
    /// What of it she gave up.
    given_up: Vec<EventId>,
    restarted: bool,
}

impl Scene {
    fn new() -> Self {
        let (mut device, server) = (Device::start(Disk::default()), Server::with(&[BO]));
        device.hears(server.events(0, 1).expect("the room was opened"));
        let (sent, answers) = (VecDeque::new(), VecDeque::new());
        Self {
            device,
            server,
            sent,
            answers,
            refused: Vec::new(),
            said: Vec::new(),
            given_up: Vec::new(),
            restarted: false,
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Say(words) => {
                let id = self.device.mint();
                let seen: Vec<EventId> = self.seen().messages.iter().map(|message| message.id).collect();
                let rows = self.device.replica.seen(&self.device.disk);
                let Some(event) = event(words, id, &rows, &seen) else { return };
                if self.device.replica.permits(&self.device.disk, ROOM, id, &event).is_ok() {
                    self.device.input(Input::Queue { events: vec![(ROOM, id, event)] });
                    self.said.push(id);
                }
            }
            Step::Elsewhere(words) => {
                let id = EventId::derive("elsewhere", &[&self.server.head().to_be_bytes()]);
                let messages: Vec<EventId> = self.server.posted.iter().map(|(_, id)| *id).collect();
                if let Some(event) = event(words, id, &self.server.now, &messages) {
                    self.server.append(BO, Envelope::new(id, &event, 5));
                }
            }
            Step::Decide(accept) => {
                let Some(envelope) = self.sent.pop_front() else { return };
                let id = envelope.id;
                let known = self.server.log.iter().any(|logged| logged.envelope.id == id);
                if !known && (!accept || self.refused.contains(&id)) {
                    self.refused.push(id);
                    self.answers.push_back(Nack { id, refusal: Code::Forbidden.into() }.into());
                } else {
                    let seq = self.server.append(ANA, envelope);
                    self.answers.push_back(Ack { id, seq, stream: ROOM }.into());
                }
            }
            Step::Answer => {
                if let Some(answer) = self.answers.pop_front() {
                    self.device.hears(answer);
                }
            }
            Step::Deliver(count) => {
                let cursor = self.device.cursor();
                self.server.events(cursor, cursor + count).into_iter().for_each(|events| self.device.hears(events));
            }
            Step::Discard => {
                let refused = |state: &State| matches!(state, State::Refused(_));
                let items = self.device.replica.outbox().items().filter(|item| refused(&item.state));
                let events: Vec<EventId> = items.map(|item| item.envelope.id).collect();
                self.given_up.extend(&events);
                self.device.input(Input::Discard { events });
            }
            Step::Restart => {
                self.device.restart();
                self.restarted = true;
                self.sent.clear();
                self.answers.clear();
            }
        }
        for frame in std::mem::take(&mut self.device.said) {
            if let ClientFrame::Submit(submit) = frame {
                self.sent.extend(submit.events);
            }
        }
    }

    /// The log as far as the device has it.
    fn confirmed(&self) -> Vec<Sealed> {
        let log = &self.server.log[..self.device.cursor() as usize];
        log.iter().map(|logged| logged.sealed().expect("it was made here")).collect()
    }

    /// What the device shows.
    fn seen(&self) -> Room {
        let rows = self.device.replica.seen(&self.device.disk);
        let stored = self.device.disk.rows.0.keys().filter(|(stream, _)| *stream == ROOM).map(|(_, key)| *key);
        let keys = stored.chain(self.device.replica.overlay(ROOM).map(|(key, _)| *key)).collect();
        Room::of_rows(&rows, ROOM, &keys).sorted()
    }

    fn check(&self) {
        let confirmed = self.confirmed();
        let items = self.device.replica.outbox().items();
        let pending: Vec<Sealed> = items
            .filter(|item| !matches!(item.state, State::Refused(_)))
            .map(|item| item.sealed(ANA).expect("it was made here"))
            .collect();
        // What is settled is journalled a little later. A device that was killed in between says it again, and until the
        // server has answered shows it once more above the log.
        let twice = |sealed: &Sealed| confirmed.iter().any(|confirmed| confirmed.id == sealed.id);
        assert!(self.restarted || !pending.iter().any(twice));
        assert_eq!(self.seen(), Room::after(confirmed.iter().chain(&pending)).sorted());
        // Nothing that she said is nowhere.
        for id in &self.said {
            let held = self.device.replica.outbox().get(*id).is_some() || self.given_up.contains(id);
            assert!(held || confirmed.iter().any(|sealed| sealed.id == *id), "{id} is lost");
        }
    }

    fn settle(&mut self) {
        let head = |scene: &Self| scene.server.head() - scene.device.cursor();
        while !self.sent.is_empty() || !self.answers.is_empty() || head(self) > 0 {
            for step in [Step::Decide(true), Step::Answer, Step::Deliver(9)] {
                self.take(&step);
                self.check();
            }
        }
        self.take(&Step::Discard);
        self.check();
        assert_eq!(self.device.replica.outbox().items().count(), 0, "all is decided");
        let accepted = self.said.iter().filter(|id| !self.given_up.contains(id)).copied();
        let logged = self.server.log.iter().map(|logged| logged.envelope.id);
        let ours: Vec<EventId> = logged.filter(|id| self.said.contains(id)).collect();
        assert_eq!(ours, accepted.collect::<Vec<_>>(), "in the order in which she said it, each once");
    }
}

proptest! {
    #![proptest_config(crate::cases(300))]

    #[test]
    fn what_is_seen_is_the_log_and_above_it_what_was_said(steps in prop::collection::vec(step(), 1..60)) {
        let mut scene = Scene::new();
        for step in &steps {
            scene.take(step);
            scene.check();
        }
        scene.settle();
    }

    #[test]
    fn the_rows_of_any_prefix_and_the_events_after_it_are_the_rows_of_the_whole(
        said in prop::collection::vec(words(), 1..40),
        cut in any::<Index>(),
    ) {
        let mut scene = Scene::new();
        said.into_iter().for_each(|words| scene.take(&Step::Elsewhere(words)));
        let head = scene.server.head();
        // The device is caught up by rows of the prefix, with all their messages, and by events from there on.
        let log = scene.server.log.clone();
        let prefix = 1 + cut.index(log.len()) as Seq;
        let mut before = Server::with(&[BO]);
        for logged in &log[1..prefix as usize] {
            before.append(BO, logged.envelope.clone());
        }
        let mut device = Device::start(Disk::default());
        device.hears(before.snapshot(1));
        scene.server.events(prefix, head).into_iter().for_each(|events| device.hears(events));
        prop_assert_eq!(device.cursor(), head);
        let rows: BTreeMap<Key, _> = device.disk.rows.0.iter().map(|((_, key), row)| (*key, row.clone())).collect();
        let all: BTreeMap<Key, _> = scene.server.now.0.iter().map(|((_, key), row)| (*key, row.clone())).collect();
        prop_assert_eq!(rows, all);
        prop_assert_eq!(device.replica.held(ROOM).map(|held| held.fold), Some(FOLD_VERSION));
    }
}
