//! macOS and Windows: the notice is shown. It cannot be taken away, and a click brings the app up by itself.

use super::{Notice, Notifier};
use folkmoot_model::id::{EventId, StreamId};
use notify_rust::Notification;

/// Shows each notice from a thread of its own, since the system may wait for leave to show it.
pub struct Plain;

impl Plain {
    /// Clicks are not told here.
    pub fn new(_clicked: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self
    }
}

impl Notifier for Plain {
    fn show(&self, notice: Notice) {
        std::thread::spawn(move || {
            if let Err(error) = Notification::new().summary(&notice.title).body(&notice.text).show() {
                tracing::info!(%error, "no notification");
            }
        });
    }

    fn clear(&self, _room: StreamId) {}

    fn withdraw(&self, _message: EventId) {}

    fn end(&self) {}
}
