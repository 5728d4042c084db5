//! Somebody with a valid token, or none, who keeps to no rule. What they are sent is watched like everybody's; what they
//! bring into the log is judged by the reference; what they make a node hold is bounded.

use super::people::caret;
use super::{OUTSIDER, World};
use crate::link::{End, Link};
use crate::plan::Mostly;
use bytes::Bytes;
use folkmoot_model::event::{Envelope, Event, encode};
use folkmoot_model::features::documents::DocumentEdited;
use folkmoot_model::features::messages::{MessageDeleted, MessagePosted};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role};
use folkmoot_model::features::reads::{Granted, ReadTo};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomOpened};
use folkmoot_model::features::spaces::{RoomListed, SpaceOpened, directory};
use folkmoot_model::features::threads::{InThread, Subject, ThreadJoined, ThreadReadTo};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId, direct_room};
use folkmoot_model::key::List;
use folkmoot_model::signal::{Availability, Signal as Said};
use folkmoot_wire::frame::{ClientFrame, Cursor, Hello, Page, Range, Recv, Signal, Sub, Submit, VERSION};
use folkmoot_wire::limits;

/// What crosses the connection of who floods, and what its node works on, before anything else happens.
const HEARD_AT_ONCE: usize = 16;

impl World {
    /// Connects if nobody hostile is connected, and says something.
    pub(super) fn hostile(&mut self) {
        let floods = self.setup.mostly == Mostly::Floods;
        let known = self.links.iter().find(|(_, link)| matches!(link.end, End::Hostile(_)) && link.closed.is_none());
        let (session, who) = match known.map(|(session, link)| (*session, link.end)) {
            Some((session, End::Hostile(who))) => (session, who),
            _ => {
                let who = match !floods && self.dice.chance(3) {
                    true => OUTSIDER,
                    false => self.people[self.dice.pick(self.people.len())],
                };
                self.sessions += 1;
                let mut link = Link::new(End::Hostile(who), self.dice.pick(self.nodes.len()), false);
                if !self.dice.chance(8) {
                    link.up.push_back(self.hostile_hello());
                }
                self.links.insert(self.sessions, link);
                (self.sessions, who)
            }
        };
        for _ in 0..self.dice.up_to(5) {
            // Who floods sends little else, or they would soon be put out.
            let frames = match floods.then(|| self.dice.up_to(6)) {
                Some(0..=2) => self.flood(who),
                Some(3) => self.reused(),
                Some(4) => self.nothing_new(who),
                _ => self.hostile_frames(who),
            };
            for frame in frames {
                self.links.entry(session).and_modify(|link| link.up.push_back(frame));
            }
        }
        // And their words are heard at once, before anything that others say.
        for _ in 0..if floods { HEARD_AT_ONCE } else { 0 } {
            let Some(node) = self.links.get(&session).map(|link| link.node) else { return };
            self.deliver_on(session);
            self.work(node);
        }
    }

    fn hostile_hello(&mut self) -> Bytes {
        let token = format!("{} 0", self.node_ms(0) + 60_000);
        let cursors = self.log.events.keys().map(|stream| Cursor { stream: *stream, seq: 0 }).collect();
        let device = DeviceId([13; 16]);
        ClientFrame::from(Hello { min: VERSION, max: VERSION, fold: 1, token, device, cursors }).bytes()
    }

    fn any_stream(&mut self) -> StreamId {
        let streams: Vec<StreamId> = self.log.events.keys().copied().collect();
        streams[self.dice.pick(streams.len())]
    }

    fn hostile_frames(&mut self, who: PersonId) -> Vec<Bytes> {
        let stream = self.any_stream();
        let frame = |frame: ClientFrame| vec![frame.bytes()];
        match self.dice.up_to(16) {
            0 => vec![Bytes::from_static(&[0xff, 1, 2, 3])],
            1 => frame(Sub { cursor: Cursor { stream, seq: self.dice.up_to(40) } }.into()),
            2 => frame(Recv { cursor: Cursor { stream, seq: u64::MAX } }.into()),
            3 => frame(Page { stream, range: Range { first: 0, last: 400 }, since: 0, list: List::Messages }.into()),
            4 => frame(Page { stream, range: Range { first: 9, last: 3 }, since: 0, list: List::Messages }.into()),
            5 => {
                let page = Page { stream, range: Range { first: 1, last: 2 }, since: 0, list: List::Messages };
                (0..limits::PAGES_PER_SESSION_MAX + 8).map(|_| ClientFrame::from(page.clone()).bytes()).collect()
            }
            6 => frame(Signal { stream, bytes: vec![0x5a; limits::SIGNAL_BYTES_MAX + 1] }.into()),
            7 => vec![self.hostile_hello()],
            10..=11 => {
                let bytes = encode(&self.hostile_signal(stream));
                frame(Signal { stream, bytes }.into())
            }
            8 if self.dice.chance(3) => self.flood(who),
            9 if self.dice.chance(6) => {
                let cursor = |n: u64| Cursor { stream: StreamId(u128::from(n).to_be_bytes()), seq: 0 };
                let subs = (0..300).map(|n| ClientFrame::from(Sub { cursor: cursor(n) }).bytes());
                subs.collect()
            }
            _ => {
                let (stream, event) = match self.dice.chance(2).then(|| self.squat(who)) {
                    Some(Some(squatted)) => squatted,
                    _ => self.forged(who),
                };
                let id = match self.dice.chance(4) {
                    // Another's id, with another body.
                    true => self.log.events.values().flatten().last().map(|logged| logged.envelope.id),
                    false => None,
                };
                let id = id.unwrap_or_else(|| EventId::mint(self.now_ms, self.dice.bytes()));
                let mut envelope = Envelope::new(id, &event, 0);
                if self.dice.chance(8) {
                    envelope.kind = 0x7000;
                }
                frame(Submit { stream, events: vec![envelope], resume: true }.into())
            }
        }
    }

    /// Anything that can be said, whether or not it may be in that stream: another stream is named, and a caret of somebody else
    /// is moved or taken away.
    fn hostile_signal(&mut self, stream: StreamId) -> Said {
        let availability = [Availability::Online, Availability::Away, Availability::Offline][self.dice.pick(3)];
        let at = [None, Some(stream), Some(self.any_stream())][self.dice.pick(3)];
        let last = self.log.events.values().flatten().last().map(|logged| logged.envelope.id);
        match self.dice.pick(4) {
            0 | 1 => Said::Presence { availability, at },
            2 => Said::Typing { on: true, thread: last },
            _ => {
                let client = self.dice.pick(self.devices.len() + 1) as u32;
                Said::Awareness { update: caret(client, self.dice.up_to(2) as u32 * (u32::MAX / 2)) }
            }
        }
    }

    /// Somebody is let into a room, under the id of what let in, or put out, people elsewhere.
    fn reused(&mut self) -> Vec<Bytes> {
        let events = self.log.events.values().flatten();
        let known: Vec<(EventId, PersonId)> = events
            .filter_map(|logged| match logged.envelope.event() {
                Ok(Event::RoomOpened(_)) => Some((logged.envelope.id, logged.author)),
                Ok(Event::MemberAdded(event)) => Some((logged.envelope.id, event.person)),
                Ok(Event::MemberRemoved(event)) => Some((logged.envelope.id, event.person)),
                _ => None,
            })
            .collect();
        let (id, person) = known[self.dice.pick(known.len())];
        let stream = self.rooms[self.dice.pick(self.rooms.len())];
        let added = MemberAdded { person, role: Role::Member, profile: None };
        let events = vec![Envelope::new(id, &added.into(), 0)];
        vec![ClientFrame::from(Submit { stream, events, resume: true }).bytes()]
    }

    /// An edit that says nothing, or one of those again, or they leave a room or join it: what was acknowledged once must
    /// be so for ever.
    fn nothing_new(&mut self, who: PersonId) -> Vec<Bytes> {
        let said: Vec<_> = self.nothings.iter().filter(|(by, ..)| *by == who).cloned().collect();
        let dice = self.dice.up_to(3);
        if dice == 0 {
            let stream = self.rooms[self.dice.pick(self.rooms.len())];
            let event = match self.dice.chance(2) {
                true => MemberRemoved { person: who }.into(),
                false => MemberAdded { person: who, role: Role::Member, profile: None }.into(),
            };
            let events = vec![Envelope::new(EventId::mint(self.now_ms, self.dice.bytes()), &event, 0)];
            return vec![ClientFrame::from(Submit { stream, events, resume: true }).bytes()];
        }
        let (_, stream, envelope) = match (dice > 1 && !said.is_empty(), self.documents.as_slice()) {
            (true, _) => said[self.dice.pick(said.len())].clone(),
            (false, []) => return Vec::new(),
            (false, documents) => {
                let document = documents[self.dice.pick(documents.len())];
                let id = EventId::mint(self.now_ms, self.dice.bytes());
                let said = (who, document, Envelope::new(id, &DocumentEdited { update: vec![0, 0] }.into(), 0));
                self.nothings.push(said.clone());
                said
            }
        };
        vec![ClientFrame::from(Submit { stream, events: vec![envelope], resume: true }).bytes()]
    }

    /// More events than a connection may have undecided.
    fn flood(&mut self, who: PersonId) -> Vec<Bytes> {
        let own = StreamId::from(who);
        let run = |world: &mut Self, len: usize| {
            let read = Event::from(ReadTo { room: own, seq: 1 });
            let event = |world: &mut Self| Envelope::new(EventId::mint(world.now_ms, world.dice.bytes()), &read, 0);
            let events = (0..len).map(|_| event(world)).collect();
            ClientFrame::from(Submit { stream: own, events, resume: true }).bytes()
        };
        match self.dice.chance(3) {
            true => vec![run(self, limits::SUBMIT_EVENTS_MAX + 1)],
            // As many as may be undecided, or more: then none is taken.
            false => (0..3 + self.dice.pick(4)).map(|_| run(self, limits::SUBMIT_EVENTS_MAX)).collect(),
        }
    }

    /// The next clocks of somebody's Yjs client, with other words.
    /// (Whoever does that to themself has themself to blame: the gate knows people, not devices.)
    fn squat(&mut self, who: PersonId) -> Option<(StreamId, Event)> {
        let there = self.documents.iter().copied().filter(|document| self.log.events.contains_key(document));
        let there: Vec<StreamId> = there.filter(|document| self.log.reference.may_read(*document, who)).collect();
        let own: Vec<u8> =
            self.devices.iter().filter(|device| device.person == who).map(|device| device.draws).collect();
        let other = |n: &usize| self.devices[*n].person != who && !own.contains(&self.devices[*n].draws);
        let mut others: Vec<usize> = (0..self.devices.len()).filter(other).collect();
        if there.is_empty() || others.is_empty() {
            return None;
        }
        let mut document = there[self.dice.pick(there.len())];
        // Best somebody whose words are on their way.
        let writes = |n: &usize, document: StreamId| {
            let outbox = self.devices[*n].replica.as_ref().map(|replica| replica.outbox());
            outbox.is_some_and(|outbox| outbox.has_undecided(document) || outbox.unsent(document).next().is_some())
        };
        if let Some(written) = there.iter().find(|written| others.iter().any(|n| writes(n, **written))) {
            document = *written;
            others.retain(|n| writes(n, document));
        }
        let victim = others[self.dice.pick(others.len())];
        let update = self.devices[victim].squatted(&self.log.updates(document));
        self.say(|| format!("{who} squats device {victim} in {document}"));
        Some((document, DocumentEdited { update }.into()))
    }

    fn opening(&self, access: RoomAccess, members: Vec<PersonId>) -> Event {
        RoomOpened { space: self.space, access, name: "Taken".into(), topic: String::new(), members }.into()
    }

    fn last_message_in(&self, room: StreamId) -> Option<EventId> {
        let mut events = self.log.events.get(&room)?.iter().rev();
        events
            .find(|logged| matches!(logged.envelope.event(), Ok(Event::MessagePosted(_))))
            .map(|last| last.envelope.id)
    }

    /// Something that this person must not bring into the log, or may.
    fn forged(&mut self, who: PersonId) -> (StreamId, Event) {
        let stream = self.any_stream();
        let other = self.people[self.dice.pick(self.people.len())];
        let room = self.rooms[self.dice.pick(self.rooms.len())];
        let profile = None;
        let new = StreamId::mint(self.now_ms, self.dice.bytes());
        let anybody = if self.dice.chance(2) { OUTSIDER } else { other };
        match self.dice.up_to(15) {
            10 => (stream, self.opening(RoomAccess::Private, vec![other])),
            11 => {
                (direct_room(self.space, &[self.people[0], self.people[1]]), self.opening(RoomAccess::Private, vec![]))
            }
            12 => (new, self.opening(RoomAccess::Private, vec![anybody])),
            13 => (room, MemberAdded { person: anybody, role: Role::Member, profile }.into()),
            14 => {
                let listed = RoomListed { room, name: "Taken".into(), topic: String::new(), archived: true };
                (if self.dice.chance(4) { self.space } else { directory(self.space) }, listed.into())
            }
            15 => (room, MemberRemoved { person: anybody }.into()),
            0 => (who.into(), Granted { stream: room, space: Some(self.space) }.into()),
            1 => (other.into(), ReadTo { room, seq: 3 }.into()),
            2 => (other.into(), Granted { stream: room, space: Some(self.space) }.into()),
            3 => (self.space, MemberAdded { person: who, role: Role::Owner, profile }.into()),
            4 => (room, MemberAdded { person: who, role: Role::Member, profile }.into()),
            5 => (stream, SpaceOpened { name: "Mine".into() }.into()),
            6 => (
                stream,
                MessagePosted { text: "forged".into(), reply_to: None, mentions: Vec::new(), thread: None }.into(),
            ),
            7 => {
                (room, MessagePosted { text: "said".into(), reply_to: None, mentions: Vec::new(), thread: None }.into())
            }
            8 => (who.into(), ReadTo { room, seq: 2 }.into()),
            _ => match (self.now_ms % 6, self.last_message_in(room)) {
                (3, Some(message)) => {
                    let thread = Some(InThread { subject: Subject::Message(message), also_in_room: false });
                    (room, MessagePosted { text: "in".into(), reply_to: None, mentions: Vec::new(), thread }.into())
                }
                (4, Some(message)) => {
                    let subject = Subject::Message(message);
                    (other.into(), ThreadJoined { room, subject, place: 1, read_to: 9 }.into())
                }
                (5, Some(message)) => {
                    let subject = Subject::Message(message);
                    (other.into(), ThreadReadTo { room, subject, to: 9 }.into())
                }
                (1, _) => (room, RoomArchived { archived: false }.into()),
                (2, Some(message)) => (room, MessageDeleted { message, reply: None }.into()),
                _ => (stream, DocumentEdited { update: vec![0xff, 0xff, 0xff, 0xff, 0x07] }.into()),
            },
        }
    }
}
