//! `folkmoot-chaos`: a real server and twenty real clients at work, while they are killed, lose their power, sleep, are
//! told wrong times and run out of disk; and whether anything that was called saved is lost or doubled. Linux only.
//!
//! `recorder.c` notes what a process writes, `trace` reads that, `disk` says what a power cut leaves of it · `person` is
//! one client process, `shown` what it shows in the end · `client` and `server` do things to them · `log` reads the
//! server's log, `judge` compares · `volume` can be filled · `run` does it all · `plant` is what the judge must notice.

#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod judge;
#[cfg(target_os = "linux")]
mod log;
#[cfg(target_os = "linux")]
mod person;
#[cfg(target_os = "linux")]
mod plant;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod shown;
#[cfg(target_os = "linux")]
mod trace;
#[cfg(target_os = "linux")]
mod volume;
#[cfg(target_os = "linux")]
mod world;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    run::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("it needs Linux: what is written is recorded by a preloaded library");
}
