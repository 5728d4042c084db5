//! What an operator sees of accounts and devices, and how they end.

use super::{DAY_MS, Done, Operator};
use crate::accounts::{Denied, ending, refresh};
use crate::clock::now_ms;
use crate::database::LogError;
use crate::error::Error;
use crate::space::NotAppended;
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_wire::api::NotGranted;

impl Operator {
    /// One line for each account: its id, what it has, its name.
    pub(super) async fn people(&self) -> Result<Vec<String>, Error> {
        let listed = self.log.query(ending::list).await?;
        let line = |ending::Listed { id, name, devices, ended }| match ended {
            true => format!("{id}  ended        {name}"),
            false => format!("{id}  {devices:2} signed in  {name}"),
        };
        Ok(listed.into_iter().map(line).collect())
    }

    /// One line for each device of a person: its id, whether it is signed in, when it last renewed that.
    pub(super) async fn devices(&self, person: String) -> Result<Vec<String>, Error> {
        let person = self.find_person(person).await?;
        let listed = self.log.query(move |db| ending::devices(db, person)).await?;
        let now_ms = now_ms();
        let line = |ending::ListedDevice { id, renewed_ms, signed_in }| {
            let days = now_ms.saturating_sub(renewed_ms) / DAY_MS;
            format!("{id}  {}  {days} days ago", if signed_in { "signed in " } else { "signed out" })
        };
        Ok(listed.into_iter().map(line).collect())
    }

    pub(super) async fn end_person(&self, person: String) -> Result<Done, Error> {
        let person = self.find_person(person).await?;
        let ended = match &self.accounts {
            Some(accounts) => accounts.end(person).await,
            None => self.log.write(move |turn| ending::end(turn, person, now_ms())).await.map(drop),
        };
        ended.map_err(|error| match error {
            NotAppended::Refused(refusal) => Error::Refused(refusal.to_string()),
            NotAppended::Database(error) => Error::Database(error),
        })?;
        tracing::info!(%person, "an account has ended");
        Ok(Done::Lines(Vec::new()))
    }

    pub(super) async fn end_device(&self, device: DeviceId) -> Result<Done, Error> {
        let ended = match &self.accounts {
            Some(accounts) => accounts.sign_out(device).await,
            None => {
                let revoked = self.log.write(move |turn| refresh::revoke(turn, device, now_ms())).await?;
                revoked.map(drop).ok_or(Denied::Not(NotGranted::SignedOut))
            }
        };
        match ended {
            Ok(()) => Ok(Done::Lines(Vec::new())),
            Err(Denied::Not(_)) => Err(Error::NoSuchDevice(device)),
            Err(Denied::Database(error)) => Err(error.into()),
            Err(Denied::Own(error)) => Err(error),
        }
    }

    async fn find_person(&self, asked: String) -> Result<PersonId, Error> {
        let name = asked.clone();
        let found = self.log.query(move |db| -> Result<_, LogError> { ending::find(db, &name) });
        found.await?.ok_or(Error::NoSuchPerson(asked))
    }
}
