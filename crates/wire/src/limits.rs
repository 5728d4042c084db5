//! Every bound of the protocol and of a server, each with its reason. Bounds of single fields stand with their events.

/// A frame, in bytes: the largest document update with its envelope fits, and a peer's buffer is bounded.
pub const FRAME_BYTES_MAX: usize = (1 << 20) + (16 << 10);
/// Bytes that are taken of a connection before it has said `Hello`, those of TLS included: a token and the cursors of one, twice.
pub const UNGREETED_BYTES_MAX: u64 = 256 << 10;
/// An event's body, in bytes: the largest Yjs update that the gate admits.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Events in one `Submit`: one turn of a hub task, so that a flooding client cannot hold others up for long.
pub const SUBMIT_EVENTS_MAX: usize = 256;
/// Streams that one session follows: a large team's rooms, at some hundred bytes each.
pub const STREAMS_PER_SESSION_MAX: usize = 10_000;
/// Streams of these that a device follows by itself: the rest is for documents that are opened.
pub const FOLLOWED_MAX: usize = 9_000;
/// Cursors in one `Hello`: further streams are followed by `Sub`.
pub const HELLO_CURSORS_MAX: usize = 4_096;
/// Events sent past the last `Recv`: beyond it the server keeps only the cursor.
pub const WINDOW_EVENTS: u64 = 512;
/// Bytes sent past the last `Recv`.
pub const WINDOW_BYTES: usize = 256 << 10;
/// Events in flight from a client without an answer.
pub const INFLIGHT_EVENTS_MAX: usize = 512;
/// Bytes in flight from a client without an answer, unless a single event is larger.
pub const INFLIGHT_BYTES_MAX: usize = 256 << 10;
/// Bytes that a server holds of one connection's undecided events: what a client has in flight, once more after a resume.
/// More is told to wait, or one connection could fill the memory with the largest events.
pub const UNDECIDED_BYTES_MAX: usize = 2 * BODY_BYTES_MAX;
/// Behind by more events than this, a stream is caught up by rows.
pub const TAIL_EVENTS_MAX: u64 = 5_000;
/// Messages whose rows a snapshot carries: the hot window.
pub const HOT_MESSAGES: u64 = 1_000;
/// Places that one `Page` may ask for: some screens of messages in one answer.
pub const PAGE_PLACES_MAX: u64 = 500;
/// Pages under way for one connection: a client asks for at most half as many.
pub const PAGES_PER_SESSION_MAX: usize = 64;
/// Bytes of rows in one chunk of a snapshot or page.
pub const ROWS_BYTES: usize = 256 << 10;
/// A signal, in bytes: a caret's awareness update; more is no caret.
pub const SIGNAL_BYTES_MAX: usize = 4 << 10;
/// Signals that a connection may send per second, in bursts of twice as many.
pub const SIGNALS_PER_SECOND: u32 = 40;
/// The most Yjs clients whose carets one connection shows in a document: an editor speaks for one, and a device may have a
/// document open in several.
pub const CARETS_PER_CONNECTION_MAX: usize = 8;
/// The most carets that are shown in a document: more cannot be told apart.
pub const CARETS_PER_DOCUMENT_MAX: usize = 4_096;
/// How deep the state of a caret may be nested: one that Yjs writes is nested five deep.
pub const CARET_DEPTH_MAX: usize = 16;
/// Between two awareness updates of a foreign Yjs client that are passed on, in milliseconds: the newest counts.
pub const AWARENESS_MS: u64 = 50;
/// Between two readings of a document for one foreign Yjs client that asks again what it lacks, in milliseconds.
pub const RESYNC_MS: u64 = 1_000;
/// Life of a ticket with which a foreign Yjs client connects, in seconds.
pub const TICKET_S: u64 = 60;
/// Events other than document updates that a person may submit per second.
pub const EVENTS_PER_SECOND: u32 = 10;
/// The burst of those: what a day offline brings is told to wait, not refused.
pub const EVENTS_BURST: u32 = 50;
/// Between two `Ping`s of a server, in milliseconds.
pub const PING_MS: u64 = 20_000;
/// Between two looks at the heads of followed streams where several nodes append, in milliseconds: a hint that was lost
/// costs no more.
pub const HEADS_MS: u64 = 1_000;
/// Silence after which the other side is taken for dead, in milliseconds.
pub const DEAD_MS: u64 = 45_000;
/// Time to answer a probe after waking or a change of network, in milliseconds.
pub const PROBE_MS: u64 = 3_000;
/// Time for a connection to say `Hello`, in milliseconds.
pub const HELLO_MS: u64 = 10_000;
/// How long a socket outlives its token, in milliseconds: time to renew in band.
pub const TOKEN_GRACE_MS: u64 = 30_000;
/// The longest wait before a redial, in milliseconds.
pub const REDIAL_MS_MAX: u64 = 30_000;
/// The first ceiling of the wait before a redial, in milliseconds.
pub const REDIAL_MS_FIRST: u64 = 500;
/// A link that lasted this long resets the ceiling, in milliseconds.
pub const STABLE_MS: u64 = 30_000;
/// Undecided events older than this many heartbeats are sent again.
pub const RESEND_PINGS: u64 = 3;
/// How long somebody counts as writing after their last signal, in milliseconds.
pub const TYPING_MS: u64 = 6_000;
/// A document's whole state, in bytes.
pub const DOCUMENT_BYTES_MAX: u64 = 32 << 20;
/// Update events after which a document's checkpoint is written anew.
pub const CHECKPOINT_UPDATES: u64 = 500;
/// Update bytes after which a document's checkpoint is written anew.
pub const CHECKPOINT_BYTES: u64 = 256 << 10;
/// Bytes of unsent document updates that are merged into one event.
pub const MERGED_UPDATE_BYTES: usize = 256 << 10;
/// Frames of a stream that are kept for those who lag, in bytes: four windows.
pub const RECENT_BYTES: usize = 4 * WINDOW_BYTES;
/// And for how long, in milliseconds; whoever lags more reads the log.
pub const RECENT_MS: u64 = 2_000;
/// Bytes handed to a connection and not written, beyond which it is read nothing more until they are: two chunks, so that one
/// is on its way while the next is read.
pub const UNWRITTEN_BYTES: usize = 2 * ROWS_BYTES;
/// Bytes that may wait to be written to one connection: what was handed over within the bound above, the largest event of
/// each read under way, and other people's signals. Whoever lets more pile up does not read.
pub const SEND_QUEUE_BYTES: usize = 8 << 20;
/// Bytes that wait to be written to all connections of one person, and documents put together for them: the largest document
/// once for a Yjs client and its encoding, and full queues of several devices. The connection that goes beyond is closed.
pub const UNSENT_BYTES_PER_PERSON_MAX: usize = 192 << 20;
/// Bytes that wait to be written to all connections together: beyond it the person with the most is closed.
pub const UNSENT_BYTES_MAX: usize = 512 << 20;
/// Bytes of checkpoints that are kept while they are read part by part: the largest document twice, as it was and as it is.
pub const BODIES_BYTES_MAX: usize = 2 * DOCUMENT_BYTES_MAX as usize;
/// Reads under way for one connection: enough to keep the readers busy, and few enough that those of others, who ask
/// later, need not wait for all that one asks at once.
pub const READS_PER_SESSION_MAX: usize = 4;
/// Between two answers to the probes of one connection, in milliseconds: a client probes after waking, not in a loop.
pub const PROBES_MS: u64 = 250;
/// Frames that are taken from one connection per second; more wait in its socket.
pub const FRAMES_PER_SECOND: u32 = 4_000;
/// The burst of those: whoever comes back follows all streams at once.
pub const FRAMES_BURST: u32 = 2 * STREAMS_PER_SESSION_MAX as u32;
/// Frames waiting to be written to one connection; a slower one is behind and reads from the log.
pub const SEND_QUEUE_FRAMES: usize = 1_024;
/// Frames that one side of a carried connection keeps until the other has them.
pub const CARRIED_FRAMES_MAX: usize = SEND_QUEUE_FRAMES;
/// Bytes of those: the largest document and a window.
pub const CARRIED_BYTES_MAX: usize = (32 << 20) + (1 << 20);
/// Unwritable for so long, a connection is closed, in milliseconds.
pub const UNWRITABLE_MS: u64 = 30_000;
/// Time for what still waits for a connection that is to be closed, in milliseconds; then its socket is. Who may be there no longer is gone by
/// then, however slowly they read.
pub const CLOSING_MS: u64 = 3_000;
/// Gates of documents that one person may have a server load, in KiB a second: nothing is written meanwhile, and one of 4 MiB takes
/// some 10 ms. Those of documents at work lie in memory.
pub const GATE_KIB_PER_SECOND: u32 = 4 << 10;
/// As many KiB at once: a day's documents.
pub const GATE_KIB_BURST: u32 = 64 << 10;
/// A message that a client of `/yjs` has begun and not ended for so long closes its connection, in milliseconds: 1 MiB takes a
/// line of 9 kB a second.
pub const UNFINISHED_MS: u64 = 120_000;
/// Connections at once.
pub const CONNECTIONS_MAX: usize = 20_000;
/// Connections of one address that have not said `Hello` yet: an office behind one address comes back at once, and
/// nobody else's places are taken. Of more the oldest is closed.
pub const GREETINGS_PER_ADDRESS_MAX: usize = 512;
/// Requests of one address whose body has not come whole: it does with the head, or within a round trip. Of more the oldest is refused.
pub const BODIES_PER_ADDRESS_MAX: usize = 64;
/// And of all addresses together: each takes some 50 kB.
pub const BODIES_MAX: usize = 1_024;
/// Time for the body of a request, in milliseconds: the largest takes a line of 7 kB a second.
pub const BODY_MS: u64 = 10_000;
/// Sockets of one address, whatever is said on them: a large office fits, and five such take no more than all there are.
pub const SOCKETS_PER_ADDRESS_MAX: usize = 4_096;
/// Connections of one person: more devices than anybody has.
pub const CONNECTIONS_PER_PERSON_MAX: usize = 32;
/// Connections of one device, which needs one: those that died without a word are still waited for when it comes anew.
pub const CONNECTIONS_PER_DEVICE_MAX: usize = 4;
/// Documents that one person has open at once in Yjs clients that are not ours, each over a connection of its own.
pub const DOCUMENTS_PER_PERSON_MAX: usize = 64;
/// Work that a person may have done per second: a frame is 1, one that makes the log be read 10 and more. Reading takes
/// about a tenth of a server then, and nobody scrolls through 125 pages a second.
pub const COSTS_PER_SECOND: u32 = 5_000;
/// The burst of that: three devices that each begin to follow as many streams as a connection may.
pub const COSTS_BURST: u32 = 10 * 3 * STREAMS_PER_SESSION_MAX as u32;
/// Failed or unauthenticated connects per second and address.
pub const CONNECTS_PER_SECOND: u32 = 5;
/// Tries to sign in per minute under one name from one address: those that follow wait twice as long each time.
pub const SIGN_INS_PER_MINUTE: u32 = 5;
/// The longest of those waits, in milliseconds: a hundred guesses a day, and no owner is away for longer.
pub const SIGN_IN_WAIT_MS_MAX: u64 = 15 * 60 * 1_000;
/// Tries to sign in per hour under one name from anywhere, by devices that this server does not know as that person's:
/// guesses from many addresses are few, and a device that its owner used before is not counted.
pub const SIGN_INS_PER_NAME_AND_HOUR: u32 = 100;
/// Passwords of one address that wait to be hashed: all of an office at once, in no more than some seconds.
pub const HASHES_PER_ADDRESS_MAX: usize = 32;
/// Passwords that wait to be hashed: more would wait too long to be worth it.
pub const HASHES_MAX: usize = 1_024;
/// A JSON request body, in bytes.
pub const REQUEST_BYTES_MAX: usize = 64 << 10;
/// The shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest password, in bytes: hashing must not be a burden.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// An access token's life, in seconds.
pub const ACCESS_TOKEN_S: u64 = 600;
/// A refresh token's life without use, in seconds.
pub const REFRESH_TOKEN_S: u64 = 90 * 24 * 3_600;
/// How long a rotated refresh token still answers with its successor although that was used meanwhile, in seconds.
pub const REFRESH_GRACE_S: u64 = 60;
/// An invitation's life, in seconds.
pub const INVITE_S: u64 = 14 * 24 * 3_600;
/// How long a refusal is kept to be repeated, in seconds: as long as a device that was offline may still be signed in, and a week.
pub const REFUSALS_KEPT_S: u64 = REFRESH_TOKEN_S + 7 * 24 * 3_600;
/// Refusals and acknowledgements of nothing that are kept of one person, of about 100 bytes each: a device that comes back to an archived room
/// has some hundred. Beyond that nothing that would be refused is decided.
pub const PERSON_REFUSALS_MAX: u64 = 20_000;
/// How long who has so many is told to wait, in milliseconds.
pub const REFUSALS_MANY_MS: u32 = 60_000;
/// Bytes of events of one person, with about 160 bytes for each event: a million messages and a thousand large documents.
pub const PERSON_BYTES_MAX: u64 = 4 << 30;
/// Rooms that a person may open: one a day for ten years.
pub const PERSON_ROOMS_MAX: u64 = 4_000;
/// Documents that a person may open: ten a day for ten years.
pub const PERSON_DOCUMENTS_MAX: u64 = 40_000;
/// Bytes of events of one space: what a small server's disk holds.
pub const SPACE_BYTES_MAX: u64 = 64 << 30;
/// Rooms of a space: a device lists them all.
pub const SPACE_ROOMS_MAX: u64 = 20_000;
/// Documents of a space.
pub const SPACE_DOCUMENTS_MAX: u64 = 400_000;
/// Rooms and documents that a person may open in a day: somebody who brings over what they had elsewhere.
pub const OPENINGS_PER_DAY: u64 = 1_000;
/// How often a person may put somebody else into a room, or name somebody in a thread or by an edit, in a day, each of which
/// may be an event in that person's own stream: some rooms of
/// everybody in a large team.
pub const GRANTS_PER_DAY: u64 = 5_000;
/// Bytes of events that a person may submit per second, document updates included: a hundred times what somebody types.
pub const BYTES_PER_SECOND: u32 = 256 << 10;
/// The burst of those: a large paste, or what a day offline has brought.
pub const BYTES_BURST: u32 = 16 << 20;
/// Bytes that a document update counts for at least, so that many small ones are bounded too.
pub const DOCUMENT_UPDATE_BYTES_MIN: u32 = 256;

/// Bytes of the events of a stream that another fold made, which a device gathers before it lets them take the place of what it
/// shows: of all but the largest rooms everything, so that nothing is missing in between.
pub const REFOLD_BYTES_MAX: usize = 16 << 20;
