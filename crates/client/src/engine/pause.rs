//! Notifications that the person wants none of for a while: kept on the device, ended by time.

use super::core::Core;
use crate::command::{Done, Pause, Refused};
use crate::notice::paused_until_ms;
use crate::settings::{Settings, SettingsFile};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

impl Core {
    /// Pauses notifications, or ends the pause. Answers once it is kept.
    pub(super) fn pause(&mut self, pause: Pause) -> Result<Done, Refused> {
        let Some(secrets) = self.secrets.clone() else { return Err(self.closed()) };
        let paused_until_ms = paused_until_ms(pause, &self.local_time());
        let settings = Settings { paused_until_ms };
        SettingsFile::of(self.profile.dir()).write(secrets.key(), &settings)?;
        self.settings = settings;
        self.dirty.app();
        Ok(Done::Ok)
    }

    /// Ends a pause whose time has come. The file may keep it: it is as good as none.
    pub(super) fn end_pause(&mut self) {
        if self.settings.paused_until_ms.is_some_and(|until_ms| self.now_ms >= until_ms) {
            self.settings.paused_until_ms = None;
            self.dirty.app();
        }
    }

    fn local_time(&self) -> Zoned {
        let now = i64::try_from(self.now_ms).ok().and_then(|now_ms| Timestamp::from_millisecond(now_ms).ok());
        now.unwrap_or_default().to_zoned(TimeZone::system())
    }
}
