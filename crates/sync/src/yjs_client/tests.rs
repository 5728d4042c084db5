//! The machine of a foreign client between a client and a hub that are played here.

use super::*;
use folkmoot_model::event::Logged;
use folkmoot_model::features::documents::merge_updates;
use folkmoot_model::id::PersonId;
use folkmoot_wire::frame::{Ack, Busy, Caught, Events, Nack, Range, Revoked};
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, ReadTxn, Text, Transact, Update};

const DOCUMENT: StreamId = StreamId([3; 16]);

fn guest(read_only: bool) -> Guest {
    Guest { document: DOCUMENT, device: DeviceId([2; 16]), name: "Ana".into(), colour: 1, read_only }
}

/// What `client` writes into an empty document.
fn written(client: u64, text: &str) -> Vec<u8> {
    let doc = Doc::with_client_id(client);
    let body = doc.get_or_insert_text("content");
    body.insert(&mut doc.transact_mut(), 0, text);
    doc.transact().encode_diff_v1(&yrs::StateVector::default())
}

fn text(updates: &[&[u8]]) -> String {
    let doc = Doc::new();
    let body = doc.get_or_insert_text("content");
    for update in updates {
        doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }
    body.get_string(&doc.transact())
}

fn logged(seq: Seq, update: &[u8]) -> Logged {
    let edited = Event::from(DocumentEdited { update: update.to_vec() });
    let envelope = Envelope::new(EventId([seq as u8; 16]), &edited, 1);
    Logged { envelope, seq, author: PersonId([9; 16]), server_ms: 1, access: Vec::new(), device: DeviceId([9; 16]) }
}

struct Played {
    machine: YjsClient,
    now_ms: u64,
}

impl Played {
    fn new(read_only: bool) -> Self {
        let (machine, hello) = YjsClient::open(1_000, guest(read_only), [7; 32]);
        assert!(matches!(hello, ClientFrame::Hello(hello) if hello.cursors[0].stream == DOCUMENT));
        Self { machine, now_ms: 1_000 }
    }

    fn said(&mut self, message: &[u8]) -> Vec<Effect> {
        self.machine.handle(self.now_ms, Input::Said(message))
    }

    fn told(&mut self, frame: impl Into<ServerFrame>) -> Vec<Effect> {
        self.machine.handle(self.now_ms, Input::Told(&Arc::new(Passed::from(frame.into()))))
    }

    fn events(&mut self, events: Vec<Logged>) -> Vec<Effect> {
        self.told(Events { stream: DOCUMENT, events })
    }

    fn checkpoint(&mut self, seq: Seq, state: &[u8]) -> Vec<Effect> {
        self.told(Snapshot {
            stream: DOCUMENT,
            seq,
            rows: Vec::new(),
            held: Range { first: 1, last: 0 },
            first: true,
            last: true,
            checkpoint: Some(state.to_vec()),
        })
    }

    fn caught(&mut self, seq: Seq) -> Vec<Effect> {
        self.told(Caught { head: Cursor { stream: DOCUMENT, seq } })
    }
}

/// The updates that the client is told, and the messages of other kinds.
fn updates(script: &[Effect]) -> Vec<Vec<u8>> {
    let told = script.iter().filter_map(|effect| match effect {
        Effect::Tell(message) => match Said::read(message) {
            Ok(Said::Update(update)) => Some(update.to_vec()),
            _ => None,
        },
        _ => None,
    });
    told.collect()
}

fn submits(script: &[Effect]) -> Vec<(Vec<EventId>, bool)> {
    let asked = script.iter().filter_map(|effect| match effect {
        Effect::Ask(ClientFrame::Submit(submit)) => {
            Some((submit.events.iter().map(|envelope| envelope.id).collect(), submit.resume))
        }
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_client_is_told_what_it_lacks_and_asked_for_what_it_has() {
    let mut played = Played::new(false);
    let (one, two) = (written(5, "moot"), written(6, "folk"));
    assert!(updates(&played.said(&y_websocket::step_1(&[1, 5, 4]))).is_empty(), "nothing is known yet");
    played.checkpoint(1, &one);
    assert!(updates(&played.events(vec![logged(2, &two)])).is_empty());
    let script = played.caught(2);
    let told = updates(&script);
    assert_eq!(text(&[&one, &told[0]]), text(&[&one, &two]));
    assert!(told[0].len() < one.len() + two.len(), "not what it has");
    let asked = script.iter().any(|effect| matches!(effect, Effect::Tell(message) if message.starts_with(&[0, 0])));
    assert!(asked, "what has it beyond?");
    // From now on as it comes, and what the client has written itself is not told to it.
    assert_eq!(updates(&played.events(vec![logged(3, &written(7, "!"))])).len(), 1);
}

#[test]
fn a_client_that_asks_again_is_read_the_document_anew_and_not_all_the_time() {
    let mut played = Played::new(true);
    played.said(&y_websocket::step_1(&[0]));
    assert_eq!(updates(&played.caught(0)), [NOTHING]);
    let follows = |script: &[Effect]| script.iter().any(|effect| matches!(effect, Effect::Ask(ClientFrame::Sub(_))));
    assert!(follows(&played.said(&y_websocket::step_1(&[0]))));
    let one = written(5, "moot");
    played.events(vec![logged(1, &one)]);
    assert_eq!(updates(&played.caught(1)), [one]);
    assert!(!follows(&played.said(&y_websocket::step_1(&[0]))) && played.machine.waits());
    played.now_ms += RESYNC_MS;
    assert!(follows(&played.machine.handle(played.now_ms, Input::Tick)));
}

#[test]
fn a_run_is_one_message_and_nothing_of_it_is_encoded_for_each() {
    let run = |events: &[Logged]| {
        let frame = Events { stream: DOCUMENT, events: events.to_vec() };
        Arc::new(Passed::read(&ServerFrame::from(frame).bytes()).unwrap())
    };
    let play = |played: &mut Played, passed: &Arc<Passed>| {
        let script = played.machine.handle(played.now_ms, Input::Told(passed));
        script.into_iter().filter_map(|effect| if let Effect::Tell(told) = effect { Some(told) } else { None })
    };
    let (mut one, mut other) = (Played::new(false), Played::new(false));
    for played in [&mut one, &mut other] {
        played.caught(0);
    }
    let (own, theirs) = (written(5, "moot"), written(6, "folk"));
    let mine = submits(&one.said(&y_websocket::update(&own)))[0].0[0];
    let mut first = logged(1, &own);
    first.envelope.id = mine;
    let alone = run(std::slice::from_ref(&first));
    assert_eq!((play(&mut one, &alone).count(), play(&mut other, &alone).count()), (0, 1), "what is its own it has");
    let both = run(&[Logged { seq: 2, ..first }, logged(3, &theirs)]);
    let told: Vec<Bytes> = play(&mut one, &both).chain(play(&mut other, &both)).collect();
    let [a, b] = &told[..] else { panic!("{} messages", told.len()) };
    assert_eq!(a.as_ptr(), b.as_ptr(), "the same bytes");
    let Ok(Said::Update(update)) = Said::read(a) else { panic!("no update") };
    assert_eq!(text(&[update]), text(&[&own, &theirs]));
}

#[test]
fn who_falls_behind_a_checkpoint_is_told_what_is_in_it() {
    let mut played = Played::new(true);
    played.said(&y_websocket::step_1(&[0]));
    let (one, two, three) = (written(5, "moot"), written(6, "folk"), written(7, "!"));
    let mut told = updates(&played.events(vec![logged(1, &one)]));
    told.extend(updates(&played.caught(1)));
    // Its window was full while two more were written, and then a checkpoint.
    let both = merge_updates(&[&one, &two]).unwrap();
    let script = played.checkpoint(2, &both);
    let received = |effect: &Effect| matches!(effect, Effect::Ask(ClientFrame::Recv(recv)) if recv.cursor.seq == 2);
    assert!(script.iter().any(received), "or its window would stay full");
    told.extend(updates(&played.events(vec![logged(3, &three)])));
    told.extend(updates(&played.caught(3)));
    let told: Vec<&[u8]> = told.iter().map(Vec::as_slice).collect();
    assert_eq!(text(&told), text(&[&one, &two, &three]));
}

#[test]
fn what_it_wrote_waits_in_order_until_it_is_decided() {
    let mut played = Played::new(false);
    played.said(&y_websocket::step_1(&[0]));
    played.caught(0);
    let first = submits(&played.said(&y_websocket::update(&written(5, "a"))));
    assert_eq!((first.len(), first[0].1), (1, true));
    let second = submits(&played.said(&y_websocket::update(&written(6, "b"))));
    assert!(!second[0].1);
    played.told(Busy { after_ms: 500 });
    assert!(submits(&played.said(&y_websocket::update(&written(7, "c")))).is_empty(), "not while it is to wait");
    played.now_ms += 500;
    let again = submits(&played.machine.handle(played.now_ms, Input::Tick));
    assert_eq!((again.len(), again[0].1, again[0].0.len()), (1, true, 3));
    assert_eq!(again[0].0[..2], [first[0].0[0], second[0].0[0]]);
    for id in &again[0].0 {
        played.told(Ack { id: *id, seq: 1, stream: DOCUMENT });
    }
    assert!(!played.machine.waits() && played.machine.undecided.is_empty());
}

#[test]
fn who_writes_without_end_is_not_read_until_the_log_has_decided() {
    let mut played = Played::new(false);
    played.caught(0);
    while !played.machine.is_full() {
        played.said(&y_websocket::update(&written(5, &"x".repeat(10_000))));
    }
    assert!(played.machine.undecided.len() <= 27);
}

#[test]
fn what_may_not_be_is_told_and_ends_the_connection() {
    let id = EventId([1; 16]);
    let closes = |script: &[Effect]| match script.last() {
        Some(Effect::Close(code, why)) => Some((*code, why.clone())),
        _ => None,
    };
    let large = vec![1; BODY_BYTES_MAX];
    assert_eq!(closes(&Played::new(true).said(&y_websocket::update(b"x"))), Some((DENIED, "forbidden".to_owned())));
    assert_eq!(closes(&Played::new(true).said(&y_websocket::step_2(&NOTHING))), None);
    assert_eq!(closes(&Played::new(false).said(&y_websocket::update(&large))), Some((DENIED, "too_large".to_owned())));
    assert_eq!(closes(&Played::new(false).said(&[0])), Some((4000, "bad_request".to_owned())));
    assert_eq!(closes(&Played::new(false).said(&[102, 1, 0])), None, "others have types of their own");
    assert_eq!(closes(&Played::new(false).told(Revoked { stream: DOCUMENT })), Some((DENIED, "not_member".to_owned())));
    let nack = Nack { id, refusal: Code::Archived.into() };
    let script = Played::new(false).told(nack);
    assert_eq!(closes(&script), Some((DENIED, "archived".to_owned())));
    assert_eq!(script[0], Effect::Tell(y_websocket::denied("archived")));
}

#[test]
fn the_hub_is_told_what_came_before_its_window_is_full_and_not_at_each_event() {
    let mut played = Played::new(false);
    played.told(Caught { head: Cursor { stream: DOCUMENT, seq: 1 } });
    let update = written(5, "a");
    let asks = |effects: Vec<Effect>| {
        let received = |effect: &Effect| matches!(effect, Effect::Ask(ClientFrame::Recv(_)));
        effects.iter().filter(|effect| received(effect)).count()
    };
    let told = (2..2 + WINDOW_EVENTS / 4).map(|seq| asks(played.events(vec![logged(seq, &update)])));
    let told: Vec<usize> = told.collect();
    assert_eq!((told.iter().sum::<usize>(), told.last()), (1, Some(&1)));
    let large = vec![0; WINDOW_BYTES / 4];
    assert_eq!(asks(played.events(vec![logged(2 + WINDOW_EVENTS / 4, &large)])), 1, "bytes count too");
}

#[test]
fn who_come_by_the_same_frames_are_told_the_same_bytes_and_others_what_theirs_say() {
    let (one, two) = (written(5, "moot"), written(6, "folk"));
    let passed = |frame: ServerFrame| Arc::new(Passed::from(frame));
    let run = |seq, update: &[u8]| {
        let frame = Events { stream: DOCUMENT, events: vec![logged(seq, update)] };
        passed(frame.into())
    };
    let caught = passed(Caught { head: Cursor { stream: DOCUMENT, seq: 2 } }.into());
    let (first, last) = (run(1, &one), run(2, &two));
    let come = |frames: &[&Arc<Passed>]| {
        let mut played = Played::new(true);
        played.said(&y_websocket::step_1(&[0]));
        let script: Vec<Effect> =
            frames.iter().flat_map(|frame| played.machine.handle(1_000, Input::Told(frame))).collect();
        let told =
            script.into_iter().find_map(|effect| if let Effect::Tell(told) = effect { Some(told) } else { None });
        told.unwrap()
    };
    let (ana, bo) = (come(&[&first, &last, &caught]), come(&[&first, &last, &caught]));
    assert_eq!(ana.as_ptr(), bo.as_ptr());
    let says = |message: &Bytes| match Said::read(message) {
        Ok(Said::Update(update)) => text(&[update]).len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(says(&ana), "folkmoot".len());
    // The last frame alone, and after another one than before: never what others were told.
    assert_eq!(says(&come(&[&last, &caught])), "folk".len());
    assert_eq!(says(&come(&[&run(1, &written(7, "a")), &last, &caught])), "folka".len());
}
