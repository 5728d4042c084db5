//! How people in a room are spoken to: in our own frames, in XMPP, or in Matrix's. Each has joined, and is told of what comes
//! from now on.
//!
//! Sources: RFC 7395 (XMPP over WebSocket), RFC 6120 (streams, SASL, binding), XEP-0175 (ANONYMOUS), XEP-0045 (rooms: who
//! posts gets their own message back, which is when it stands in the room).

use super::matrix::Account;
use super::wire::{Frame, Heard, Reader, Said, Wire, Writer, split};
use crate::socket::{Socket, mint, received};
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_wire::frame::{ClientFrame, ServerFrame, Submit};

/// The bytes of each message.
const BODY_BYTES: usize = 100;

const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";

/// How one person speaks.
#[derive(Debug, Clone)]
pub enum Talk {
    /// To `folkmootd`.
    Ours(StreamId),
    /// To an XMPP server, in the room of this address.
    Xmpp(String),
    /// To a Matrix server.
    Matrix,
}

/// What a person is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// A message of this number stands in the room.
    Posted(usize),
    /// What this person posted under that id stands there.
    Taken(EventId),
    /// They shall answer that.
    Answer(Bytes),
}

/// Somebody in a room.
pub struct Person {
    pub reads: Reader,
    pub writes: Writer,
    pub talk: Talk,
}

impl Talk {
    /// What posts the message of this number, and the id under which it will be taken, where that is told.
    pub fn post(&self, n: usize) -> Result<(Bytes, Option<EventId>)> {
        let text = format!("{n:08} {}", "x".repeat(BODY_BYTES - 9));
        match self {
            Self::Ours(room) => {
                let id = mint()?;
                let event = Event::from(MessagePosted { text, reply_to: None, mentions: vec![], thread: None });
                let events = vec![Envelope::new(id, &event, id.minted_ms().unwrap_or_default())];
                let frame = ClientFrame::from(Submit { stream: *room, events, resume: true });
                Ok((frame.bytes(), Some(id)))
            }
            Self::Xmpp(room) => {
                let said = format!(
                    "<message xmlns='jabber:client' type='groupchat' to='{room}' id='m{n}'><body>{text}</body></message>"
                );
                Ok((said.into(), None))
            }
            Self::Matrix => Ok((text.into(), None)),
        }
    }

    /// What a person is told by a message of the connection.
    pub fn read(&self, message: &Bytes) -> Result<Vec<Told>> {
        match self {
            Self::Ours(_) => frame(&ServerFrame::read(message)?),
            Self::Xmpp(_) => stanza(std::str::from_utf8(message)?),
            Self::Matrix => Ok(vec![Told::Posted(number(std::str::from_utf8(message)?)?)]),
        }
    }
}

fn frame(frame: &ServerFrame) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    match frame {
        ServerFrame::Events(events) => {
            for logged in &events.events {
                if let Ok(Event::MessagePosted(posted)) = logged.envelope.event() {
                    told.push(Told::Posted(number(&posted.text)?));
                }
            }
        }
        ServerFrame::Ack(ack) => told.push(Told::Taken(ack.id)),
        ServerFrame::Nack(nack) => bail!("refused: {}", nack.refusal),
        _ => {}
    }
    told.extend(received(frame).map(|recv| Told::Answer(ClientFrame::from(recv).bytes())));
    Ok(told)
}

fn stanza(said: &str) -> Result<Vec<Told>> {
    ensure!(!said.contains("type='error'") && !said.contains("type=\"error\""), "refused: {said}");
    let Some((_, body)) = said.split_once("<body>") else { return Ok(Vec::new()) };
    Ok(vec![Told::Posted(number(body)?)])
}

/// With it a text begins.
fn number(text: &str) -> Result<usize> {
    let digits = text.split(' ').next().unwrap_or_default();
    digits.parse().with_context(|| format!("a message that nobody posted: {text}"))
}

/// A member of our space comes to the room in which all members land.
pub async fn ours(mut member: Socket) -> Result<Person> {
    let room = member.room;
    member.follow(room, 0).await?;
    let (reads, writes) = split(member.into_inner(), Frame::Binary);
    Ok(Person { reads, writes, talk: Talk::Ours(room) })
}

/// An anonymous account comes to a room of an XMPP server, which is made if it is not there.
pub async fn xmpp(host: &str, room: &str, nick: &str) -> Result<Person> {
    let (mut reads, mut writes) = Wire::Xmpp("/xmpp-websocket".into()).connect(host).await?;
    let open = format!("<open xmlns='{FRAMING}' to='localhost' version='1.0'/>");
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
    let bind = "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    let room = format!("{room}@conference.localhost");
    let enter = format!(
        "<presence xmlns='jabber:client' to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'>\
         <history maxstanzas='0'/></x></presence>"
    );
    // Each is said when the one before is answered by something that holds one of these.
    let said: [(&str, [&str; 2]); 5] = [
        (&open, ["<mechanism>ANONYMOUS<", "<mechanism>ANONYMOUS<"]),
        (auth, ["<success", "<success"]),
        (&open, ["xmpp-bind", "xmpp-bind"]),
        (bind, ["<jid>", "<jid>"]),
        // One's own presence is the last of them.
        (&enter, ["code='110'", "code=\"110\""]),
    ];
    for (said, answers) in said {
        writes.feed(Said::Message(Bytes::copy_from_slice(said.as_bytes()))).await?;
        writes.flush().await?;
        loop {
            let Heard::Message(message) = reads.next().await? else { continue };
            let told = std::str::from_utf8(&message)?;
            stanza(told)?;
            ensure!(!told.contains("<failure"), "refused: {told}");
            if answers.iter().any(|answer| told.contains(answer)) {
                break;
            }
        }
    }
    Ok(Person { reads, writes, talk: Talk::Xmpp(room) })
}

/// A new account comes to a room of a Matrix server, which the first of them opens.
pub async fn matrix(host: &str, room: &mut Option<String>, name: &str) -> Result<Person> {
    let account = Account::register(host, name).await?;
    let room = match room {
        Some(room) => {
            account.join(room).await?;
            room
        }
        None => room.insert(account.open().await?),
    };
    let (polls, puts) = account.stay(room).await?;
    Ok(Person { reads: Reader::Polls(polls), writes: Writer::Puts(puts), talk: Talk::Matrix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_xmpp_is_known_by_its_number_and_a_refusal_by_its_type() {
        let talk = Talk::Xmpp("r@conference.localhost".into());
        let (said, id) = talk.post(42).unwrap();
        assert_eq!((talk.read(&said).unwrap(), id), (vec![Told::Posted(42)], None));
        let body = std::str::from_utf8(&said).unwrap().split("body>").nth(1).unwrap();
        assert_eq!(body.trim_end_matches("</").len(), BODY_BYTES);
        assert_eq!(talk.read(&Bytes::from_static(b"<presence/>")).unwrap(), []);
        assert!(talk.read(&Bytes::from_static(b"<message type='error'><body>0 x</body></message>")).is_err());
        assert!(talk.read(&Bytes::from_static(b"<message><body>hello</body></message>")).is_err());
    }
}
