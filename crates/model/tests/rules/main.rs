//! What is permitted and what follows, told case by case: one world, one `check`.

mod openings;
mod shares;

use folkmoot_model::event::{Event, Sealed};
use folkmoot_model::fact::Scope;
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::mentions::{MENTIONS_MAX, Mention};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted, message};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::reactions::{EMOJI_MAX, MessageReacted};
use folkmoot_model::features::reads::{Granted, MarkedUnread, ReadTo};
use folkmoot_model::features::rooms::{OPENING_MEMBERS_MAX, RoomAccess, RoomArchived, RoomChanged, RoomOpened};
use folkmoot_model::features::spaces::{DirectoryOpened, RoomListed, SpaceOpened, directory};
use folkmoot_model::fold::{self, TOUCHES_MAX};
use folkmoot_model::id::{EventId, PersonId, StreamId, direct_room};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::{Code, Refusal, Unit};
use folkmoot_model::row::{Held, Overlay, RowMap, Rows, Value};
use folkmoot_model::rule::{By, Proposal, may_read, permit};
use folkmoot_model::yjs::text::{MessageText, TEXT_BYTES_MAX};

const SPACE: StreamId = StreamId::fixed(10);
const ROOM: StreamId = StreamId::fixed(11);
const HIDDEN: StreamId = StreamId::fixed(12);
const DOCUMENT: StreamId = StreamId::fixed(13);
const SERVER: PersonId = PersonId([0; 16]);
const OWNER: PersonId = PersonId([1; 16]);
const ANA: PersonId = PersonId([2; 16]);
const BO: PersonId = PersonId([3; 16]);
const GUEST: PersonId = PersonId([4; 16]);
const STRANGER: PersonId = PersonId([5; 16]);
const CY: PersonId = PersonId([6; 16]);
const MESSAGE: EventId = EventId::fixed(20);

/// A space with an owner, three members and a guest; a public room that Ana opened with Bo and the guest, with one
/// message of hers and a document; a private room of Ana alone.
struct World {
    rows: RowMap,
    events: u8,
}

impl World {
    fn new() -> Self {
        let mut world = Self { rows: RowMap::default(), events: 100 };
        world.apply(SPACE, SERVER, SpaceOpened { name: "Northlight".into() });
        world.apply(directory(SPACE), SERVER, DirectoryOpened { space: SPACE });
        let members = [(ANA, Role::Member), (BO, Role::Member), (CY, Role::Member), (GUEST, Role::Guest)];
        for (person, role) in [(OWNER, Role::Owner)].into_iter().chain(members) {
            world.apply(SPACE, SERVER, MemberAdded { person, role, profile: Some(profile("Person")) });
        }
        world.apply(ROOM, ANA, room(RoomAccess::Public, vec![BO, GUEST]));
        world.apply(HIDDEN, ANA, room(RoomAccess::Private, vec![]));
        world.apply_as(MESSAGE, ROOM, ANA, posted("The relay dropped.").into());
        world.apply(ROOM, ANA, listed("Plan"));
        world.apply(DOCUMENT, ANA, DocumentOpened { room: ROOM, kind: DocumentKind::Code });
        world
    }

    fn apply(&mut self, stream: StreamId, author: PersonId, event: impl Into<Event>) {
        self.events += 1;
        self.apply_as(EventId::fixed(self.events), stream, author, event.into());
    }

    fn apply_as(&mut self, id: EventId, stream: StreamId, author: PersonId, event: Event) {
        self.events += 1;
        self.apply_at(u64::from(self.events), id, stream, author, event);
    }

    fn apply_at(&mut self, seq: u64, id: EventId, stream: StreamId, author: PersonId, event: Event) {
        let sealed = Sealed { id, seq, author, at_ms: 0, event };
        assert!(fold::touches(&sealed).len() <= TOUCHES_MAX);
        let mut overlay = Overlay::over(&self.rows);
        fold::apply(&mut overlay, stream, &sealed);
        let changed = overlay.into_changed();
        self.rows.0.extend(changed.0);
    }

    fn permit(&self, stream: StreamId, who: PersonId, event: &Event) -> Result<(), Refusal> {
        permit(&self.rows, Proposal { stream, who, by: By::Session, id: EventId::fixed(99), event })
    }

    fn ask(&self, stream: StreamId, who: PersonId, event: &Event) -> Result<(), Code> {
        self.permit(stream, who, event).map_err(|refusal| refusal.code)
    }

    fn text(&self) -> MessageText {
        let row = self.rows.get(ROOM, &Key::Message(MESSAGE)).row().expect("it was posted");
        message(row).expect("a message lies there").text
    }
}

fn profile(name: &str) -> ProfileChanged {
    ProfileChanged { name: name.into(), colour: 3 }
}

fn room(access: RoomAccess, members: Vec<PersonId>) -> RoomOpened {
    RoomOpened { space: SPACE, access, name: "field-notes".into(), topic: String::new(), members }
}

fn named(person: PersonId) -> Mention {
    Mention { person, name: "Bo".into() }
}

fn posted(text: &str) -> MessagePosted {
    MessagePosted { text: text.into(), reply_to: None, mentions: vec![], thread: None }
}

fn listed(title: &str) -> DocumentListed {
    DocumentListed { document: DOCUMENT, kind: DocumentKind::Code, title: title.into(), archived: false }
}

fn check(world: &World, cases: Vec<(StreamId, PersonId, Event, Result<(), Code>)>) {
    for (stream, who, event, expected) in cases {
        assert_eq!(world.ask(stream, who, &event), expected, "{who} in {stream}: {event:?}");
    }
}

#[test]
fn only_who_is_in_a_room_writes_in_it() {
    let reply_to = Some(EventId::fixed(77));
    check(
        &World::new(),
        vec![
            (ROOM, ANA, posted("hello").into(), Ok(())),
            (ROOM, GUEST, posted("hello").into(), Ok(())),
            (ROOM, OWNER, posted("hello").into(), Err(Code::NotMember)),
            (ROOM, STRANGER, posted("hello").into(), Err(Code::NotMember)),
            (HIDDEN, BO, posted("hello").into(), Err(Code::NotMember)),
            (StreamId::fixed(66), ANA, posted("hello").into(), Err(Code::NotMember)),
            (SPACE, ANA, posted("hello").into(), Err(Code::BadRequest)),
            (ANA.into(), ANA, posted("hello").into(), Err(Code::BadRequest)),
            (ROOM, ANA, posted(" \n").into(), Err(Code::BadRequest)),
            (ROOM, ANA, posted(&"x".repeat(TEXT_BYTES_MAX + 1)).into(), Err(Code::TooLarge)),
            (ROOM, ANA, MessagePosted { reply_to, ..posted("x") }.into(), Err(Code::TargetMissing)),
            (
                ROOM,
                ANA,
                MessagePosted { mentions: vec![named(BO), named(ANA)], ..posted("x") }.into(),
                Err(Code::BadRequest),
            ),
            (
                ROOM,
                ANA,
                MessagePosted { mentions: vec![named(BO); MENTIONS_MAX + 1], ..posted("x") }.into(),
                Err(Code::TooLarge),
            ),
        ],
    );
}

#[test]
fn messages_are_edited_by_members_and_deleted_by_their_author_or_a_manager() {
    let mut world = World::new();
    let edited = |world: &World, to: &str| {
        let delta = world.text().delta(MESSAGE, EventId::fixed(99), to).unwrap();
        Event::from(MessageEdited { message: MESSAGE, delta, mentions: None })
    };
    let edit = edited(&world, "The relay dropped twice.");
    let foreign = MessageEdited { message: MESSAGE, delta: vec![1, 1, 1, 0], mentions: None };
    let missing = MessageDeleted { message: EventId::fixed(78), reply: None };
    let let_all_edit = Event::from(RoomChanged { name: None, topic: None, everyone_edits: Some(true) });
    let react = |emoji: &str| Event::from(MessageReacted { message: MESSAGE, emoji: emoji.into(), on: true });
    check(
        &world,
        vec![
            (ROOM, ANA, edit.clone(), Ok(())),
            (ROOM, BO, edit.clone(), Err(Code::Forbidden)),
            (ROOM, OWNER, edit.clone(), Err(Code::NotMember)),
            (ROOM, GUEST, edit.clone(), Err(Code::Forbidden)),
            (ROOM, ANA, edited(&world, " \u{3164}"), Err(Code::BadRequest)),
            (ROOM, BO, let_all_edit.clone(), Err(Code::Forbidden)),
            (ROOM, STRANGER, edit.clone(), Err(Code::NotMember)),
            (ROOM, ANA, foreign.into(), Err(Code::BadRequest)),
            (ROOM, ANA, MessageDeleted { message: MESSAGE, reply: None }.into(), Ok(())),
            (ROOM, BO, MessageDeleted { message: MESSAGE, reply: None }.into(), Err(Code::Forbidden)),
            (ROOM, ANA, missing.into(), Err(Code::TargetMissing)),
            (ROOM, BO, react("🌲"), Ok(())),
            (ROOM, BO, react("❤"), Ok(())),
            (ROOM, BO, react("lol"), Err(Code::BadRequest)),
            (ROOM, BO, react("two words"), Err(Code::BadRequest)),
            (ROOM, BO, react(&"x".repeat(65)), Err(Code::TooLarge)),
        ],
    );
    world.apply_as(EventId::fixed(98), ROOM, ANA, let_all_edit);
    check(&world, vec![(ROOM, BO, edit.clone(), Ok(())), (ROOM, GUEST, edit.clone(), Err(Code::Forbidden))]);
    world.apply(ROOM, ANA, MessageDeleted { message: MESSAGE, reply: None });
    check(&world, vec![(ROOM, ANA, edit, Err(Code::TargetMissing)), (ROOM, BO, react("🌲"), Err(Code::TargetMissing))]);
}

#[test]
fn what_is_counted_is_refused_as_a_count_and_not_as_bytes() {
    let mut world = World::new();
    let emoji = |at: u32| char::from_u32(0x1f330 + at).expect("a plant").to_string();
    for at in 0..EMOJI_MAX as u32 {
        let who = if at % 2 == 0 { ANA } else { CY };
        world.apply(ROOM, who, MessageReacted { message: MESSAGE, emoji: emoji(at), on: true });
    }
    let one_more = MessageReacted { message: MESSAGE, emoji: emoji(EMOJI_MAX as u32), on: true };
    let mentions = (0..=MENTIONS_MAX as u8).map(|at| named(PersonId([at; 16]))).collect();
    let crowd = (7..8 + OPENING_MEMBERS_MAX as u8).map(|at| PersonId([at; 16])).collect();
    for (stream, event, refused) in [
        (ROOM, one_more.into(), Refusal::too_many(EMOJI_MAX, Unit::Emoji)),
        (ROOM, MessagePosted { mentions, ..posted("x") }.into(), Refusal::too_many(MENTIONS_MAX, Unit::Mentions)),
        (
            StreamId::fixed(66),
            room(RoomAccess::Private, crowd).into(),
            Refusal::too_many(OPENING_MEMBERS_MAX, Unit::People),
        ),
        (ROOM, posted(&"x".repeat(TEXT_BYTES_MAX + 1)).into(), Refusal::too_large(TEXT_BYTES_MAX)),
    ] {
        assert_eq!(world.permit(stream, BO, &event), Err(refused));
    }
}

#[test]
fn a_deletion_wins_over_an_edit_that_comes_later() {
    let mut world = World::new();
    let delta = world.text().delta(MESSAGE, EventId::fixed(99), "never seen").unwrap();
    world.apply(ROOM, ANA, MessageDeleted { message: MESSAGE, reply: None });
    world.apply_as(EventId::fixed(99), ROOM, BO, MessageEdited { message: MESSAGE, delta, mentions: None }.into());
    assert_eq!(world.text().as_str(), "");
}

#[test]
fn members_come_and_go_by_the_rules() {
    let added = |person| Event::from(MemberAdded { person, role: Role::Member, profile: None });
    let removed = |person| Event::from(MemberRemoved { person });
    let role = |person, role| Event::from(RoleChanged { person, role });
    check(
        &World::new(),
        vec![
            (ROOM, OWNER, added(OWNER), Ok(())),
            (ROOM, STRANGER, added(STRANGER), Err(Code::NotMember)),
            (ROOM, BO, added(OWNER), Ok(())),
            (ROOM, GUEST, added(OWNER), Err(Code::Forbidden)),
            (HIDDEN, BO, added(BO), Err(Code::NotMember)),
            (HIDDEN, ANA, added(STRANGER), Err(Code::TargetMissing)),
            (ROOM, BO, added(STRANGER), Err(Code::TargetMissing)),
            (HIDDEN, ANA, added(BO), Ok(())),
            (SPACE, OWNER, added(STRANGER), Err(Code::Forbidden)),
            (ROOM, BO, removed(BO), Ok(())),
            (ROOM, BO, removed(ANA), Err(Code::Forbidden)),
            (ROOM, ANA, removed(BO), Ok(())),
            (ROOM, OWNER, removed(BO), Ok(())),
            (ROOM, ANA, removed(STRANGER), Err(Code::TargetMissing)),
            (SPACE, ANA, removed(BO), Err(Code::Forbidden)),
            (SPACE, OWNER, removed(BO), Ok(())),
            (SPACE, OWNER, removed(OWNER), Err(Code::Forbidden)),
            (SPACE, OWNER, role(ANA, Role::Admin), Ok(())),
            (SPACE, ANA, role(ANA, Role::Admin), Err(Code::Forbidden)),
            (SPACE, OWNER, role(OWNER, Role::Member), Err(Code::Forbidden)),
            (SPACE, ANA, profile("Ana Two").into(), Ok(())),
            (SPACE, ANA, profile(" ").into(), Err(Code::BadRequest)),
            (SPACE, STRANGER, profile("X").into(), Err(Code::NotMember)),
        ],
    );
}

#[test]
fn whoever_is_outside_gets_one_answer_whatever_is_there() {
    let mut world = World::new();
    world.apply(SPACE, OWNER, MemberRemoved { person: BO });
    let opened = RoomOpened { space: SPACE, ..room(RoomAccess::Private, vec![]) };
    let message = MESSAGE;
    let asked: Vec<Event> = vec![
        posted("x").into(),
        MessagePosted { reply_to: Some(EventId::fixed(77)), ..posted("x") }.into(),
        MessageEdited { message, delta: vec![1, 1, 1, 0], mentions: None }.into(),
        MessageDeleted { message, reply: None }.into(),
        MessageReacted { message, emoji: "two words".into(), on: true }.into(),
        MemberAdded { person: ANA, role: Role::Member, profile: None }.into(),
        MemberAdded { person: BO, role: Role::Member, profile: None }.into(),
        MemberRemoved { person: ANA }.into(),
        MemberRemoved { person: STRANGER }.into(),
        RoleChanged { person: ANA, role: Role::Guest }.into(),
        profile(" ").into(),
        RoomArchived { archived: true }.into(),
        listed("Plan").into(),
        DocumentEdited { update: vec![] }.into(),
        ReadTo { room: ROOM, seq: 1 << 62 }.into(),
        opened.into(),
    ];
    let streams = [
        SPACE,
        directory(SPACE),
        ROOM,
        HIDDEN,
        DOCUMENT,
        ANA.into(),
        StreamId::fixed(66),
        direct_room(SPACE, &[ANA, CY]),
    ];
    for stream in streams {
        for event in &asked {
            // One who was never in the space, one who was put out of it; in the private room also one who is in the space.
            let outside = [STRANGER, BO].into_iter().chain((stream == HIDDEN).then_some(CY));
            for who in outside.filter(|who| *who != CY || !matches!(event.scope(), Scope::Own | Scope::Opening)) {
                assert_eq!(world.ask(stream, who, event), Err(Code::NotMember), "{who} in {stream}: {event:?}");
            }
        }
    }
}

#[test]
fn somebody_who_was_made_a_guest_manages_nothing_any_more() {
    let mut world = World::new();
    world.apply(SPACE, OWNER, RoleChanged { person: ANA, role: Role::Guest });
    check(
        &world,
        vec![
            (ROOM, ANA, posted("x").into(), Ok(())),
            (ROOM, ANA, RoomArchived { archived: true }.into(), Err(Code::Forbidden)),
            (ROOM, ANA, MemberRemoved { person: BO }.into(), Err(Code::Forbidden)),
            (ROOM, ANA, MemberRemoved { person: ANA }.into(), Ok(())),
        ],
    );
}

#[test]
fn an_own_stream_is_its_persons_alone_and_grants_are_the_servers() {
    let read = Event::from(ReadTo { room: ROOM, seq: 3 });
    let granted = Event::from(Granted { stream: ROOM, space: Some(SPACE) });
    check(
        &World::new(),
        vec![
            (ANA.into(), ANA, read.clone(), Ok(())),
            (ANA.into(), BO, read.clone(), Err(Code::NotMember)),
            (ROOM, ANA, read, Err(Code::NotMember)),
            (ANA.into(), ANA, MarkedUnread { room: ROOM, seq: 1 << 62 }.into(), Err(Code::BadRequest)),
            (ANA.into(), ANA, granted, Err(Code::Forbidden)),
        ],
    );
}

#[test]
fn nobody_writes_in_an_archived_room() {
    let mut world = World::new();
    world.apply(ROOM, ANA, RoomArchived { archived: true });
    check(
        &world,
        vec![
            (ROOM, ANA, posted("x").into(), Err(Code::Archived)),
            (DOCUMENT, ANA, DocumentEdited { update: vec![] }.into(), Err(Code::Archived)),
            (ROOM, ANA, RoomArchived { archived: false }.into(), Ok(())),
        ],
    );
}

#[test]
fn who_may_read() {
    let mut world = World::new();
    let reads =
        |world: &World, stream| [OWNER, ANA, BO, GUEST, STRANGER].map(|person| may_read(&world.rows, stream, person));
    assert_eq!(reads(&world, SPACE), [true, true, true, true, false]);
    assert_eq!(reads(&world, ROOM), [true, true, true, true, false]);
    assert_eq!(reads(&world, DOCUMENT), [true, true, true, true, false]);
    assert_eq!(reads(&world, HIDDEN), [false, true, false, false, false]);
    assert_eq!(reads(&world, ANA.into()), [false, true, false, false, false]);
    world.apply(ROOM, ANA, MemberRemoved { person: GUEST });
    world.apply(SPACE, OWNER, MemberRemoved { person: BO });
    assert_eq!(reads(&world, DOCUMENT), [true, true, false, false, false]);
}

#[test]
fn a_reader_who_does_not_know_allows() {
    struct Nothing;
    impl Rows for Nothing {
        fn get(&self, _: StreamId, _: &Key) -> Held {
            Held::Unknown
        }
    }
    let event = Event::from(posted("x"));
    let ask = Proposal { stream: ROOM, who: ANA, by: By::Session, id: MESSAGE, event: &event };
    assert_eq!(permit(&Nothing, ask), Ok(()));
}

#[test]
fn a_step_that_was_taken_is_not_taken_again() {
    let mut world = World::new();
    let sealed = |seq, emoji: &str| Sealed {
        id: EventId::fixed(1),
        seq,
        author: BO,
        at_ms: 0,
        event: MessageReacted { message: MESSAGE, emoji: emoji.into(), on: true }.into(),
    };
    for (seq, emoji) in [(200, "🌲"), (200, "👍"), (199, "👍")] {
        let mut overlay = Overlay::over(&world.rows);
        fold::apply(&mut overlay, ROOM, &sealed(seq, emoji));
        let changed = overlay.into_changed();
        world.rows.0.extend(changed.0);
    }
    let row = world.rows.get(ROOM, &Key::Reactions(MESSAGE)).row().unwrap();
    assert!(matches!(row.value, Value::Reactions(reactions) if reactions.people.keys().eq(["🌲"])));
}
