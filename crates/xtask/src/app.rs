//! The app itself: run as a newcomer would, shown with two people, bundled.

use crate::scene::{SPACE, Scene};
use crate::tool::{go, tool};
use crate::{cargo, debian, place, web};
use anyhow::{Context, Result};
use std::path::Path;

/// Of npm's `@tauri-apps/cli`: the version of the `tauri` crate. Fetched when a bundle is made, not with the UI's
/// packages, which every test run installs.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";

/// The people of the demo: a name and a password.
const PEOPLE: [(&str, &str); 2] = [("Ana", "ana-demo-only"), ("Bo", "bo-demo-only")];

/// Sets everything up, builds the app, and opens it with `args`.
pub fn run(yes: bool, open: bool, args: &[String]) -> Result<()> {
    build(yes)?;
    if !open {
        return Ok(());
    }
    go(&tool(place::program(cargo::PRODUCT_PROFILE, "folkmoot"), args))
}

/// Two windows, of two people in one space. Ends when both are closed.
pub fn demo(fresh: bool) -> Result<()> {
    build(false)?;
    let dir = place::target().join("demo");
    let open = if fresh { Scene::open_empty } else { Scene::open };
    let mut scene = open(dir, cargo::PRODUCT_PROFILE)?;
    scene.serve()?;
    let joined = scene.dir().join("joined");
    if !joined.exists() {
        let links = [scene.make_space(SPACE)?, scene.invite()?];
        for ((name, password), link) in PEOPLE.into_iter().zip(&links) {
            join(&scene, name, password, link)?;
        }
        std::fs::write(&joined, "").context("cannot note that the demo is set up")?;
    }
    println!("{SPACE}: close both windows to end; what was said is kept in {}", scene.dir().display());
    let windows = PEOPLE.map(|(name, _)| {
        let args = ["--profile".into(), profile(&scene, name)];
        tool(scene.program("folkmoot"), args).unchecked().start()
    });
    for window in windows {
        window?.wait()?;
    }
    Ok(())
}

fn join(scene: &Scene, name: &str, password: &str, link: &str) -> Result<()> {
    let profile = profile(scene, name).display().to_string();
    // In a file, so that a demo leaves nothing in the keyring.
    let args = ["--profile", &profile, "--secrets-in-file", "join", link, "--name", name, "--password-stdin"];
    let program = scene.program("folkmootctl");
    go(&tool(program, args).stdin_bytes(format!("{password}\n"))).with_context(|| format!("{name} cannot join"))
}

fn profile(scene: &Scene, name: &str) -> std::path::PathBuf {
    scene.dir().join(name.to_lowercase())
}

fn build(yes: bool) -> Result<()> {
    debian::ensure(debian::TO_BUILD, yes)?;
    web::install()?;
    web::build_if_changed()?;
    cargo::product()
}

/// Builds what people install, and says where it lies.
pub fn bundle() -> Result<()> {
    debian::ensure(debian::TO_BUILD, false)?;
    web::install()?;
    web::script("build")?;
    let package = format!("--package={TAURI_CLI}");
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut args = vec!["exec", "--yes", &package, "--", "tauri", "build", "--features", "desktop"];
    if cfg!(target_os = "linux") {
        // An AppImage needs tools that are fetched while it is made.
        args.extend(["--bundles", "deb,rpm"]);
    }
    go(&tool(npm, args)).context("no bundle")?;
    let bundles = place::target().join("release/bundle");
    println!("bundles in {}:", bundles.display());
    list(&bundles)
}

/// Prints what people would install from there.
fn list(bundles: &Path) -> Result<()> {
    const KINDS: [&str; 7] = ["deb", "rpm", "dmg", "app", "msi", "exe", "AppImage"];
    for kind in std::fs::read_dir(bundles)? {
        for file in std::fs::read_dir(kind?.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known)) {
                println!("  {}", path.display());
            }
        }
    }
    Ok(())
}
