//! One readable tale per feature, in a person's words: the real server, the real engine, real sockets and disks.

mod stories {
    pub mod damage;
    pub mod documents;
    pub mod drafts;
    pub mod editing;
    pub mod far_back;
    pub mod first_run;
    pub mod first_sync;
    pub mod haste;
    pub mod mentions;
    pub mod names;
    #[cfg(target_os = "linux")]
    pub mod network;
    pub mod not_sent;
    pub mod notices;
    pub mod offline;
    pub mod older;
    pub mod pins;
    pub mod presence;
    pub mod reads;
    pub mod removal;
    pub mod rooms;
    pub mod spaces;
    pub mod status;
    pub mod taking_back;
    pub mod team;
    pub mod threads;
    pub mod tokens;
}
