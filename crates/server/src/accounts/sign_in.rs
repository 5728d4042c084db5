//! Signing in by name and password, against guessing: tries count for whoever makes them, and a device that its person
//! used before cannot be kept out by strangers.

use super::tries::Tries;
use super::{Accounts, Denied, people, refresh};
use crate::clock::now_ms;
use crate::rate_limits::allowance::Allowance;
use crate::rate_limits::too_many;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_model::looks::fold;
use folkmoot_wire::api::{NotGranted, Session, SignIn};
use folkmoot_wire::limits::SIGN_INS_PER_NAME_AND_HOUR;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// What the key of device proofs is derived for.
pub const KNOWN_DEVICES: &str = "folkmoot 2026-11-29 proofs of known devices";

/// Who waits for a password to be hashed, and whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Somebody at this address.
    Address(IpAddr),
    /// A device that showed its proof.
    Device(DeviceId),
}

/// Under which name (by its hash, since a name may be long) a source tries.
type Trying = (Source, [u8; 32]);

/// How often who tried to sign in.
pub struct SignIns {
    tries: Tries<Trying>,
    strangers: Allowance<[u8; 32]>,
    proofs: [u8; 32],
}

impl SignIns {
    /// None yet. `proofs` is the key of [`SignIns::proof`].
    pub fn new(per_minute: u32, proofs: [u8; 32]) -> Self {
        // Where an operator lets one address try more often, all together may as well.
        let per_name = SIGN_INS_PER_NAME_AND_HOUR.max(per_minute.saturating_mul(2));
        let strangers = Allowance::new(per_name, Duration::from_secs(3_600), per_name);
        Self { tries: Tries::new(per_minute), strangers, proofs }
    }

    /// What a device shows to be known as one of this person's: nobody can make it but this server, which gives it to who
    /// is signed in.
    pub fn proof(&self, person: PersonId, device: DeviceId) -> String {
        URL_SAFE_NO_PAD.encode(self.hash(person, device).as_bytes())
    }

    fn is_proof(&self, proof: &str, person: PersonId, device: DeviceId) -> bool {
        let shown: Option<[u8; 32]> = URL_SAFE_NO_PAD.decode(proof).ok().and_then(|shown| shown.try_into().ok());
        // Compared in a time that does not tell how much of it is right.
        shown.is_some_and(|shown| self.hash(person, device) == blake3::Hash::from_bytes(shown))
    }

    fn hash(&self, person: PersonId, device: DeviceId) -> blake3::Hash {
        blake3::keyed_hash(&self.proofs, &[*person.as_bytes(), *device.as_bytes()].concat())
    }

    /// Forgets what was long ago. To be called about once a minute.
    pub fn tidy(&self) {
        let now = Instant::now();
        self.tries.tidy(now);
        self.strangers.tidy(now);
    }
}

impl Accounts {
    /// Signs a device in, for a request from this address.
    pub async fn sign_in(&self, sign_in: SignIn, from: IpAddr) -> Result<Session, Denied> {
        let SignIn { name, password, device, known_device } = sign_in;
        let folded = fold(&name);
        let hashed = *blake3::hash(folded.as_bytes()).as_bytes();
        let person = self.log.query(move |db| people::named(db, &folded)).await?;
        let shown = known_device.as_deref().zip(person.as_ref());
        let source = match shown.is_some_and(|(proof, person)| self.sign_ins.is_proof(proof, person.id, device)) {
            true => Source::Device(device),
            false => Source::Address(from),
        };
        let trying = (source, hashed);
        if let Source::Address(from) = source {
            self.rate_limits.unproven(from)?;
        }
        self.sign_ins.tries.begin(&trying, Instant::now()).map_err(too_many)?;
        if let Source::Address(_) = source {
            let taken = self.sign_ins.strangers.take(hashed, 1, Instant::now());
            taken.map_err(too_many).inspect_err(|_| self.sign_ins.tries.not_tried(&trying))?;
        }
        let hash = person.as_ref().map(|person| person.password.clone());
        match self.passwords.verify(source, password, hash).await {
            Ok(()) => self.sign_ins.tries.succeeded(&trying),
            Err(wrong @ Denied::Not(NotGranted::WrongPassword)) => return Err(wrong),
            Err(other) => {
                self.sign_ins.tries.not_tried(&trying);
                return Err(other);
            }
        }
        // Whose account has ended is told so only by what is told of a wrong password.
        let person = person.filter(|person| !person.ended).ok_or(NotGranted::WrongPassword)?;
        let id = person.id;
        let (token, epoch) = self
            .log
            .write(move |tx| {
                let stands = people::of(tx.db(), id)?.is_some_and(|person| !person.ended);
                if stands { refresh::begin(tx, id, device, now_ms()) } else { Err(NotGranted::WrongPassword.into()) }
            })
            .await?;
        self.epochs.begin(device, epoch);
        self.rate_limits.connections.end_before(id, device, epoch);
        tracing::info!(person = %id, %device, "signed in");
        self.session(id, person.name, device, epoch, Some(&token))
    }
}
