//! Gives Tauri its configuration, where the app is built; nothing else of the workspace is touched by it.

fn main() {
    #[cfg(feature = "desktop")]
    desktop();
}

#[cfg(feature = "desktop")]
fn desktop() {
    use tauri_build::{AppManifest, Attributes};
    // Each command of `ipc.rs`: what is named here is refused unless `capabilities/main.json` allows it.
    let commands = AppManifest::new().commands(&[
        "dispatch",
        "watch",
        "unwatch",
        "doc_open",
        "doc_push",
        "doc_close",
        "open_url",
        "listening",
        "handed_over",
        "idle",
    ]);
    let attributes = Attributes::new().capabilities_path_pattern("src-tauri/capabilities/**/*").app_manifest(commands);
    tauri_build::try_build(attributes).expect("tauri.conf.json, the icons and the capabilities belong together");
}
