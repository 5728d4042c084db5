//! What each actor may do, told in the plainest way: from where they stand, as the scene has put them there.

use super::scene::{Kind, Place, Scene};
use folkmoot_model::event::Event;

/// What an event is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// By whatever code.
    Refused,
    /// In the one way that tells nothing of the stream.
    Untold,
}

/// Where an actor stands in a stream.
#[derive(Debug, Clone, Copy, Default)]
struct Stands {
    reads: bool,
    is_in: bool,
    guest: bool,
    /// The space, or a room that they opened.
    manages: bool,
}

const GUESTS: [&str; 3] = ["guest", "guest in rooms", "demoted"];
const IN_SPACE: [&str; 9] =
    ["owner", "admin", "member", "in rooms", "left rooms", "readded", "guest", "guest in rooms", "demoted"];
const IN_ROOMS: [&str; 3] = ["owner", "in rooms", "guest in rooms"];

fn stands(actor: &str, place: &Place) -> Stands {
    let (in_space, guest) = (IN_SPACE.contains(&actor), GUESTS.contains(&actor));
    let manages_space = ["owner", "admin"].contains(&actor);
    let (is_in, public) = match place.kind {
        Kind::Space => (in_space, false),
        Kind::Directory => (in_space && !guest, false),
        Kind::Room { public, .. } | Kind::Document { public } => (IN_ROOMS.contains(&actor), public),
        Kind::OfDemoted => (["demoted", "in rooms"].contains(&actor), false),
        Kind::Direct => (["owner", "in rooms"].contains(&actor), false),
        Kind::Own { whose } => (whose == actor, false),
        Kind::Nothing => (false, false),
    };
    let reads = is_in || in_space && public && !guest;
    Stands { reads, is_in, guest, manages: manages_space && reads }
}

pub fn reads(_: &Scene, actor: &str, place: &Place) -> bool {
    stands(actor, place).reads
}

pub fn writes(_: &Scene, actor: &str, place: &Place) -> bool {
    stands(actor, place).is_in
}

pub fn invites(_: &Scene, actor: &str) -> bool {
    ["owner", "admin"].contains(&actor)
}

pub fn verdict(scene: &Scene, actor: &str, place: &Place, event: &Event) -> Verdict {
    let at = stands(actor, place);
    let if_only = |may: bool| if may { Verdict::Allowed } else { Verdict::Refused };
    match event {
        Event::SpaceOpened(_) | Event::DirectoryOpened(_) | Event::RoomListed(_) => return Verdict::Refused,
        Event::Granted(_) | Event::GrantRevoked(_) | Event::ThreadJoined(_) => return Verdict::Refused,
        Event::ReadTo(_)
        | Event::MarkedUnread(_)
        | Event::NotifyChosen(_)
        | Event::ThreadFollowed(_)
        | Event::ThreadReadTo(_) => {
            let own = matches!(place.kind, Kind::Own { whose } if whose == actor);
            return if own { Verdict::Allowed } else { Verdict::Untold };
        }
        Event::RoomOpened(_) if !IN_SPACE.contains(&actor) => return Verdict::Untold,
        Event::RoomOpened(_) => {
            return if_only(matches!(place.kind, Kind::Nothing) && !at.guest && !GUESTS.contains(&actor));
        }
        Event::DocumentOpened(_) => {
            let room = stands(actor, &scene.private_room());
            return match room.reads {
                true => if_only(matches!(place.kind, Kind::Nothing) && room.is_in),
                false => Verdict::Untold,
            };
        }
        _ => {}
    }
    if !at.reads {
        return Verdict::Untold;
    }
    let archived = matches!(place.kind, Kind::Room { archived: true, .. });
    let full = at.is_in && !archived && !at.guest;
    let may = match (place.kind, event) {
        (Kind::Space, Event::ProfileChanged(_) | Event::StatusChosen(_)) => true,
        (Kind::Space, Event::MemberRemoved(_) | Event::RoleChanged(_)) => at.manages,
        (Kind::Document { .. }, Event::DocumentEdited(_)) => at.is_in,
        (Kind::Room { .. } | Kind::OfDemoted | Kind::Direct, event) => {
            let direct = matches!(place.kind, Kind::Direct);
            match event {
                Event::MessagePosted(_) | Event::MessageReacted(_) | Event::DocumentListed(_) => at.is_in && !archived,
                Event::RoomChanged(changed) if changed.everyone_edits.is_some() => full && at.manages && !direct,
                Event::RoomChanged(_) | Event::MessagePinned(_) => full,
                // The message is the owner's, or in the room of the demoted one that of who is in the rooms.
                Event::MessageEdited(_) => {
                    let author = if place.kind == Kind::OfDemoted { "in rooms" } else { "owner" };
                    at.is_in && !archived && actor == author
                }
                Event::MessageDeleted(_) if place.kind == Kind::OfDemoted => actor == "in rooms",
                Event::MessageDeleted(_) => at.is_in && !archived && at.manages,
                // Of who is in the rooms: they themselves can only join what is public.
                Event::MemberAdded(_) if actor == "in rooms" => {
                    full && matches!(place.kind, Kind::Room { public: true, .. })
                }
                Event::MemberAdded(_) => full && !direct,
                Event::MemberRemoved(_) | Event::RoomArchived(_) => at.manages && !direct,
                _ => false,
            }
        }
        _ => false,
    };
    if_only(may)
}
