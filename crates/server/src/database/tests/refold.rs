//! Rows that another version folded are folded anew when the server starts.

use super::*;
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::fold::FOLD_VERSION;
use rusqlite::Connection;

type Rows = Vec<(Vec<u8>, Vec<u8>, u64, Vec<u8>)>;

fn rows(db: &Connection) -> Rows {
    let mut query = db.prepare("SELECT stream, key, seq, value FROM row ORDER BY stream, key").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn what_another_version_folded_is_folded_anew_at_the_start() {
    let world = World::new().await;
    world.ok(ROOM, (10..90).map(|n| says(ANA, n)).collect()).await;
    let reacted = MessageReacted { message: event_id(10), emoji: "👍".into(), on: true };
    world.ok(ROOM, vec![by(BO, 90, reacted)]).await;
    let dir = world.close().await;

    let path = dir.path().join("folkmoot.db");
    let db = Connection::open(&path).unwrap();
    let before = rows(&db);
    // As an older fold left it: a row under a key that is none any more, one that cannot be read, one that is missing.
    db.execute("UPDATE row SET key = x'12' WHERE key = ?1", [Key::Reactions(event_id(10)).bytes()]).unwrap();
    db.execute("UPDATE row SET value = x'00' WHERE key = ?1", [Key::Head.bytes()]).unwrap();
    db.execute("DELETE FROM row WHERE key = ?1", [Key::Message(event_id(11)).bytes()]).unwrap();
    db.execute("UPDATE stream SET fold = fold - 1", []).unwrap();
    assert_ne!(rows(&db), before);
    drop(db);

    let world = World::open(dir);
    world.ok(ROOM, vec![says(BO, 91)]).await;
    let dir = world.close().await;
    let db = Connection::open(&path).unwrap();
    let new = |key: &[u8]| key == Key::Message(event_id(91)).bytes() || key == Key::Timeline(83).bytes();
    let after: Rows = rows(&db).into_iter().filter(|(_, key, ..)| !new(key)).collect();
    assert_eq!(after, before);
    let outdated = db.query_row("SELECT count(*) FROM stream WHERE fold <> ?1", [FOLD_VERSION], |row| row.get(0));
    assert_eq!(outdated, Ok(0));
    drop(dir);
}
