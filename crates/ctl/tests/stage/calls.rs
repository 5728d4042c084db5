//! Calls of the built `folkmootctl`.

use std::path::Path;
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// One call, which must succeed.
pub async fn ctl(profile: &Path, args: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmootctl"));
    command.arg("--profile").arg(profile).arg("--secrets-in-file").args(args).env_remove("FOLKMOOT_PASSPHRASE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    process.stdin.take().expect("piped").write_all(stdin.as_bytes()).await.expect("it reads");
    let output = process.wait_with_output().await.expect("it ends");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
