//! The simulated world: the production machines of client and server, unmodified, in a world where everything fails.
//!
//! Time, ids, randomness and every fault come from a [`plan::Plan`], which a seed generates, so that the same seed is
//! the same history, byte for byte. [`world::World`] runs a plan; `oracle` says what must hold; [`run`] catches what does
//! not, and [`shrink`] leaves out of a failing plan whatever it does not need.

mod device;
mod dice;
mod disk;
mod link;
mod log;
#[cfg(feature = "mutants")]
pub mod mutants;
mod node;
mod oracle;
pub mod plan;
mod reference;
pub mod regressions;
pub mod run;
pub mod shrink;
pub mod world;
