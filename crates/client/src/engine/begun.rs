//! The first run as it was begun: an attempt that failed anywhere is taken up by the next.

use super::core::Core;
use crate::account::AccountError;
use crate::begun::{BEGUN_MAX, Begun, BegunFile};
use crate::command::Refused;
use folkmoot_model::id::DeviceId;
use folkmoot_wire::api::NotGranted;
use folkmoot_wire::link::Link;

impl Core {
    /// The device on which somebody joins by this link under this name: that of an earlier attempt, or a new one, which is
    /// noted. `hosted` says whether the link leads to this computer itself.
    pub(super) fn device_for(&mut self, link: &Link, hosted: bool, name: &str) -> Result<DeviceId, Refused> {
        let new = self.new_device()?;
        let mut all = self.begun();
        let device = if let Some(begun) = all.iter_mut().find(|begun| begun.is_by(link)) {
            begun.name.get_or_insert_with(|| name.to_owned());
            begun.device
        } else {
            all.drain(..all.len().saturating_sub(BEGUN_MAX - 1));
            all.push(Begun { link: link.to_string(), device: new, hosted, name: Some(name.to_owned()) });
            new
        };
        BegunFile::of(self.profile.dir()).write(self.secrets()?.key(), &all)?;
        Ok(device)
    }

    /// The device that has tried to join by this link, if it has.
    pub(super) fn device_that_began(&self, link: &Link) -> Option<DeviceId> {
        self.begun().iter().find(|begun| begun.is_by(link)).map(|begun| begun.device)
    }

    /// The link to a space that was made here, and that nobody has come to be in as far as this device knows.
    pub(super) fn begun_hosting(&self) -> Option<String> {
        self.begun().into_iter().rfind(|begun| begun.hosted).map(|begun| begun.link)
    }

    /// Why somebody who would join on this device could not, if they began to. What the server's answer says of that is
    /// noted.
    pub(super) fn not_joined(&self, device: DeviceId, error: AccountError) -> Refused {
        let mut all = self.begun();
        let Some(at) = all.iter().position(|begun| begun.device == device) else { return error.into() };
        match &error {
            AccountError::NotGranted(NotGranted::WrongPassword) => {
                // Whoever joins chooses a password. So there is an account, of an attempt whose answer was lost.
                return all.swap_remove(at).name.map_or(Refused::WrongPassword, |name| Refused::Begun { name });
            }
            // It leads on no more: the next attempt is a new one.
            AccountError::NotGranted(NotGranted::BadInvite) => drop(all.remove(at)),
            // No account was made under that name.
            AccountError::NotGranted(
                NotGranted::NameTaken
                | NotGranted::BadName
                | NotGranted::PasswordTooShort { .. }
                | NotGranted::PasswordTooLong,
            ) => all[at].name = None,
            AccountError::NotGranted(
                NotGranted::BadRequest
                | NotGranted::Forbidden
                | NotGranted::SignedOut
                | NotGranted::TooManyTries { .. }
                | NotGranted::Busy,
            )
            | AccountError::Unreachable(_)
            | AccountError::WrongServer
            | AccountError::Unreadable => return error.into(),
        }
        let kept = self.secrets().and_then(|secrets| Ok(BegunFile::of(self.profile.dir()).write(secrets.key(), &all)?));
        if let Err(refused) = kept {
            tracing::warn!(%refused, "what the server said of the first run is not noted");
        }
        error.into()
    }

    /// What was begun is done.
    pub(super) fn forget_begun(&self) {
        if let Err(error) = BegunFile::of(self.profile.dir()).forget() {
            tracing::warn!(%error, "a note of the first run stays");
        }
    }

    fn begun(&self) -> Vec<Begun> {
        let Some(secrets) = &self.secrets else { return Vec::new() };
        BegunFile::of(self.profile.dir()).read(secrets.key()).unwrap_or_else(|error| {
            tracing::warn!(%error, "the note of the first run cannot be read");
            Vec::new()
        })
    }
}
