//! A document that keeps yrs busy for minutes, from before the gate counted costs: it holds up neither the other documents nor the end
//! of the server.

use super::documents::Editor;
use super::*;
use folkmoot_model::yjs::lib0::write_number;
use folkmoot_wire::limits::CHECKPOINT_UPDATES;
use rusqlite::{Connection, params};
use std::time::{Duration, Instant};

fn var(number: u32) -> Vec<u8> {
    let mut out = Vec::new();
    write_number(&mut out, number);
    out
}

/// Elements of two Yjs clients between two others, each above the last, without either having seen what the other wrote.
fn attack(n: u32) -> [Vec<u8>; 3] {
    let between = |right: (u32, u32)| [&[0xc8, 1, 0][..], &var(right.0), &var(right.1), &[1, 126]].concat();
    let of = |client: u32| {
        let structs = (0..n).map(|at| between(if at == 0 { (1, 1) } else { (client, at - 1) }));
        [&[1][..], &var(n), &var(client), &[0], &structs.collect::<Vec<_>>().concat(), &[0]].concat()
    };
    let two = [1, 2, 1, 0, 8, 1, 1, b'p', 1, 126, 0x88, 1, 0, 1, 126, 0];
    [two.to_vec(), of(2), of(3)]
}

/// Writes these as Ana's into the log as if they had been let pass.
fn smuggle(db: &Connection, updates: &[Vec<u8>]) {
    for (at, update) in updates.iter().enumerate() {
        let edited: Event = DocumentEdited { update: update.clone() }.into();
        let envelope = Envelope::new(event_id(9_000 + at as u64), &edited, 1);
        let sql = "INSERT INTO event(stream, seq, id, author, device, server_ms, client_ms, kind, body_version, body, access) \
                   SELECT ?1, head + 1, ?2, ?3, ?3, 0, 0, ?4, ?5, ?6, x'80' FROM stream WHERE id = ?1";
        let Envelope { id, kind, body_version, body, .. } = envelope;
        let values = params![DOCUMENT.as_bytes(), id.as_bytes(), ANA.as_bytes(), kind, body_version, body];
        db.execute(sql, values).unwrap();
        db.execute("UPDATE stream SET head = head + 1 WHERE id = ?1", [DOCUMENT.as_bytes()]).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_document_holds_up_neither_the_others_nor_the_end() {
    let world = World::new().await;
    let other = StreamId::fixed(4);
    world.ok(other, vec![by(ANA, 6, DocumentOpened { room: ROOM, kind: DocumentKind::Code })]).await;
    let dir = world.close().await;
    smuggle(&Connection::open(dir.path().join("folkmoot.db")).unwrap(), &attack(80_000));
    let world = World::open(dir);
    world.ok(DOCUMENT, vec![by(ANA, 10, Editor::of(7).edit(0, "it can be written in"))]).await;

    let bo = Editor::of(8);
    for id in 0..=CHECKPOINT_UPDATES {
        world.ok(other, vec![by(BO, 1_000 + id, bo.edit(0, "word "))]).await;
    }
    let made = tokio::time::timeout(Duration::from_secs(60), async {
        while !matches!(world.tail(other, 0).await, Found::Snapshot { checkpoint: Some(_), .. }) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    made.await.expect("the other document's checkpoint");
    assert!(matches!(world.tail(DOCUMENT, 0).await, Found::Tail { .. }), "the slow one's is still being made");

    let kept =
        world.log.query(|db| Ok::<_, LogError>(db.query_row("SELECT seq FROM gate", [], |row| row.get::<_, u64>(0))?));
    assert_eq!(kept.await.unwrap(), 5, "its gate is kept by itself");

    let began = Instant::now();
    let dir = world.close().await;
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let world = World::open(dir);
    let answers = world.answers(DOCUMENT, vec![by(ANA, 10, Editor::of(7).edit(0, "it can be written in"))]).await;
    assert_eq!(answers, [Answer::Ack(5)], "what was acknowledged is there");
}
