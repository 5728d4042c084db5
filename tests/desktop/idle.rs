//! For how long nobody has used the computer is known in the window, whichever program they used. From when on somebody is
//! inactive or away is the page's matter: ui/tests/browser/idle.mjs.

use crate::page::Page;
use crate::seat::{Seat, tell, until, window_manager};

/// Far longer than it takes to ask.
const UNUSED_MS: f64 = 3_000.0;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_uses_another_program_uses_the_computer() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    hers.shows("Start a space on this computer").await;
    // Put away, so that nothing that is done reaches the page.
    let window = ana.visible("Folkmoot").expect("a window");
    assert!(tell(ana.command("xdotool").args(["windowminimize", "--sync", &window])));
    let listen = "window.used = 0;
        for (const what of ['keydown', 'pointermove']) addEventListener(what, () => window.used++, true)";
    hers.get(listen).await;
    for device in [&["mousemove_relative", "1", "1"][..], &["key", "a"]] {
        until("nobody uses the computer", async || idle_ms(&hers).await > UNUSED_MS).await;
        assert!(tell(ana.command("xdotool").args(device)), "{device:?}");
        let idle = idle_ms(&hers).await;
        assert!(idle < UNUSED_MS, "{device:?} was {idle} ms ago");
    }
    assert_eq!(hers.get("return window.used").await, 0, "it was the other program that was used");
    ana.quit().await;
}

async fn idle_ms(page: &Page) -> f64 {
    let idle = page.invoke("idle").await;
    idle.as_f64().unwrap_or_else(|| panic!("the system tells it: {idle}"))
}
