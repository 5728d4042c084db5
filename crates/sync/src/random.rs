//! Randomness as an input: a seed gives every id and every jitter that a machine will ever draw.

/// A stream of random bytes from a seed: BLAKE3 keyed with it, over a counter. The driver gives a secret seed, the
/// simulation a fixed one.
#[derive(Debug, Clone)]
pub struct Random {
    seed: [u8; 32],
    drawn: u64,
}

impl Random {
    /// From a seed; equal seeds draw equal bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next `N` bytes, at most 32.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let hash = blake3::keyed_hash(&self.seed, &self.drawn.to_be_bytes());
        self.drawn += 1;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&hash.as_bytes()[..N]);
        bytes
    }

    /// A number from 0 to `max`, both included.
    pub fn up_to(&mut self, max: u64) -> u64 {
        let draw = u128::from(u64::from_be_bytes(self.bytes()));
        // A product of two 64-bit numbers shifted back: the bias is below 2^-30 for every bound in use.
        u64::try_from((draw * (u128::from(max) + 1)) >> 64).expect("a product of two u64 shifted by 64 fits one")
    }
}
