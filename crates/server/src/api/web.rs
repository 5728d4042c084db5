//! What keeps web pages out that a person of this machine happens to have open: they may not use the server in that
//! person's name, nor a server on loopback by a name that leads there (DNS rebinding).

use super::Refused;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, header};
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
    /// Does the request name this server, as far as it matters what it names?
    pub fn is_asked(&self, request: &Request) -> bool {
        let Some(names) = &self.names else { return true };
        let hosts = request.headers().get_all(header::HOST).iter().map(|host| host.as_bytes().try_into().ok());
        let said: Vec<Option<Authority>> = hosts.chain(request.uri().authority().cloned().map(Some)).collect();
        let is_ours =
            |authority: &Authority| is_loopback(authority.host()) || names.iter().any(|name| is_named(authority, name));
        !said.is_empty() && said.iter().all(|authority| authority.as_ref().is_some_and(is_ours))
    }

    /// May this page use the API and `/sync`? Who names no origin is no browser.
    pub(super) fn origin_allowed(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let allowed = |origin: &HeaderValue| self.allowed_origins.iter().any(|allowed| origin == allowed.as_str());
        if headers.get_all(header::ORIGIN).iter().all(allowed) { Ok(()) } else { Err(Refused(NotGranted::Forbidden)) }
    }
}

/// Does the body, if there is one, say that it is JSON? Pages of any origin may send others without being asked.
pub fn is_json(request: &Request) -> bool {
    let says_json = |value: &HeaderValue| {
        let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    };
    let mut types = request.headers().get_all(header::CONTENT_TYPE).iter().peekable();
    if types.peek().is_none() { request.body().is_end_stream() } else { types.all(says_json) }
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
            assert!(web.is_asked(&asked("/", &[host])), "{host}");
        }
        let others =
            ["evil.example", "127.0.0.1.evil.example:4600", "localhost.evil.example", "10.0.0.1", "", "a b", "[::2]"];
        for host in others.into_iter().chain(["localhost.", "127.0.0.1@evil.example"]) {
            assert!(!web.is_asked(&asked("/", &[host])), "{host}");
        }
        assert!(!web.is_asked(&asked("/", &[])), "who names nobody");
        assert!(!web.is_asked(&asked("/", &["localhost", "evil.example"])), "who names two");
        assert!(!web.is_asked(&asked("http://evil.example/", &["localhost"])), "in the request line");
        let behind_tls = Web { names: None, ..web };
        assert!(behind_tls.is_asked(&asked("/", &["evil.example"])));
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
            is_json(&request.body(Body::from(body)).unwrap())
        };
        assert!(
            of(Some("application/json"), "{}") && of(Some("Application/JSON; charset=utf-8"), "{}") && of(None, "")
        );
        for kind in [None, Some("text/plain"), Some("text/plain; a=application/json"), Some("")] {
            assert!(!of(kind, "{}"), "{kind:?}");
        }
    }
}
