//! What people feel, measured through a real server with its default durability, real sockets and real disks, all on
//! this machine. Rates per person are lifted, and nothing else. The window's figures are in `tests/desktop`.
//!
//! `scene` a server and people · `socket` a bare client · `typist` who types · `chat` · `document` · `crowd` · `large` ·
//! `arrival` what is measured · `growth` how cost grows · `table`, `plot` how it is told · `peers` other servers beside ours.

pub mod arrival;
pub mod attacks;
pub mod chat;
pub mod crowd;
pub mod document;
pub mod growth;
pub mod large;
pub mod peers;
pub mod plot;
pub mod scene;
pub mod socket;
pub mod table;
pub mod typist;
