//! What is said between a client and a server: frames, their bytes, and every bound.
//!
//! One binary WebSocket message is one frame: a type byte, then a CBOR list in which the number of a field is
//! its place, never renumbered. docs/PROTOCOL.md shows each with its bytes.

pub mod api;
pub mod codec;
pub mod frame;
pub mod limits;
pub mod link;
pub mod y_websocket;
