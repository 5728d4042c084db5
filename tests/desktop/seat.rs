//! A person's desk: their own home, session bus, keyring, notifications, tray, and the app's real window, by a driver.

use crate::page::Page;
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long anything may take on a slow computer.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// What opens the keyring of each desk.
pub const KEYRING_PASSWORD: &str = "a password";

/// How long a script may run in the page: a long document is replayed in it.
const SCRIPT_MS: u64 = 600_000;

/// How long a process may take to end when asked.
const GOODBYE: Duration = Duration::from_secs(3);

/// How long a page may take to be painted.
const PAINTED: Duration = Duration::from_millis(500);

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The system's own, which has its D-Bus.
pub const PYTHON: &str = "/usr/bin/python3";

/// A process that ends with the test.
pub struct Kept(pub Child);

impl Drop for Kept {
    fn drop(&mut self) {
        // The driver ends what it started only if it is asked.
        signal("-TERM", self.0.id());
        let latest = std::time::Instant::now() + GOODBYE;
        while matches!(self.0.try_wait(), Ok(None)) && std::time::Instant::now() < latest {
            std::thread::sleep(LOOK);
        }
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.driver = None;
        self.around.clear();
        // After a failure there may be an app and its server left: whatever names this desk.
        let desk = self.dir.display().to_string();
        for (pid, args) in processes() {
            if args.iter().any(|arg| arg.starts_with(&desk)) {
                signal("-KILL", pid);
            }
        }
    }
}

/// A desk.
pub struct Seat {
    pub name: &'static str,
    pub dir: PathBuf,
    bus: String,
    driver: Option<Kept>,
    /// The tray, notifications, the keyring and the bus.
    pub around: Vec<Kept>,
}

impl Seat {
    /// Sets it up in `at`: everything but the app runs.
    pub async fn set_up(name: &'static str, at: &Path) -> Self {
        let dir = at.join(name);
        for part in ["home", "run", "data", "config", "cache"] {
            fs::create_dir_all(dir.join(part)).unwrap();
        }
        let private = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
        fs::set_permissions(dir.join("run"), private).unwrap();
        let mut seat = Self { name, dir, bus: String::new(), driver: None, around: Vec::new() };

        let mut bus = seat.command("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        let (bus, address) = says(bus);
        seat.bus = address;
        let mut keyring = seat.command("gnome-keyring-daemon");
        keyring.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
        let mut keyring = keyring.stdout(Stdio::null()).spawn().expect("a keyring");
        keyring.stdin.take().unwrap().write_all(KEYRING_PASSWORD.as_bytes()).unwrap();
        let dunst = seat.command("dunst").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("dunst");
        let mut tray = seat.command(PYTHON);
        tray.args([&tray_script(), "watch"]);
        let (tray, _) = says(tray);
        seat.around = vec![Kept(tray), Kept(dunst), Kept(keyring), Kept(bus)];
        let bus_has = |name: &str| {
            let mut asked = seat.command("gdbus");
            asked.args(["call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/"]);
            asked.args(["--method", "org.freedesktop.DBus.NameHasOwner", name]);
            stdout(asked.output().unwrap()).contains("true")
        };
        for service in ["org.freedesktop.secrets", "org.freedesktop.Notifications"] {
            until(service, async || bus_has(service)).await;
        }
        seat
    }

    /// The profile of this person.
    pub fn profile(&self) -> PathBuf {
        self.dir.join("profile")
    }

    /// A program at this desk.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in ["DISPLAY", "XAUTHORITY", "RUST_BACKTRACE", "FOLKMOOT_LOG"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        for (name, part) in [
            ("HOME", "home"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(name, self.dir.join(part));
        }
        command.env("PATH", format!("{}:{}", self.dir.join("bin").display(), std::env::var("PATH").unwrap()));
        command.envs([("LANG", "C.UTF-8"), ("NO_AT_BRIDGE", "1"), ("DBUS_SESSION_BUS_ADDRESS", &self.bus)]);
        command
    }

    /// Opens the app's window, by a driver that starts it.
    pub async fn open(&mut self, args: &[&str]) -> Page {
        self.driver = None;
        let (port, native) = (free_port(), free_port());
        let program = std::env::var("TAURI_DRIVER").unwrap_or_else(|_| "tauri-driver".into());
        let mut driver = self.command(&program);
        driver.args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        driver.stdout(Stdio::null());
        self.driver = Some(Kept(driver.spawn().expect("tauri-driver: see `cargo xtask test desktop`")));

        let profile = self.profile().display().to_string();
        let args = [&["--profile", &profile], args].concat();
        let options = json!({ "application": app(), "args": args });
        let asked = json!({ "browserName": "wry", "tauri:options": options, "timeouts": { "script": SCRIPT_MS } });
        let capabilities = match asked {
            Value::Object(capabilities) => capabilities,
            _ => unreachable!("it is an object"),
        };
        let address = format!("http://127.0.0.1:{port}");
        let latest = Instant::now() + PATIENCE;
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&address).await {
                Ok(client) => return Page::of(client, self.name),
                Err(error) if Instant::now() > latest => panic!("{}'s window does not open: {error}", self.name),
                Err(_) => sleep(LOOK).await,
            }
        }
    }

    /// Starts the app as a person does, without a driver.
    pub fn start(&mut self) {
        let mut app = self.command(app());
        let app = app.arg("--profile").arg(self.profile()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.driver = Some(Kept(app.expect("the app")));
    }

    /// Asks the app to end, and waits until it has.
    pub async fn quit(&mut self) {
        signal("-TERM", self.pid().expect("the app runs"));
        self.ended().await;
    }

    /// Waits until the app, which was asked to end, has.
    pub async fn ended(&mut self) {
        let begun = Instant::now();
        // A child of ours is there until it is waited for.
        while self.pid().is_some() && begun.elapsed() < GOODBYE {
            sleep(LOOK).await;
        }
        self.driver = None;
        until("the app has ended", async || self.pid().is_none()).await;
    }

    /// Starts the app once more with the same profile. It hands `link` over, and ends.
    pub fn start_again(&self, link: &str) {
        let mut second = self.command(app());
        second.arg("--profile").arg(self.profile()).arg(link);
        assert!(second.status().unwrap().success(), "a second start hands over what it was given");
    }

    /// The app's process, if it runs.
    pub fn pid(&self) -> Option<u32> {
        let profile = self.profile().display().to_string();
        Self::of_app(|args| args.contains(&profile)).next()
    }

    /// The processes of the app, servers among them, that have such arguments.
    pub fn of_app(which: impl Fn(&[String]) -> bool) -> impl Iterator<Item = u32> {
        processes().filter(move |(_, args)| args[0] == app() && which(args)).map(|(pid, _)| pid)
    }

    /// The same as pulling the plug.
    pub fn kill(&mut self) {
        signal("-KILL", self.pid().expect("the app runs"));
        self.driver = None;
    }

    /// Presses keys in the app's window, as the person would.
    pub fn press(&self, window: &str, keys: &[&str]) {
        assert!(tell(self.command("xdotool").args(["windowactivate", "--sync", window])), "{window} is in front");
        assert!(tell(self.command("xdotool").arg("key").args(keys)), "{keys:?}");
    }

    /// A window of the app that can be seen, by its name.
    pub fn visible(&self, name: &str) -> Option<String> {
        let mut search = self.command("xdotool");
        search.args(["search", "--all", "--onlyvisible", "--pid", &self.pid()?.to_string(), "--name", name]);
        stdout(search.output().unwrap()).lines().next().map(str::to_owned)
    }

    /// What the tray's item, its menu or a click in it says.
    pub fn tray(&self, args: &[&str]) -> Option<Value> {
        let said = self.command(PYTHON).arg(tray_script()).args(args).output().unwrap();
        let told = said.status.success();
        let said = stdout(said);
        told.then(|| serde_json::from_str(&said).unwrap_or(Value::Null))
    }

    /// The labels of the tray's menu.
    pub fn menu(&self) -> Vec<String> {
        let rows = self.tray(&["menu"]).unwrap_or_default();
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter().filter_map(|row| Some(row["label"].as_str()?.to_owned())).collect()
    }

    /// How many notifications are on the screen.
    pub fn notified(&self) -> usize {
        stdout(self.command("dunstctl").args(["count", "displayed"]).output().unwrap()).trim().parse().unwrap()
    }

    /// Clicks the newest notification; gives the summary and body of the last that went.
    pub fn click_notification(&self) -> (String, String) {
        assert!(tell(self.command("dunstctl").arg("action")));
        assert!(tell(self.command("dunstctl").arg("close")));
        let history = stdout(self.command("dunstctl").arg("history").output().unwrap());
        let history: Value = serde_json::from_str(&history).unwrap();
        let last = &history["data"][0][0];
        let text = |name: &str| last[name]["data"].as_str().unwrap().to_owned();
        (text("summary"), text("body"))
    }

    /// Locks the keyring.
    pub fn lock_keyring(&self) {
        let mut lock = self.command("gdbus");
        lock.args([
            "call",
            "--session",
            "--dest",
            "org.freedesktop.secrets",
            "--object-path",
            "/org/freedesktop/secrets",
        ]);
        lock.args(["--method", "org.freedesktop.Secret.Service.Lock"]);
        let locked = stdout(lock.arg("['/org/freedesktop/secrets/collection/login']").output().unwrap());
        assert!(locked.contains("collection/login"), "{locked}");
    }

    /// Waits for the window in which the desktop asks for the keyring's password.
    pub async fn prompted(&self) -> String {
        let mut found = None;
        let mut search = self.command("xdotool");
        search.args(["search", "--onlyvisible", "--name", "Unlock"]);
        until("the desktop asks for the keyring's password", async || {
            found = stdout(search.output().unwrap()).lines().next().map(str::to_owned);
            found.is_some()
        })
        .await;
        found.expect("it was just there")
    }

    /// Types into a window, and sends it.
    pub fn answer(&self, window: &str, text: &str) {
        assert!(tell(self.command("xdotool").args(["windowactivate", "--sync", window])), "{window} is in front");
        assert!(tell(self.command("xdotool").args(["type", text])), "{text:?}");
        assert!(tell(self.command("xdotool").args(["key", "Return"])));
    }

    /// Is there an entry of ours in the keyring?
    pub fn keyring_entries(&self) -> usize {
        let mut search = self.command("secret-tool");
        search.args(["search", "--all", "service", "org.folkmoot.desktop"]);
        let found = search.output().unwrap();
        // The secrets go to one, the attributes to the other, by version.
        let said = stdout(found.clone()) + &String::from_utf8_lossy(&found.stderr);
        said.matches("label = ").count()
    }
}

/// Looks again and again whether it is so. Fails after a while, and says what was waited for.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let latest = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < latest, "in vain: {what}");
        sleep(LOOK).await;
    }
}

/// A picture of the display for people, this desk's window in front: target/desktop/NAME.png.
pub async fn picture(seat: &Seat, name: &str) {
    if let Some(window) = seat.visible("") {
        tell(seat.command("xdotool").args(["windowactivate", &window]));
    }
    // Until it is painted. Nothing depends on it.
    sleep(PAINTED).await;
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("desktop");
    fs::create_dir_all(&dir).unwrap();
    let taken = Command::new("import").args(["-window", "root"]).arg(dir.join(format!("{name}.png"))).status();
    assert!(taken.is_ok_and(|status| status.success()), "a picture of {name}");
}

/// The window manager, for the whole display.
pub fn window_manager() -> Kept {
    assert!(std::env::var_os("DISPLAY").is_some(), "it needs a display: `cargo xtask test desktop`");
    Kept(Command::new("openbox").stderr(Stdio::null()).spawn().expect("openbox"))
}

/// The app: as it was built with this test, or another that the environment names.
pub fn app() -> &'static str {
    static APP: OnceLock<String> = OnceLock::new();
    APP.get_or_init(|| std::env::var("FOLKMOOT_APP").unwrap_or_else(|_| env!("CARGO_BIN_EXE_folkmoot").to_owned()))
}

/// A tray, and what asks it.
pub fn tray_script() -> String {
    format!("{}/tests/desktop/tray.py", env!("CARGO_MANIFEST_DIR"))
}

/// Starts a program and waits for its first line.
pub fn says(mut command: Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

/// Every process with its arguments, of which there is at least one.
fn processes() -> impl Iterator<Item = (u32, Vec<String>)> {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, command.split(|byte| *byte == 0).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect()))
    })
}

/// Sends a signal to a process.
pub fn signal(signal: &str, pid: u32) {
    tell(Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()));
}

/// Runs it; did it succeed?
pub fn tell(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// What it said.
pub fn stdout(output: Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
