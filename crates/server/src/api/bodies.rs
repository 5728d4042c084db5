//! The bodies of requests: they come whole and soon, or the request is refused. Whoever sends a part and waits takes memory and a place.

use super::Refused;
use crate::rate_limits::RateLimits;
use axum::Json;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use folkmoot_wire::api::NotGranted;
use folkmoot_wire::limits::{BODY_MS, REQUEST_BYTES_MAX};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// The request with its body, once that has come.
pub async fn whole(rate_limits: &RateLimits, from: IpAddr, request: Request) -> Result<Request, Response> {
    within(Duration::from_millis(BODY_MS), rate_limits, from, request).await
}

async fn within(
    patience: Duration,
    rate_limits: &RateLimits,
    from: IpAddr,
    request: Request,
) -> Result<Request, Response> {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return Ok(Request::from_parts(head, body));
    }
    let ended = Arc::new(Notify::new());
    let _counted = (rate_limits.bodies.add(from, &ended), rate_limits.bodies_of_all.add((), &ended));
    let coming = timeout(patience, to_bytes(body, REQUEST_BYTES_MAX));
    let come = tokio::select! {
        come = coming => come.ok(),
        () = ended.notified() => None,
    };
    match come {
        Some(Ok(body)) => Ok(Request::from_parts(head, Body::from(body))),
        Some(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, Json(NotGranted::BadRequest)).into_response()),
        None => Err(Refused(NotGranted::Busy).into_response()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Rates;
    use axum::body::Bytes;
    use futures_util::{StreamExt, stream};
    use std::convert::Infallible;

    fn request(body: Body) -> Request {
        Request::builder().body(body).unwrap()
    }

    async fn status(patience: Duration, body: Body) -> Result<Bytes, StatusCode> {
        let rate_limits = RateLimits::new(Rates::default());
        match within(patience, &rate_limits, IpAddr::from([127, 0, 0, 1]), request(body)).await {
            Ok(request) => Ok(to_bytes(request.into_body(), usize::MAX).await.unwrap()),
            Err(response) => Err(response.status()),
        }
    }

    #[tokio::test]
    async fn a_body_comes_whole_and_soon_or_is_refused() {
        const SOON: Duration = Duration::from_millis(1);
        const LONG: Duration = Duration::from_secs(60);
        let part = || stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
        let never = Body::from_stream(part().chain(stream::pending()));
        assert_eq!(status(SOON, never).await, Err(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(status(LONG, Body::from(vec![0; REQUEST_BYTES_MAX + 1])).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(status(LONG, Body::from_stream(part().chain(part()))).await, Ok(Bytes::from_static(b"{{")));
        assert_eq!(status(LONG, Body::empty()).await, Ok(Bytes::new()));
    }
}
