//! What keeps web pages out that a person of this machine happens to have open: they may not use the server in that
//! person's name, nor a server on loopback by a name that leads there (DNS rebinding).

use super::Refused;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use folkmoot_wire::api::NotGranted;
use std::net::IpAddr;

/// Who may ask from within a browser, and under which names the server is asked.
#[derive(Debug, Clone)]
pub struct Web {
    /// Pages that may use the API and `/sync`.
    pub allowed_origins: Vec<String>,
    /// Under which names a server without TLS may be asked, besides those of loopback. `None`: under any, since TLS with
    /// the server's own key keeps browsers away that were led here.
    pub names: Option<Vec<String>>,
}

impl Web {
    /// Is the request meant for this server? Refused with 421 if it names another.
    pub fn addressed(&self, request: &Request) -> Result<(), Response> {
        let Some(names) = &self.names else { return Ok(()) };
        let headers = request.headers().get_all(header::HOST).iter();
        let said =
            headers.map(|host| host.as_bytes().try_into().ok()).chain(request.uri().authority().cloned().map(Some));
        let said: Vec<Option<Authority>> = said.collect();
        let ours =
            |authority: &Authority| is_loopback(authority.host()) || names.iter().any(|name| is_named(authority, name));
        match !said.is_empty() && said.iter().all(|authority| authority.as_ref().is_some_and(ours)) {
            true => Ok(()),
            false => {
                Err((StatusCode::MISDIRECTED_REQUEST, Refused(NotGranted::Forbidden).into_response()).into_response())
            }
        }
    }

    /// May this page use the API and `/sync`? Who names no origin is no browser.
    pub(super) fn origin_allowed(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let allowed = |origin: &HeaderValue| self.allowed_origins.iter().any(|allowed| origin == allowed.as_str());
        if headers.get_all(header::ORIGIN).iter().all(allowed) { Ok(()) } else { Err(Refused(NotGranted::Forbidden)) }
    }
}

/// Refuses a body that does not say it is JSON, with 415: pages of any origin may send others without being asked.
pub fn only_json(request: &Request) -> Result<(), Response> {
    let is_json = |value: &HeaderValue| {
        let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    };
    let mut types = request.headers().get_all(header::CONTENT_TYPE).iter().peekable();
    let fits = if types.peek().is_none() { request.body().is_end_stream() } else { types.all(is_json) };
    match fits {
        true => Ok(()),
        false => {
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, Refused(NotGranted::BadRequest).into_response()).into_response())
        }
    }
}

/// Names that lead to this machine whatever a name server says.
fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The port does not matter: a proxy may listen on another.
fn is_named(authority: &Authority, name: &str) -> bool {
    name.parse::<Authority>().is_ok_and(|name| authority.host().eq_ignore_ascii_case(name.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn asked(uri: &str, hosts: &[&str]) -> Request {
        let request =
            hosts.iter().fold(Request::builder().uri(uri), |request, host| request.header(header::HOST, *host));
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn a_server_without_tls_is_asked_by_names_of_loopback_and_its_own() {
        let web = Web { allowed_origins: Vec::new(), names: Some(vec!["Moot.example:443".into()]) };
        let ours = ["localhost", "LOCALHOST:80", "127.0.0.1:4600", "127.9.9.9", "[::1]", "[::1]:4600", "moot.example"];
        for host in ours {
            assert!(web.addressed(&asked("/", &[host])).is_ok(), "{host}");
        }
        let others =
            ["evil.example", "127.0.0.1.evil.example:4600", "localhost.evil.example", "10.0.0.1", "", "a b", "[::2]"];
        for host in others.into_iter().chain(["localhost.", "127.0.0.1@evil.example"]) {
            let refused = web.addressed(&asked("/", &[host])).unwrap_err();
            assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
        assert!(web.addressed(&asked("/", &[])).is_err(), "who names nobody");
        assert!(web.addressed(&asked("/", &["localhost", "evil.example"])).is_err(), "who names two");
        assert!(web.addressed(&asked("http://evil.example/", &["localhost"])).is_err(), "in the request line");
        let behind_tls = Web { names: None, ..web };
        assert!(behind_tls.addressed(&asked("/", &["evil.example"])).is_ok());
    }

    #[test]
    fn only_allowed_pages_ask_and_programs_need_no_origin() {
        let web = Web { allowed_origins: vec!["tauri://localhost".into()], names: None };
        let from = |origins: &[&str]| {
            let mut all = HeaderMap::new();
            for origin in origins {
                all.append(header::ORIGIN, origin.parse().unwrap());
            }
            web.origin_allowed(&all).is_ok()
        };
        assert!(from(&[]) && from(&["tauri://localhost"]));
        for origins in [&["null"][..], &["https://evil.example"], &["tauri://localhost", "https://evil.example"]] {
            assert!(!from(origins), "{origins:?}");
        }
    }

    #[test]
    fn a_body_says_that_it_is_json() {
        let of = |kind: Option<&str>, body: &'static str| {
            let request = Request::builder();
            let request = match kind {
                Some(kind) => request.header(header::CONTENT_TYPE, kind),
                None => request,
            };
            only_json(&request.body(Body::from(body)).unwrap()).is_ok()
        };
        assert!(
            of(Some("application/json"), "{}") && of(Some("Application/JSON; charset=utf-8"), "{}") && of(None, "")
        );
        for kind in [None, Some("text/plain"), Some("text/plain; a=application/json"), Some("")] {
            assert!(!of(kind, "{}"), "{kind:?}");
        }
    }
}
