//! Rows as this version's fold makes them: streams that another version folded are folded anew from their log, before
//! anything is served. One transaction for each, so that a server that is killed goes on where it was.

use super::LogError;
use super::read_tx::{AFTER, ReadTx, logged};
use folkmoot_model::fold::{self, FOLD_VERSION};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::row::Overlay;
use rusqlite::{Connection, TransactionBehavior, params};

/// Events that are folded at once, before the rows that they made are written.
const AT_ONCE: usize = 1_000;

/// Folds anew every stream that another fold has made. Fails as the database does; what cannot be read any more is passed over, as
/// it was when it was folded first.
pub fn all(db: &mut Connection) -> Result<(), LogError> {
    let mut query = db.prepare("SELECT id FROM stream WHERE fold <> ?1 ORDER BY id")?;
    let outdated = query.query_map([FOLD_VERSION], |row| Ok(StreamId(row.get(0)?)))?;
    let outdated: Vec<StreamId> = outdated.collect::<Result<_, _>>()?;
    drop(query);
    if outdated.is_empty() {
        return Ok(());
    }
    tracing::info!(streams = outdated.len(), fold = FOLD_VERSION, "another version folded these streams: folding anew");
    for stream in outdated {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute("DELETE FROM row WHERE stream = ?1", [stream.as_bytes()])?;
        let mut after = Some(0);
        while let Some(seq) = after {
            after = some(&tx, stream, seq)?;
        }
        tx.execute("UPDATE stream SET fold = ?2 WHERE id = ?1", params![stream.as_bytes(), FOLD_VERSION])?;
        tx.commit()?;
    }
    tracing::info!("folded anew");
    Ok(())
}

/// Folds some of the events after `after`. Gives the last of them; `None` if there was none.
fn some(db: &Connection, stream: StreamId, after: Seq) -> Result<Option<Seq>, LogError> {
    let view = ReadTx::of(db);
    let mut rows = Overlay::over(&view);
    let mut last = None;
    let mut query = db.prepare_cached(AFTER)?;
    let mut events = query.query(params![stream.as_bytes(), after, AT_ONCE])?;
    while let Some(row) = events.next()? {
        let logged = logged(row)?;
        last = Some(logged.seq);
        // The bodies of documents are no rows.
        if !logged.envelope.is_update()
            && let Ok(sealed) = logged.sealed()
        {
            fold::apply(&mut rows, stream, &sealed);
        }
    }
    view.checked()?;
    let sql = "INSERT OR REPLACE INTO row(stream, key, seq, value) VALUES (?1, ?2, ?3, ?4)";
    let mut put = db.prepare_cached(sql)?;
    for (key, row) in rows.changed() {
        put.execute(params![stream.as_bytes(), key.bytes(), row.seq, row.bytes()])?;
    }
    Ok(last)
}
