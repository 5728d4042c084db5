//! Signing in and out, renewing, inviting, hosting: what needs a request to the server. Requests are tasks beside the
//! engine; what came of them comes back as an ask.

use super::core::{Core, Home};
use super::keyring::Keyring;
use super::renewal::RenewError;
use super::{Reply, Request};
use crate::account::{Account, AccountError};
use crate::command::{Done, LinkTarget, Refused};
use crate::keys::Secrets;
use crate::pin::Server;
use crate::session::{KNOWN_DEVICE, Session};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{DeviceId, StreamId};
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::api;
use folkmoot_wire::api::Placed;
use folkmoot_wire::link::{Link, Spot};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What came of something that took its time.
pub(crate) enum Completion {
    /// Of joining or signing in.
    Signed { server: Server, device: DeviceId, session: Result<api::Session, AccountError>, reply: Reply },
    /// Of joining a further space as the person signed in.
    Joined { session: Result<api::Session, AccountError>, reply: Reply },
    /// Of renewing the access token; the refresh token that came with it is kept already.
    Renewed { number: u64, access: Result<(String, u64), RenewError> },
    /// Of anything that ends with its answer.
    Answer { answer: Result<Done, Refused>, reply: Reply },
    /// Of asking where a message stands that a window is to show.
    Placed { watch: u32, place: Result<Placed, AccountError>, reply: Reply },
    /// Of asking a keyring, by this number if it is waited for.
    Keyring { number: Option<u64>, said: Keyring },
    /// Of starting a server on this computer: a join link for its owner.
    Hosted { link: Result<String, String>, name: String, password: String, reply: Reply },
}

impl Core {
    /// What a link would lead to.
    pub(super) fn inspect(&mut self, link: &str, reply: Reply) {
        let open = match &self.home {
            Home::Open(open) => Some(open),
            _ => None,
        };
        let parsed = link.parse();
        // An invitation that this device has used already, as far as the server knows, leads on for it.
        let device = parsed.as_ref().ok().and_then(|link| self.device_that_began(link));
        match parsed {
            Err(_) => self.answer(reply, Err(Refused::BadLink)),
            Ok(Link::Place { host, space, spot }) => {
                let held = open.is_some_and(|open| open.replica.held(space).is_some());
                let (room, message, document) = match spot {
                    Spot::Space => (None, None, None),
                    Spot::Room(room) => (Some(room), None, None),
                    Spot::Message(room, message) => (Some(room), Some(message), None),
                    Spot::Document(room, document) => (Some(room), None, Some(document)),
                };
                let link = match held {
                    true => LinkTarget::Place { space, room, message, document },
                    false => LinkTarget::NoAccess { host },
                };
                self.answer(reply, Ok(Done::Inspected { link }));
            }
            Ok(Link::Join { host, code, key }) => {
                let known = open.is_some_and(|open| open.session.server.key() == key);
                self.request(Server::new(host.clone(), key), reply, move |account: Account| async move {
                    let api::Inspected { space_name, role } = account.inspect(code, device).await?;
                    Ok(Done::Inspected { link: LinkTarget::Join { host, space_name, role, known } })
                });
            }
        }
    }

    /// Joins by a link: as a new person, or as the one signed in on that server. `hosted` says whether it leads to a space
    /// that was made for this here.
    pub(super) fn join(&mut self, link: &str, hosted: bool, name: String, password: String, reply: Reply) {
        let Ok(link) = link.parse() else { return self.answer(reply, Err(Refused::BadLink)) };
        let Link::Join { host, code, key } = &link else { return self.answer(reply, Err(Refused::BadLink)) };
        let (server, code, key) = (Server::new(host.clone(), *key), code.clone(), *key);
        match &self.home {
            Home::Open(open) if !open.session.signed_out => {
                if open.session.server.key() != key {
                    return self.answer(reply, Err(Refused::WrongServer));
                }
                let (account, device, requests) = (open.account.clone(), open.session.device, self.requests.clone());
                self.with_token(Box::new(move |core, token| match token {
                    Err(refused) => core.answer(reply, Err(refused)),
                    Ok(token) => drop(core.io.spawn(async move {
                        let session = account.join(code, name, password, device, Some(&token)).await;
                        report(&requests, Completion::Joined { session, reply }).await;
                    })),
                }));
            }
            _ => match self.device_for(&link, hosted, &name) {
                Err(refused) => self.answer(reply, Err(refused)),
                Ok(device) => self.sign(server, device, reply, move |account: Account| async move {
                    account.join(code, name, password, device, None).await
                }),
            },
        }
    }

    /// Signs in as a person that the server knows.
    pub(super) fn sign_in(&mut self, server: &str, name: String, password: String, reply: Reply) {
        let known = match &self.home {
            Home::Open(open) => Some(&open.session.server),
            _ => None,
        };
        // By its name alone a server is only known where its key is kept.
        let kept = known.filter(|known| server.trim().is_empty() || server.trim() == known.host).cloned();
        let Ok(server) = kept.map_or_else(|| Server::read(server), Ok) else {
            return self.answer(reply, Err(Refused::BadLink));
        };
        // The same person comes back as the same device: what they have not sent is still theirs.
        let before = match &self.home {
            Home::Open(open) if open.session.server.key() == server.key() => {
                let same = open.session.name.to_lowercase() == name.trim().to_lowercase();
                same.then_some(open.session.device)
            }
            _ => None,
        };
        let secrets = self.secrets.clone().filter(|_| before.is_some());
        match before.map_or_else(|| self.new_device(), Ok) {
            Err(refused) => self.answer(reply, Err(refused)),
            Ok(device) => self.sign(server, device, reply, move |account: Account| async move {
                let proof = known_device(secrets).await;
                account.sign_in(name, password, device, proof).await
            }),
        }
    }

    /// Signs out, if nothing waits to be sent or the person gives it up.
    pub(super) fn sign_out(&mut self, discard_unsent: bool, reply: Reply) {
        self.read_marks(true);
        self.settle();
        let count = self.pending();
        let Home::Open(open) = &self.home else { return self.answer(reply, Err(self.closed())) };
        if count > 0 && !discard_unsent {
            return self.answer(reply, Err(Refused::Unsent { count }));
        }
        if let (Some((token, _)), false) = (open.access.clone(), self.options.offline) {
            let account = open.account.clone();
            self.io.spawn(async move {
                if let Err(error) = account.sign_out(&token).await {
                    tracing::info!(%error, "the server was not told of the sign-out");
                }
            });
        }
        self.end_session(discard_unsent);
        self.answer(reply, Ok(Done::Ok));
    }

    /// Opens a locked profile; of one that has no secrets yet, notes the passphrase for them.
    pub(super) fn unlock(&mut self, passphrase: String, reply: Reply) {
        if matches!(self.home, Home::Locked) && self.lies_in_keyring() {
            return self.ask_keyring(Some(reply));
        }
        let unlocked = self.unlock_by(passphrase).map(|()| Done::Ok);
        self.answer(reply, unlocked);
    }

    fn unlock_by(&mut self, passphrase: String) -> Result<(), Refused> {
        match self.home {
            Home::Open(_) => Ok(()),
            Home::Empty if self.secrets.is_none() => {
                self.options.passphrase = Some(Zeroizing::new(passphrase));
                self.open_home(self.options.passphrase.clone().as_ref().map(|passphrase| passphrase.as_str()))
            }
            _ => {
                let passphrase = Zeroizing::new(passphrase);
                self.open_home(Some(passphrase.as_str()))
            }
        }
    }

    /// A join link for one more person.
    pub(super) fn invite(&mut self, space: StreamId, role: Role, reply: Reply) {
        let Home::Open(open) = &self.home else { return self.answer(reply, Err(self.closed())) };
        let account = open.account.clone();
        let server = open.session.server.clone();
        // Others reach a hosted server where it listens for them, not on loopback.
        let hosted = self.options.host.as_ref().and_then(|host| host.hosted()).filter(|hosted| hosted.open);
        let host = match hosted {
            Some(hosted) if server.is_loopback() => hosted.address,
            _ => server.host.clone(),
        };
        self.link_from_server(reply, move |token| async move {
            let code = account.invite(space, role, &token).await?;
            Ok(Link::Join { host, code, key: server.key() }.to_string())
        });
    }

    /// Where a Yjs client that is not ours opens a document.
    pub(super) fn ticket(&mut self, document: StreamId, read_only: bool, reply: Reply) {
        let Home::Open(open) = &self.home else { return self.answer(reply, Err(self.closed())) };
        let (account, server) = (open.account.clone(), open.session.server.clone());
        self.link_from_server(reply, move |token| async move {
            let ticket = account.ticket(document, read_only, &token).await?;
            Ok(server.web_socket(&format!("/yjs/{document}?ticket={ticket}")))
        });
    }

    /// Answers with a link that the server has a part in, with an access token.
    fn link_from_server<F>(&mut self, reply: Reply, ask: impl FnOnce(String) -> F + Send + 'static)
    where
        F: Future<Output = Result<String, AccountError>> + Send,
    {
        let requests = self.requests.clone();
        self.with_token(Box::new(move |core, token| match token {
            Err(refused) => core.answer(reply, Err(refused)),
            Ok(token) => drop(core.io.spawn(async move {
                let answer = ask(token).await.map(|link| Done::Link { link }).map_err(Refused::from);
                report(&requests, Completion::Answer { answer, reply }).await;
            })),
        }));
    }

    /// Starts a server on this computer and joins its first space.
    pub(super) fn host(&mut self, space: String, name: String, password: String, reply: Reply) {
        let refused = match (&self.options.host, &self.home) {
            (None, _) => Some(Refused::Storage { detail: "no server can be started from here".into() }),
            (_, Home::Open(open)) if !open.session.signed_out => Some(Refused::WrongServer),
            _ => None,
        };
        let (None, Some(host)) = (&refused, self.options.host.clone()) else {
            return self.answer(reply, Err(refused.unwrap_or(Refused::Offline)));
        };
        let (requests, again) = (self.requests.clone(), self.begun_hosting());
        self.io.spawn(async move {
            let link = tokio::task::spawn_blocking(move || host.host(&space, again.as_deref())).await;
            let link = link.unwrap_or_else(|error| Err(error.to_string()));
            report(&requests, Completion::Hosted { link, name, password, reply }).await;
        });
    }

    /// Lets other computers connect to the hosted server, or stops that.
    pub(super) fn open_to_network(&mut self, open: bool, reply: Reply) {
        let Some(host) = self.options.host.clone() else {
            return self.answer(reply, Err(Refused::Storage { detail: "no server is hosted here".into() }));
        };
        let requests = self.requests.clone();
        self.io.spawn(async move {
            let opened = tokio::task::spawn_blocking(move || host.open_to_network(open)).await;
            let opened = opened.unwrap_or_else(|error| Err(error.to_string()));
            let answer = opened.map(|()| Done::Ok).map_err(|detail| Refused::Storage { detail });
            report(&requests, Completion::Answer { answer, reply }).await;
        });
    }

    /// Takes in what came of something that took its time.
    pub(super) fn came(&mut self, came: Completion) {
        match came {
            Completion::Keyring { number, said } => self.keyring_said(number, said),
            Completion::Signed { server, device, session, reply } => {
                let done = match session {
                    Ok(session) => self.signed(server, device, session),
                    Err(error) => Err(self.not_joined(device, error)),
                };
                self.answer(reply, done);
            }
            Completion::Joined { session, reply } => {
                self.answer(reply, session.map_err(Refused::from).map(|session| done(session.joined)));
            }
            Completion::Renewed { number, access } => {
                if number == self.renewal.number {
                    self.renewal.under_way = false;
                    self.renewed(access);
                }
            }
            Completion::Placed { watch, place, reply } => {
                let answer = match place {
                    Ok(Placed { seq: Some(place), thread }) => self.scroll_to(watch, place, thread),
                    Ok(Placed { seq: None, .. }) => Err(Refused::NotHeld),
                    Err(error) => Err(error.into()),
                };
                self.answer(reply, answer);
            }
            Completion::Answer { answer, reply } => {
                self.dirty.app();
                self.answer(reply, answer);
            }
            Completion::Hosted { link, name, password, reply } => {
                self.dirty.app();
                match link {
                    Ok(link) => self.join(&link, true, name, password, reply),
                    Err(detail) => self.answer(reply, Err(Refused::Storage { detail })),
                }
            }
        }
    }

    fn signed(&mut self, server: Server, device: DeviceId, session: api::Session) -> Result<Done, Refused> {
        let api::Session { person, name, access, lives_ms, refresh, joined, known_device } = session;
        let expires_ms = self.now_ms + lives_ms;
        self.settle();
        self.renewal.stop();
        let kept = Session { server, person, device, name, signed_out: false };
        self.begin_session(kept, &refresh, known_device.as_deref())?;
        self.renewal.done();
        if let Home::Open(open) = &mut self.home {
            open.access = Some((access.clone(), expires_ms));
        }
        self.inputs.push_back(Input::Token { token: access, expires_ms });
        Ok(done(joined))
    }

    /// A device for a newcomer. Refused while something of somebody is not sent: it would be set aside.
    pub(super) fn new_device(&self) -> Result<DeviceId, Refused> {
        match &self.home {
            Home::Locked | Home::Broken { .. } => Err(self.closed()),
            Home::Open(_) if self.pending() > 0 => Err(Refused::Unsent { count: self.pending() }),
            _ => {
                let mut random = [0; 10];
                getrandom::fill(&mut random).map_err(|error| Refused::Storage { detail: error.to_string() })?;
                Ok(DeviceId::mint(self.now_ms, random))
            }
        }
    }

    fn sign<F, A>(&mut self, server: Server, device: DeviceId, reply: Reply, ask: F)
    where
        F: FnOnce(Account) -> A + Send + 'static,
        A: Future<Output = Result<api::Session, AccountError>> + Send,
    {
        if self.options.offline {
            return self.answer(reply, Err(Refused::Offline));
        }
        let requests = self.requests.clone();
        match Account::at(server.clone()) {
            Err(error) => self.answer(reply, Err(error.into())),
            Ok(account) => drop(self.io.spawn(async move {
                let session = ask(account).await;
                report(&requests, Completion::Signed { server, device, session, reply }).await;
            })),
        }
    }

    fn request<F, A>(&mut self, server: Server, reply: Reply, ask: F)
    where
        F: FnOnce(Account) -> A + Send + 'static,
        A: Future<Output = Result<Done, AccountError>> + Send,
    {
        if self.options.offline {
            return self.answer(reply, Err(Refused::Offline));
        }
        let requests = self.requests.clone();
        match Account::at(server) {
            Err(error) => self.answer(reply, Err(error.into())),
            Ok(account) => drop(self.io.spawn(async move {
                let answer = ask(account).await.map_err(Refused::from);
                report(&requests, Completion::Answer { answer, reply }).await;
            })),
        }
    }
}

/// What proves to the server that it knows this device. Where it cannot be read, the server only asks for more patience.
async fn known_device(secrets: Option<Arc<dyn Secrets>>) -> Option<String> {
    let secrets = secrets?;
    let read = tokio::task::spawn_blocking(move || secrets.get(KNOWN_DEVICE)).await.map_err(|error| error.to_string());
    match read.and_then(|proof| proof.map_err(|error| error.to_string())) {
        Ok(proof) => String::from_utf8(proof?.to_vec()).ok(),
        Err(error) => {
            tracing::warn!(%error, "no proof that this device is known");
            None
        }
    }
}

/// What joining or signing in answers.
fn done(joined: Option<api::Joined>) -> Done {
    joined.map_or(Done::Ok, |api::Joined { space, room }| Done::Joined { space, room })
}

pub(super) async fn report(requests: &tokio::sync::mpsc::Sender<Request>, came: Completion) {
    // An engine that has ended wants no news.
    drop(requests.send(Request::Completion(Box::new(came))).await);
}
