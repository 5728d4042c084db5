//! The UI in real browsers, on real engines and a real server. What a script under `ui/tests/browser` is told, all by
//! its environment:
//!
//! - `UI_URL`: the built UI, with the CSP of the release build. `?socket=` in it chooses the engine.
//! - `SOCKETS`: the development sockets of three engines with empty profiles, `ws://…`, separated by commas.
//! - `LINKS`: as many join links, separated by commas; the first is the owner's.
//! - `ANOTHER`: the owner's link of another space on that server.
//! - `SERVER_PID`: the server's process, to be stopped and continued.
//! - `BROWSER`: the browser's program. `OUT`: where pictures go.

use crate::debian::BROWSERS;
use crate::scene::{SPACE, Scene, free_port};
use crate::tool::{find, go, said, tool, tool_in};
use crate::{cargo, debian, place, web};
use anyhow::{Context, Result, bail};
use duct::Expression;
use std::path::Path;

/// The people in front of the browsers, by the names of their profiles.
const PEOPLE: [&str; 3] = ["ana", "bo", "cleo"];

/// A server on which one person may fill a room at once.
const UNHURRIED: &str = "[rates]\nevents_per_second = 1000000\nevents_burst = 1000000\n";

/// Runs what people do in a browser. Everything must be built.
pub fn flows() -> Result<()> {
    play("browser", "run.mjs", &place::ui().join("test-results"))
}

/// Builds what is needed, and writes the screenshots.
pub fn shots() -> Result<()> {
    debian::ensure_for_tests()?;
    web::install()?;
    web::build_if_changed()?;
    cargo::programs()?;
    play("shots", "shots.mjs", &place::root().join("docs/screens"))
}

/// How a room of a million messages opens and scrolls in Chromium, on an optimised engine.
pub fn figures() -> Result<String> {
    play_in(cargo::PRODUCT_PROFILE, "figures", "figures.mjs", &place::ui().join("test-results"), said)
}

/// Sets a scene, and runs a script in it.
fn play(name: &str, script: &str, out: &Path) -> Result<()> {
    play_in("debug", name, script, out, go)
}

fn play_in<T>(
    profile: &'static str,
    name: &str,
    script: &str,
    out: &Path,
    run: impl FnOnce(&Expression) -> Result<T>,
) -> Result<T> {
    let script = place::ui().join("tests/browser").join(script);
    if !script.is_file() {
        bail!("there is no {}", script.display());
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let browser = BROWSERS.iter().find_map(|name| find(name)).context("no Chromium or Chrome on the path")?;

    let mut scene = Scene::open_empty(place::target().join("scenes").join(name), profile)?;
    let large = name == "figures";
    if large {
        let server = scene.dir().join("server");
        std::fs::create_dir_all(&server)?;
        std::fs::write(server.join("folkmoot.toml"), UNHURRIED).context("cannot configure the server")?;
    }
    let server = scene.serve()?;
    let mut links = vec![scene.make_space(SPACE)?];
    while links.len() < PEOPLE.len() {
        links.push(scene.invite()?);
    }
    if large {
        go(&tool(scene.program("folkmoot-bench"), ["fill", &scene.invite()?])).context("no large room")?;
    }
    let another = scene.make_space("Garden")?;
    let sockets = PEOPLE.map(|person| socket(&mut scene, person));
    let sockets: Vec<String> = sockets.into_iter().collect::<Result<_>>()?;
    let url = preview(&mut scene)?;

    let script = tool_in(place::ui(), "node", [script]).env("UI_URL", url).env("OUT", out).env("BROWSER", browser);
    let script = script.env("SOCKETS", sockets.join(",")).env("LINKS", links.join(",")).env("ANOTHER", another);
    let played = run(&script.env("SERVER_PID", server.to_string()));
    played.with_context(|| format!("see {} and {}", out.display(), scene.dir().display()))
}

/// Starts an engine with an empty profile behind a development socket; gives the socket's address.
fn socket(scene: &mut Scene, person: &str) -> Result<String> {
    let listen = format!("127.0.0.1:{}", free_port()?);
    let profile = scene.dir().join(person).display().to_string();
    let engine = duct::cmd(scene.program("folkmoot-dev"), ["--profile", &profile, "--listen", &listen]);
    let log = scene.log(person);
    scene.start(person, engine.stderr_path(log))?;
    scene.until_open(&listen)?;
    Ok(format!("ws://{listen}/"))
}

/// Serves the built UI; gives its address.
fn preview(scene: &mut Scene) -> Result<String> {
    let port = free_port()?.to_string();
    // Not through npm, which would outlive its own end with a child.
    let vite = place::ui().join("node_modules/vite/bin/vite.js").display().to_string();
    let server = duct::cmd("node", [&vite, "preview", "--strictPort", "--port", &port]).dir(place::ui());
    let log = scene.log("preview");
    scene.start("preview", server.stderr_path(log))?;
    let address = format!("127.0.0.1:{port}");
    scene.until_open(&address)?;
    Ok(format!("http://{address}/"))
}
