//! Linux and its like: notifications over D-Bus. One thread asks; each notification has another, which waits for its click.

use super::{Notice, Notifier};
use folkmoot_model::id::StreamId;
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse};
use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use zbus::blocking::Connection;

/// Notifications that wait for a click, each with a thread; before a further one the oldest is taken away.
const WAITING_MAX: usize = 16;

/// What waits for the notification service to answer. What comes then is not shown, only counted as unread.
const ASKS: usize = 64;

/// Where the service is, and what it is.
const SERVICE: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";

/// The desktop's notification service.
pub struct Freedesktop {
    asks: SyncSender<Ask>,
}

enum Ask {
    Show(Notice),
    Clear(StreamId),
    /// The service is done with a notification.
    Done {
        id: u32,
        clicked: bool,
    },
}

/// A notification on the screen.
struct Shown {
    id: u32,
    room: StreamId,
    link: String,
    /// Some desktops take a notification away with the connection that showed it last.
    _kept: Option<NotificationHandle>,
}

struct Asker<C> {
    /// Oldest first.
    shown: VecDeque<Shown>,
    asks: SyncSender<Ask>,
    clicked: C,
    /// Does the service read markup, so that text must be escaped?
    markup: Option<bool>,
}

impl Freedesktop {
    /// Starts the thread that asks.
    pub fn start(clicked: impl Fn(&str) + Send + 'static) -> Self {
        let (asks, asked) = mpsc::sync_channel(ASKS);
        let asker = Asker { shown: VecDeque::new(), asks: asks.clone(), clicked, markup: None };
        if let Err(error) = thread::Builder::new().name("notify".into()).spawn(move || asker.run(&asked)) {
            tracing::warn!(%error, "no notifications");
        }
        Self { asks }
    }

    fn ask(&self, ask: Ask) {
        if let Err(TrySendError::Full(_)) = self.asks.try_send(ask) {
            tracing::warn!("the notification service does not answer");
        }
    }
}

impl Notifier for Freedesktop {
    fn show(&self, notice: Notice) {
        self.ask(Ask::Show(notice));
    }

    fn clear(&self, room: StreamId) {
        self.ask(Ask::Clear(room));
    }
}

impl<C: Fn(&str)> Asker<C> {
    fn run(mut self, asked: &Receiver<Ask>) {
        while let Ok(ask) = asked.recv() {
            let done = match ask {
                Ask::Show(notice) => self.show(notice).map_err(|error| error.to_string()),
                Ask::Clear(room) => self.clear(|shown| shown.room == room).map_err(|error| error.to_string()),
                Ask::Done { id, clicked } => {
                    let place = self.shown.iter().position(|shown| shown.id == id);
                    if let Some(shown) = place.and_then(|place| self.shown.remove(place))
                        && clicked
                    {
                        (self.clicked)(&shown.link);
                    }
                    Ok(())
                }
            };
            if let Err(error) = done {
                tracing::info!(error, "no notification");
            }
        }
    }

    fn show(&mut self, notice: Notice) -> notify_rust::error::Result<()> {
        let Notice { room, title, text, link } = notice;
        let before = self.shown.iter().position(|shown| shown.room == room).and_then(|place| self.shown.remove(place));
        if self.shown.len() >= WAITING_MAX
            && let Some(oldest) = self.shown.front().map(|shown| shown.id)
            && let Err(error) = self.clear(|shown| shown.id == oldest)
        {
            tracing::info!(%error, "a notification stays");
        }
        let mut notification = Notification::new();
        notification
            .appname("Folkmoot")
            .icon("folkmoot")
            .summary(&title)
            .body(&self.escaped(text))
            .hint(Hint::DesktopEntry("Folkmoot".into()))
            .hint(Hint::Category("im.received".into()))
            .action("default", "Open");
        if let Some(before) = &before {
            notification.id(before.id);
        }
        let handle = notification.show()?;
        let id = handle.id();
        // What took another's place is waited for already.
        let kept = if before.is_some_and(|before| before.id == id) {
            Some(handle)
        } else {
            self.wait(handle);
            None
        };
        self.shown.push_back(Shown { id, room, link, _kept: kept });
        Ok(())
    }

    /// Tells what becomes of the notification.
    fn wait(&self, handle: NotificationHandle) {
        let (asks, id) = (self.asks.clone(), handle.id());
        let wait = move || {
            let waited = handle.wait_for_response(|response: &NotificationResponse| {
                let clicked = matches!(response, NotificationResponse::Default | NotificationResponse::Action(_));
                // The app ends if nobody hears it.
                drop(asks.send(Ask::Done { id, clicked }));
            });
            if let Err(error) = waited {
                tracing::info!(%error, "a notification's click will not be heard");
            }
        };
        if let Err(error) = thread::Builder::new().name("notification".into()).spawn(wait) {
            tracing::warn!(%error, "a notification's click will not be heard");
        }
    }

    /// Takes notifications away. Those who wait for them hear of it and end.
    fn clear(&mut self, which: impl Fn(&Shown) -> bool) -> zbus::Result<()> {
        let (away, stay): (VecDeque<Shown>, _) = self.shown.drain(..).partition(which);
        self.shown = stay;
        for shown in away {
            let connection = Connection::session()?;
            connection.call_method(Some(SERVICE), OBJECT, Some(SERVICE), "CloseNotification", &(shown.id,))?;
        }
        Ok(())
    }

    fn escaped(&mut self, text: String) -> String {
        let markup = *self.markup.get_or_insert_with(|| {
            notify_rust::get_capabilities().is_ok_and(|known| known.iter().any(|name| name == "body-markup"))
        });
        if markup { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { text }
    }
}
