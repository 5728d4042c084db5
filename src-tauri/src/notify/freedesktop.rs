//! Linux and its like: notifications over D-Bus. One thread asks the service, two hear it; what notify-rust shows is waited
//! for a while and no longer, since a service may never answer. Nothing is known of a service beyond its life: another one
//! may read markup or not, and counts its notifications anew.

use super::{Notice, Notifier};
use anyhow::bail;
use folkmoot_model::id::{EventId, StreamId};
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse};
use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError, TrySendError};
use std::thread;
use std::time::Duration;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::{MatchRule, message};

/// Notifications that may be shown; before a further one the oldest is taken away.
const SHOWN_MAX: usize = 16;

/// What waits for the notification service to answer. What comes then is not shown, only counted as unread.
const ASKS: usize = 64;

/// Signals that wait to be heard.
const SIGNALS: usize = 64;

/// How long the service may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// How long taking all away may take when the app ends.
const END_MAX: Duration = Duration::from_secs(1);

/// Where the service is, and what it is.
const SERVICE: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";

/// What a click on a notification is called.
const CLICK: &str = "default";

/// The desktop's notification service.
pub struct Freedesktop {
    asks: SyncSender<Ask>,
}

enum Ask {
    Show(Notice),
    Clear(StreamId),
    Withdraw(EventId),
    /// The service is done with a notification.
    Done {
        id: u32,
        clicked: bool,
    },
    /// Another service runs, or none.
    Restarted,
    /// Take all away, and tell when that is done.
    End(SyncSender<()>),
}

/// A notification on the screen.
struct Shown {
    id: u32,
    room: StreamId,
    message: EventId,
    link: String,
    /// Some desktops take a notification away with the connection that showed it last.
    _kept: Option<NotificationHandle>,
}

/// What comes of a notification that is being shown.
type Showing = Receiver<notify_rust::error::Result<NotificationHandle>>;

struct Asker<C> {
    connection: Connection,
    asks: SyncSender<Ask>,
    /// One that the service has not answered in time: until it has, no other is shown.
    late: Option<Showing>,
    /// Oldest first.
    shown: VecDeque<Shown>,
    clicked: C,
}

impl Freedesktop {
    /// Starts the threads.
    pub fn start(clicked: impl Fn(&str) + Send + 'static) -> Self {
        let (asks, asked) = mpsc::sync_channel(ASKS);
        let heard = asks.clone();
        let run = move || match connect(&heard) {
            Ok(connection) => {
                Asker { connection, asks: heard, late: None, shown: VecDeque::new(), clicked }.run(&asked)
            }
            Err(error) => tracing::info!(%error, "no notifications: there is no session bus"),
        };
        if let Err(error) = thread::Builder::new().name("notify".into()).spawn(run) {
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

    fn withdraw(&self, message: EventId) {
        self.ask(Ask::Withdraw(message));
    }

    fn end(&self) {
        let (done, ended) = mpsc::sync_channel(1);
        self.ask(Ask::End(done));
        if ended.recv_timeout(END_MAX).is_err() {
            tracing::info!("notifications may stay");
        }
    }
}

/// A connection for the asker, and the threads that hear what is told.
fn connect(asks: &SyncSender<Ask>) -> zbus::Result<Connection> {
    let connection = connection::Builder::session()?.method_timeout(ANSWER_MAX).build()?;
    let signal = || MatchRule::builder().msg_type(message::Type::Signal);
    let told = signal().interface(SERVICE)?.path(OBJECT)?.build();
    let owner = signal().sender("org.freedesktop.DBus")?.member("NameOwnerChanged")?.add_arg(SERVICE)?.build();
    for (rule, hear) in [(told, done as fn(&zbus::Message) -> Option<Ask>), (owner, |_| Some(Ask::Restarted))] {
        let heard = MessageIterator::for_match_rule(rule, &connection, Some(SIGNALS))?;
        let asks = asks.clone();
        let listen = move || {
            for ask in heard.flatten().filter_map(|message| hear(&message)) {
                if asks.send(ask).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("notified".into())
            .spawn(listen)
            .map_err(|error| zbus::Error::InputOutput(error.into()))?;
    }
    Ok(connection)
}

/// What the service tells of a notification.
fn done(message: &zbus::Message) -> Option<Ask> {
    let body = message.body();
    match message.header().member()?.as_str() {
        "ActionInvoked" => {
            let (id, action): (u32, String) = body.deserialize().ok()?;
            (action == CLICK).then_some(Ask::Done { id, clicked: true })
        }
        "NotificationClosed" => {
            let (id, _why): (u32, u32) = body.deserialize().ok()?;
            Some(Ask::Done { id, clicked: false })
        }
        _ => None,
    }
}

impl<C: Fn(&str)> Asker<C> {
    fn run(mut self, asked: &Receiver<Ask>) {
        while let Ok(ask) = asked.recv() {
            let answered = match ask {
                Ask::Show(notice) => self.show(notice),
                Ask::Clear(room) => self.close(|shown| shown.room == room),
                Ask::Withdraw(message) => self.close(|shown| shown.message == message),
                Ask::Done { id, clicked } => {
                    let place = self.shown.iter().position(|shown| shown.id == id);
                    if let Some(shown) = place.and_then(|place| self.shown.remove(place))
                        && clicked
                    {
                        (self.clicked)(&shown.link);
                    }
                    Ok(())
                }
                Ask::Restarted => {
                    self.shown.clear();
                    Ok(())
                }
                Ask::End(done) => {
                    let closed = self.close(|_| true);
                    // Whoever waited may have given up.
                    done.try_send(()).ok();
                    closed
                }
            };
            if let Err(error) = answered {
                tracing::info!(%error, "the notification service");
            }
        }
    }

    fn show(&mut self, Notice { message, room, title, text, link }: Notice) -> anyhow::Result<()> {
        let before = self.shown.iter().position(|shown| shown.room == room).and_then(|place| self.shown.remove(place));
        if self.shown.len() >= SHOWN_MAX
            && let Some(oldest) = self.shown.front().map(|shown| shown.id)
        {
            self.close(|shown| shown.id == oldest)?;
        }
        let body = if self.reads_markup()? { escaped(&text) } else { text };
        let mut notification = Notification::new();
        notification
            .appname("Folkmoot")
            .icon("folkmoot")
            .summary(&title)
            .body(&body)
            .hint(Hint::DesktopEntry("Folkmoot".into()))
            .hint(Hint::Category("im.received".into()))
            .action(CLICK, "Open");
        if let Some(before) = &before {
            notification.id(before.id);
        }
        let handle = self.answered(notification)?;
        let id = handle.id();
        // What took another's place is waited for already.
        let kept = if before.is_some_and(|before| before.id == id) {
            Some(handle)
        } else {
            self.wait(handle)?;
            None
        };
        self.shown.push_back(Shown { id, room, message, link, _kept: kept });
        Ok(())
    }

    /// Tells what becomes of the notification: some services tell it the connection that showed it, and no other.
    fn wait(&self, handle: NotificationHandle) -> anyhow::Result<()> {
        let (asks, id) = (self.asks.clone(), handle.id());
        let wait = move || {
            let waited = handle.wait_for_response(|response: &NotificationResponse| {
                let clicked = matches!(response, NotificationResponse::Default | NotificationResponse::Action(_));
                // The app ends if nobody hears it.
                drop(asks.send(Ask::Done { id, clicked }));
            });
            if let Err(error) = waited {
                tracing::info!(%error, "a notification's click may not be heard");
            }
        };
        drop(thread::Builder::new().name("notification".into()).spawn(wait)?);
        Ok(())
    }

    /// Shows it on a thread of its own, and waits for [`ANSWER_MAX`]. What was shown later than that is taken away: nobody
    /// would know of it.
    fn answered(&mut self, notification: Notification) -> anyhow::Result<NotificationHandle> {
        if let Some(late) = self.late.take() {
            match late.try_recv() {
                Err(TryRecvError::Empty) => {
                    self.late = Some(late);
                    bail!("it has not answered yet");
                }
                Ok(Ok(handle)) => drop(self.call("CloseNotification", &(handle.id(),))?),
                Ok(Err(_)) | Err(TryRecvError::Disconnected) => {}
            }
        }
        let (done, showing) = mpsc::sync_channel(1);
        let show = move || drop(done.send(notification.show()));
        drop(thread::Builder::new().name("notification".into()).spawn(show)?);
        match showing.recv_timeout(ANSWER_MAX) {
            Ok(shown) => Ok(shown?),
            Err(_) => {
                self.late = Some(showing);
                bail!("it does not answer")
            }
        }
    }

    /// Takes notifications away.
    fn close(&mut self, which: impl Fn(&Shown) -> bool) -> anyhow::Result<()> {
        let (away, stay): (VecDeque<Shown>, _) = self.shown.drain(..).partition(which);
        self.shown = stay;
        away.iter().try_for_each(|shown| self.call("CloseNotification", &(shown.id,)).map(drop))?;
        Ok(())
    }

    /// Asked each time: it may be another service than the last time.
    fn reads_markup(&self) -> zbus::Result<bool> {
        let known: Vec<String> = self.call("GetCapabilities", &())?.body().deserialize()?;
        Ok(known.iter().any(|name| name == "body-markup"))
    }

    fn call<B: serde::Serialize + zbus::zvariant::DynamicType>(
        &self,
        method: &str,
        body: &B,
    ) -> zbus::Result<zbus::Message> {
        self.connection.call_method(Some(SERVICE), OBJECT, Some(SERVICE), method, body)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
