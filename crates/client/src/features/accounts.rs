//! Accounts and the server: signing in, spaces that are joined and hosted, and what only the server can make.

pub mod commands;
