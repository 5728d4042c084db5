//! What was notified and is still named: it follows its messages, so that nobody reads a deleted one in the tray.

use super::core::{Core, Home};
use crate::notice::still;
use crate::view::NoticeItem;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;

impl Core {
    /// Some rows changed: what is said of their messages is said anew, or no longer.
    pub(super) fn look_at_notices(&mut self, rows: &[(StreamId, Key)]) {
        let concerns = |item: &NoticeItem| rows.contains(&(item.room, Key::Message(item.id)));
        if !self.notices.iter().any(concerns) {
            return;
        }
        let Home::Open(open) = &self.home else { return };
        let screen = self.screen(open);
        let look = |item: &NoticeItem| if concerns(item) { still(&screen, item) } else { Some(item.clone()) };
        self.notices = self.notices.iter().filter_map(look).collect();
        self.dirty.app();
    }

    /// A room or space may no longer be read.
    pub(super) fn forget_notices(&mut self, stream: StreamId) {
        self.notices.retain(|item| item.room != stream && item.space != stream);
    }
}
