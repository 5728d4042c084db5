//! A keyring that does not answer: a bus that takes connections and says nothing. `--wait` bounds the wait for it, it is
//! said what is waited for, and nothing keeps the process.
#![cfg(target_os = "linux")]

#[path = "stage/calls.rs"]
mod calls;

use calls::call;
use folkmoot_bench::scene::Scene;
use serde_json::json;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// Well below what the keyring itself may take, and far above what ending takes.
const SOON: Duration = Duration::from_secs(20);

struct Silent {
    folder: TempDir,
    _bus: UnixListener,
}

impl Silent {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bus = UnixListener::bind(folder.path().join("bus")).expect("a bus");
        Self { folder, _bus: bus }
    }

    /// A profile whose key lies in the keyring.
    fn profile(&self) -> std::path::PathBuf {
        let profile = self.folder.path().join("profile");
        std::fs::create_dir(&profile).expect("a profile");
        std::fs::write(profile.join("secrets"), "keyring 00112233445566778899aabbccddeeff").expect("written");
        profile
    }

    fn program(&self, profile: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folkmootctl"));
        command.arg("--profile").arg(profile).args(args).env_remove("FOLKMOOT_PASSPHRASE");
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.folder.path().join("bus").display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_never_answers_is_waited_for_as_long_as_was_said() {
    let silent = Silent::new();
    let begun = Instant::now();
    let output = silent.program(&silent.profile(), &["--wait", "2", "rooms"]).output().await.expect("it ends");
    let took = begun.elapsed();
    let said = String::from_utf8(output.stderr).expect("text");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(took >= Duration::from_secs(2) && took < SOON, "{took:?}");
    assert_eq!(lines[0], "waiting for the keyring, for the key of this profile");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(lines[1]).ok(),
        Some(json!({ "why": "locked", "what": "keyring" }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_waits_for_the_keyring_ends_at_once_when_it_is_told_to() {
    let silent = Silent::new();
    let mut process = silent.program(&silent.profile(), &["--wait", "300", "rooms"]).spawn().expect("it starts");
    let mut said = BufReader::new(process.stderr.take().expect("piped")).lines();
    assert!(said.next_line().await.expect("read").expect("a line").contains("keyring"));
    let begun = Instant::now();
    let pid = process.id().expect("it runs").to_string();
    assert!(Command::new("kill").arg(pid).status().await.expect("kill").success());
    let status = process.wait().await.expect("it ends");
    assert!(status.signal() == Some(15) && begun.elapsed() < SOON, "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_joins_while_no_secret_can_be_kept_and_a_file_is_offered() {
    let (scene, silent) = (Scene::new().await.expect("a server"), Silent::new());
    let link = scene.invite().await.expect("an invitation");
    let profile = silent.folder.path().join("new");
    let join = ["--wait", "1", "join", &link, "--name", "Ana", "--password-stdin"];
    let mut process = silent.program(&profile, &join).spawn().expect("it starts");
    process.stdin.take().expect("piped").write_all(b"correct horse battery\n").await.expect("it reads");
    let mut said = String::new();
    process.stderr.take().expect("piped").read_to_string(&mut said).await.expect("text");
    assert_eq!(process.wait().await.expect("it ends").code(), Some(2), "{said}");
    assert!(said.contains("waiting for the keyring") && said.contains("--secrets-in-file"), "{said}");
    // The invitation and the name are still free.
    let again = call(&profile, &join[2..], "correct horse battery\n").await;
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
}
