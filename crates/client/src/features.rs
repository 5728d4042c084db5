//! What people can do, one folder for each feature, under the name that it has in every layer.

pub mod accounts;
pub mod documents;
pub mod drafts;
pub mod messages;
pub mod notices;
pub mod outbox;
pub mod people;
pub mod pins;
pub mod presence;
pub mod reactions;
pub mod reads;
pub mod rooms;
pub mod search;
pub mod threads;
pub mod timeline;
