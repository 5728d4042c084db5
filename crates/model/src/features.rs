//! What people can do: one file for each feature, under the name that it has in every layer.

pub mod documents;
pub mod messages;
pub mod people;
pub mod pins;
pub mod profiles;
pub mod reactions;
pub mod reads;
pub mod rooms;
pub mod spaces;
pub mod threads;
