//! Notifications of the system: one per room, the newest message; a click leads to it. What deserves one is decided in
//! the engine.

#[cfg(target_os = "linux")]
mod freedesktop;
#[cfg(not(target_os = "linux"))]
mod plain;

use folkmoot_model::id::{EventId, StreamId};
use std::sync::Arc;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The message.
    pub message: EventId,
    /// The room: a later notice of the same room takes this one's place.
    pub room: StreamId,
    /// Who and where.
    pub title: String,
    /// The first words.
    pub text: String,
    /// Where it is.
    pub link: String,
}

/// Whoever shows notices. Its methods do not wait, but for one, and nothing comes of them where the system
/// shows none.
pub trait Notifier: Send + Sync {
    /// Shows it.
    fn show(&self, notice: Notice);
    /// Takes a room's away.
    fn clear(&self, room: StreamId);
    /// Takes that of a message away, if it is shown: what it told is told no longer.
    fn withdraw(&self, message: EventId);
    /// Takes all away, since the app ends. Waits for that, but not for long.
    fn end(&self);
}

/// The system's own. `clicked` is given the link of a notice that was clicked.
pub fn system(clicked: impl Fn(&str) + Send + Sync + 'static) -> Arc<dyn Notifier> {
    #[cfg(target_os = "linux")]
    return Arc::new(freedesktop::Freedesktop::start(clicked));
    #[cfg(not(target_os = "linux"))]
    return Arc::new(plain::Plain::new(clicked));
}
