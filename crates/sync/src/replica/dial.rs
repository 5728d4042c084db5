//! Tending the link: dialling, saying hello, renewing the token, noticing that nobody is there.

use super::feed::Feed;
use super::io::Effect;
use super::{Replica, Token};
use crate::link_state::Phase;
use folkmoot_model::event::decode;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::Rows;
use folkmoot_wire::codec::heads_digest;
use folkmoot_wire::frame::{Auth, ByeCode, Hello, Ping, Pong, Probe, ServerFrame, VERSION};
use folkmoot_wire::limits::{HELLO_CURSORS_MAX, PING_MS, RESEND_PINGS};

/// How long before it expires a token is renewed, in milliseconds; one that lives shorter, at half of its life.
const RENEW_MS: u64 = 60_000;

impl Replica {
    pub(super) fn token(&mut self, rows: &dyn Rows, token: String, expires_ms: u64) {
        self.refreshing = false;
        let left_ms = expires_ms.saturating_sub(self.now_ms);
        let renew_ms = expires_ms - left_ms.min(RENEW_MS.min(left_ms / 2));
        self.token = Some(Token { token: token.clone(), renew_ms, expires_ms });
        match self.link.phase {
            Phase::Up { .. } => self.send(Auth { token }),
            Phase::SignedOut => self.dial(),
            Phase::Greeting { .. } => self.hello(rows),
            _ => {}
        }
    }

    fn dial(&mut self) {
        self.link.dial(self.now_ms);
        self.script.push(Effect::LinkChanged);
        self.script.push(Effect::Dial);
    }

    pub(super) fn opened(&mut self, rows: &dyn Rows) {
        if !matches!(self.link.phase, Phase::Greeting { .. }) {
            return;
        }
        match &self.token {
            Some(token) if self.now_ms + RENEW_MS / 2 < token.expires_ms => self.hello(rows),
            _ => self.refresh_token(),
        }
    }

    fn hello(&mut self, rows: &dyn Rows) {
        let Some(token) = self.token.as_ref().map(|token| token.token.clone()) else { return };
        let own = self.own();
        self.held.entry(own).or_insert_with(|| super::io::StreamHeld { fold: FOLD_VERSION, ..Default::default() });
        let streams: Vec<StreamId> = self.followed_streams(rows).into_iter().take(HELLO_CURSORS_MAX).collect();
        self.feeds = streams.iter().map(|stream| (*stream, Feed::from(self.cursor(*stream).seq))).collect();
        let cursors = streams.into_iter().map(|stream| self.cursor(stream)).collect();
        self.send(Hello { min: VERSION, max: VERSION, fold: FOLD_VERSION, token, device: self.device, cursors });
    }

    pub(super) fn lost(&mut self, code: Option<ByeCode>) {
        if !self.link.is_busy() {
            return;
        }
        self.outbox.rewind();
        self.feeds.clear();
        self.busy_until_ms = 0;
        self.link.lost(self.now_ms, &mut self.random);
        match code {
            Some(ByeCode::Expired) => {
                self.token = None;
                self.link.hurry(self.now_ms);
            }
            Some(ByeCode::Revoked) => {
                self.token = None;
                self.link.phase = Phase::SignedOut;
                self.script.push(Effect::SignedOut);
            }
            Some(ByeCode::Version) => self.link.phase = Phase::Outdated,
            _ => {}
        }
        let streams = self.outbox.items().filter(|item| item.undecided()).map(|item| item.stream);
        let streams: std::collections::BTreeSet<StreamId> = streams.collect();
        if !streams.is_empty() {
            self.script.push(Effect::OutboxChanged(streams.into_iter().collect()));
        }
        self.script.push(Effect::LinkChanged);
    }

    pub(super) fn outdated(&mut self) {
        self.script.push(Effect::Hangup);
        self.lost(Some(ByeCode::Version));
    }

    pub(super) fn frame(&mut self, rows: &dyn Rows, frame: ServerFrame) {
        if !self.link.is_busy() {
            return;
        }
        self.link.heard(self.now_ms);
        match frame {
            ServerFrame::Welcome(welcome) if welcome.person == self.person => {
                self.link.welcomed(self.now_ms);
                self.script.push(Effect::LinkChanged);
                self.follow_granted(rows);
                self.pages.new_link();
                self.ask_again();
            }
            ServerFrame::Welcome(_) => {
                self.script.push(Effect::Hangup);
                self.lost(Some(ByeCode::Revoked));
            }
            ServerFrame::Events(events) => self.events(rows, events),
            ServerFrame::Snapshot(snapshot) => self.snapshot(rows, snapshot),
            ServerFrame::PageRows(page) => self.page_rows(rows, page),
            ServerFrame::Unlisted(unlisted) => self.pages.unlisted(&unlisted),
            ServerFrame::Ack(ack) => self.ack(rows, ack),
            ServerFrame::Nack(nack) => self.nack(rows, nack),
            ServerFrame::Revoked(revoked) => self.revoked(rows, revoked.stream),
            // Of what is not followed any more nothing is kept.
            ServerFrame::Signalled(signalled) if !self.feeds.contains_key(&signalled.stream) => {}
            ServerFrame::Signalled(signalled) => {
                let signal = match signalled.bytes.is_empty() {
                    true => None,
                    false => match decode(&signalled.bytes) {
                        Some(signal) => Some(signal),
                        // Of a newer version.
                        None => return,
                    },
                };
                let (stream, from, session) = (signalled.stream, signalled.from, signalled.session);
                self.script.push(Effect::Signalled { stream, from, session, signal });
            }
            ServerFrame::Caught(caught) => {
                let (stream, held) = (caught.head.stream, self.cursor(caught.head.stream));
                self.apply_anew(rows, stream);
                let Some(feed) = self.feeds.get_mut(&stream) else { return };
                if held.seq < caught.head.seq {
                    return self.follow_anew(stream);
                }
                feed.caught = true;
                if feed.first {
                    // What views leave out of a stream that comes for the first time, they show now.
                    self.script.push(Effect::Changed(vec![(stream, Key::Head)]));
                }
                // The server heard nothing of us while it had yet to read whether we may be heard.
                if !planted(Mutant::SaysPresenceOnce) {
                    self.signal_again(stream);
                }
                if self.documents.contains(&stream) {
                    self.script.push(Effect::Synced { document: stream });
                }
                self.script.push(Effect::LinkChanged);
            }
            ServerFrame::Ping(ping) => self.ping(ping),
            ServerFrame::Busy(busy) => {
                self.outbox.rewind();
                self.busy_until_ms = self.now_ms + u64::from(busy.after_ms);
            }
            ServerFrame::Bye(bye) => {
                self.script.push(Effect::Hangup);
                self.lost(Some(bye.code));
            }
        }
    }

    /// The heartbeat tells of heads that we should have reached: frames come in order, so a cursor that stays behind
    /// from one ping to the next has missed something.
    fn ping(&mut self, ping: Ping) {
        self.send(Pong {});
        let mut missing = Vec::new();
        for head in &ping.heads {
            let cursor = self.cursor(head.stream).seq;
            if let Some(feed) = self.feeds.get_mut(&head.stream)
                && cursor < head.seq
            {
                match feed.behind_at.replace(cursor) {
                    Some(before) if before == cursor => missing.push(head.stream),
                    _ => {}
                }
            }
        }
        if ping.full {
            let unknown = |stream: &&StreamId| !ping.heads.iter().any(|head| head.stream == **stream);
            missing.extend(self.feeds.keys().filter(unknown));
        }
        for stream in missing {
            self.follow_anew(stream);
        }
        let digest = heads_digest(self.feeds.keys().map(|stream| self.cursor(*stream)));
        let differs = digest != ping.digest;
        if differs && self.digest_differed && !ping.full {
            self.send(Probe { full: true });
        }
        self.digest_differed = differs;
    }

    pub(super) fn woke(&mut self) {
        match self.link.phase {
            Phase::Up { .. } => {
                self.link.probe(self.now_ms);
                self.send(Probe { full: false });
            }
            _ => self.try_now(),
        }
    }

    pub(super) fn try_now(&mut self) {
        self.link.hurry(self.now_ms);
    }

    pub(super) fn refresh_token(&mut self) {
        if !self.refreshing {
            self.refreshing = true;
            self.script.push(Effect::RefreshToken);
        }
    }

    /// What time alone brings about, after every input.
    pub(super) fn tend(&mut self) {
        if self.link.is_dead(self.now_ms) {
            self.refreshing = false;
            self.script.push(Effect::Hangup);
            self.lost(None);
        }
        if self.link.wants_dial(self.now_ms) {
            self.dial();
        }
        if self.link.is_up() && self.token.as_ref().is_some_and(|token| self.now_ms >= token.renew_ms) {
            self.refresh_token();
        }
        self.speak();
        self.write_lazy();
    }

    /// When something will have to be done at the latest, Unix milliseconds.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let renew = self.token.as_ref().filter(|_| self.link.is_up() && !self.refreshing);
        let lazy = (!self.lazy.is_empty()).then_some(self.lazy_since_ms + super::LAZY_MS);
        let busy = (self.link.is_up() && self.busy_until_ms > self.now_ms).then_some(self.busy_until_ms);
        let resend = self.outbox.oldest_sent_ms().map(|sent_ms| sent_ms + RESEND_PINGS * PING_MS);
        let renew = renew.map(|token| token.renew_ms);
        [self.link.due_ms(), renew, lazy, busy, resend].into_iter().flatten().min()
    }
}
