//! What happens next, without IO: a client machine (`replica`), a server machine (`hub`), and what they share.
//!
//! Each takes one `Input` at a time with the present time, and returns a script of `Effect`s that its driver runs
//! from top to bottom. The same code runs in the app, in the server and in the seeded simulation.

pub mod awareness;
pub mod decide;
pub mod hub;
pub mod lasting;
pub mod link_state;
pub mod outbox;
pub mod presence;
pub mod random;
pub mod replica;
pub mod request_transport;
pub mod yjs_client;
