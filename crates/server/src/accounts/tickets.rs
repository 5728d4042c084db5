//! To whom a ticket for a document is given, and under which name they appear there.

use folkmoot_model::features::documents::DocumentEdited;
use folkmoot_model::features::people::member;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Rows, Value};
use folkmoot_model::rule::{By, Proposal, above, may_read, permit};

/// The name and colour under which a person appears in a document; `None` if they may not read it, or not write.
pub fn profile_for(rows: &dyn Rows, document: StreamId, person: PersonId, read_only: bool) -> Option<(String, u8)> {
    let nothing = DocumentEdited { update: Vec::new() }.into();
    let ask = Proposal { stream: document, who: person, by: By::Session, id: EventId([0; 16]), event: &nothing };
    let is_document = matches!(rows.get(document, &Key::Head).row()?.value, Value::DocumentHead(_));
    if !is_document || !may_read(rows, document, person) || (!read_only && permit(rows, ask).is_err()) {
        return None;
    }
    profile_in(rows, document, person)
}

/// The name and colour of a person in the space that a document lies in, also of one who has left; `None` if it is not there.
pub fn profile_in(rows: &dyn Rows, document: StreamId, person: PersonId) -> Option<(String, u8)> {
    let space = above(rows, document).last().copied()?;
    rows.get(space, &Key::Member(person)).row().and_then(member).map(|member| (member.name, member.colour))
}
