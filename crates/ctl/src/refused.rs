//! What the server refused: it is kept here, with its text, until the person gives it up.

use crate::args::Refused;
use crate::call::Call;
use crate::end::End;
use crate::{find, out};
use folkmoot_client::features::outbox::commands::OutboxCommand;
use folkmoot_client::source::Source;
use folkmoot_client::view::not_sent::not_sent;
use folkmoot_client::view::{NotSentItem, RefusedWhat};
use folkmoot_model::id::EventId;
use folkmoot_model::shown::on_one_line;
use folkmoot_sync::outbox::State;

/// Lists it, or gives some of it up.
pub async fn refused(call: &Call, command: Refused) -> Result<(), End> {
    match command {
        Refused::List { json } => {
            for item in call.held(not_sent).await? {
                out::line(match json {
                    true => serde_json::to_string(&item).map_err(anyhow::Error::from)?,
                    false => human(&item),
                })?;
            }
        }
        Refused::Discard { ids: asked, all } => {
            let events = call.held(move |source| {
                let refused = ids(source);
                if all {
                    return Ok(refused);
                }
                asked.iter().map(|id| find::refused(id, &refused)).collect::<Result<Vec<_>, End>>()
            });
            for event in events.await?? {
                call.ask(OutboxCommand::Discard { event }).await?;
            }
        }
    }
    Ok(())
}

/// The ids of all that was refused, also of what nobody wrote, as read marks.
pub fn ids(source: &dyn Source) -> Vec<EventId> {
    let refused = source.outbox().items().filter(|item| matches!(item.state, State::Refused(_)));
    refused.map(|item| item.envelope.id).collect()
}

fn human(item: &NotSentItem) -> String {
    let what = match item.what {
        RefusedWhat::Post => "message",
        RefusedWhat::Edit => "edit",
        RefusedWhat::Delete => "deletion",
        RefusedWhat::Reaction => "reaction",
        RefusedWhat::Pin => "pin",
        RefusedWhat::Document => "change",
        RefusedWhat::Setting => "setting",
    };
    let (place, text) = (on_one_line(&item.place), on_one_line(&item.text));
    // The codes are the words that programs read.
    let why = serde_json::json!(item.refusal.code);
    format!("{}  {what} in {place}  {}  {text}", item.id, why.as_str().unwrap_or_default())
}
