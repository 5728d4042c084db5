//! How the engine stands: what is told of the profile, the link and the outbox.

use super::EngineStatus;
use super::core::{Core, Home, Open};
use super::screen::Screen;
use crate::command::Refused;
use crate::view::{LinkState, Phase, SecretsKept};
use folkmoot_sync::link_state;

impl Core {
    pub(super) fn tell_status(&self) {
        self.status.send_if_modified(|status| {
            let now = self.standing_now();
            let changed = *status != now;
            *status = now;
            changed
        });
    }

    /// Why nothing can be done where no account is open.
    pub(super) fn closed(&self) -> Refused {
        match &self.home {
            Home::Locked => Refused::Locked,
            Home::Broken { why, .. } => Refused::Storage { detail: why.clone() },
            Home::Empty | Home::Open(_) => Refused::SignedOut,
        }
    }

    /// What views read from.
    pub(super) fn screen<'a>(&'a self, open: &'a Open) -> Screen<'a> {
        Screen {
            device: &open.device,
            replica: &open.replica,
            person: open.session.person,
            installation: open.session.device,
            roster: &self.roster,
            remembered: &self.remembered,
            changed: &self.recents.changed,
            now_ms: self.now_ms,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match &self.home {
            Home::Empty => Phase::FirstRun,
            Home::Locked | Home::Broken { .. } => Phase::Locked,
            Home::Open(open) if open.session.signed_out => Phase::SignedOut,
            Home::Open(_) => Phase::Ready,
        }
    }

    /// The link as it is shown.
    pub(super) fn link_state(&self) -> LinkState {
        let Home::Open(open) = &self.home else { return LinkState::Never };
        let link = open.replica.link();
        match link.phase {
            link_state::Phase::Never => LinkState::Never,
            link_state::Phase::Outdated => LinkState::Outdated { who: "app".into() },
            link_state::Phase::Waiting { until_ms } => {
                LinkState::Offline { retry_at_ms: until_ms, attempt: link.attempt }
            }
            link_state::Phase::SignedOut => match self.renewal.waits() {
                Some((retry_at_ms, attempt)) => LinkState::Offline { retry_at_ms, attempt },
                None => LinkState::Connecting,
            },
            link_state::Phase::Greeting { .. } => LinkState::Connecting,
            link_state::Phase::Up { .. } if open.replica.is_caught_up() => LinkState::Online,
            link_state::Phase::Up { .. } => LinkState::CatchingUp,
        }
    }

    pub(super) fn secrets_kept(&self) -> SecretsKept {
        self.secrets.as_ref().map_or(self.secrets_to_be, |secrets| secrets.kept())
    }

    pub(super) fn pending(&self) -> u32 {
        match &self.home {
            Home::Open(open) => u32::try_from(open.replica.outbox().pending()).unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    pub(super) fn standing_now(&self) -> EngineStatus {
        let open = match &self.home {
            Home::Open(open) => Some(open),
            _ => None,
        };
        let outbox = open.map_or(0, |open| open.replica.outbox().kept());
        EngineStatus {
            phase: self.phase(),
            person: open.map(|open| open.session.person),
            host: open.map_or_else(String::new, |open| open.session.server.host.clone()),
            link: self.link_state(),
            pending: self.pending(),
            outbox: u32::try_from(outbox).unwrap_or(u32::MAX),
            caught_up: open.is_some_and(|open| open.replica.is_caught_up()),
            secrets: self.secrets_kept(),
            broken: match &self.home {
                Home::Broken { why, .. } => Some(why.clone()),
                _ => None,
            },
        }
    }
}
