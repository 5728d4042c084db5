//! The account over HTTP: inspecting, joining, signing in, renewing, inviting. Everything else is frames over the link.
//!
//! One request at a time each, with typed refusals. Nothing is kept here: that is `session.rs`.

use crate::command::Refused;
use crate::pin::{PinnedTls, Server};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::writing::NAME_BYTES_MAX;
use folkmoot_wire::api::{
    Inspect, Inspected, Invite, Invited, Join, NotGranted, Place, Placed, Refresh, Session, SignIn, Ticket, Ticketed,
};
use folkmoot_wire::limits::{PASSWORD_BYTES_MAX, REQUEST_BYTES_MAX};
use reqwest::redirect;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long the server may take to be reached.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long a whole request may take: the server hashes one password at a time.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The server cannot be reached, or broke off. The text is for logs.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// Another server answered than the one whose key is known.
    #[error("another server answered")]
    WrongServer,
    /// The server said no.
    #[error(transparent)]
    NotGranted(#[from] NotGranted),
    /// The answer is not what this version understands.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl From<AccountError> for Refused {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Unreachable(_) => Self::Offline,
            AccountError::WrongServer => Self::WrongServer,
            AccountError::Unreadable => Self::Upgrade,
            AccountError::NotGranted(why) => match why {
                NotGranted::BadRequest => Refusal::from(Code::BadRequest).into(),
                NotGranted::BadName => Refusal { limit: Some(NAME_BYTES_MAX as u64), ..Code::BadRequest.into() }.into(),
                NotGranted::Forbidden => Refusal::from(Code::Forbidden).into(),
                NotGranted::PasswordTooLong => Refusal::too_large(PASSWORD_BYTES_MAX).into(),
                NotGranted::BadInvite => Self::BadInvite,
                NotGranted::NameTaken => Self::NameTaken,
                NotGranted::PasswordTooShort { least } => Self::PasswordTooShort { least },
                NotGranted::WrongPassword => Self::WrongPassword,
                NotGranted::SignedOut => Self::SignedOut,
                NotGranted::TooManyTries { after_ms } => Self::TooManyTries { after_ms },
                NotGranted::Busy => Self::Offline,
            },
        }
    }
}

/// Requests to one server.
#[derive(Debug, Clone)]
pub struct Account {
    server: Server,
    http: reqwest::Client,
    tls: PinnedTls,
}

impl Account {
    /// For `server`. Fails with [`AccountError::Unreachable`] if there is no TLS to be had.
    pub fn at(server: Server) -> Result<Self, AccountError> {
        let unreachable = |error: &dyn std::fmt::Display| AccountError::Unreachable(error.to_string());
        let tls = PinnedTls::to(&server).map_err(|error| unreachable(&error))?;
        // No proxy and no redirect: the key names the server, and nobody else is spoken to.
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.config.as_ref().clone())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX)
            .build()
            .map_err(|error| unreachable(&error))?;
        Ok(Self { server, http, tls })
    }

    /// Which server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What an invitation leads to, also for the device that has used it. Fails with [`AccountError`], as do all that follow.
    pub async fn inspect(&self, code: String, device: Option<DeviceId>) -> Result<Inspected, AccountError> {
        self.post("/api/v1/inspect", &Inspect { code, device }, None).await
    }

    /// Joins by invitation: as a new person, or with an access token as its person.
    pub async fn join(
        &self,
        code: String,
        name: String,
        password: String,
        device: DeviceId,
        token: Option<&str>,
    ) -> Result<Session, AccountError> {
        self.post("/api/v1/join", &Join { code, name, password, device }, token).await
    }

    /// Signs in; with what the server said when the person was last signed in on this device, if they were.
    pub async fn sign_in(
        &self,
        name: String,
        password: String,
        device: DeviceId,
        known_device: Option<String>,
    ) -> Result<Session, AccountError> {
        self.post("/api/v1/sign-in", &SignIn { name, password, device, known_device }, None).await
    }

    /// The next pair of tokens.
    pub async fn refresh(&self, refresh: String) -> Result<Session, AccountError> {
        self.post("/api/v1/refresh", &Refresh { refresh }, None).await
    }

    /// Signs this device out.
    pub async fn sign_out(&self, token: &str) -> Result<(), AccountError> {
        let answer: serde_json::Value = self.post("/api/v1/sign-out", &serde_json::json!({}), Some(token)).await?;
        drop(answer);
        Ok(())
    }

    /// An invitation's code.
    pub async fn invite(&self, space: StreamId, role: Role, token: &str) -> Result<String, AccountError> {
        let Invited { code } = self.post("/api/v1/invite", &Invite { space, role }, Some(token)).await?;
        Ok(code)
    }

    /// A ticket to a document for a Yjs client that is not ours.
    pub async fn ticket(&self, document: StreamId, read_only: bool, token: &str) -> Result<String, AccountError> {
        let Ticketed { ticket } = self.post("/api/v1/ticket", &Ticket { document, read_only }, Some(token)).await?;
        Ok(ticket)
    }

    /// Where in its room or thread a message stands; nowhere if the person may not read it, or there is none.
    pub async fn place(&self, room: StreamId, message: EventId, token: &str) -> Result<Placed, AccountError> {
        self.post("/api/v1/place", &Place { room, message }, Some(token)).await
    }

    async fn post<Q: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        body: &Q,
        token: Option<&str>,
    ) -> Result<A, AccountError> {
        let mut answer = self.send(path, body, token).await.map_err(|error| self.unreached(error))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.unreached(error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > REQUEST_BYTES_MAX {
                return Err(AccountError::Unreadable);
            }
        }
        if status.is_success() {
            let bytes = if bytes.is_empty() { b"null" } else { bytes.as_slice() };
            return serde_json::from_slice(bytes).map_err(|_| AccountError::Unreadable);
        }
        match serde_json::from_slice::<NotGranted>(&bytes) {
            Ok(why) => Err(why.into()),
            Err(_) if status.is_server_error() => Err(AccountError::Unreachable(status.to_string())),
            Err(_) => Err(AccountError::Unreadable),
        }
    }

    async fn send<Q: Serialize>(
        &self,
        path: &str,
        body: &Q,
        token: Option<&str>,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut urls = self.server.http(path).into_iter().peekable();
        loop {
            let mut request = self.http.post(urls.next().unwrap_or_default()).json(body);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            match request.send().await {
                // Somebody listens, but does not speak so.
                Err(error) if urls.peek().is_some() && !error.is_connect() && !error.is_timeout() => {}
                sent => return sent,
            }
        }
    }

    fn unreached(&self, error: reqwest::Error) -> AccountError {
        if self.tls.met_another() {
            return AccountError::WrongServer;
        }
        // Without the URL, and so without anything that was in a body or query.
        AccountError::Unreachable(error.without_url().to_string())
    }
}
