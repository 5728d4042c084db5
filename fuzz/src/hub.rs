//! The server machine, with clients that say anything.

use crate::parts;
use folkmoot_model::id::{DeviceId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_sync::decide::Answer;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Committed, Effect, Found, Identity, Input, Nodes, Place, Read, ReadOutcome, What};
use folkmoot_wire::frame::{ClientFrame, Cursor, Range, ServerFrame};
use folkmoot_wire::limits::{BODY_BYTES_MAX, FRAME_BYTES_MAX, PAGE_PLACES_MAX, SUBMIT_EVENTS_MAX, WINDOW_EVENTS};

/// Each part is of the client that its byte names, three of them: a frame, and by higher bits what else happens. What
/// was asked of the log is answered late, with nothing or with a denial.
pub fn hub(input: &[u8]) {
    let mut hub =
        Hub::new([3; 32], if input.first().is_some_and(|byte| byte & 128 != 0) { Nodes::Many } else { Nodes::One });
    let (mut now_ms, mut waiting) = (1, Vec::new());
    // The connection of each client; a number is never used again.
    let mut connections = [1, 2, 3];
    for session in connections {
        hub.handle(now_ms, Input::Connected { session });
    }
    for (what, part) in parts(input) {
        now_ms += u64::from(what >> 4) * 1_000;
        let session = connections[usize::from(what % 3)];
        let input = match ClientFrame::read(part) {
            _ if what & 8 != 0 && !waiting.is_empty() => answer(waiting.remove(0), what),
            Ok(frame) => {
                let identity = Identity {
                    person: PersonId([what % 3; 16]),
                    device: match &frame {
                        ClientFrame::Hello(hello) => hello.device,
                        _ => DeviceId([4; 16]),
                    },
                    expires_ms: 1 << 40,
                };
                let asks = matches!(frame, ClientFrame::Hello(_) | ClientFrame::Auth(_));
                Input::Frame { session, frame, identity: asks.then_some(Ok(identity)) }
            }
            Err(_) if part.is_empty() => Input::Tick,
            Err(_) => Input::Garbage { session },
        };
        let closed = hub.handle(now_ms, input).into_iter().filter(|effect| take(effect, &mut waiting));
        // Whoever is put out comes again.
        for effect in closed.collect::<Vec<_>>() {
            if let Effect::Close { session: closed, .. } = effect {
                let again = connections.iter().max().map_or(1, |last| last + 1);
                hub.handle(now_ms, Input::Connected { session: again });
                connections = connections.map(|session| if session == closed { again } else { session });
            }
        }
    }
    while let Some(effect) = waiting.pop() {
        hub.handle(now_ms, answer(effect, 0)).iter().for_each(|effect| {
            take(effect, &mut waiting);
        });
    }
}

/// Looks at an effect, and keeps what wants an answer. Does it close a connection?
fn take(effect: &Effect, waiting: &mut Vec<Effect>) -> bool {
    match effect {
        Effect::Send { frame, .. } => {
            assert!(frame.len() <= FRAME_BYTES_MAX);
            ServerFrame::read(frame).expect("we wrote it");
        }
        Effect::Close { .. } => return true,
        Effect::Commit { submissions, .. } => {
            let bytes: usize = submissions.iter().map(|submission| submission.envelope.body.len()).sum();
            assert!(submissions.len() <= SUBMIT_EVENTS_MAX && bytes <= 2 * BODY_BYTES_MAX);
            waiting.push(effect.clone());
        }
        Effect::Read { read, .. } => {
            match read.what {
                What::Tail { events, .. } => assert!(events <= WINDOW_EVENTS),
                What::Rest { .. } => {}
                What::Page { list, range, .. } => {
                    assert!(list.is_sparse() || range.last - range.first < PAGE_PLACES_MAX);
                }
            }
            waiting.push(effect.clone());
        }
        Effect::Heads { .. } | Effect::TellDrained { .. } => waiting.push(effect.clone()),
    }
    false
}

fn answer(effect: Effect, what: u8) -> Input {
    match effect {
        Effect::Commit { ticket, submissions, .. } => {
            let answers = submissions.iter().map(|_| Answer::Nack(Code::Forbidden.into())).collect();
            let outcome = (what & 4 == 0).then_some(Committed { answers, inserts: Default::default() });
            Input::Committed { ticket, outcome }
        }
        Effect::Read { ticket, read } => Input::Read { ticket, outcome: (what & 4 == 0).then(|| outcome(read)) },
        Effect::Heads { streams } => Input::Heads { heads: Some(streams.into_iter().map(head).collect()) },
        Effect::TellDrained { session } => Input::Drained { session },
        Effect::Send { .. } | Effect::Close { .. } => Input::Tick,
    }
}

fn head(stream: StreamId) -> Cursor {
    Cursor { stream, seq: 30 }
}

/// Of half of what is asked there is nothing to be had.
fn outcome(Read { who, what, .. }: Read) -> ReadOutcome {
    let (head, marks): (Seq, _) = (30, Vec::new());
    let found = match what {
        What::Tail { after, .. } if after < head => {
            let held = Range { first: 1, last: head };
            let next = Some(Place::Messages(head / 2));
            Some(Found::Snapshot {
                seq: head,
                head,
                rows: Vec::new(),
                held,
                checkpoint: None,
                first: true,
                next,
                marks,
            })
        }
        What::Rest { seq, held, .. } => {
            let (rows, checkpoint, first, next) = (Vec::new(), None, false, None);
            Some(Found::Snapshot { seq, head, rows, held, checkpoint, first, next, marks })
        }
        What::Tail { after, .. } if after == head => Some(Found::Tail { events: Vec::new(), head, marks }),
        What::Tail { .. } => None,
        What::Page { range, since, .. } => Some(Found::Page { range, rows: Vec::new(), as_of: since, next: None }),
    };
    ReadOutcome { permitted: if found.is_some() { who } else { Default::default() }, found }
}
