//! The tray: that something is unread, the last mentions, how the link stands, and the way out. Everything is in its menu.
//!
//! On Linux a tray is there when somebody on the session bus shows one, which may come and go.

mod content;
#[cfg(target_os = "linux")]
mod watcher;

pub use content::{Content, content};

use crate::{deep_link, quit, window};
use folkmoot_client::command::Pause;
use folkmoot_client::features::notices::commands::NoticeCommand;
use folkmoot_client::handle::EngineHandle;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry, async_runtime};

const OPEN: &str = "open";
const QUIT: &str = "quit";
const STATUS: &str = "status";
const PAUSES: [(&str, &str, Pause); 3] = [
    ("pause-30", "30 minutes", Pause::HalfAnHour),
    ("pause-60", "1 hour", Pause::AnHour),
    ("pause-morning", "Until tomorrow", Pause::UntilMorning),
];
const RESUME: &str = "resume";
/// What stands before the link in the name of a mention's item.
const MENTION: &str = "mention ";

/// The icon in the tray, if it is there, and what it shows.
#[derive(Default)]
pub struct Tray {
    /// How the profile is called, if it is not the usual one.
    profile: OnceLock<String>,
    icon: Mutex<Option<TrayIcon>>,
    content: Mutex<Content>,
    there: AtomicBool,
}

/// Puts the icon there, as soon as there is a tray. A profile that is not the usual one is named.
pub fn start(app: &AppHandle, profile: Option<String>) {
    if let Some(profile) = profile {
        app.state::<Tray>().profile.get_or_init(|| profile);
    }
    #[cfg(target_os = "linux")]
    watcher::start(app.clone(), come_or_gone);
    #[cfg(not(target_os = "linux"))]
    come_or_gone(app, true);
}

/// Is there a tray from which a hidden window comes back?
pub fn is_there(app: &AppHandle) -> bool {
    let tray = app.state::<Tray>();
    tray.there.load(Ordering::Relaxed) && tray.icon.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Shows this from now on.
pub fn show(app: &AppHandle, content: Content) {
    let before = std::mem::replace(&mut *held(app), content.clone());
    if before == content {
        return;
    }
    on_main_thread(app, move |app| {
        let tray = app.state::<Tray>();
        if let Some(icon) = &*tray.icon.lock().unwrap_or_else(PoisonError::into_inner) {
            icon.set_icon(Some(image(&content)))?;
            icon.set_tooltip(Some(tooltip(app, &content)))?;
            icon.set_menu(Some(menu(app, &content)?))?;
        }
        badge(app, &content)
    });
}

/// A tray is there now, or not (any more). An icon that was there comes back by itself; a window that was hidden does
/// not, without one.
fn come_or_gone(app: &AppHandle, there: bool) {
    app.state::<Tray>().there.store(there, Ordering::Relaxed);
    if !there {
        window::show_if_hidden(app);
    } else {
        on_main_thread(app, |app| {
            let tray = app.state::<Tray>();
            let mut icon = tray.icon.lock().unwrap_or_else(PoisonError::into_inner);
            if icon.is_none() {
                let content = held(app).clone();
                *icon = Some(build(app, &content)?);
            }
            Ok(())
        });
    }
}

fn tooltip(app: &AppHandle, content: &Content) -> String {
    content.tooltip(app.state::<Tray>().profile.get().map(String::as_str))
}

fn build(app: &AppHandle, content: &Content) -> tauri::Result<TrayIcon> {
    TrayIconBuilder::with_id("folkmoot")
        .icon(image(content))
        .title("Folkmoot")
        .tooltip(tooltip(app, content))
        .menu(&menu(app, content)?)
        // A left click opens the window, except where it always opens the menu.
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| match event.id().as_ref() {
            OPEN => window::show(app),
            QUIT => quit::ask(app),
            RESUME => pause(app, Pause::Over),
            other => match PAUSES.iter().find(|(id, ..)| *id == other) {
                Some((.., length)) => pause(app, *length),
                None => other.strip_prefix(MENTION).into_iter().for_each(|link| deep_link::follow(app, link)),
            },
        })
        .on_tray_icon_event(|icon, event| {
            let left = matches!(
                event,
                TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            );
            if left && !cfg!(target_os = "macos") {
                window::show(icon.app_handle());
            }
        })
        .build(app)
}

fn menu(app: &AppHandle, content: &Content) -> tauri::Result<Menu<Wry>> {
    let separator = || PredefinedMenuItem::separator(app);
    let mut items: Vec<Box<dyn IsMenuItem<Wry>>> =
        vec![Box::new(MenuItem::with_id(app, OPEN, "Open Folkmoot", true, None::<&str>)?), Box::new(separator()?)];
    for (label, link) in &content.mentions {
        // An ampersand would underline the letter after it.
        let label = label.replace('&', "&&");
        items.push(Box::new(MenuItem::with_id(app, format!("{MENTION}{link}"), label, true, None::<&str>)?));
    }
    if !content.mentions.is_empty() {
        items.push(Box::new(separator()?));
    }
    match &content.paused_until {
        None => {
            let pauses = Submenu::new(app, "Pause notifications", true)?;
            for (id, label, _) in PAUSES {
                pauses.append(&MenuItem::with_id(app, id, label, true, None::<&str>)?)?;
            }
            items.push(Box::new(pauses));
        }
        Some(until) => {
            let label = format!("Resume notifications (paused until {until})");
            items.push(Box::new(MenuItem::with_id(app, RESUME, label, true, None::<&str>)?));
        }
    }
    items.push(Box::new(MenuItem::with_id(app, STATUS, &content.status, false, None::<&str>)?));
    items.push(Box::new(separator()?));
    items.push(Box::new(MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?));
    let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(AsRef::as_ref).collect();
    Menu::with_items(app, &items)
}

fn pause(app: &AppHandle, pause: Pause) {
    let Some(engine) = app.try_state::<EngineHandle>().map(|engine| engine.inner().clone()) else { return };
    async_runtime::spawn(async move {
        if let Err(refused) = engine.dispatch(NoticeCommand::PauseNotifications { pause }).await {
            tracing::warn!(%refused, "notifications are not paused");
        }
    });
}

fn image(content: &Content) -> Image<'static> {
    match content.unread {
        0 => tauri::include_image!("src-tauri/icons/tray.png"),
        _ => tauri::include_image!("src-tauri/icons/tray-unread.png"),
    }
}

/// Mentions on the app's own icon, where the desktop has such a thing.
fn badge(app: &AppHandle, content: &Content) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(window::MAIN) else { return Ok(()) };
    #[cfg(windows)]
    return window.set_overlay_icon((content.addressed > 0).then(|| image(content)));
    #[cfg(not(windows))]
    return window.set_badge_count((content.addressed > 0).then_some(content.addressed.into()));
}

fn held(app: &AppHandle) -> std::sync::MutexGuard<'_, Content> {
    app.state::<Tray>().inner().content.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without a tray the app goes on: what fails here is told in the log.
fn on_main_thread(app: &AppHandle, run: impl FnOnce(&AppHandle) -> tauri::Result<()> + Send + 'static) {
    let here = app.clone();
    let asked = app.run_on_main_thread(move || {
        if let Err(error) = run(&here) {
            tracing::info!(%error, "the tray does not show it");
        }
    });
    if let Err(error) = asked {
        tracing::info!(%error, "the app ends, and the tray with it");
    }
}
