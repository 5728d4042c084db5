//! What the tray says, as a function of the app's view.

use crate::follow::link_to;
use folkmoot_client::view::{AppView, LinkState, Phase};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Mentions in the menu.
const MENTIONS: usize = 5;

/// Characters of one.
const LABEL_CHARS: usize = 56;

/// What it shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// Unread messages in all rooms.
    pub unread: u32,
    /// Those that name the person or are direct.
    pub addressed: u32,
    /// The last of those that arrived while the app ran, newest first: what to show and where it leads.
    pub mentions: Vec<(String, String)>,
    /// How things stand, as a fact.
    pub status: String,
    /// Until when notifications are paused, as a clock shows it.
    pub paused_until: Option<String>,
}

impl Content {
    /// In one line, which names the profile if it is not the usual one.
    pub fn tooltip(&self, profile: Option<&str>) -> String {
        let stands = match (self.addressed, self.unread) {
            (0, 0) => self.status.clone(),
            (0, unread) => format!("{unread} unread. {}", self.status),
            (addressed, unread) => format!("{unread} unread, {addressed} for you. {}", self.status),
        };
        profile.map_or_else(|| stands.clone(), |profile| format!("{profile}: {stands}"))
    }
}

/// What the tray says of `view`.
pub fn content(view: &AppView) -> Content {
    let mentions = view.notices.iter().rev().filter(|item| item.addressed).take(MENTIONS);
    Content {
        unread: view.spaces.iter().map(|space| space.unread).sum(),
        addressed: view.spaces.iter().map(|space| space.mentions).sum(),
        mentions: mentions.map(|item| (label(&item.title, &item.text), link_to(view, item))).collect(),
        status: status(view),
        paused_until: view.paused_until_ms.and_then(|until_ms| clock(until_ms, &TimeZone::system())),
    }
}

/// The day and time of `at_ms` on the wall: the weekday is enough, since no pause lasts longer than a day.
fn clock(at_ms: u64, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string())
}

fn status(view: &AppView) -> String {
    match view.phase {
        Phase::FirstRun => return "Not set up yet".into(),
        Phase::Locked if view.asks_keyring => return "Waiting for the keyring".into(),
        Phase::Locked => return "Locked".into(),
        Phase::SignedOut => return with_saved("Signed out", view.pending),
        Phase::Ready => {}
    }
    match view.link {
        LinkState::Online if view.pending == 0 => "Up to date".into(),
        LinkState::Online => format!("Sending {}", changes(view.pending)),
        LinkState::Connecting => with_saved("Connecting", view.pending),
        LinkState::CatchingUp => with_saved("Catching up", view.pending),
        LinkState::Offline { .. } | LinkState::Never => with_saved("Offline", view.pending),
        LinkState::Outdated { .. } => with_saved("An update is needed", view.pending),
    }
}

fn with_saved(state: &str, pending: u32) -> String {
    if pending == 0 { state.to_owned() } else { format!("{state}, {} saved", changes(pending)) }
}

fn changes(count: u32) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

fn label(title: &str, text: &str) -> String {
    let whole = format!("{title}: {text}");
    let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    match whole.char_indices().nth(LABEL_CHARS) {
        Some((end, _)) => format!("{}…", whole[..end].trim_end()),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_client::view::{NoticeItem, SecretsKept, SpaceItem};
    use folkmoot_model::id::{EventId, StreamId};

    fn view(link: LinkState, pending: u32) -> AppView {
        let notice = |n: u8, addressed| NoticeItem {
            id: EventId([n; 16]),
            room: StreamId([2; 16]),
            space: StreamId([1; 16]),
            title: "Noor in #field-notes".into(),
            text: format!("message {n}"),
            addressed,
            silent: false,
        };
        AppView {
            sign_in_name: "ana".into(),
            phase: Phase::Ready,
            me: None,
            spaces: vec![SpaceItem { id: StreamId([1; 16]), name: "Moot".into(), unread: 7, mentions: 2 }],
            link,
            first_sync: None,
            left_out: 0,
            pending,
            host: "moot.example".into(),
            secrets: SecretsKept::File,
            asks_keyring: false,
            keyring_silent: false,
            hosted: None,
            password_chars_min: 8,
            quarantined: None,
            paused_until_ms: None,
            not_sent: Vec::new(),
            notices: (1..=8).map(|n| notice(n, n != 8)).collect(),
        }
    }

    #[test]
    fn the_status_is_a_fact() {
        let offline = || LinkState::Offline { retry_at_ms: 0, attempt: 1 };
        for (link, pending, said) in [
            (LinkState::Online, 0, "Up to date"),
            (LinkState::Online, 2, "Sending 2 changes"),
            (offline(), 0, "Offline"),
            (offline(), 1, "Offline, 1 change saved"),
            (offline(), 4, "Offline, 4 changes saved"),
        ] {
            assert_eq!(content(&view(link, pending)).status, said);
        }
        let first = AppView { phase: Phase::FirstRun, ..view(LinkState::Never, 0) };
        assert_eq!(content(&first).status, "Not set up yet");
    }

    #[test]
    fn the_last_five_mentions_lead_to_their_messages() {
        let content = content(&view(LinkState::Online, 0));
        let said: Vec<&str> = content.mentions.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(said.len(), 5);
        assert_eq!(said[0], "Noor in #field-notes: message 7");
        assert!(content.mentions[0].1.starts_with("folkmoot://moot.example/"));
        assert_eq!(content.tooltip(None), "7 unread, 2 for you. Up to date");
        assert_eq!(content.tooltip(Some("work")), "work: 7 unread, 2 for you. Up to date");
    }

    #[test]
    fn a_pause_names_its_end_and_keeps_the_dot() {
        let view = AppView { paused_until_ms: Some(1_772_524_800_000), ..view(LinkState::Online, 0) };
        assert_eq!(content(&view).unread, 7);
        assert!(content(&view).paused_until.is_some());
        assert_eq!(clock(1_772_524_800_000, &TimeZone::UTC).as_deref(), Some("Tue 08:00"));
    }

    #[test]
    fn a_long_one_is_cut() {
        let cut = label("Bo", &"word ".repeat(40));
        assert!(cut.ends_with('…') && cut.chars().count() <= LABEL_CHARS + 1, "{cut}");
    }
}
