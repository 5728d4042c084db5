//! Somebody else was first with a Yjs client id that this device wrote under, by chance or by malice: the server then
//! refuses what was written. It is said again under fresh ids, so that no word of it is lost, and the editors begin
//! again from there.

use super::core::{Core, Home};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::yjs::gate::GateRefusal;
use folkmoot_model::yjs::gate::rename::{Renamed, rename, speakers};
use folkmoot_sync::replica::io::Input;
use std::collections::BTreeMap;

impl Core {
    /// The server refused what was written in a document. What cannot be said otherwise stays refused, and is kept.
    pub(super) fn edit_refused(&mut self, document: StreamId, event: EventId, refusal: &Refusal) {
        tracing::info!(%document, %event, %refusal, "a change to a document was refused");
        self.dirty.streams([document]);
        // Forbidden to us, or only to the Yjs client?
        let to_client = refusal.code == Code::Forbidden && self.may_write(document).is_ok();
        let said_again = if to_client { self.said_again(document, event) } else { Ok(None) };
        let answer = match said_again {
            Ok(Some((names, updates))) => {
                self.gates.unsay(document);
                self.minted.extend(names.values().map(|renamed| renamed.to));
                self.documents.restart(document, &names);
                Input::EditAgain { document, refused: event, updates }
            }
            Ok(None) => Input::EditStays { refused: event },
            Err(refusal) => {
                tracing::warn!(%document, %refusal, "what was refused cannot be said again");
                Input::EditStays { refused: event }
            }
        };
        self.inputs.push_back(answer);
    }

    /// The refused event and all that was written after it, under fresh ids. `None` if ids of ours are in it already:
    /// nobody can have been first with those, so that something else is forbidden.
    #[expect(clippy::type_complexity, reason = "names and updates, for one caller")]
    fn said_again(
        &self,
        document: StreamId,
        event: EventId,
    ) -> Result<Option<(BTreeMap<u32, Renamed>, Vec<Vec<u8>>)>, GateRefusal> {
        let Home::Open(open) = &self.home else { return Ok(None) };
        let outbox = open.replica.outbox();
        let Some(Ok(said)) = outbox.get(event).map(|item| item.envelope.event()) else { return Ok(None) };
        let Some(refused) = said.update() else { return Ok(None) };
        let mut names = BTreeMap::new();
        for (client, from) in speakers(refused)? {
            let (false, Some(to)) = (self.minted.contains(&client), self.fresh_client(document)) else {
                return Ok(None);
            };
            names.insert(client, Renamed { from, to });
        }
        let said = std::iter::once(refused).chain(outbox.unsent(document));
        let updates: Result<_, _> = said.map(|update| rename(update, &names)).collect();
        Ok(Some((names, updates?)))
    }

    /// A Yjs client id that nobody has, as far as is known.
    fn fresh_client(&self, document: StreamId) -> Option<u32> {
        let draw = || {
            let mut random = [0; 4];
            getrandom::fill(&mut random).ok().map(|()| u32::from_be_bytes(random))
        };
        std::iter::from_fn(draw).find(|client| self.gates.is_free(document, *client) && !self.minted.contains(client))
    }
}
