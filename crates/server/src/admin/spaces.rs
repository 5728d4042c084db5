//! How an operator makes spaces, sees which there are, and names one.

use super::{DAY_MS, Operator};
use crate::accounts::invites;
use crate::clock::{now_ms, random};
use crate::database::{LogError, ReadTx};
use crate::error::Error;
use crate::space::{self, NotAppended};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::looks::alike;
use folkmoot_model::writing::typed_name;
use rusqlite::Connection;

/// All spaces with their names, the oldest first.
fn all(db: &Connection) -> Result<Vec<(StreamId, String)>, LogError> {
    let mut query = db.prepare("SELECT id FROM stream WHERE kind = 1 ORDER BY id")?;
    let ids = query.query_map([], |row| Ok(StreamId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
    let rows = ReadTx::of(db);
    Ok(ids.into_iter().filter_map(|id| Some((id, space::name_of(&rows, id)?))).collect())
}

/// What an attempt to host a space has left.
enum Left {
    /// The invitation of its owner.
    Invitation(String),
    /// A space, to which nobody may know an invitation.
    Space(StreamId),
}

impl Operator {
    /// One line for each space: its id, when it was made, its name.
    pub(super) async fn spaces(&self) -> Result<Vec<String>, Error> {
        let (spaces, now_ms) = (self.log.query(all).await?, now_ms());
        let line = |(id, name): (StreamId, String)| {
            let days = now_ms.saturating_sub(EventId(id.0).minted_ms().unwrap_or(now_ms)) / DAY_MS;
            format!("{id}  {days} days ago  {name}")
        };
        Ok(spaces.into_iter().map(line).collect())
    }

    /// Makes a space, and an invitation for its owner. Fails with [`Error::SpaceExists`] if one is called so or looks it: nobody
    /// could tell them apart by name.
    pub(super) async fn create_space(&self, name: String) -> Result<String, Error> {
        let space = StreamId::mint(now_ms(), random());
        let made = self.log.write(move |tx| -> Result<Result<String, Error>, NotAppended> {
            if let Some((id, name)) = all(tx.db())?.into_iter().find(|(_, other)| alike(other, &name)) {
                return Ok(Err(Error::SpaceExists { id, name }));
            }
            space::open(tx, space, &name)?;
            Ok(Ok(invites::make(tx.db(), space, Role::Owner, None, now_ms())?))
        });
        let code = made.await.map_err(|error| match error {
            NotAppended::Refused(_) => Error::BadName,
            NotAppended::Database(error) => Error::Database(error),
        })??;
        tracing::info!(%space, "a space was made");
        Ok(code)
    }

    /// As [`Self::create_space`]; what an attempt left that broke off is taken: the space of the invitation `again` that it was
    /// given, with that same invitation, or one of that name that nobody is in.
    pub(super) async fn host_space(&self, name: String, again: Option<String>) -> Result<String, Error> {
        let asked = name.clone();
        let left = self.log.query(move |db| -> Result<Option<Left>, LogError> {
            let rows = ReadTx::of(db);
            if let Some(code) = again
                && let Some(found) = invites::find(db, &code)?
            {
                // Once somebody has used it there is an owner, who gets the answer that was lost. Before, another name is
                // another space.
                let same = space::name_of(&rows, found.space).is_some_and(|name| alike(&name, &asked));
                if found.used.is_some() || (same && found.is_open(now_ms())) {
                    return Ok(Some(Left::Invitation(code)));
                }
            }
            for (id, _) in all(db)?.into_iter().filter(|(_, name)| alike(name, &asked)) {
                if rows.present(id)?.is_empty() {
                    return Ok(Some(Left::Space(id)));
                }
            }
            Ok(None)
        });
        match left.await? {
            Some(Left::Invitation(code)) => Ok(code),
            Some(Left::Space(space)) => {
                Ok(self.log.write(move |tx| invites::make(tx.db(), space, Role::Owner, None, now_ms())).await?)
            }
            None => self.create_space(name).await,
        }
    }

    /// The space of this id, or else the only one of this name: an earlier version made several.
    pub(super) async fn find(&self, asked: String) -> Result<StreamId, Error> {
        let spaces = self.log.query(all).await?;
        let name = typed_name(&asked);
        if let Some((id, _)) = spaces.iter().find(|(id, _)| name.parse() == Ok(*id)) {
            return Ok(*id);
        }
        let named: Vec<StreamId> = spaces.iter().filter(|(_, other)| *other == name).map(|(id, _)| *id).collect();
        match named[..] {
            [one] => Ok(one),
            [] => Err(Error::NoSuchSpace(asked)),
            _ => Err(Error::SeveralSpaces { name: asked, ids: named }),
        }
    }
}
