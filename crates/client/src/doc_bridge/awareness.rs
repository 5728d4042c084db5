//! Which Yjs clients an awareness update speaks for, and the update that takes them away. Their states are not read.

use folkmoot_wire::y_websocket::{Aware, aware, aware_update};
use std::collections::BTreeMap;

/// Yjs clients and the clock of the last state of each.
pub(super) type Clients = BTreeMap<u32, u32>;

/// The most clients that one update is believed to speak for: an editor speaks for itself.
const CLIENTS_MAX: usize = 64;

/// The clients of an update, as far as it can be read.
pub(super) fn clients(update: &[u8]) -> Clients {
    aware(update).iter().take(CLIENTS_MAX).map(|one| (one.client, one.clock)).collect()
}

/// The update that says that these clients are gone: their last clock with no state. `None` if there are none.
pub(super) fn removal(clients: &Clients) -> Option<Vec<u8>> {
    let gone: Vec<Aware<'_>> = clients.iter().map(|(client, clock)| Aware::gone(*client, *clock)).collect();
    (!gone.is_empty()).then(|| aware_update(&gone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_removal_of_what_was_read_names_the_same_clients() {
        let known = Clients::from([(5, 9), (u32::MAX, u32::MAX)]);
        let update = removal(&known).unwrap();
        assert_eq!(clients(&update), known);
        assert_eq!(removal(&Clients::new()), None);
    }

    #[test]
    fn one_update_speaks_for_few() {
        let many: Clients = (0..1_000).map(|client| (client, 1)).collect();
        assert_eq!(clients(&removal(&many).unwrap()).len(), CLIENTS_MAX);
    }
}
