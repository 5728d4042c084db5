//! Which server, and how it is known again: by its key, whatever its address.
//!
//! Off loopback there is always TLS, and the server's certificate counts for nothing but the key in it; no authority is
//! asked. On loopback the operating system already says who listens, so there need be none.

use folkmoot_wire::link::{KeyHash, Link};
use minicbor::{Decode, Encode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What stands before the 32 bytes of an Ed25519 key in a certificate (RFC 8410, section 4).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The port of a server whose address names none.
const DEFAULT_PORT: u16 = 443;

/// A server: where it is, and by which key it is known.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Server {
    /// Host, and port if it is not 443.
    #[n(0)]
    pub host: String,
    #[n(1)]
    key: [u8; 32],
}

/// A text that names no server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a join link nor HOST:PORT#KEY")]
pub struct NotAServer;

impl Server {
    /// The server of this address and key.
    pub fn new(host: impl Into<String>, key: KeyHash) -> Self {
        Self { host: host.into(), key: key.0 }
    }

    /// Reads a join link or `HOST:PORT#KEY`. Fails with [`NotAServer`].
    pub fn read(text: &str) -> Result<Self, NotAServer> {
        let text = text.trim();
        if let Ok(Link::Join { host, key, .. }) = text.parse() {
            return Ok(Self::new(host, key));
        }
        let (host, key) = text.split_once('#').ok_or(NotAServer)?;
        let key: KeyHash = key.parse().map_err(|_| NotAServer)?;
        // The same reading as a link's, so that nothing but a host passes.
        let link = format!("folkmoot://{host}/join/x?key={key}");
        match link.parse() {
            Ok(Link::Join { host, key, .. }) => Ok(Self::new(host, key)),
            _ => Err(NotAServer),
        }
    }

    /// Its key's hash.
    pub fn key(&self) -> KeyHash {
        KeyHash(self.key)
    }

    /// The host name or address without the port, and the port.
    pub fn name_and_port(&self) -> (String, u16) {
        let (name, port) = match self.host.rsplit_once(':') {
            // An IPv6 address has colons of its own, within brackets or bare.
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse().ok()),
            _ => (self.host.as_str(), None),
        };
        (name.trim_matches(['[', ']']).to_owned(), port.unwrap_or(DEFAULT_PORT))
    }

    /// Is it this computer?
    pub fn is_loopback(&self) -> bool {
        let (name, _) = self.name_and_port();
        name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The URLs of `path`, which begins with a slash, in the order in which they are to be tried.
    pub fn http(&self, path: &str) -> Vec<String> {
        // A server of this computer that is open to the network speaks TLS to all.
        let schemes: &[&str] = if self.is_loopback() { &["http", "https"] } else { &["https"] };
        schemes.iter().map(|scheme| format!("{scheme}://{}{path}", self.host)).collect()
    }

    /// The URL of the socket.
    pub fn socket(&self) -> String {
        self.web_socket("/sync")
    }

    /// The URL of the socket at `path`, which begins with a slash.
    pub fn web_socket(&self, path: &str) -> String {
        let scheme = if self.is_loopback() { "ws" } else { "wss" };
        format!("{scheme}://{}{path}", self.host)
    }
}

/// TLS that accepts one key, and remembers whether it met another.
#[derive(Debug, Clone)]
pub struct PinnedTls {
    /// For the connector.
    pub config: Arc<ClientConfig>,
    met_another: Arc<AtomicBool>,
}

impl PinnedTls {
    /// TLS to `server`. Fails if the crypto provider cannot do TLS 1.3, which it can.
    pub fn to(server: &Server) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let met_another = Arc::new(AtomicBool::new(false));
        let verifier = PinnedKey {
            key: server.key(),
            algorithms: provider.signature_verification_algorithms,
            met_another: met_another.clone(),
        };
        let config = with_provider(provider)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), met_another })
    }

    /// Has a server shown another key than the one expected?
    pub fn met_another(&self) -> bool {
        self.met_another.load(Ordering::Relaxed)
    }
}

fn with_provider(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])
}

#[derive(Debug)]
struct PinnedKey {
    key: KeyHash,
    algorithms: WebPkiSupportedAlgorithms,
    met_another: Arc<AtomicBool>,
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let info = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        let key = info.as_ref().strip_prefix(&ED25519_SPKI).filter(|key| key.len() == 32);
        if key.is_some_and(|key| KeyHash::of(key) == self.key) {
            return Ok(ServerCertVerified::assertion());
        }
        self.met_another.store(true, Ordering::Relaxed);
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // Not offered, so a server that speaks it is none of ours.
        Err(rustls::Error::General("TLS 1.2 is not spoken".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_from_a_link_or_an_address_with_its_key() {
        let key = KeyHash::of(b"key");
        let link = format!("folkmoot://moot.example:4433/join/abc?key={key}");
        assert_eq!(Server::read(&link), Ok(Server::new("moot.example:4433", key)));
        assert_eq!(Server::read(&format!("[::1]:80#{key}")), Ok(Server::new("[::1]:80", key)));
        for bad in ["moot.example", "moot.example#00", &format!("user@host#{key}"), &format!("host/x#{key}")] {
            assert_eq!(Server::read(bad), Err(NotAServer), "{bad}");
        }
    }

    #[test]
    fn only_this_computer_is_spoken_to_without_tls() {
        let key = KeyHash::of(b"key");
        for (host, socket, port) in [
            ("127.0.0.1:4400", "ws://127.0.0.1:4400/sync", 4400),
            ("[::1]:4400", "ws://[::1]:4400/sync", 4400),
            ("localhost:1", "ws://localhost:1/sync", 1),
            ("127.0.0.1.example:1", "wss://127.0.0.1.example:1/sync", 1),
            ("localhost.example", "wss://localhost.example/sync", 443),
            ("10.0.0.1:9", "wss://10.0.0.1:9/sync", 9),
        ] {
            let server = Server::new(host, key);
            assert_eq!((server.socket().as_str(), server.name_and_port().1), (socket, port));
        }
    }
}
