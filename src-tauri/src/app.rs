//! Puts the app together, and takes it apart in order.

use crate::args::{Args, profile_tag};
#[cfg(target_os = "linux")]
use crate::bus::{self, Bus};
#[cfg(target_os = "linux")]
use crate::first;
use crate::host::Host;
use crate::notify::Notifier;
use crate::{deep_link, follow, ipc, notify, quit, tray, window};
use anyhow::Context;
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::profile::Profile;
use folkmoot_store::StoreError;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tauri::webview::PageLoadEvent;
use tauri::{App, AppHandle, Manager, RunEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tauri_plugin_window_state::StateFlags;

/// Where in a profile the server of this computer keeps everything.
const SERVER_DIR: &str = "server";

/// What `folkmootctl` too exits with, where another process holds the profile.
const EXIT_IN_USE: i32 = 4;

/// `folkmootctl` has this profile, or an app that this one cannot reach.
const IN_USE: &str = "Another program uses this profile. Close it, then start Folkmoot again.";

/// The app runs, and has stopped.
const STUCK: &str =
    "Folkmoot is open already, and does not answer. Wait until it does, or end it, then start it again.";

/// How long that is shown: whoever started the app by a link waits for it to end.
const WORD_MAX: Duration = Duration::from_secs(5);

/// What must end with the app, in the order of [`end`].
struct Running {
    notifier: Arc<dyn Notifier>,
    engine: Mutex<Option<Engine>>,
    host: Host,
}

/// Runs the app until it quits. A second start of the same profile hands over what it was given, and ends at once.
pub fn run(args: Args) -> anyhow::Result<()> {
    let profile = match &args.profile {
        Some(dir) => std::path::absolute(dir).context("no such profile")?,
        None => Profile::usual_dir().context("this computer has no folder for it; name one with --profile")?,
    };
    let mut context = tauri::generate_context!();
    if args.profile.is_some() {
        // By it go the single instance and the state of the window.
        let identifier = &mut context.config_mut().identifier;
        *identifier = format!("{identifier}.{}", profile_tag(&profile));
    }
    #[cfg(target_os = "linux")]
    let (stuck, keyring_silent) = match bus::ask()? {
        Bus::There(bus) => (first::stands_still(&bus, &context.config().identifier), false),
        Bus::Absent => (false, false),
        Bus::Silent => (false, true),
    };
    #[cfg(not(target_os = "linux"))]
    let (stuck, keyring_silent) = (false, false);
    let mut builder = tauri::Builder::default();
    if !stuck {
        builder =
            builder.plugin(tauri_plugin_single_instance::init(|app, args, _| deep_link::second_start(app, &args)));
    }
    let state_of_windows = StateFlags::all() - StateFlags::VISIBLE;
    let app = builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(state_of_windows).build())
        .manage(ipc::Opened::default())
        .manage(deep_link::Links::default())
        .manage(tray::Tray::default())
        .manage(follow::Latest::default())
        .manage(quit::Leaving::default())
        .invoke_handler(ipc::handle)
        .on_page_load(|webview, load| {
            if load.event() == PageLoadEvent::Started {
                ipc::page_gone(webview.app_handle());
            }
        })
        .on_window_event(window::on_event)
        .setup(move |app| {
            if stuck {
                cannot_start(app.handle(), STUCK);
                return Ok(());
            }
            Ok(set_up(app, profile, keyring_silent, &args)?)
        })
        .build(context)
        .context("the app cannot start")?;
    app.run(|app, event| match event {
        RunEvent::Exit => end(app),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    });
    Ok(())
}

fn set_up(app: &mut App, dir: PathBuf, keyring_silent: bool, args: &Args) -> anyhow::Result<()> {
    let app = app.handle();
    let profile = match Profile::hold(&dir) {
        Ok(profile) => profile,
        Err(StoreError::InUse) => {
            tracing::error!(dir = %dir.display(), "another process uses this profile");
            cannot_start(app, IN_USE);
            return Ok(());
        }
        Err(error) => return Err(error).context("the profile cannot be opened"),
    };
    let host = Host::of(dir.join(SERVER_DIR));
    host.resume();
    let options = Options { keyring_silent, host: Some(Arc::new(host.clone())), ..Options::default() };
    let engine = Engine::open(profile, options).context("the engine cannot start")?;
    let handle = engine.handle();
    app.manage(handle.clone());
    let clicked = app.clone();
    let notifier = notify::system(move |link| deep_link::follow(&clicked, link));
    app.manage(Running { notifier: notifier.clone(), engine: Mutex::new(Some(engine)), host });

    window::open(app, &dir, args.hidden)?;
    tray::start(app, args.profile.is_some().then(|| name_of(&dir)));
    follow::start(app, handle, notifier);
    deep_link::start(app, args.link.as_deref());
    quit::when_told(app);
    Ok(())
}

/// Says why, and ends: when that was read, or after a while.
fn cannot_start(app: &AppHandle, why: &'static str) {
    tracing::error!("{why}");
    let (quit, later) = (app.clone(), app.clone());
    app.dialog().message(why).title("Folkmoot").kind(MessageDialogKind::Error).show(move |_| quit.exit(EXIT_IN_USE));
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(WORD_MAX).await;
        later.exit(EXIT_IN_USE);
    });
}

/// How a profile that is not the usual one is called.
fn name_of(dir: &Path) -> String {
    dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned()
}

/// The engine before the server: it says goodbye to it, and it may be our own.
fn end(app: &AppHandle) {
    let Some(running) = app.try_state::<Running>() else { return };
    running.notifier.end();
    let engine = running.engine.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(engine) = engine {
        engine.close();
    }
    running.host.end();
}
