//! Off loopback: TLS with the server's own key, which a client pins and nobody else can show.

use crate::common::Server;
use folkmoot_server::Config;
use folkmoot_wire::link::KeyHash;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Takes exactly the certificate whose key has this hash, whatever names and dates it bears.
#[derive(Debug)]
struct Pin(KeyHash, Arc<CryptoProvider>);

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // Of an Ed25519 SubjectPublicKeyInfo the last 32 bytes are the key; its head is always the same.
        const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let at = end_entity.windows(HEAD.len()).position(|window| window == HEAD).map(|at| at + HEAD.len());
        let key = at.and_then(|at| end_entity.get(at..at + 32));
        match key.map(KeyHash::of) == Some(self.0) {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.1.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.1.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.1.signature_verification_algorithms.supported_schemes()
    }
}

async fn status(address: std::net::SocketAddr, key: KeyHash) -> std::io::Result<String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pin(key, provider)))
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", address.port())).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_pins_the_key_speaks_with_this_server_alone() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { listen: "0.0.0.0:0".parse().unwrap(), ..Config::for_tests(dir.path()) };
    let server = Server::with(config, dir).await;
    let (address, key) = (server.running.address, server.running.key);
    assert!(server.running.url.starts_with("https://"));
    assert_eq!(status(address, key).await.unwrap(), "HTTP/1.1 200 OK");
    assert!(status(address, KeyHash::of(b"another key")).await.is_err());
    // Without TLS nothing is served.
    let mut plain = TcpStream::connect(("127.0.0.1", address.port())).await.unwrap();
    plain.write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _closed = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
}
