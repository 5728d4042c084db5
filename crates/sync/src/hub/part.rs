//! What a read gave, as the frames that say it: cut into chunks, each encoded once for all who get it.

use super::fan_out::runs;
use bytes::Bytes;
use folkmoot_model::event::Logged;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_wire::frame::{Events, Range, ServerFrame, Snapshot, WireRow};
use folkmoot_wire::limits;

/// A part of what was read, encoded once for all who get it.
pub struct Frame {
    /// The last seq that whoever has it has passed, and by how many events; `None`: more of the same state follows.
    pub passed: Option<(Seq, u64)>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A run of the log.
pub fn tail(stream: StreamId, events: Vec<Logged>) -> Vec<Frame> {
    let frame = |run: Vec<Logged>| {
        let passed = (run.last().map_or(0, |logged| logged.seq), run.len() as u64);
        Frame { passed: Some(passed), bytes: ServerFrame::from(Events { stream, events: run }).bytes() }
    };
    runs(events).into_iter().map(frame).collect()
}

/// Which part of a snapshot.
pub struct Part {
    /// Is it the first?
    pub first: bool,
    /// And the last?
    pub last: bool,
    /// As of which seq.
    pub seq: Seq,
    /// The places of its messages.
    pub held: Range,
}

impl Part {
    /// With these rows, and this part of a checkpoint.
    pub fn frames(&self, stream: StreamId, rows: Vec<WireRow>, checkpoint: Option<Vec<u8>>) -> Vec<Frame> {
        let Self { seq, held, .. } = *self;
        let only_checkpoint = rows.is_empty() && checkpoint.as_ref().is_some_and(|part| !part.is_empty());
        let parts = checkpoint.as_deref().unwrap_or_default().chunks(limits::ROWS_BYTES);
        let parts = parts.map(|part| (Vec::new(), Some(part.to_vec())));
        let chunks: Vec<_> = chunks(rows).filter(|_| !only_checkpoint).map(|rows| (rows, None)).chain(parts).collect();
        let ends = chunks.len() - 1;
        let frame = |(at, (rows, checkpoint))| {
            let (first, last) = (self.first && at == 0, self.last && at == ends);
            let frame = ServerFrame::from(Snapshot { stream, seq, rows, held, first, last, checkpoint });
            Frame { passed: last.then_some((seq, 0)), bytes: frame.bytes() }
        };
        chunks.into_iter().enumerate().map(frame).collect()
    }
}

/// Cuts rows into chunks; at least one, which may be empty.
pub fn chunks(rows: Vec<WireRow>) -> impl Iterator<Item = Vec<WireRow>> {
    let mut chunks: Vec<Vec<WireRow>> = vec![Vec::new()];
    let mut bytes = 0;
    for row in rows {
        let size = row.key.len() + row.value.len();
        if bytes > 0 && bytes + size > limits::ROWS_BYTES {
            chunks.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(row);
        }
    }
    chunks.into_iter()
}
