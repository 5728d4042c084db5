//! Whether the server can do its work, looked at no more than once a second: anybody may ask, and the log is written to.

use crate::database::{Database, LogError};
use crate::hub_task::HubHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer holds.
const HOLDS: Duration = Duration::from_secs(1);

/// The last answer, and how to find the next.
pub struct Readiness {
    log: Database,
    hub: HubHandle,
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Of a server with this log and this hub.
    pub fn new(log: Database, hub: HubHandle) -> Arc<Self> {
        Arc::new(Self { log, hub, last: Mutex::default() })
    }

    /// Can the log be written, and does the hub do its work? Who asks while another's look is under way waits for it.
    pub async fn is_ready(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, ready)) = *last
            && at.elapsed() < HOLDS
        {
            return ready;
        }
        let writable = self.log.write(|_| Ok::<(), LogError>(())).await.is_ok();
        let ready = writable && self.hub.is_alive();
        *last = Some((Instant::now(), ready));
        ready
    }
}
