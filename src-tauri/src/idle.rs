//! For how long nobody has used the computer, whichever program they used: the page asks, and tells the engine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::async_runtime::spawn_blocking;
use tokio::time::timeout;

/// How long the system may take to say it. It is not asked again before it has.
const ANSWER_MAX: Duration = Duration::from_secs(2);

static ASKED: AtomicBool = AtomicBool::new(false);

/// In milliseconds; `None` where the system does not tell.
pub async fn for_ms() -> Option<u64> {
    if ASKED.swap(true, Ordering::Relaxed) {
        return None;
    }
    let asked = spawn_blocking(|| {
        let idle = system_idle_time::get_idle_time().inspect_err(|error| tracing::debug!(%error, "idle time")).ok();
        ASKED.store(false, Ordering::Relaxed);
        idle
    });
    let idle = timeout(ANSWER_MAX, asked).await.ok()?.ok()??;
    u64::try_from(idle.as_millis()).ok()
}
