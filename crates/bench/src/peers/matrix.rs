//! A person in a room of a Matrix server: what they are told they ask for, by long polls, and what they say is a request.
//!
//! Source: Matrix specification, client-server API, v1.11 (`/register`, `/createRoom`, `/join`, `/sync`, `/send`).

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// How long the server may keep a poll that has nothing to tell, in milliseconds.
const POLL_MS: u32 = 30_000;

/// Only messages, all of them.
const FILTER: &str = r#"{"presence":{"types":[]},"account_data":{"types":[]},"room":{"account_data":{"types":[]},"ephemeral":{"types":[]},"state":{"types":[]},"timeline":{"types":["m.room.message"],"limit":1000}}}"#;

/// Somebody with an account.
#[derive(Clone)]
pub struct Account {
    http: reqwest::Client,
    host: String,
    token: String,
}

/// Asks again and again what is new.
pub struct Polls {
    account: Account,
    room: String,
    since: String,
    came: VecDeque<Bytes>,
}

/// Says what waits, one after the other.
pub struct Puts {
    account: Account,
    room: String,
    said: usize,
    waits: VecDeque<Bytes>,
}

impl Account {
    /// Registers somebody.
    pub async fn register(host: &str, name: &str) -> Result<Self> {
        let mut account = Self { http: reqwest::Client::new(), host: host.to_owned(), token: String::new() };
        let wanted = json!({ "auth": { "type": "m.login.dummy" }, "username": name, "password": "a long password" });
        let registered = account.ask(Method::POST, "register", &wanted).await?;
        account.token = text(&registered, "access_token")?;
        Ok(account)
    }

    /// Opens a room into which anybody may come, and is in it. Its address.
    pub async fn open(&self) -> Result<String> {
        text(&self.ask(Method::POST, "createRoom", &json!({ "preset": "public_chat" })).await?, "room_id")
    }

    /// Comes to a room.
    pub async fn join(&self, room: &str) -> Result<()> {
        self.ask(Method::POST, &format!("rooms/{room}/join"), &json!({})).await.map(drop)
    }

    /// Both directions of being in a room, from now on.
    pub async fn stay(self, room: &str) -> Result<(Polls, Puts)> {
        let puts = Puts { account: self.clone(), room: room.to_owned(), said: 0, waits: VecDeque::new() };
        let mut polls = Polls { account: self, room: room.to_owned(), since: String::new(), came: VecDeque::new() };
        polls.poll(0).await?;
        polls.came.clear();
        Ok((polls, puts))
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.answered(self.request(method, self.url(path, &[])?).json(body)).await
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url> {
        let mut url = Url::parse(&format!("http://{}/_matrix/client/v3/{path}", self.host))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url);
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    async fn answered(&self, request: RequestBuilder) -> Result<Value> {
        let response = request.send().await?;
        let status = response.status();
        let told = response.json::<Value>().await?;
        ensure!(status.is_success(), "{status}: {told}");
        Ok(told)
    }
}

impl Polls {
    /// The text of the next message. Nothing is lost if it is not waited for.
    pub async fn next(&mut self) -> Result<Bytes> {
        loop {
            if let Some(text) = self.came.pop_front() {
                return Ok(text);
            }
            self.poll(POLL_MS).await?;
        }
    }

    async fn poll(&mut self, timeout_ms: u32) -> Result<()> {
        let timeout = timeout_ms.to_string();
        let mut query = vec![("filter", FILTER), ("timeout", &timeout)];
        if !self.since.is_empty() {
            query.push(("since", &self.since));
        }
        let asked = self.account.request(Method::GET, self.account.url("sync", &query)?);
        let told = self.account.answered(asked).await?;
        self.since = text(&told, "next_batch")?;
        let timeline = &told["rooms"]["join"][&self.room]["timeline"];
        if timeline["limited"] == true && timeout_ms > 0 {
            bail!("more messages at once than it tells");
        }
        for event in timeline["events"].as_array().into_iter().flatten() {
            self.came.push_back(Bytes::from(text(&event["content"], "body")?));
        }
        Ok(())
    }
}

impl Puts {
    /// Keeps it for the next flush.
    pub fn feed(&mut self, text: Bytes) {
        self.waits.push_back(text);
    }

    /// Says what waits.
    pub async fn flush(&mut self) -> Result<()> {
        while let Some(text) = self.waits.pop_front() {
            self.said += 1;
            let path = format!("rooms/{}/send/m.room.message/{}", self.room, self.said);
            let body = json!({ "msgtype": "m.text", "body": std::str::from_utf8(&text)? });
            self.account.ask(Method::PUT, &path, &body).await?;
        }
        Ok(())
    }
}

fn text(told: &Value, name: &str) -> Result<String> {
    told[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in {told}"))
}
