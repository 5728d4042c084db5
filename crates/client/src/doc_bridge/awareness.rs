//! Which Yjs clients an awareness update speaks for, and the update that takes them away. Their states are not read.
//!
//! Source: y-protocols 1.0 `awareness.js`: a count, then for each client its id, its clock and its state as JSON.

use std::collections::BTreeMap;

/// Yjs clients and the clock of the last state of each.
pub(super) type Clients = BTreeMap<u32, u64>;

/// The most clients that one update is believed to speak for: an editor speaks for itself.
const CLIENTS_MAX: u64 = 64;

/// The clients of an update, as far as it can be read.
pub(super) fn clients(update: &[u8]) -> Clients {
    let mut rest = update;
    let mut clients = Clients::new();
    let Some(count) = read(&mut rest) else { return clients };
    for _ in 0..count.min(CLIENTS_MAX) {
        let (Some(client), Some(clock), Some(bytes)) = (read(&mut rest), read(&mut rest), read(&mut rest)) else {
            break;
        };
        let state = usize::try_from(bytes).ok().and_then(|bytes| rest.split_at_checked(bytes));
        let (Some((_, after)), Ok(client)) = (state, u32::try_from(client)) else { break };
        clients.insert(client, clock);
        rest = after;
    }
    clients
}

/// The update that says that these clients are gone: their last clock with no state. `None` if there are none.
pub(super) fn removal(clients: &Clients) -> Option<Vec<u8>> {
    if clients.is_empty() {
        return None;
    }
    let mut update = Vec::new();
    write(&mut update, clients.len() as u64);
    for (client, clock) in clients {
        write(&mut update, u64::from(*client));
        write(&mut update, *clock);
        write(&mut update, 4);
        update.extend_from_slice(b"null");
    }
    Some(update)
}

fn read(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_removal_of_what_was_read_names_the_same_clients() {
        let known = Clients::from([(5, 9), (u32::MAX, 1 << 40)]);
        let update = removal(&known).unwrap();
        assert_eq!(clients(&update), known);
        assert_eq!(removal(&Clients::new()), None);
    }

    #[test]
    fn nonsense_is_read_as_far_as_it_goes() {
        let endless = [0xff; 40];
        for bytes in [&[][..], &[200][..], &[2, 5, 9, 2, b'{', b'}', 6][..], &[1, 5, 9, 100][..], &endless[..]] {
            assert!(clients(bytes).len() <= 1, "{bytes:?}");
        }
    }
}
