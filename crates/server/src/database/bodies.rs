//! Checkpoints of which somebody is sent the parts. Each is read once, however many read it and however slowly, and stays
//! what it was until they have it: beside it the next may be written, and take its place for who comes later.

use super::{LogError, checkpoint};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_wire::limits::BODIES_BYTES_MAX;
use rusqlite::{Connection, OptionalExtension};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bodies that were asked for last.
#[derive(Default)]
pub struct Bodies(Mutex<VecDeque<Body>>);

struct Body {
    document: StreamId,
    seq: Seq,
    state: Arc<[u8]>,
}

impl Bodies {
    /// As of which event the last checkpoint of a document is, if it has one.
    pub fn last(&self, db: &Connection, document: StreamId) -> Result<Option<Seq>, LogError> {
        let mut query = db.prepare_cached("SELECT seq FROM checkpoint WHERE stream = ?1")?;
        Ok(query.query_row([document.as_bytes()], |row| row.get(0)).optional()?)
    }

    /// The document's checkpoint as of this event, if it is kept or still the last.
    pub fn get(&self, db: &Connection, document: StreamId, seq: Seq) -> Result<Option<Arc<[u8]>>, LogError> {
        let mut kept = self.kept();
        if let Some(at) = kept.iter().position(|body| body.document == document && body.seq == seq) {
            let body = kept.remove(at);
            kept.extend(body);
            return Ok(kept.back().map(|body| Arc::clone(&body.state)));
        }
        drop(kept);
        let Some(found) = checkpoint::last(db, document)?.filter(|found| found.seq == seq) else { return Ok(None) };
        let state = Arc::<[u8]>::from(found.state);
        let mut kept = self.kept();
        kept.push_back(Body { document, seq, state: Arc::clone(&state) });
        let bytes = |kept: &VecDeque<Body>| kept.iter().map(|body| body.state.len()).sum::<usize>();
        while kept.len() > 1 && bytes(&kept) > BODIES_BYTES_MAX {
            kept.pop_front();
        }
        Ok(Some(state))
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
