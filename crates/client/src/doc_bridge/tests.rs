//! Editors at their channels, and what they are told.

use super::*;
use folkmoot_wire::y_websocket::{aware, aware_update};

const DOCUMENT: StreamId = StreamId([1; 16]);
const BO: PersonId = PersonId([2; 16]);

fn taken(frames: &mut mpsc::Receiver<Vec<u8>>) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| frames.try_recv().ok()).collect()
}

#[test]
fn an_editor_gets_the_state_first_and_then_what_follows() {
    let (sink, mut frames) = mpsc::channel(8);
    let mut documents = Documents::default();
    let (channel, first) = documents.open(DOCUMENT, sink);
    assert!(first);
    documents.tell(DOCUMENT, update(b"lost: the state has it"));
    documents.synced(DOCUMENT);
    assert!(matches!(documents.behind()[..], [(_, DOCUMENT, Behind::Room)]));
    documents.give(channel, b"state");
    documents.tell(DOCUMENT, update(b"next"));
    assert_eq!(taken(&mut frames), [update(b"state"), vec![SYNCED], update(b"next")]);
}

#[test]
fn an_editor_that_is_too_slow_gets_the_whole_state_again() {
    let (sink, mut frames) = mpsc::channel(2);
    let mut documents = Documents::default();
    let (channel, _) = documents.open(DOCUMENT, sink);
    documents.give(channel, b"one");
    documents.tell(DOCUMENT, update(b"two"));
    documents.tell(DOCUMENT, update(b"three"));
    assert!(matches!(documents.behind()[..], [(_, _, Behind::Full(_))]));
    assert!(matches!(documents.behind()[..], [(_, _, Behind::Waiting)]));
    assert_eq!(taken(&mut frames).len(), 2);
    assert!(matches!(documents.behind()[..], [(_, _, Behind::Room)]));
    documents.give(channel, b"one two three");
    assert_eq!(taken(&mut frames), [update(b"one two three")]);
    drop(frames);
    assert!(matches!(documents.behind()[..], [(_, _, Behind::Closed)]));
}

/// Bo, as the server vouches for him.
fn bo() -> CaretUser {
    CaretUser { name: "Bo".into(), colour: 2 }
}

/// Yjs clients and states in the frames that carry carets.
fn carets(frames: &mut mpsc::Receiver<Vec<u8>>) -> Vec<(u32, serde_json::Value)> {
    let state = |one: &Aware<'_>| (one.client, serde_json::from_str(&one.state).unwrap());
    let frames = taken(frames).into_iter().filter(|frame| frame[0] == AWARENESS);
    frames.flat_map(|frame| aware(&frame[1..]).iter().map(state).collect::<Vec<_>>()).collect()
}

#[test]
fn carets_go_with_their_connection() {
    let (sink, mut frames) = mpsc::channel(8);
    let mut documents = Documents::default();
    let (channel, _) = documents.open(DOCUMENT, sink);
    documents.give(channel, b"");
    // One client 5 at clock 9 with the state `{}`.
    let caret = [1, 5, 9, 2, b'{', b'}'];
    documents.aware(DOCUMENT, (BO, 7), &caret, &bo());
    documents.left(DOCUMENT, BO, 8);
    documents.left(DOCUMENT, BO, 7);
    documents.left(DOCUMENT, BO, 7);
    let shown = carets(&mut frames);
    assert_eq!(
        shown.iter().map(|(client, state)| (*client, state.is_null())).collect::<Vec<_>>(),
        [(5, false), (5, true)]
    );

    documents.shown(channel, &caret);
    assert_eq!(documents.own_awareness(), [(DOCUMENT, caret.to_vec())]);
    let closed = documents.close(channel).unwrap();
    let removal = [1, 5, 9, 4, b'n', b'u', b'l', b'l'].to_vec();
    assert_eq!(closed, Closed { document: DOCUMENT, removal: Some(removal), last: true });
}

#[test]
fn a_caret_bears_the_name_of_who_sent_it() {
    let (sink, mut frames) = mpsc::channel(8);
    let mut documents = Documents::default();
    let (channel, _) = documents.open(DOCUMENT, sink);
    documents.give(channel, b"");
    let state = r#"{"user":{"name":"Ana","colour":7},"cursor":3}"#;
    let caret = aware_update(&[Aware { client: 5, clock: 1, state: state.into() }]);
    documents.aware(DOCUMENT, (BO, 7), &caret, &bo());
    let [(5, state)] = &carets(&mut frames)[..] else { panic!("one caret") };
    assert_eq!((&state["user"]["name"], &state["user"]["colour"]), (&"Bo".into(), &2.into()));
    assert_eq!(state["cursor"], 3);
}

#[test]
fn nobody_speaks_for_an_editor_of_this_device() {
    let (sink, mut frames) = mpsc::channel(8);
    let mut documents = Documents::default();
    let (channel, _) = documents.open(DOCUMENT, sink);
    documents.give(channel, b"");
    documents.shown(channel, &[1, 5, 9, 2, b'{', b'}']);
    for state in ["{}", "null"] {
        let caret = aware_update(&[Aware { client: 5, clock: u32::MAX, state: state.into() }]);
        documents.aware(DOCUMENT, (BO, 7), &caret, &bo());
    }
    assert_eq!(carets(&mut frames), []);
}
