//! From an input to its script: gathered over a turn where it commits nothing, so that what several commands journal is
//! one write and one sync; their answers follow it.

use super::core::{BegunAnew, Core, Group, Home};
use folkmoot_store::StoreError;
use folkmoot_sync::replica::io::{Effect, Input};

impl Core {
    /// Gives the replica what happened, and gathers or runs its script.
    pub(super) fn feed(&mut self, input: Input) -> Result<(), BegunAnew> {
        let Home::Open(open) = &mut self.home else { return Ok(()) };
        let effects = open.replica.handle(self.now_ms, &open.device, input);
        if open.device.take_read_failure() {
            return Err(self.begin_anew(&StoreError::Damaged("a row cannot be read".into())));
        }
        self.absorb(effects)
    }

    /// Runs a script, or gathers it if it changes nothing that the replica would read in the next.
    pub(super) fn absorb(&mut self, effects: Vec<Effect>) -> Result<(), BegunAnew> {
        if effects.iter().any(|effect| matches!(effect, Effect::Commit(_))) {
            self.flush()?;
            for effect in effects {
                self.run_effect(effect).map_err(|error| self.begin_anew(&error))?;
            }
            return Ok(());
        }
        for effect in effects {
            match effect {
                Effect::Journal(entries) => self.group.journal.push(entries),
                other => self.group.rest.push(other),
            }
        }
        Ok(())
    }

    /// Journals what was gathered, does the rest, and answers.
    pub(super) fn flush(&mut self) -> Result<(), BegunAnew> {
        let Group { journal, rest, replies } = std::mem::take(&mut self.group);
        if let Home::Open(open) = &mut self.home
            && let Err(error) = open.device.append(&journal)
        {
            self.group.replies = replies;
            return Err(self.begin_anew(&error));
        }
        for (reply, done) in replies {
            self.answer(reply, Ok(done));
        }
        for effect in rest {
            self.run_effect(effect).map_err(|error| self.begin_anew(&error))?;
        }
        Ok(())
    }

    /// Feeds what waits. What a failure voids is gone by then.
    pub(super) fn feed_waiting(&mut self) {
        while let Some(input) = self.inputs.pop_front() {
            if self.feed(input).is_err() {
                return;
            }
        }
    }

    /// Until nothing is gathered and nothing waits.
    pub(super) fn settle(&mut self) {
        loop {
            self.feed_waiting();
            if self.flush().is_ok() && self.inputs.is_empty() {
                return;
            }
        }
    }
}
