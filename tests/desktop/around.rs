//! What is around an app at its desk, changed while it runs: other services, and what is opened outside.

use crate::seat::{Kept, PYTHON, Seat, app, says, signal, tell, tray_script, until};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// How often it is looked whether a window is hidden before its keys are pressed again.
const LOOKS_A_PRESS: u32 = 30;

/// A notification service that tells what it is asked.
pub struct Notices {
    _service: Kept,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Notices {
    /// What it was asked so far, in this order.
    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }

    /// Was it asked that?
    pub fn was_asked(&self, what: impl Fn(&Value) -> bool) -> bool {
        self.asked().iter().any(what)
    }
}

impl Seat {
    /// Ends what shows notifications at this desk.
    pub fn end_notifications(&mut self) {
        drop(self.around.remove(1));
    }

    /// Stops the keyring where it stands, as one that never answers, or lets it go on.
    pub fn keyring(&self, how: &str) {
        signal(how, self.around[2].0.id());
    }

    /// Stops the session bus where it stands, or lets it go on.
    pub fn bus(&self, how: &str) {
        signal(how, self.around[3].0.id());
    }

    /// Starts a notification service with these capabilities.
    pub fn notices(&self, capabilities: &[&str]) -> Notices {
        let mut service = self.command(PYTHON);
        service.arg(format!("{}/tests/desktop/notices.py", env!("CARGO_MANIFEST_DIR"))).args(capabilities);
        let (mut service, _) = says(service);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        let out = BufReader::new(service.stdout.take().unwrap());
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                heard.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Notices { _service: Kept(service), asked }
    }

    /// From now on items of the tray are kept, and shown by nobody.
    pub fn hide_tray(&mut self) {
        drop(self.around.remove(0));
        let mut tray = self.command(PYTHON);
        tray.args([&tray_script(), "watch", "hostless"]);
        let (tray, _) = says(tray);
        self.around.insert(0, Kept(tray));
    }

    /// What the desktop opens is written down from now on.
    pub fn write_down_what_is_opened(&self) {
        let bin = self.dir.join("bin");
        fs::create_dir_all(&bin).unwrap();
        let opener = bin.join("xdg-open");
        fs::write(&opener, format!("#!/bin/sh\necho \"$1\" >> {}\n", self.dir.join("opened").display())).unwrap();
        fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What was opened since.
    pub fn opened(&self) -> Vec<String> {
        let opened = fs::read_to_string(self.dir.join("opened")).unwrap_or_default();
        opened.lines().map(str::to_owned).collect()
    }

    /// Starts the app once more with the same profile, and does not wait for it.
    pub fn second(&self, link: &str) -> Child {
        let mut second = self.command(app());
        second.arg("--profile").arg(self.profile()).arg(link).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Closes the app's window, as its own button does: that leaves the app in the tray, or ends it where there is none. Keys
    /// that come while the window is drawn, or while another desk's window takes the keyboard, are lost: they are pressed
    /// again, some seconds later, until it is gone.
    pub async fn close_window(&self) {
        let mut looks = 0_u32;
        until("its window is gone", async || {
            let Some(window) = self.visible("Folkmoot") else { return true };
            if looks.is_multiple_of(LOOKS_A_PRESS) {
                self.press(&window, &["alt+F4"]);
            }
            looks += 1;
            false
        })
        .await;
    }

    /// Presses keys wherever the keyboard is.
    pub fn keys(&self, keys: &[&str]) {
        assert!(tell(self.command("xdotool").arg("key").args(keys)), "{keys:?}");
    }
}
