//! Running other programs: each says what it is, and a failure names it.

use anyhow::{Context, Result, bail};
use duct::Expression;
use std::ffi::OsString;
use std::path::PathBuf;

/// The program `name` with `args`, to be run from the repository's root. Prints the line when it is started.
///
/// Of two `dir`s, or two `env`s of one name, the one that was said first counts: that is how `duct` nests.
pub fn tool<I>(name: impl Into<OsString>, args: I) -> Expression
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    tool_in(crate::place::root(), name, args)
}

/// As [`tool`], run from `dir`.
pub fn tool_in<I>(dir: PathBuf, name: impl Into<OsString>, args: I) -> Expression
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let name: OsString = name.into();
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let mut line = format!("$ {}", name.to_string_lossy());
    for arg in &args {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    duct::cmd(name, args).dir(dir).before_spawn(move |_| {
        println!("{line}");
        Ok(())
    })
}

/// Runs it to its end. Fails if it cannot be started, and if it fails.
pub fn go(expression: &Expression) -> Result<()> {
    expression.run()?;
    Ok(())
}

/// Runs it to its end, and gives what it prints; its stderr is shown meanwhile. Fails as [`go`] does, having shown it.
pub fn said(expression: &Expression) -> Result<String> {
    let output = expression.stdout_capture().unchecked().run()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        print!("{said}");
        bail!("{}", output.status);
    }
    Ok(said)
}

/// Is there a program of that name on the path?
pub fn find(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(&name)).find(|path| path.is_file())
}

/// What it prints, without its last line's end. Fails if it fails.
pub fn ask(name: &str, args: &[&str]) -> Result<String> {
    duct::cmd(name, args).stderr_null().read().with_context(|| format!("{name} {}", args.join(" ")))
}

/// Fails unless Node is there, and new enough for the UI's tools.
pub fn check_node() -> Result<()> {
    const LEAST: u32 = 20;
    let version = ask("node", &["--version"]).context("Node is missing: install Node 20 or newer, with npm")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= LEAST => Ok(()),
        _ => bail!("Node {version} is too old: {LEAST} or newer is needed"),
    }
}

/// Does nobody sit in front of it?
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false")
}
