//! What is served over HTTP: accounts as JSON, where a message stands, the state of health, and the ways into `/sync` and
//! `/yjs`.

mod bodies;
mod ready;
mod web;

pub use ready::Readiness;
pub use web::Web;

use crate::accounts::{Accounts, Denied};
use crate::database::{Database, place_of};
use crate::identity::Bearer;
use crate::listen::Peer;
use crate::progress::Progress;
use crate::rate_limits::{COST_OF_READ, COST_OF_WRITE, RateLimits};
use crate::session::{Arrival, Sessions, cost};
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use axum_tws::{Config, Limits, WebSocketUpgrade};
use folkmoot_model::id::StreamId;
use folkmoot_wire::api::{
    Inspected, Invite, Invited, Join, NotGranted, Place, Placed, Refresh, Session, SignIn, Ticket, Ticketed,
};
use folkmoot_wire::limits::FRAME_BYTES_MAX;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The longest that a request may take once its body has come.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// Bytes of frames that wait together before they are handed to the socket.
const WRITE_BYTES: usize = 16 << 10;

/// What requests need.
pub struct Shared {
    /// Who people are.
    pub accounts: Arc<Accounts>,
    /// How fast they may ask.
    pub rate_limits: Arc<RateLimits>,
    /// The connections.
    pub sessions: Arc<Sessions>,
    /// The state of health.
    pub readiness: Arc<Readiness>,
    /// The log, for where messages stand.
    pub log: Database,
    /// What browsers may do.
    pub web: Web,
}

/// The whole HTTP surface.
pub fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/inspect", post(inspect))
        .route("/join", post(join))
        .route("/sign-in", post(sign_in))
        .route("/refresh", post(refresh))
        .route("/sign-out", post(sign_out))
        .route("/invite", post(invite))
        .route("/ticket", post(ticket))
        .route("/place", post(place))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guarded));
    Router::new()
        .nest("/api/v1", api)
        .route("/sync", get(sync))
        .route("/yjs/{document}", get(yjs))
        .route("/health/live", get(|| async { StatusCode::OK }))
        .route("/health/ready", get(ready))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), addressed))
        .with_state(shared)
}

/// A refusal on its way out.
struct Refused(NotGranted);

type Answer<T> = Result<Json<T>, Refused>;

async fn inspect(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    body: Bytes,
) -> Answer<Inspected> {
    let inspect = read(&body)?;
    shared.rate_limits.cost_of_stranger(from, COST_OF_READ)?;
    Ok(Json(shared.accounts.inspect(inspect, from).await?))
}

async fn join(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Session> {
    let join: Join = read(&body)?;
    let bearer = match headers.contains_key(header::AUTHORIZATION) {
        true => Some(bearer(&shared, from, &headers)?),
        false => None,
    };
    match bearer {
        Some(Bearer { person, .. }) => shared.rate_limits.cost(person, COST_OF_WRITE)?,
        None => shared.rate_limits.cost_of_stranger(from, COST_OF_READ)?,
    }
    Ok(Json(shared.accounts.join(join, bearer, from).await?))
}

async fn sign_in(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    body: Bytes,
) -> Answer<Session> {
    let sign_in: SignIn = read(&body)?;
    Ok(Json(shared.accounts.sign_in(sign_in, from).await?))
}

async fn refresh(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    body: Bytes,
) -> Answer<Session> {
    let refresh: Refresh = read(&body)?;
    Ok(Json(shared.accounts.refresh(refresh, from).await?))
}

async fn sign_out(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    let Bearer { device, .. } = bearer(&shared, from, &headers)?;
    shared.accounts.sign_out(device).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn invite(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Invited> {
    let bearer = bearer(&shared, from, &headers)?;
    let invite: Invite = read(&body)?;
    Ok(Json(shared.accounts.invite(bearer, invite).await?))
}

async fn ticket(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Ticketed> {
    let bearer = bearer(&shared, from, &headers)?;
    let asked: Ticket = read(&body)?;
    Ok(Json(shared.accounts.ticket(bearer, asked).await?))
}

async fn place(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Placed> {
    let Bearer { person, .. } = bearer(&shared, from, &headers)?;
    let Place { room, message } = read(&body)?;
    shared.rate_limits.cost(person, COST_OF_READ)?;
    let placed = shared.log.query(move |db| place_of(db, person, room, message)).await.map_err(Denied::from)?;
    Ok(Json(placed))
}

async fn ready(State(shared): State<Arc<Shared>>) -> StatusCode {
    if shared.readiness.is_ready().await { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn sync(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    Extension(progress): Extension<Progress>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(refused) = shared.web.origin_allowed(&headers) {
        return refused.into_response();
    }
    // Whatever failed at this address before: who it is, the first frame says.
    let Some(admission) = shared.rate_limits.admit() else { return Refused(NotGranted::Busy).into_response() };
    let arrival = Arrival { from, progress, admission };
    bounded(upgrade).on_upgrade(move |socket| apart(Arc::clone(&shared.sessions).run(socket, arrival)))
}

/// What a ticket permits, the ticket says: pages of any origin may use one, since there is nothing else to go by.
#[derive(Deserialize)]
struct Shown {
    ticket: String,
}

async fn yjs(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    Extension(progress): Extension<Progress>,
    Path(document): Path<StreamId>,
    Query(Shown { ticket }): Query<Shown>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let rate_limits = &shared.rate_limits;
    let ticket = match shared.accounts.ticket_holder(&ticket) {
        Ok(ticket) if ticket.document == document => ticket,
        _ => {
            let refused = rate_limits.unproven(from).err().unwrap_or(NotGranted::SignedOut);
            rate_limits.failed(from);
            return Refused(refused).into_response();
        }
    };
    if let Err(refused) = rate_limits.cost(ticket.person, cost::DOCUMENT) {
        return Refused(refused).into_response();
    }
    let Some(admission) = rate_limits.admit().zip(rate_limits.document(ticket.person)) else {
        return Refused(NotGranted::Busy).into_response();
    };
    bounded(upgrade)
        .on_upgrade(move |socket| apart(Arc::clone(&shared.sessions).run_foreign(socket, progress, ticket, admission)))
}

/// Serves a connection in a task of its own: the one that upgraded it would keep what it needed for that.
fn apart(connection: impl Future<Output = ()> + Send + 'static) -> future::Ready<()> {
    tokio::spawn(connection);
    future::ready(())
}

fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    let limits = Limits::default().max_payload_len(Some(FRAME_BYTES_MAX));
    upgrade.config(Config::default().flush_threshold(WRITE_BYTES)).limits(limits)
}

/// Around every request: one that names another server is not answered as if it were for this one.
async fn addressed(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if !shared.web.is_asked(&request) {
        return (StatusCode::MISDIRECTED_REQUEST, Json(NotGranted::Forbidden)).into_response();
    }
    next.run(request).await
}

/// Around every request of the API: pages that are not ours stay out, what fails counts for its address, and none takes
/// for ever.
async fn guarded(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(from)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if let Err(refused) = shared.web.origin_allowed(request.headers()) {
        return refused.into_response();
    }
    if !web::is_json(&request) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, Json(NotGranted::BadRequest)).into_response();
    }
    let request = match bodies::whole(&shared.rate_limits, from, request).await {
        Ok(request) => request,
        Err(refused) => return refused,
    };
    let Ok(response) = tokio::time::timeout(REQUEST_TIME_MAX, next.run(request)).await else {
        return Refused(NotGranted::Busy).into_response();
    };
    if response.extensions().get::<FailedTry>().is_some() {
        shared.rate_limits.failed(from);
    }
    response
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused(NotGranted::BadRequest))
}

/// Who asks. Where too much failed, whoever does not show it is told to wait.
fn bearer(shared: &Shared, from: IpAddr, headers: &HeaderMap) -> Result<Bearer, Refused> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    let bearer = token.and_then(|token| shared.accounts.bearer(token).ok());
    if bearer.is_none() {
        shared.rate_limits.unproven(from)?;
    }
    bearer.ok_or(Refused(NotGranted::SignedOut))
}

impl From<NotGranted> for Refused {
    fn from(not: NotGranted) -> Self {
        Self(not)
    }
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Not(not) => Self(not),
            failure => {
                tracing::error!(error = %failure, "a request failed");
                Self(NotGranted::Busy)
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            NotGranted::BadRequest
            | NotGranted::BadName
            | NotGranted::PasswordTooShort { .. }
            | NotGranted::PasswordTooLong => StatusCode::BAD_REQUEST,
            NotGranted::WrongPassword | NotGranted::SignedOut => StatusCode::UNAUTHORIZED,
            NotGranted::BadInvite | NotGranted::Forbidden => StatusCode::FORBIDDEN,
            NotGranted::NameTaken => StatusCode::CONFLICT,
            NotGranted::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
            NotGranted::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        // A rule's refusal tries nothing: who asks has shown who they are.
        let tried = matches!(self.0, NotGranted::WrongPassword | NotGranted::SignedOut | NotGranted::BadInvite);
        let mut response = (status, Json(self.0)).into_response();
        if tried {
            response.extensions_mut().insert(FailedTry);
        }
        response
    }
}

/// Marks the answer to somebody who tried a password, a token or an invitation that is none.
#[derive(Clone)]
struct FailedTry;
