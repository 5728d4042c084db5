//! Follows the engine's views of the whole and of each space, and tells the tray and the notifications what they say.
//!
//! What deserves a notification is decided in the engine (`notice.rs`), as is what is unread.

mod fields;

use crate::notify::{Notice, Notifier};
use crate::tray;
use fields::Fields;
use folkmoot_client::command::Refused;
use folkmoot_client::handle::{EngineHandle, Watched};
use folkmoot_client::notice::NOTICES_MAX;
use folkmoot_client::view::patch::Update;
use folkmoot_client::view::{AppView, NoticeItem, PersonItem, RoomItem, View};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_wire::link::{Link, Spot};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use tauri::async_runtime::{self, JoinHandle};
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;

/// Updates of all views that wait to be read.
const UPDATES: usize = 16;

/// What was said last, for those who ask now and then.
#[derive(Debug, Default)]
pub struct Latest(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    app: Option<AppView>,
    spaces: BTreeMap<StreamId, Space>,
}

/// Of a space, what concerns the desktop.
#[derive(Debug, Default, Deserialize)]
struct Space {
    rooms: Vec<RoomItem>,
    people: Vec<PersonItem>,
}

impl Latest {
    /// Reads the app's view and the people of all spaces.
    pub fn read<T>(&self, read: impl FnOnce(Option<&AppView>, &mut dyn Iterator<Item = &PersonItem>) -> T) -> T {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read(said.app.as_ref(), &mut said.spaces.values().flat_map(|space| &space.people))
    }
}

/// Follows the engine until it ends.
pub fn start(app: &AppHandle, engine: EngineHandle, notifier: Arc<dyn Notifier>) {
    let (tell, told) = mpsc::channel(UPDATES);
    let following =
        Following { app: app.clone(), engine, notifier, tell, views: BTreeMap::new(), notified: Vec::new() };
    async_runtime::spawn(async move {
        if let Err(refused) = following.run(told).await {
            tracing::warn!(%refused, "the tray and the notifications follow nothing any more");
        }
    });
}

/// Which view: `None` the whole app's, otherwise a space's.
type Which = Option<StreamId>;

struct Following {
    app: AppHandle,
    engine: EngineHandle,
    notifier: Arc<dyn Notifier>,
    tell: mpsc::Sender<(Which, Update)>,
    views: BTreeMap<Which, (Fields, JoinHandle<()>)>,
    /// What was notified already, of what the engine still names, oldest first.
    notified: Vec<EventId>,
}

impl Following {
    async fn run(mut self, mut told: mpsc::Receiver<(Which, Update)>) -> Result<(), Refused> {
        self.watch(None, View::App).await?;
        while let Some((which, update)) = told.recv().await {
            let Some((fields, _)) = self.views.get_mut(&which) else { continue };
            fields.apply(update);
            match which {
                None => self.app_said().await?,
                Some(space) => self.space_said(space),
            }
        }
        Ok(())
    }

    async fn watch(&mut self, which: Which, view: View) -> Result<(), Refused> {
        let Watched { mut updates, .. } = self.engine.watch(view).await?;
        let tell = self.tell.clone();
        let task = async_runtime::spawn(async move {
            while let Some(update) = updates.recv().await {
                if tell.send((which, update)).await.is_err() {
                    return;
                }
            }
        });
        self.views.insert(which, (Fields::default(), task));
        Ok(())
    }

    async fn app_said(&mut self) -> Result<(), Refused> {
        let Some(view) = self.read::<AppView>(None) else { return Ok(()) };
        let there: BTreeSet<StreamId> = view.spaces.iter().map(|space| space.id).collect();
        for space in &there {
            if !self.views.contains_key(&Some(*space)) {
                self.watch(Some(*space), View::Space { space: *space }).await?;
            }
        }
        self.views.retain(|which, (_, task)| {
            let stays = which.is_none_or(|space| there.contains(&space));
            if !stays {
                task.abort();
            }
            stays
        });

        for item in &view.notices {
            if !item.silent && !self.notified.contains(&item.id) {
                self.notifier.show(notice(&view, item));
            }
        }
        let named: Vec<EventId> = view.notices.iter().map(|item| item.id).collect();
        withdrawn(&self.notified, &named).for_each(|message| self.notifier.withdraw(message));
        self.notified = named;
        tray::show(&self.app, tray::content(&view));
        self.keep(|said| {
            said.spaces.retain(|space, _| there.contains(space));
            said.app = Some(view);
        });
        Ok(())
    }

    fn space_said(&self, id: StreamId) {
        let Some(space) = self.read::<Space>(Some(id)) else { return };
        let unread = |space: &Space| -> BTreeSet<StreamId> {
            space.rooms.iter().filter(|room| room.unread > 0).map(|room| room.id).collect()
        };
        let (after, mut before) = (unread(&space), BTreeSet::new());
        self.keep(|said| before = said.spaces.insert(id, space).map(|space| unread(&space)).unwrap_or_default());
        // Read now, here or on another device.
        before.difference(&after).for_each(|room| self.notifier.clear(*room));
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, which: Which) -> Option<T> {
        let (fields, _) = self.views.get(&which)?;
        match fields.read() {
            Ok(view) => Some(view),
            Err(error) => {
                tracing::warn!(%error, "a view is not what it should be");
                None
            }
        }
    }

    fn keep(&self, keep: impl FnOnce(&mut Said)) {
        let latest = self.app.state::<Latest>();
        keep(&mut latest.inner().0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What was named and is told no longer, oldest first in either: not what only made room for what came.
fn withdrawn<'n>(before: &'n [EventId], now: &'n [EventId]) -> impl Iterator<Item = EventId> {
    let gone = |id: &EventId| !now.contains(id);
    let made_room = if now.len() < NOTICES_MAX { 0 } else { before.iter().take_while(|id| gone(id)).count() };
    before[made_room..].iter().copied().filter(gone)
}

/// The link to what a notice tells of.
pub fn link_to(view: &AppView, item: &NoticeItem) -> String {
    Link::Place { host: view.host.clone(), space: item.space, spot: Spot::Message(item.room, item.id) }.to_string()
}

fn notice(view: &AppView, item: &NoticeItem) -> Notice {
    Notice {
        message: item.id,
        room: item.room,
        title: item.title.clone(),
        text: item.text.clone(),
        link: link_to(view, item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_no_longer_is_not_what_made_room() {
        let ids = |range: std::ops::Range<u8>| -> Vec<EventId> { range.map(|n| EventId([n; 16])).collect() };
        let gone = |before: &[EventId], now: &[EventId]| -> Vec<EventId> { withdrawn(before, now).collect() };
        assert_eq!(gone(&ids(1..4), &ids(2..4)), ids(1..2), "the oldest was deleted");
        assert_eq!(gone(&ids(1..4), &[ids(1..2), ids(3..4)].concat()), ids(2..3));
        let full = NOTICES_MAX as u8;
        assert_eq!(gone(&ids(0..full), &ids(3..full + 3)), [], "three came");
        let came = [ids(3..9), ids(10..full + 4)].concat();
        assert_eq!(gone(&ids(0..full), &came), ids(9..10), "four came, and one was deleted");
    }
}
