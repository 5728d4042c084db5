//! The choices of one operation. Each operation has dice of its own, so that leaving another one out changes none of
//! them: without that, no plan could be shrunk.

/// Dice: SplitMix64 (Steele, Lea, Flood, 2014) from a number that stands in the plan.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Equal numbers throw alike.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to `max`, both included.
    pub fn up_to(&mut self, max: u64) -> u64 {
        match max {
            u64::MAX => self.next(),
            _ => self.next() % (max + 1),
        }
    }

    /// True once in so many times; never for 0.
    pub fn chance(&mut self, one_in: u64) -> bool {
        one_in > 0 && self.next().is_multiple_of(one_in)
    }

    /// A place in a list of this length, which must not be empty.
    pub fn pick(&mut self, len: usize) -> usize {
        self.up_to(len as u64 - 1) as usize
    }

    /// Bytes for an id.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }
}
