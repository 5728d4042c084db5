//! The system's own packages. On Debian and its kin they are installed; elsewhere it is said what is needed.

use crate::tool::{ask, find, go, in_ci, tool};
use anyhow::{Context, Result, bail};
use std::io::{IsTerminal, Write};

/// To build the app.
pub const TO_BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "file",
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libxdo-dev",
];

/// To test it as well: a display, a keyring, a notification service, and a driver for the window.
pub const TO_TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "openbox",
    "xdotool",
    "imagemagick",
    "dbus",
    "dbus-x11",
    "libglib2.0-bin",
    "dunst",
    "gnome-keyring",
    "libsecret-tools",
    "xdg-utils",
    "desktop-file-utils",
    "python3-gi",
    "python3-dbus",
    "fonts-dejavu-core",
    "fonts-noto-color-emoji",
    "jq",
];

/// To count instructions.
pub const TO_COUNT: &[&str] = &["valgrind"];

/// Servers that ours is measured beside. The benchmark starts its own, and needs none that the system runs.
pub const TO_COMPARE: &[&str] = &["redis-server", "nats-server", "ejabberd", "prosody", "python3-venv"];

/// Browsers that can stand in for the app's own window. Any one will do.
pub const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Installs what is missing of `wanted`. Asks before, unless `yes`, or it runs as root, or in CI.
pub fn ensure(wanted: &[&str], yes: bool) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("{}", elsewhere());
        return Ok(());
    }
    if find("dpkg-query").is_none() || find("apt-get").is_none() {
        println!("no Debian system: what these packages hold must be there: {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing system packages: {}", missing.join(" "));
    let root = ask("id", &["-u"]).is_ok_and(|id| id == "0");
    if !root && find("sudo").is_none() {
        bail!("install them as root: apt-get install {}", missing.join(" "));
    }
    if !(root || yes || in_ci() || agreed()?) {
        bail!("not installed. To do it yourself: sudo apt-get install {}", missing.join(" "));
    }
    let install = [&["install", "--yes", "--no-install-recommends"], &missing[..]].concat();
    // Without lists, or with old ones, nothing can be found: then they are fetched first.
    if !has_lists() || apt(root, &install).is_err() {
        apt(root, &["update"])?;
        apt(root, &install)?;
    }
    Ok(())
}

/// As [`ensure`], with a browser if there is none.
pub fn ensure_for_tests() -> Result<()> {
    let mut wanted = [TO_BUILD, TO_TEST, TO_COUNT].concat();
    if BROWSERS.iter().all(|name| find(name).is_none()) {
        wanted.push(BROWSERS[0]);
    }
    ensure(&wanted, false)
}

fn elsewhere() -> &'static str {
    if cfg!(target_os = "macos") {
        "needed: the Xcode command line tools (`xcode-select --install`)"
    } else if cfg!(windows) {
        "needed: the Microsoft C++ build tools, NASM, and WebView2 (part of Windows 11)"
    } else {
        "needed: what Tauri 2 needs on this system"
    }
}

fn is_installed(package: &str) -> bool {
    ask("dpkg-query", &["--show", "--showformat=${db:Status-Status}", package])
        .is_ok_and(|status| status == "installed")
}

fn has_lists() -> bool {
    let Ok(lists) = std::fs::read_dir("/var/lib/apt/lists") else { return false };
    lists.flatten().any(|list| list.file_name().to_string_lossy().contains("_Packages"))
}

fn apt(root: bool, args: &[&str]) -> Result<()> {
    let how = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300", "--quiet"];
    let line = [if root { &[][..] } else { &["sudo"][..] }, &how[..], args].concat();
    go(&tool(line[0], &line[1..])).context("apt-get failed")
}

fn agreed() -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Ok(false);
    }
    print!("install them with sudo apt-get? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    stdin.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}
