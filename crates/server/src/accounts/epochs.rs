//! Which access tokens and tickets are void although they have not expired: those of an earlier epoch of their device.
//!
//! Signing in and signing out each begin a new epoch, which is stored with the device and named by the tokens made in it.
//! A token is asked for with every request, so what is needed for the answer is held here: of each device whose epoch
//! began less than a token's life ago, the epoch. Tokens of the epochs before all others have expired by themselves.

use crate::clock::now_ms;
use crate::database::{Database, LogError};
use folkmoot_model::id::DeviceId;
use folkmoot_wire::limits::ACCESS_TOKEN_S;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The epochs of devices, as far as they matter.
pub struct Epochs(Mutex<HashMap<DeviceId, Begun>>);

#[derive(Clone, Copy)]
struct Begun {
    epoch: u64,
    at_ms: u64,
}

impl Epochs {
    /// As `log` has them.
    pub async fn open(log: &Database) -> Result<Self, LogError> {
        let since_ms = oldest_ms();
        let begun = log.query(move |db| -> Result<_, LogError> {
            let mut query = db.prepare("SELECT id, epoch, epoch_ms FROM device WHERE epoch_ms > ?1")?;
            let rows = query.query_map([since_ms], |row| {
                Ok((DeviceId(row.get(0)?), Begun { epoch: row.get(1)?, at_ms: row.get(2)? }))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        });
        Ok(Self(Mutex::new(begun.await?)))
    }

    /// `device` has begun this epoch. Told in any order, the latest stands.
    pub fn begin(&self, device: DeviceId, epoch: u64) {
        let mut begun = self.begun();
        let latest = begun.entry(device).or_insert(Begun { epoch, at_ms: 0 });
        *latest = Begun { epoch: latest.epoch.max(epoch), at_ms: now_ms() };
    }

    /// Are tokens void that `device` got in this epoch?
    pub fn is_over(&self, device: DeviceId, epoch: u64) -> bool {
        self.begun().get(&device).is_some_and(|latest| latest.epoch != epoch)
    }

    /// Forgets what no token can outlive any more.
    pub fn tidy(&self) {
        let since_ms = oldest_ms();
        self.begun().retain(|_, begun| begun.at_ms >= since_ms);
    }

    fn begun(&self) -> MutexGuard<'_, HashMap<DeviceId, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn oldest_ms() -> u64 {
    now_ms().saturating_sub(ACCESS_TOKEN_S * 1_000)
}
