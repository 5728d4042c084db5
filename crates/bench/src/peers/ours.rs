//! What only our own server needs before it can be measured: a space, people in it, documents, and tickets to them.

use crate::socket::{Socket, mint};
use crate::typist::{CHECKPOINTED, Typist};
use anyhow::{Context, Result, ensure};
use folkmoot_model::features::documents::{DocumentKind, DocumentOpened};
use folkmoot_model::id::StreamId;
use folkmoot_wire::api::{Ticket, Ticketed};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Documents that one person makes: no more than anybody may make at once.
const DOCUMENTS: usize = 32;

/// A space. All clients come with one person's tickets.
pub struct Ours {
    folkmootd: PathBuf,
    data: PathBuf,
    http: reqwest::Client,
    access: String,
    documents: Vec<StreamId>,
}

impl Ours {
    /// A space of one person, with documents, on the server that serves this data.
    pub async fn create(folkmootd: &Path, data: &Path) -> Result<Self> {
        let (folkmootd, data) = (folkmootd.to_owned(), data.to_owned());
        let http = reqwest::Client::new();
        let mut ours = Self { folkmootd, data, http, access: String::new(), documents: Vec::new() };
        let mut owner = Socket::join_by(&ours.link(&["space", "create", "Northlight"]).await?, "Ana").await?;
        ours.make(&mut owner, DOCUMENTS).await?;
        ours.access = owner.access;
        Ok(ours)
    }

    /// Somebody joins, and lands in the room where everybody is.
    pub async fn person(&self, name: &str) -> Result<Socket> {
        Socket::join_by(&self.link(&["invite", "--space", "Northlight"]).await?, name).await
    }

    /// As many people as it takes to have so many more documents made at once.
    pub async fn people(&self, documents: usize) -> Result<Vec<Socket>> {
        let mut people = Vec::new();
        while people.len() < documents.div_ceil(DOCUMENTS) {
            people.push(self.person(&format!("Author {}", people.len())).await?);
        }
        Ok(people)
    }

    /// Each of them makes documents.
    pub async fn make_all(&mut self, people: Vec<Socket>) -> Result<()> {
        for mut person in people {
            self.make(&mut person, DOCUMENTS).await?;
        }
        Ok(())
    }

    async fn make(&mut self, person: &mut Socket, documents: usize) -> Result<()> {
        for _ in 0..documents {
            let document = StreamId(mint()?.0);
            let opened = DocumentOpened { room: person.room, kind: DocumentKind::Code };
            person.append(document, vec![opened.into()]).await?;
            self.documents.push(document);
        }
        Ok(())
    }

    /// Types so many characters into a document, one edit each, and gives it the time in which a checkpoint is made.
    pub async fn typed(&self, n: usize, edits: usize) -> Result<()> {
        let document = self.document(n)?;
        let (mut writer, mut typist) = (self.person("Typist").await?, Typist::default());
        while let Some(batch) = typist.batch(edits - 1) {
            writer.append(document, batch).await?;
        }
        tokio::time::sleep(CHECKPOINTED).await;
        writer.append(document, vec![typist.edit()]).await?;
        tokio::time::sleep(CHECKPOINTED).await;
        Ok(())
    }

    /// The path to a document on this host, good for many who come soon.
    pub async fn path(&self, host: &str, n: usize) -> Result<String> {
        let document = self.document(n)?;
        let asks = Ticket { document, read_only: false };
        let url = format!("http://{host}/api/v1/ticket");
        let asked = self.http.post(url).bearer_auth(&self.access).json(&asks).send().await?;
        let Ticketed { ticket } = asked.error_for_status()?.json().await?;
        Ok(format!("/yjs/{document}?ticket={ticket}"))
    }

    fn document(&self, n: usize) -> Result<StreamId> {
        self.documents.get(n).copied().context("all documents are used")
    }

    async fn link(&self, asks: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.folkmootd);
        command.args(asks).arg("--data").arg(&self.data);
        let told = command.stderr(Stdio::inherit()).output().await?;
        ensure!(told.status.success(), "no link");
        Ok(String::from_utf8(told.stdout)?.trim().to_owned())
    }
}
