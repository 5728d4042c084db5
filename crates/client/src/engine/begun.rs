//! The first run as it was begun: an attempt that failed anywhere is taken up by the next.

use super::core::Core;
use crate::begun::{Begun, BegunFile};
use crate::command::Refused;
use folkmoot_model::id::DeviceId;

impl Core {
    /// The device that joins by this link: that of an earlier attempt, or a new one, which is noted.
    pub(super) fn device_for(&mut self, link: &str) -> Result<DeviceId, Refused> {
        let new = self.new_device()?;
        let Some(secrets) = self.secrets.clone() else { return Ok(new) };
        let file = BegunFile::of(self.profile.dir());
        if let Some(begun) = self.begun().filter(|begun| begun.link == link) {
            return Ok(begun.device);
        }
        file.write(secrets.key(), &Begun { link: link.to_owned(), device: new, hosted: false })?;
        Ok(new)
    }

    /// The link to a space that was made here, and that nobody came to be in.
    pub(super) fn begun_hosting(&self) -> Option<String> {
        self.begun().filter(|begun| begun.hosted).map(|begun| begun.link)
    }

    /// A space was made here, to which this link leads. If that is not kept, another attempt may find it by its name.
    pub(super) fn begin_hosting(&mut self, link: &str) {
        let Some(secrets) = self.secrets.clone() else { return };
        let noted = self.device_for(link).and_then(|device| {
            let begun = Begun { link: link.to_owned(), device, hosted: true };
            Ok(BegunFile::of(self.profile.dir()).write(secrets.key(), &begun)?)
        });
        if let Err(refused) = noted {
            tracing::warn!(%refused, "the space that was made is not noted");
        }
    }

    /// What was begun is done, or leads on no more.
    pub(super) fn forget_begun(&self) {
        if let Err(error) = BegunFile::of(self.profile.dir()).forget() {
            tracing::warn!(%error, "a note of the first run stays");
        }
    }

    fn begun(&self) -> Option<Begun> {
        let secrets = self.secrets.as_ref()?;
        match BegunFile::of(self.profile.dir()).read(secrets.key()) {
            Ok(begun) => begun,
            Err(error) => {
                tracing::warn!(%error, "the note of the first run cannot be read");
                None
            }
        }
    }
}
