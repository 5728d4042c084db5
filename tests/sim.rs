//! The parts of the simulated world. `world` steps it, `oracle` judges it.

pub mod device;
pub mod log;
pub mod oracle;
pub mod world;
