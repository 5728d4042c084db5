//! What the page may ask of the engine: reads what it says, hands on what the engine answers. Nothing is decided here.
//!
//! What the page asks reaches the engine in the order in which it was asked: a document's updates build on one another.
//! So commands are taken where they arrive, on the thread of the page, and not in tasks that could overtake each other.

use crate::{deep_link, idle, quit};
use folkmoot_client::command::{Command, Refused};
use folkmoot_client::handle::{EngineHandle, Watched};
use folkmoot_client::view::View;
use folkmoot_client::view::patch::Update;
use folkmoot_model::id::StreamId;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tauri::async_runtime::{self, JoinHandle};
use tauri::ipc::{
    Channel, Invoke, InvokeBody, InvokeError, InvokeMessage, InvokeResolver, InvokeResponseBody, IpcResponse,
    JavaScriptChannelId,
};
use tauri::{AppHandle, Manager, Url};
use tauri_plugin_opener::OpenerExt;

/// What the page has open. Closed with it.
#[derive(Debug, Default)]
pub struct Opened(Mutex<OpenChannels>);

#[derive(Debug, Default)]
struct OpenChannels {
    watches: BTreeMap<u32, JoinHandle<()>>,
    /// By document, oldest first: the page may open one anew before it has closed the one before.
    documents: BTreeMap<StreamId, VecDeque<(u32, JoinHandle<()>)>>,
}

/// Takes a command of the page. `build.rs` lists them too, and the capabilities allow them.
pub fn handle(invoke: Invoke) -> bool {
    let Invoke { message, resolver, .. } = invoke;
    let app = message.webview_ref().app_handle().clone();
    let Some(engine) = app.try_state::<EngineHandle>().map(|engine| engine.inner().clone()) else { return false };
    let taken = match message.command() {
        "dispatch" => dispatch(engine, &message, &resolver),
        "watch" => watch(app, engine, &message, &resolver),
        "unwatch" => unwatch(&app, engine, &message, &resolver),
        "doc_open" => doc_open(app, engine, &message, &resolver),
        "doc_push" => doc_push(&app, engine, &message, &resolver),
        "doc_close" => doc_close(&app, engine, &message, &resolver),
        "open_url" => open_url(&app, &message).map(|()| resolver.clone().resolve(())),
        "listening" => {
            deep_link::listening(&app);
            resolver.clone().resolve(());
            Ok(())
        }
        "idle" => {
            in_order(&resolver, async { Ok(idle::for_ms().await) });
            Ok(())
        }
        "handed_over" => {
            quit::handed_over(&app);
            resolver.clone().resolve(());
            Ok(())
        }
        _ => return false,
    };
    if let Err(error) = taken {
        resolver.invoke_error(error);
    }
    true
}

/// The page is gone, and with it whatever it had open.
pub fn page_gone(app: &AppHandle) {
    deep_link::not_listening(app);
    let OpenChannels { watches, documents } = std::mem::take(&mut *opened(app));
    // A task that is dropped drops its end of the channel, which the engine then closes.
    watches.into_values().chain(documents.into_values().flatten().map(|(_, task)| task)).for_each(|task| task.abort());
}

fn dispatch(
    engine: EngineHandle,
    message: &InvokeMessage,
    resolver: &InvokeResolver<tauri::Wry>,
) -> Result<(), InvokeError> {
    let command: Command = field(message, "command")?;
    in_order(resolver, async move { engine.dispatch(command).await });
    Ok(())
}

fn watch(
    app: AppHandle,
    engine: EngineHandle,
    message: &InvokeMessage,
    resolver: &InvokeResolver<tauri::Wry>,
) -> Result<(), InvokeError> {
    let view: View = field(message, "view")?;
    let channel: Channel<Update> = channel(message)?;
    in_order(resolver, async move {
        let Watched { watch, mut updates } = engine.watch(view).await?;
        let task = async_runtime::spawn(async move {
            while let Some(update) = updates.recv().await {
                if channel.send(update).is_err() {
                    return;
                }
            }
        });
        opened(&app).watches.insert(watch, task);
        Ok(watch)
    });
    Ok(())
}

fn unwatch(
    app: &AppHandle,
    engine: EngineHandle,
    message: &InvokeMessage,
    resolver: &InvokeResolver<tauri::Wry>,
) -> Result<(), InvokeError> {
    let watch: u32 = field(message, "watch")?;
    if let Some(task) = opened(app).watches.remove(&watch) {
        task.abort();
    }
    in_order(resolver, async move { engine.unwatch(watch).await });
    Ok(())
}

fn doc_open(
    app: AppHandle,
    engine: EngineHandle,
    message: &InvokeMessage,
    resolver: &InvokeResolver<tauri::Wry>,
) -> Result<(), InvokeError> {
    let document: StreamId = field(message, "document")?;
    let channel: Channel<InvokeResponseBody> = channel(message)?;
    in_order(resolver, async move {
        let mut document_channel = engine.doc_open(document).await?;
        let number = document_channel.number;
        let task = async_runtime::spawn(async move {
            while let Some(frame) = document_channel.frames.recv().await {
                if channel.send(InvokeResponseBody::Raw(frame)).is_err() {
                    return;
                }
            }
        });
        opened(&app).documents.entry(document).or_default().push_back((number, task));
        Ok(())
    });
    Ok(())
}

fn doc_push(
    app: &AppHandle,
    engine: EngineHandle,
    message: &InvokeMessage,
    resolver: &InvokeResolver<tauri::Wry>,
) -> Result<(), InvokeError> {
    let document = message.headers().get("document").and_then(|id| id.to_str().ok()?.parse::<StreamId>().ok());
    let (Some(document), InvokeBody::Raw(frame)) = (document, message.payload()) else {
        return Err(InvokeError::from("doc_push takes raw bytes and the header `document`"));
    };
    let frame = frame.clone();
    let number = opened(app).documents.get(&document).and_then(|open| open.back().map(|(number, _)| *number));
    in_order(resolver, async move {
        match number {
            Some(number) => engine.doc_push(number, frame).await,
            None => Err(Refused::NotHeld),
        }
    });
    Ok(())
}

fn doc_close(
    app: &AppHandle,
    engine: EngineHandle,
    message: &InvokeMessage,
    resolver: &InvokeResolver<tauri::Wry>,
) -> Result<(), InvokeError> {
    let document: StreamId = field(message, "document")?;
    let closed = {
        let documents = &mut opened(app).documents;
        let closed = documents.get_mut(&document).and_then(VecDeque::pop_front);
        documents.retain(|_, open| !open.is_empty());
        closed
    };
    in_order(resolver, async move {
        let Some((number, task)) = closed else { return Ok(()) };
        let closed = engine.doc_close(number).await;
        task.abort();
        closed
    });
    Ok(())
}

/// Web pages and mails only; everything else a link could start on this computer is not opened.
fn open_url(app: &AppHandle, message: &InvokeMessage) -> Result<(), InvokeError> {
    let url: Url = field::<String>(message, "url")?.parse().map_err(|_| InvokeError::from("not a URL"))?;
    if !matches!(url.scheme(), "https" | "http" | "mailto") {
        return Err(InvokeError::from("not opened"));
    }
    app.opener().open_url(url.as_str(), None::<&str>).map_err(InvokeError::from_error)
}

/// Runs `ask`, whose first step here and now gives it its place among the engine's asks, and answers with what it gives.
fn in_order<T: IpcResponse + Send + 'static>(
    resolver: &InvokeResolver<tauri::Wry>,
    ask: impl Future<Output = Result<T, Refused>> + Send + 'static,
) {
    let resolver = resolver.clone();
    let mut ask: Pin<Box<dyn Future<Output = Result<T, Refused>> + Send>> = Box::pin(ask);
    // The thread of the page is none of the runtime's: whatever has to do with time would end the app by a panic.
    let runtime = async_runtime::handle();
    let _within = runtime.inner().enter();
    // Its next step comes at once from its task, so nothing is lost by a waker that wakes nobody.
    match ask.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => resolver.respond(answer.map_err(InvokeError::from)),
        Poll::Pending => {
            async_runtime::spawn(async move { resolver.respond(ask.await.map_err(InvokeError::from)) });
        }
    }
}

fn field<T: DeserializeOwned>(message: &InvokeMessage, name: &str) -> Result<T, InvokeError> {
    let value = match message.payload() {
        InvokeBody::Json(fields) => fields.get(name),
        InvokeBody::Raw(_) => None,
    };
    let value = value.ok_or_else(|| InvokeError::from(format!("{} wants `{name}`", message.command())))?;
    T::deserialize(value).map_err(InvokeError::from_error)
}

fn channel<T>(message: &InvokeMessage) -> Result<Channel<T>, InvokeError> {
    Ok(field::<JavaScriptChannelId>(message, "channel")?.channel_on(message.webview()))
}

fn opened(app: &AppHandle) -> MutexGuard<'_, OpenChannels> {
    app.state::<Opened>().inner().0.lock().unwrap_or_else(PoisonError::into_inner)
}
