//! The one window: opened, shown, and closed to the tray where there is one.

#[cfg(target_os = "linux")]
mod text_menu;

use crate::{quit, tray};
use std::path::Path;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewWindowBuilder, Window, WindowEvent};
#[cfg(target_os = "linux")]
use tauri::{WebviewUrl, utils::config::WindowConfig};

/// Its label: what the capabilities name.
pub const MAIN: &str = "main";

/// The page, where Tauri serves it on Linux.
#[cfg(target_os = "linux")]
const OUR_PAGE: &str = "tauri://localhost";

/// With this address Tauri loads nothing: how the web view paints is settled before its first page, since one that is
/// told only then scrolls by no wheel.
#[cfg(target_os = "linux")]
const NO_PAGE: &str = "about:blank";

/// Opens it. What the web view keeps, which is how the page looks and where one was but nothing that was said, lies in the
/// profile.
pub fn open(app: &AppHandle, profile: &Path, hidden: bool) -> anyhow::Result<()> {
    let windows = &app.config().app.windows;
    let config = windows.first().ok_or_else(|| anyhow::anyhow!("no window in tauri.conf.json"))?;
    #[cfg(target_os = "linux")]
    let empty = WindowConfig { url: WebviewUrl::External(NO_PAGE.parse()?), ..config.clone() };
    #[cfg(target_os = "linux")]
    let config = &empty;
    let window = WebviewWindowBuilder::from_config(app, config)?
        .data_directory(profile.join("webview"))
        .visible(!hidden)
        .on_navigation(is_our_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // Nothing is ever fetched into a file.
        .on_download(|_, _| false)
        .build()?;
    #[cfg(target_os = "linux")]
    {
        window.with_webview(|view| {
            let view = view.inner();
            text_menu::keep_to_text(&view);
            scroll_at_once(&view);
            if !has_gpu() {
                paint_by_processor(&view);
            }
        })?;
        window.navigate(OUR_PAGE.parse()?)?;
    }
    #[cfg(not(target_os = "linux"))]
    drop(window);
    Ok(())
}

/// Has the computer a graphics processor that a program may use?
#[cfg(target_os = "linux")]
fn has_gpu() -> bool {
    let devices = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    devices.into_iter().any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
}

/// A turn of the wheel moves the page at once. WebKit would go there by steps, and give up the rest of them as soon as the page
/// corrects where it stands: the list of messages does, when rows above come to be measured, and turns got lost.
#[cfg(target_os = "linux")]
fn scroll_at_once(view: &webkit2gtk::WebView) {
    use webkit2gtk::{SettingsExt, WebViewExt};
    if let Some(settings) = WebViewExt::settings(view) {
        settings.set_enable_smooth_scrolling(false);
    }
}

/// Without one, WebKit would have the layers of the page put together by a graphics processor in software: more than
/// twice the time of a frame while scrolling, and 100 MB more memory.
#[cfg(target_os = "linux")]
fn paint_by_processor(view: &webkit2gtk::WebView) {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
    if let Some(settings) = WebViewExt::settings(view) {
        settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    }
}

/// Brings it in front of the person.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window cannot be shown");
    }
}

/// Brings it back if it is nowhere to be seen.
pub fn show_if_hidden(app: &AppHandle) {
    let hidden = app.get_webview_window(MAIN).is_some_and(|window| window.is_visible().is_ok_and(|visible| !visible));
    if hidden {
        show(app);
    }
}

/// Closing hides it in the tray, from which it comes back; without a tray it is quitting.
pub fn on_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event {
        api.prevent_close();
        let app = window.app_handle();
        if !tray::is_there(app) {
            quit::ask(app);
        } else if let Err(error) = window.hide() {
            tracing::warn!(%error, "the window cannot be hidden");
        }
    }
}

/// The page never leaves itself: whatever else is a link is opened outside, see `open_url`.
fn is_our_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stays_where_it_is() {
        for (url, ours) in [
            ("tauri://localhost/index.html#/x", true),
            ("http://tauri.localhost/", true),
            ("https://example.org/", false),
            ("https://tauri.localhost.example.org/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
        ] {
            assert_eq!(is_our_page(&url.parse().unwrap()), ours, "{url}");
        }
    }
}
