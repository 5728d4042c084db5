//! Documents in the log: what is refused, checkpoints, and how large one may be.

use super::super::packed::unpack;
use super::*;
use folkmoot_wire::limits::CHECKPOINT_UPDATES;
use rusqlite::Connection;
use std::time::Duration;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Options, ReadTxn, StateVector, Text, Transact, Update};

/// A person's Yjs document, which gives the update of each of its edits.
pub(super) struct Editor {
    doc: Doc,
}

impl Editor {
    pub(super) fn of(client: u64) -> Self {
        Self { doc: Doc::with_options(Options { client_id: yrs::block::ClientID::new(client), ..Options::default() }) }
    }

    pub(super) fn edit(&self, at: u32, text: &str) -> DocumentEdited {
        let content = self.doc.get_or_insert_text("content");
        let mut txn = self.doc.transact_mut();
        content.insert(&mut txn, at, text);
        DocumentEdited { update: txn.encode_update_v1() }
    }

    fn apply(&self, update: &[u8]) {
        self.doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    fn text(&self) -> String {
        let content = self.doc.get_or_insert_text("content");
        content.get_string(&self.doc.transact())
    }
}

#[tokio::test]
async fn what_would_break_a_document_is_refused_and_the_server_goes_on() {
    let world = World::new().await;
    let (ana, stranger) = (Editor::of(7), Editor::of(7));
    world.ok(DOCUMENT, vec![by(ANA, 10, ana.edit(0, "hello"))]).await;
    let edited = |update: &[u8]| DocumentEdited { update: update.to_vec() };
    stranger.edit(0, "hello");
    let usurped = stranger.edit(5, " and goodbye");
    let lost = Editor::of(8);
    lost.edit(0, "never sent");
    let dangling = lost.edit(5, "x");
    let attacks = [
        (by(EVE, 20, edited(&[1])), Code::NotMember),
        (by(BO, 21, edited(&[])), Code::BadRequest),
        (by(BO, 22, edited(&[0xff, 0xff, 0xff, 0xff, 0x0f])), Code::BadRequest),
        (by(BO, 23, edited(&[0; 40])), Code::BadRequest),
        (by(BO, 24, edited(&vec![0x28; 2_000])), Code::BadRequest),
        (by(BO, 25, usurped), Code::Forbidden),
        (by(BO, 26, dangling), Code::BadRequest),
    ];
    for (attack, code) in attacks {
        let id = attack.envelope.id;
        assert_eq!(world.answers(DOCUMENT, vec![attack.clone()]).await, [nack(code)], "{id}");
        assert_eq!(world.answers(DOCUMENT, vec![attack]).await, [nack(code)], "{id} again");
    }
    let to_room = by(BO, 30, Editor::of(9).edit(0, "a room is no document"));
    assert_eq!(world.answers(ROOM, vec![to_room]).await, [nack(Code::BadRequest)]);
    world.ok(DOCUMENT, vec![by(ANA, 31, ana.edit(5, ", world"))]).await;
    let resent = DocumentEdited { update: ana.doc.transact().encode_diff_v1(&StateVector::default()) };
    let as_bo = by(BO, 32, resent.clone());
    assert_eq!(world.answers(DOCUMENT, vec![as_bo]).await, [nack(Code::Forbidden)], "not as ana");
    assert_eq!(world.answers(DOCUMENT, vec![by(ANA, 33, resent)]).await, [Answer::Ack(3)], "nothing new: the head");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_its_checkpoint_and_what_came_after() {
    let world = World::new().await;
    let ana = Editor::of(7);
    let mut id = 1_000;
    for _ in 0..6 {
        let edits = (0..100).map(|_| {
            id += 1;
            by(ANA, id, ana.edit(0, "word "))
        });
        world.ok(DOCUMENT, edits.collect()).await;
    }
    let (state, seq) = loop {
        match world.tail(DOCUMENT, 0).await {
            Found::Snapshot { checkpoint: Some(state), seq, .. } => break (state, seq),
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(seq > CHECKPOINT_UPDATES);
    world.ok(DOCUMENT, vec![by(ANA, 5_000, ana.edit(3, "after"))]).await;
    let check = async |world: &World| {
        let reader = Editor::of(99);
        reader.apply(&state);
        let Found::Tail { events, head: 602, .. } = world.tail(DOCUMENT, seq).await else { panic!() };
        for logged in events {
            let Ok(Event::DocumentEdited(edited)) = logged.envelope.event() else { panic!() };
            reader.apply(&edited.update);
        }
        assert_eq!(reader.text(), ana.text());
    };
    check(&world).await;
    // After a restart the gate is that of the checkpoint and the tail: it still knows whose client 7 is.
    let world = World::open(world.close().await);
    check(&world).await;
    let usurper = Editor::of(7);
    usurper.apply(&ana.doc.transact().encode_diff_v1(&StateVector::default()));
    let usurped = usurper.edit(0, "mine now");
    assert_eq!(world.answers(DOCUMENT, vec![by(BO, 6_000, usurped)]).await, [nack(Code::Forbidden)]);
    world.ok(DOCUMENT, vec![by(ANA, 6_001, ana.edit(0, "mine still"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_while_a_checkpoint_rested_has_the_next_without_another_edit() {
    let world = World::new().await;
    let ana = Editor::of(7);
    let mut id = 1_000;
    for head in [601, 1_201] {
        let edits: Vec<_> = (0..600)
            .map(|_| {
                by(
                    ANA,
                    {
                        id += 1;
                        id
                    },
                    ana.edit(0, "word "),
                )
            })
            .collect();
        for some in edits.chunks(100) {
            world.ok(DOCUMENT, some.to_vec()).await;
        }
        // The last ones may still lie behind it, but no more of them than it takes to want another.
        let most = Duration::from_secs(60);
        let made = tokio::time::timeout(most, async {
            while !matches!(world.tail(DOCUMENT, 0).await, Found::Snapshot { checkpoint: Some(_), seq, .. } if seq + CHECKPOINT_UPDATES > head)
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        made.await.expect("a checkpoint");
    }
}

#[tokio::test]
async fn a_document_has_a_largest_size() {
    let world = World::new().await;
    let (ana, words) = (Editor::of(7), "x".repeat(1_000_000));
    let too_large = Answer::Nack(Refusal::too_large(32 << 20));
    for id in 10..43 {
        world.ok(DOCUMENT, vec![by(ANA, id, ana.edit(0, &words))]).await;
    }
    let (above, below) = (by(ANA, 50, Editor::of(8).edit(0, &words)), by(ANA, 51, Editor::of(9).edit(0, "x")));
    let answers = world.answers(DOCUMENT, vec![above.clone(), below]).await;
    assert_eq!(answers, [too_large.clone(), Answer::Ack(35)]);
    assert_eq!(world.answers(DOCUMENT, vec![above]).await, [too_large]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_costs_were_counted_opens_and_loses_nothing() {
    let world = World::new().await;
    let ana = Editor::of(7);
    let edits: Vec<_> = (0..600).map(|id| by(ANA, 1_000 + id, ana.edit(0, "word "))).collect();
    for some in edits.chunks(100) {
        world.ok(DOCUMENT, some.to_vec()).await;
    }
    while !matches!(world.tail(DOCUMENT, 0).await, Found::Snapshot { .. }) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let dir = world.close().await;
    {
        let db = Connection::open(dir.path().join("folkmoot.db")).unwrap();
        let read = |row: &rusqlite::Row<'_>| unpack(row, 0, 1);
        let state = db.query_row("SELECT state, state_packed FROM checkpoint", [], read).unwrap();
        let gate = db.query_row("SELECT gate, gate_packed FROM checkpoint", [], read).unwrap();
        // A gate of the version before has the first four of its six fields.
        let mut fields = minicbor::Decoder::new(&gate);
        assert_eq!(fields.array().unwrap(), Some(6));
        (0..4).for_each(|_| fields.skip().unwrap());
        let before = [&[0x84][..], &gate[1..fields.position()]].concat();
        db.execute("UPDATE checkpoint SET state = ?1, gate = ?2, state_packed = 0, gate_packed = 0", [state, before])
            .unwrap();
    }
    let world = World::open(dir);
    world.ok(DOCUMENT, vec![by(ANA, 6_001, ana.edit(0, "mine still"))]).await;
    let usurper = Editor::of(7);
    usurper.apply(&ana.doc.transact().encode_diff_v1(&StateVector::default()));
    assert_eq!(world.answers(DOCUMENT, vec![by(BO, 6_000, usurper.edit(0, "mine"))]).await, [nack(Code::Forbidden)]);
}

/// Bytes on the disk, of the tables and of the whole file.
fn stored(dir: &tempfile::TempDir) -> String {
    let db = Connection::open(dir.path().join("folkmoot.db")).unwrap();
    let mut query = db.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 5").unwrap();
    let tables =
        query.query_map([], |row| Ok(format!("{} {}", row.get::<_, String>(0)?, row.get::<_, u64>(1)?))).unwrap();
    let tables: Vec<String> = tables.map(Result::unwrap).collect();
    let free: u64 = db.query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap();
    format!("{tables:?}, free {}", free * 2_048)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo test -p folkmoot-server --lib what_a_document_takes -- --ignored --nocapture"]
async fn what_a_document_takes_on_the_disk() {
    let words = ["house", "of", "the", "people", "and", "what", "they", "said", "yesterday", "about", "it", "all"];
    let prose = |n: usize| {
        let mut at = 1_u64;
        std::iter::repeat_with(|| {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            words[(at >> 33) as usize % words.len()]
        })
        .take(n)
        .collect::<Vec<_>>()
        .join(" ")
    };
    for (what, edits, words) in [("pasted", 10, 200_000), ("typed", 20_000, 4)] {
        let world = World::new().await;
        let (ana, mut bytes) = (Editor::of(7), 0);
        let text = prose(words);
        let began = std::time::Instant::now();
        for id in 0..edits {
            bytes += text.len() as u32;
            world.ok(DOCUMENT, vec![by(ANA, 1_000 + id, ana.edit(bytes - text.len() as u32, &text))]).await;
        }
        let took = began.elapsed();
        tokio::time::sleep(Duration::from_secs(5)).await;
        println!("{what}: {bytes} bytes of text, {took:?}: {}", stored(&world.close().await));
    }
}
