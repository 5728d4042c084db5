//! The driver of the devices: their scripts are run effect by effect, and any effect may be the last.

use super::World;
use crate::device::{Device, apply};
use crate::link::{End, Link};
use crate::oracle;
use folkmoot_model::event::Event;
use folkmoot_model::features::documents::DocumentEdited;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io as replica;

impl World {
    /// Gives an input to a device's machine, and runs its script.
    pub(super) fn device(&mut self, device: usize, input: replica::Input) {
        self.acts += 1;
        let now_ms = self.device_ms(device);
        let Device { replica, disk, .. } = &mut self.devices[device];
        let Some(replica) = replica else { return };
        let script = replica.handle(now_ms, disk, input);
        self.run_script(device, script);
    }

    pub(super) fn run_script(&mut self, device: usize, script: Vec<replica::Effect>) {
        let mut later = Vec::new();
        for effect in script {
            let crashes = self.burn();
            let full = matches!(&effect, replica::Effect::Journal(entries) if !entries.is_empty())
                && std::mem::take(&mut self.devices[device].disk.full);
            if crashes || full {
                self.say(|| format!("device {device} stops before {effect:?}"));
                if let replica::Effect::Journal(entries) = effect
                    && !full
                {
                    // The first entries may be on the disk, which is worse than what the real journal does.
                    let torn = self.dice.pick(entries.len() + 1);
                    self.journal(device, entries.into_iter().take(torn).collect());
                }
                return self.restart(device);
            }
            match effect {
                replica::Effect::Journal(entries) => {
                    self.journal(device, entries);
                    let Device { replica: Some(replica), disk, .. } = &mut self.devices[device] else { continue };
                    // It may be written anew at any time, not only when it is worth it.
                    if replica.outbox().worth_rewriting() || self.dice.chance(16) {
                        disk.rewrite(replica.outbox().entries());
                        replica.journal_rewritten();
                    }
                }
                replica::Effect::Commit(changes) => self.devices[device].disk.commit(changes),
                replica::Effect::Dial => {
                    let node = self.dice.pick(self.nodes.len());
                    let carried = self.dice.up_to(99) < self.setup.carried;
                    self.sessions += 1;
                    self.say(|| format!("device {device} dials node {node}: link {}", self.sessions));
                    self.devices[device].session = Some(self.sessions);
                    self.links.insert(self.sessions, Link::new(End::Device(device), node, carried));
                }
                replica::Effect::Hangup => self.hang_up(device),
                replica::Effect::Send(frame) => {
                    self.say(|| format!("device {device} says {frame:?}"));
                    let session = self.devices[device].session;
                    if let Some(link) = session.and_then(|session| self.links.get_mut(&session))
                        && !link.half_open
                        && link.closed.is_none()
                    {
                        link.up.push_back(frame.bytes());
                    }
                }
                replica::Effect::Wake(at_ms) => self.devices[device].wake_ms = at_ms,
                replica::Effect::RefreshToken if self.devices[device].signed_out > self.devices[device].signed_in => {
                    return self.must_sign_in(device);
                }
                replica::Effect::RefreshToken => later.push(self.token(device)),
                replica::Effect::Edited { document, update } => {
                    if let Some(doc) = self.devices[device].documents.get(&document) {
                        apply(doc, &update);
                    }
                }
                replica::Effect::Revoked(stream) => {
                    self.devices[device].documents.remove(&stream);
                    self.devices[device].roster.forget(stream);
                }
                replica::Effect::EditRefused { document, event, refusal } => {
                    later.push(self.edit_refused(device, document, event, refusal.code));
                }
                replica::Effect::Signalled { stream, from, session, signal } => {
                    let now_ms = self.device_ms(device);
                    self.devices[device].roster.signalled(now_ms, stream, from, session, signal.as_ref());
                }
                replica::Effect::LinkChanged => later.extend(self.link_changed(device)),
                replica::Effect::SignedOut => return self.must_sign_in(device),
                _ => {}
            }
        }
        for input in later {
            self.answers_within += 1;
            assert!(self.answers_within < 64, "answers-end: device {device} answers itself without end, now {input:?}");
            self.device(device, input);
            self.answers_within -= 1;
        }
    }

    /// Entries reach the disk.
    fn journal(&mut self, device: usize, entries: Vec<Entry>) {
        for entry in &entries {
            match entry {
                Entry::Queued { stream, envelope, .. } => {
                    self.said.push((device, *stream, envelope.id));
                    if let Ok(Event::DocumentEdited(edited)) = envelope.event() {
                        self.devices[device].saved(*stream, &edited.update);
                    }
                }
                Entry::Settled { id } => {
                    if self.devices[device].taking.contains(id) {
                        self.devices[device].taken.insert(*id);
                    }
                    self.devices[device].settled(*id);
                }
                Entry::Drafted { room, draft } => {
                    self.devices[device].drafts.insert(*room, draft.clone());
                }
                Entry::Unsent { document, update } => self.devices[device].saved(*document, update),
                _ => {}
            }
        }
        self.devices[device].disk.journal.extend(entries);
    }

    /// As the engine does: what is forbidden although its person may write was somebody else's Yjs client.
    fn edit_refused(&mut self, device: usize, document: StreamId, event: EventId, code: Code) -> replica::Input {
        let at = &mut self.devices[device];
        oracle::nothing_goes_on(device, at.replica.as_ref(), document, event);
        at.refused.entry(document).or_default().insert(event);
        let edit = DocumentEdited { update: Vec::new() }.into();
        let permits = |replica: &Replica| replica.permits(&at.disk, document, event, &edit).is_ok();
        let may_write = at.replica.as_ref().is_some_and(permits);
        let updates = if code == Code::Forbidden && may_write { at.said_again(document, event) } else { None };
        self.say(|| {
            format!(
                "device {device} is refused {event} ({code:?}, may write: {may_write}), says it again: {}",
                updates.is_some()
            )
        });
        match updates {
            Some(updates) => replica::Input::EditAgain { document, refused: event, updates },
            None => replica::Input::EditStays { refused: event },
        }
    }

    fn hang_up(&mut self, device: usize) {
        if let Some(session) = self.devices[device].session.take()
            && let Some(link) = self.links.remove(&session)
            && link.opened
            && !link.half_open
        {
            self.node(link.node, hub::Input::Closed { session });
        }
    }

    fn must_sign_in(&mut self, device: usize) {
        let is_out = self.devices[device].signed_out > self.devices[device].signed_in;
        assert!(is_out, "signed-out-by-none: device {device} believes to be signed out");
        self.stop(device);
        self.devices[device].needs_sign_in = true;
    }

    /// As the engine does: whoever is up says that they are here, and what is open, and without a link nobody is.
    fn link_changed(&mut self, device: usize) -> Vec<replica::Input> {
        let space = self.space;
        let Device { replica, roster, was_up, at, old, .. } = &mut self.devices[device];
        let up = replica.as_ref().is_some_and(|replica| replica.link().is_up());
        let before = std::mem::replace(was_up, up);
        if !up {
            roster.clear();
        }
        if !up || before {
            return Vec::new();
        }
        let says = |stream, at| {
            let signal = Signal::Presence { availability: Availability::Online, at };
            replica::Input::Signal { stream, signal }
        };
        let here = at.map(|at| says(at, Some(at)));
        // An older version said in the space where it is.
        let told = at.filter(|_| *old);
        [says(space, told)].into_iter().chain(here).collect()
    }
}
