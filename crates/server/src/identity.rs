//! The server's identity: one Ed25519 key, made with the data directory and kept for ever.
//!
//! It signs access tokens and the TLS certificate, and its public half is what join links carry and clients pin.
//! Secrets that only this server needs are derived from it, so that there is one file to keep.

use crate::clock::{now_ms, random};
use crate::data_dir::{DataDir, write_secret};
use crate::error::Error;
use folkmoot_model::id::{DeviceId, PersonId, StreamId};
use folkmoot_wire::limits::TICKET_S;
use folkmoot_wire::link::KeyHash;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The key, ready for its uses.
pub struct Identity {
    key: KeyPair,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    tickets: Tickets,
    hash: KeyHash,
}

/// How tickets are signed: by a secret, since nobody but this server reads them. A thousand connections that come at once
/// are let in by as many checks, and those of the key's signature were a seventh of all that took.
struct Tickets {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

/// What the secret of tickets is for.
const TICKETS: &str = "folkmoot 2026-11-21 tickets for Yjs clients";

/// Tickets and access tokens never pass for one another. Of which server a ticket is, its signature says: every secret differs.
const TICKET_AUDIENCE: &str = "yjs";

/// What a ticket for a foreign Yjs client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose it is.
    pub person: PersonId,
    /// The device that asked for it.
    pub device: DeviceId,
    /// The document that it opens.
    pub document: StreamId,
    /// Only to read?
    pub read_only: bool,
    /// Its person's name in the document's space.
    pub name: String,
    /// Their colour.
    pub colour: u8,
    /// As [`Bearer::epoch`].
    #[serde(default)]
    pub epoch: u64,
}

/// Whose an access token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
    /// When the token expires, Unix milliseconds.
    pub expires_ms: u64,
    /// How often the device had been signed in or out when the token was made: valid only while that is still so. 0 in
    /// tokens of versions that did not count it.
    pub epoch: u64,
}

/// A token that is not ours, not whole, or no longer valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It was good, and has expired.
    #[error("the token has expired")]
    Expired,
    /// It never was.
    #[error("not a token of this server")]
    YjsClient,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: PersonId,
    device: DeviceId,
    exp: u64,
    #[serde(default)]
    epoch: u64,
    // Two tokens of one second differ, so that none can be mistaken for another in a log or a test.
    jti: String,
}

#[derive(Serialize, Deserialize)]
struct TicketClaims {
    aud: String,
    exp: u64,
    ticket: Ticket,
}

impl Identity {
    /// The identity kept in `dir`, made if there is none.
    pub fn open(dir: &DataDir) -> Result<Self, Error> {
        let path = dir.identity();
        let key = match std::fs::read_to_string(&path) {
            Ok(pem) => KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_ED25519).map_err(unusable)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = KeyPair::generate_for(&PKCS_ED25519).map_err(unusable)?;
                write_secret(&path, key.serialize_pem().as_bytes())?;
                key
            }
            Err(source) => return Err(Error::File { what: "read", path, source }),
        };
        let hash = KeyHash::of(key.public_key_raw());
        let validation = |algorithm: Algorithm, audience: String, required: &[&str]| {
            let mut validation = Validation::new(algorithm);
            validation.leeway = 0;
            validation.set_audience(&[audience]);
            validation.set_required_spec_claims(required);
            validation
        };
        let secret = secret(&key, TICKETS);
        Ok(Self {
            tickets: Tickets {
                signing: EncodingKey::from_secret(&secret),
                verifying: DecodingKey::from_secret(&secret),
                validation: validation(Algorithm::HS256, TICKET_AUDIENCE.to_owned(), &["exp", "aud"]),
            },
            validation: validation(Algorithm::EdDSA, hash.to_string(), &["exp", "aud", "sub"]),
            signing: EncodingKey::from_ed_der(key.serialized_der()),
            verifying: DecodingKey::from_ed_der(key.public_key_raw()),
            hash,
            key,
        })
    }

    /// The hash by which clients know this server.
    pub fn key_hash(&self) -> KeyHash {
        self.hash
    }

    /// A secret of this server for one use, named by `context`, which must be unique to that use.
    pub fn secret(&self, context: &str) -> [u8; 32] {
        secret(&self.key, context)
    }

    /// An access token that lives so many seconds, and when it expires. Fails only if the key cannot sign.
    pub fn access_token(
        &self,
        person: PersonId,
        device: DeviceId,
        epoch: u64,
        lives_s: u64,
    ) -> Result<(String, u64), Error> {
        let exp = now_ms() / 1_000 + lives_s;
        let jti = u64::from_be_bytes(random()).to_string();
        let claims = Claims { aud: self.hash.to_string(), sub: person, device, exp, epoch, jti };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing).map_err(unusable)?;
        Ok((token, exp * 1_000))
    }

    /// Signs a ticket, which is good for [`TICKET_S`] and is no access token. Fails only if the secret cannot sign.
    pub fn ticket(&self, ticket: Ticket) -> Result<String, Error> {
        let claims = TicketClaims { aud: TICKET_AUDIENCE.to_owned(), exp: now_ms() / 1_000 + TICKET_S, ticket };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.tickets.signing).map_err(unusable)
    }

    /// What a ticket says. It does not say whether the device is still signed in.
    pub fn read_ticket(&self, ticket: &str) -> Result<Ticket, BadToken> {
        let Tickets { verifying, validation, .. } = &self.tickets;
        verify::<TicketClaims>(ticket, verifying, validation).map(|claims| claims.ticket)
    }

    /// Whose `token` is. It does not say whether the device is still signed in.
    pub fn bearer(&self, token: &str) -> Result<Bearer, BadToken> {
        let claims: Claims = verify(token, &self.verifying, &self.validation)?;
        let Claims { sub: person, device, exp, epoch, .. } = claims;
        Ok(Bearer { person, device, expires_ms: exp.saturating_mul(1_000), epoch })
    }

    /// What TLS needs: a certificate of this key, signed by itself. Names do not matter: clients pin the key.
    pub fn tls(&self) -> Result<Arc<rustls::ServerConfig>, Error> {
        let params = CertificateParams::new(vec!["folkmoot".to_owned(), "localhost".to_owned()]).map_err(unusable)?;
        let certificate: CertificateDer<'static> = params.self_signed(&self.key).map_err(unusable)?.into();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialized_der().to_vec()));
        let mut config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(unusable)?
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
                .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn secret(key: &KeyPair, context: &str) -> [u8; 32] {
    blake3::derive_key(context, key.serialized_der())
}

fn verify<C: DeserializeOwned>(token: &str, key: &DecodingKey, validation: &Validation) -> Result<C, BadToken> {
    let read = jsonwebtoken::decode::<C>(token, key, validation);
    read.map(|read| read.claims).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::ExpiredSignature => BadToken::Expired,
        _ => BadToken::YjsClient,
    })
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::Identity(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_wire::limits::ACCESS_TOKEN_S;

    fn identity() -> (tempfile::TempDir, Identity) {
        let dir = tempfile::tempdir().unwrap();
        let identity = Identity::open(&DataDir::open(dir.path()).unwrap()).unwrap();
        (dir, identity)
    }

    #[test]
    fn the_key_is_made_once_and_kept_for_its_user_alone() {
        let (dir, identity) = identity();
        let again = Identity::open(&DataDir::open(dir.path()).unwrap()).unwrap();
        assert_eq!(identity.key_hash(), again.key_hash());
        assert_eq!(identity.secret("a"), again.secret("a"));
        assert_ne!(identity.secret("a"), identity.secret("b"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(dir.path().join("identity.pem")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        identity.tls().unwrap();
    }

    #[test]
    fn a_token_names_its_bearer_to_the_server_that_made_it_alone() {
        let ((_here, identity), (_there, other)) = (identity(), identity());
        let (ana, device) = (PersonId([1; 16]), DeviceId([2; 16]));
        let (token, expires_ms) = identity.access_token(ana, device, 3, ACCESS_TOKEN_S).unwrap();
        assert_eq!(identity.bearer(&token), Ok(Bearer { person: ana, device, expires_ms, epoch: 3 }));
        assert_eq!(other.bearer(&token), Err(BadToken::YjsClient));
        let (head, signature) = token.rsplit_once('.').unwrap();
        // Its first character: the last one's low bits mean nothing.
        let another = if signature.starts_with('A') { "B" } else { "A" };
        for forged in ["", "a.b.c", head, &format!("{head}.{another}{}", &signature[1..])] {
            assert_eq!(identity.bearer(forged), Err(BadToken::YjsClient), "{forged}");
        }
    }

    #[test]
    fn a_ticket_is_no_access_token_and_a_token_no_ticket() {
        let ((_here, identity), (_there, other)) = (identity(), identity());
        let (person, device) = (PersonId([1; 16]), DeviceId([2; 16]));
        let document = StreamId([3; 16]);
        let ticket = Ticket { person, device, document, read_only: true, name: "Ana".into(), colour: 2, epoch: 1 };
        let signed = identity.ticket(ticket.clone()).unwrap();
        assert_eq!(identity.read_ticket(&signed), Ok(ticket));
        assert_eq!(other.read_ticket(&signed), Err(BadToken::YjsClient));
        assert_eq!(identity.bearer(&signed), Err(BadToken::YjsClient));
        let (token, _) = identity.access_token(person, device, 1, ACCESS_TOKEN_S).unwrap();
        assert_eq!(identity.read_ticket(&token), Err(BadToken::YjsClient));
    }

    #[test]
    fn an_old_token_is_told_from_a_foreign_one() {
        let (_dir, identity) = identity();
        let claims = Claims {
            aud: identity.key_hash().to_string(),
            sub: PersonId([1; 16]),
            device: DeviceId([2; 16]),
            exp: 1_000,
            epoch: 1,
            jti: String::new(),
        };
        let sign = |claims| jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &identity.signing).unwrap();
        assert_eq!(identity.bearer(&sign(claims)), Err(BadToken::Expired));
    }
}
