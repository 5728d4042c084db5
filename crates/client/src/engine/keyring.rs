//! Asking a keyring, which may ask the person, or never answer. It is asked beside the engine, which goes on meanwhile and can
//! be ended; and before anything is made on a server, so that whoever cannot keep a key has changed nothing.

use super::core::{Core, Home};
use super::people::{Completion, report};
use super::{Reply, Request};
use crate::command::{KeyPlace, Refused};
use crate::features::accounts::commands::AccountCommand;
use crate::keychain::{ANSWER_MAX, Keychain};
use crate::keys::{self, Made, Secrets, SecretsError, SecretsWish};
use crate::view::SecretsKept;
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::writing::named;
use folkmoot_wire::limits::PASSWORD_CHARS_MIN;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// Asks that wait for the profile to open; more are refused.
const HELD_MAX: usize = 512;

/// What waits for a keyring.
#[derive(Default)]
pub(super) struct Asking {
    /// The keyring is being asked, by this number.
    number: Option<u64>,
    /// How often it was asked.
    count: u64,
    /// Who asks what only an open profile answers.
    held: VecDeque<Request>,
    /// What a new profile needs its key for.
    first: Option<(AccountCommand, Reply)>,
}

/// What a keyring said.
pub(crate) enum Keyring {
    /// To being asked for the key of the profile.
    Opened { secrets: Result<Option<Arc<dyn Secrets>>, SecretsError>, reply: Option<Reply> },
    /// To being given one.
    Made(Result<Made, SecretsError>),
    /// Whether it is there.
    There(bool),
}

impl Core {
    /// Does the key of this profile lie in a keyring?
    pub(super) fn lies_in_keyring(&self) -> bool {
        keys::kind(self.profile.dir()) == Some(SecretsKept::Keyring)
    }

    /// Is it a keyring that is being asked, and may wait for the person?
    pub(super) fn asks_keyring(&self) -> bool {
        self.asking.number.is_some() && self.secrets_kept() == SecretsKept::Keyring
    }

    /// Asks the keyring for the key, and opens the profile with it; whoever waits for that is answered then.
    pub(super) fn ask_keyring(&mut self, reply: Option<Reply>) {
        self.home = Home::Locked;
        self.secrets_to_be = SecretsKept::Keyring;
        let dir = self.profile.dir().to_owned();
        self.ask_beside(move || keys::open(&dir, None, ANSWER_MAX), |secrets| Keyring::Opened { secrets, reply });
    }

    /// Asks whether there is a keyring, to say where the key of a new profile would lie.
    pub(super) fn look_for_keyring(&self) {
        if self.options.keyring_silent {
            return;
        }
        let requests = self.requests.clone();
        self.io.spawn(async move {
            let there = spawn_blocking(|| Keychain::available().unwrap_or(true)).await.unwrap_or(false);
            report(&requests, Completion::Keyring { number: None, said: Keyring::There(there) }).await;
        });
    }

    /// Does the command need a key that is not made yet? Then it is made first, and the command done after that. What can be
    /// refused without asking anybody is refused before.
    pub(super) fn needs_key(&mut self, command: AccountCommand, reply: Reply) -> Option<(AccountCommand, Reply)> {
        if !command.makes_a_profile() || self.secrets.is_some() || !matches!(self.home, Home::Empty) {
            return Some((command, reply));
        }
        let refused = if let AccountCommand::Host { space, name, password } = &command {
            hosts(space, name, password).err()
        } else {
            self.options.offline.then_some(Refused::Offline)
        };
        let refused = refused.or_else(|| self.would_ask_in_vain().then_some(Refused::Keyring));
        if let Some(refused) = refused {
            self.answer(reply, Err(refused));
            return None;
        }
        let dir = self.profile.dir().to_owned();
        let (wish, passphrase) = (self.options.secrets, self.options.passphrase.clone());
        if let Some((_, before)) = self.asking.first.replace((command, reply)) {
            self.answer(before, Err(Refused::Keyring));
        }
        let make = move || keys::make(&dir, wish, passphrase.as_ref().map(|it| it.as_str()), ANSWER_MAX);
        self.ask_beside(make, Keyring::Made);
        None
    }

    /// Would the keyring, which does not answer, be asked for a place for the key of a new profile?
    fn would_ask_in_vain(&self) -> bool {
        let in_keyring = self.options.secrets == SecretsWish::Best && self.options.passphrase.is_none();
        in_keyring && self.options.keyring_silent
    }

    /// Keeps the key of a new profile there. A keyring that is being asked for it need not answer any more: what waits for that
    /// goes on.
    pub(super) fn keep_key(&mut self, place: KeyPlace) -> Result<(), Refused> {
        if self.secrets.is_some() || !matches!(self.home, Home::Empty) {
            return Err(self.closed());
        }
        self.asking.number = None;
        (self.options.secrets, self.options.passphrase, self.secrets_to_be) = match place {
            KeyPlace::Keyring => (SecretsWish::Best, None, SecretsKept::Keyring),
            KeyPlace::File => (SecretsWish::File, None, SecretsKept::File),
            KeyPlace::Passphrase { passphrase } => {
                (SecretsWish::Best, Some(Zeroizing::new(passphrase)), SecretsKept::Passphrase)
            }
        };
        self.dirty.app();
        if let Some((command, reply)) = self.asking.first.take() {
            self.dispatch(command.into(), reply);
        }
        Ok(())
    }

    /// Takes in what the keyring said.
    pub(super) fn keyring_said(&mut self, number: Option<u64>, said: Keyring) {
        let awaited = number.is_some() && self.asking.number == number;
        if awaited {
            self.asking.number = None;
        }
        self.dirty.all();
        match said {
            Keyring::There(there) => {
                let undecided = self.secrets.is_none() && self.options.secrets == SecretsWish::Best;
                if undecided && self.options.passphrase.is_none() {
                    self.secrets_to_be = if there { SecretsKept::Keyring } else { SecretsKept::File };
                }
            }
            Keyring::Opened { secrets, reply } => {
                let opened = self.opened(secrets, None);
                if let Err(refused) = &opened {
                    tracing::info!(%refused, "the profile is not open");
                }
                if let Some(reply) = reply {
                    self.answer(reply, opened.map(|()| crate::command::Done::Ok));
                }
                for ask in std::mem::take(&mut self.asking.held) {
                    self.take(ask);
                }
            }
            // Otherwise another place was chosen meanwhile.
            Keyring::Made(made) => {
                let Some((command, reply)) = self.asking.first.take_if(|_| awaited) else { return };
                match made.and_then(|made| made.noted(self.profile.dir())) {
                    Ok(secrets) => {
                        self.secrets = Some(secrets);
                        self.dispatch(command.into(), reply);
                    }
                    Err(error) => self.answer(reply, Err(error.into())),
                }
            }
        }
    }

    /// Whoever asks what an unopened profile cannot answer waits while the keyring is asked for its key.
    pub(super) fn held_back(&mut self, ask: Request) -> Option<Request> {
        let waits = self.asking.number.is_some() && matches!(self.home, Home::Locked);
        let of_profile = matches!(
            ask,
            Request::Dispatch { .. }
                | Request::DocOpen { .. }
                | Request::DocPush { .. }
                | Request::Cursors { .. }
                | Request::DocState { .. }
                | Request::Read(_)
        );
        if !waits || !of_profile || self.asking.held.len() >= HELD_MAX {
            return Some(ask);
        }
        self.asking.held.push_back(ask);
        None
    }

    fn ask_beside<T: Send + 'static>(
        &mut self,
        ask: impl FnOnce() -> Result<T, SecretsError> + Send + 'static,
        said: impl FnOnce(Result<T, SecretsError>) -> Keyring + Send + 'static,
    ) {
        self.asking.count += 1;
        let number = Some(self.asking.count);
        self.asking.number = number;
        self.dirty.all();
        let requests = self.requests.clone();
        self.io.spawn(async move {
            // A panic in it is as good as a keyring that gives nothing.
            let answer = spawn_blocking(ask).await.unwrap_or(Err(SecretsError::Locked));
            report(&requests, Completion::Keyring { number, said: said(answer) }).await;
        });
    }
}

/// May a space and its owner be called so, and is the password long enough? What the server would say, before it has made a
/// space.
fn hosts(space: &str, name: &str, password: &str) -> Result<(), Refused> {
    for text in [space, name] {
        named(text.trim()).map_err(|_| Refusal::from(Code::BadRequest))?;
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(Refused::PasswordTooShort { least: PASSWORD_CHARS_MIN as u32 });
    }
    Ok(())
}
