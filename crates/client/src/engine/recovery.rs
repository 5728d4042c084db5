//! The journal kept short, what was looked at kept, and beginning again where the disk failed.

use super::core::{BegunAnew, Core, FAILURES_A_TURN, Home, REOPEN_MS};
use crate::command::Refused;
use folkmoot_store::StoreError;
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::io::{Effect, Input};

/// Within this time the replica journals what it need not journal at once, in milliseconds.
const SETTLED_WITHIN_MS: u64 = 2_000;

impl Core {
    /// Writes what the replica would have journalled a little later: what the server has settled need not be sent again
    /// by the next process. Without it nothing is lost.
    pub(super) fn write_settled(&mut self) {
        let Home::Open(open) = &mut self.home else { return };
        let later = open.replica.handle(self.now_ms + SETTLED_WITHIN_MS, &open.device, Input::Tick);
        let entries = later.into_iter().filter_map(|effect| match effect {
            Effect::Journal(entries) => Some(entries),
            _ => None,
        });
        let groups: Vec<Vec<Entry>> = entries.collect();
        if let Err(error) = open.device.append(&groups) {
            tracing::warn!(%error, "what is settled is not noted; it will be sent again");
        }
    }

    /// Writes what this device saw of late. Nothing of it is anybody's work: what fails is tried with the next.
    pub(super) fn keep_recents(&mut self) {
        let Home::Open(open) = &mut self.home else { return };
        if !std::mem::take(&mut self.recents.unkept) {
            return;
        }
        if let Err(error) = open.device.keep_recents(&self.recents) {
            self.begin_anew(&error);
        }
    }

    pub(super) fn rewrite_journal(&mut self) {
        let Home::Open(open) = &mut self.home else { return };
        if !open.replica.outbox().worth_rewriting() {
            return;
        }
        match open.device.rewrite(&open.replica.outbox().entries()) {
            Ok(()) => open.replica.journal_rewritten(),
            Err(error) => {
                self.begin_anew(&error);
            }
        }
    }

    /// After a failed step: refuses what was gathered, drops the replica, and opens the profile from the disk again.
    pub(super) fn begin_anew(&mut self, error: &StoreError) -> BegunAnew {
        tracing::error!(%error, "the device failed to keep something; beginning again from the disk");
        for (reply, _) in std::mem::take(&mut self.group).replies {
            self.answer(reply, Err(Refused::Storage { detail: error.to_string() }));
        }
        let damaged = matches!(error, StoreError::Damaged(_));
        self.leave_home();
        self.home = Home::Broken { why: error.to_string(), retry_ms: self.now_ms + REOPEN_MS };
        self.failures += 1;
        if self.failures > FAILURES_A_TURN {
            return BegunAnew;
        }
        if let Err(refused) = self.start_again(damaged) {
            tracing::error!(%refused, "it does not open either");
        }
        BegunAnew
    }

    pub(super) fn reopen(&mut self) {
        self.failures += 1;
        if let Err(refused) = self.start_again(false) {
            tracing::warn!(%refused, "still not open");
        }
        if let Home::Broken { retry_ms, .. } = &mut self.home {
            *retry_ms = self.now_ms + REOPEN_MS;
        }
    }
}
