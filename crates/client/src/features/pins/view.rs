//! The messages that are pinned in a room.

use crate::source::Source;
use crate::view::markdown::{parse, plain_text};
use crate::view::mention::Names;
use crate::view::message::named;
use crate::view::people::People;
use crate::view::unread::head;
use folkmoot_model::event::Event;
use folkmoot_model::features::messages::message;
use folkmoot_model::features::pins::{MessagePinned, PINS_MAX, Pin, pins_of};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_wire::frame::Range;
use serde::{Deserialize, Serialize};

/// The longest excerpt of a pinned message, in characters: three lines of a narrow panel.
const EXCERPT_CHARS: usize = 240;

/// The messages that are pinned in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct PinsView {
    /// The room.
    pub room: StreamId,
    /// The space it is in.
    pub space: StreamId,
    /// The pins, the last one first.
    pub pins: Vec<PinItem>,
    /// How many there may be.
    pub pins_max: u32,
    /// May the person pin and unpin here?
    pub can_pin: bool,
}

/// A message that is pinned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct PinItem {
    /// The message.
    pub id: EventId,
    /// Is it held on this device? If not, it is being fetched, or must wait for the link.
    pub held: bool,
    /// Who posted it.
    pub author: Option<PersonId>,
    /// Their name; empty while it is not held.
    pub author_name: String,
    /// Their colour, 1 to 8; 0 while it is not held.
    pub author_colour: u8,
    /// When it was posted, Unix milliseconds; 0 while it is not held.
    pub at_ms: u64,
    /// Its first words.
    pub excerpt: String,
    /// Who pinned it.
    pub pinned_by_name: String,
    /// When, Unix milliseconds.
    pub pinned_at_ms: u64,
}

/// The pins of a room, and the places of those that are not held; `None` if the room is not.
pub fn pins(source: &dyn Source, room: StreamId) -> Option<(PinsView, Vec<Range>)> {
    let space = head(source, room)?.space;
    let mut people = People::of(source, space);
    let mut wants = Vec::new();
    let mut items = Vec::new();
    for Pin { message: id, place, by, at_ms } in of(source, room).into_iter().rev() {
        let row = source.row(room, &Key::Message(id)).and_then(message);
        if row.is_none() {
            wants.push(Range { first: place, last: place });
        }
        let excerpt = row.as_ref().map(|row| {
            let said = named(row);
            let names = Names::of(said.iter().map(|(person, name)| (*person, name.as_str())), None);
            plain_text(&parse(row.text.as_str(), &names), EXCERPT_CHARS)
        });
        items.push(PinItem {
            id,
            held: row.is_some(),
            author: row.as_ref().map(|row| row.author),
            author_name: row.as_ref().map(|row| people.name(row.author)).unwrap_or_default(),
            author_colour: row.as_ref().map(|row| people.colour(row.author)).unwrap_or_default(),
            at_ms: row.as_ref().map(|row| row.at_ms).unwrap_or_default(),
            excerpt: excerpt.unwrap_or_default(),
            pinned_by_name: people.name(by),
            pinned_at_ms: at_ms,
        });
    }
    let view = PinsView { room, space, pins: items, pins_max: PINS_MAX as u32, can_pin: can_pin(source, room) };
    Some((view, wants))
}

/// The pins of a room, in the order in which they were pinned.
pub fn of(source: &dyn Source, room: StreamId) -> Vec<Pin> {
    source.row(room, &Key::Pins).and_then(pins_of).unwrap_or_default().pins
}

/// May the person pin here? As the rule says of taking off a pin that is not there.
pub fn can_pin(source: &dyn Source, room: StreamId) -> bool {
    let nothing = EventId([0; 16]);
    let unpins = MessagePinned { message: nothing, place: Seq::MIN, on: false };
    source.permits(room, nothing, &Event::from(unpins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{ANA, ROOM, World};
    use folkmoot_model::features::messages::MessageDeleted;

    fn pinned(message: EventId, place: Seq, on: bool) -> MessagePinned {
        MessagePinned { message, place, on }
    }

    #[test]
    fn pins_are_shown_the_last_first_and_go_with_their_message() {
        let mut world = World::new();
        let one = world.post(ANA, "The **relay** runs", &[]);
        let place = world.held[&ROOM].cursor;
        let two = world.post(ANA, "Second", &[]);
        world.say(ROOM, ANA, pinned(one, place, true));
        world.queue(ROOM, pinned(two, place + 1, true));
        let (view, wants) = pins(&world, ROOM).unwrap();
        let shown: Vec<_> = view.pins.iter().map(|pin| (pin.id, pin.excerpt.as_str())).collect();
        assert_eq!(shown, [(two, "Second"), (one, "The relay runs")], "what is pending is shown");
        assert!(view.can_pin && wants.is_empty());
        world.say(ROOM, ANA, MessageDeleted { message: one, reply: None });
        let left: Vec<_> = pins(&world, ROOM).unwrap().0.pins.iter().map(|pin| pin.id).collect();
        assert_eq!(left, [two]);
        world.queue(ROOM, pinned(two, place + 1, false));
        assert!(pins(&world, ROOM).unwrap().0.pins.is_empty());
    }

    #[test]
    fn a_pinned_message_that_is_not_held_is_asked_for() {
        let mut world = World::new();
        let missing = EventId([0x44; 16]);
        world.say(ROOM, ANA, pinned(missing, 1, true));
        let (view, wants) = pins(&world, ROOM).unwrap();
        assert!(!view.pins[0].held && view.pins[0].excerpt.is_empty());
        assert_eq!(wants, [Range { first: 1, last: 1 }]);
    }
}
