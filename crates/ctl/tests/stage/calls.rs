//! Calls of the built `folkmootctl`, and a person who has joined by it.

#![allow(dead_code, reason = "each test uses a part of the stage")]

use folkmoot_bench::scene::Scene;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The built program over a profile, not yet started.
pub fn program(profile: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmootctl"));
    command.arg("--profile").arg(profile).arg("--secrets-in-file").args(args).env_remove("FOLKMOOT_PASSPHRASE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// One call, whatever comes of it.
pub async fn call(profile: &Path, args: &[&str], stdin: &str) -> Output {
    let mut process = program(profile, args).spawn().expect("it starts");
    // It may end without having read.
    drop(process.stdin.take().expect("piped").write_all(stdin.as_bytes()).await);
    process.wait_with_output().await.expect("it ends")
}

/// One call, which must succeed.
pub async fn ctl(profile: &Path, args: &[&str], stdin: &str) -> Output {
    let output = call(profile, args, stdin).await;
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A person who has joined, and their profile.
pub struct Person {
    folder: TempDir,
    pub profile: PathBuf,
}

impl Person {
    /// Joins the scene's space.
    pub async fn join(scene: &Scene, name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = folder.path().join("profile");
        let link = scene.invite().await.expect("an invitation");
        ctl(&profile, &["join", &link, "--name", name, "--password-stdin"], "correct horse battery\n").await;
        Self { folder, profile }
    }

    /// A folder of theirs beside the profile.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What a call prints, which must succeed.
    pub async fn says(&self, args: &[&str]) -> String {
        let output = ctl(&self.profile, args, "").await;
        String::from_utf8(output.stdout).expect("text").trim_end_matches('\n').to_owned()
    }

    /// The lines of JSON that a call prints, which must succeed.
    pub async fn lists(&self, args: &[&str]) -> Vec<Value> {
        self.says(args).await.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The exit code of a call, and why it says so.
    pub async fn ends(&self, args: &[&str]) -> (i32, Value) {
        let output = call(&self.profile, args, "").await;
        let why = serde_json::from_slice(&output.stderr).unwrap_or_default();
        (output.status.code().expect("it ends by itself"), why)
    }

    /// The texts of a room's messages.
    pub async fn texts(&self, room: &str) -> Vec<String> {
        let lines = self.lists(&["read", room, "--json"]).await;
        lines.iter().map(|line| line["text"].as_str().expect("a text").to_owned()).collect()
    }
}
