//! Hands at a desk: pointer, wheel and keys as the X server gives them to the window. What the driver does reaches the page
//! by another way, on which nothing is painted, queued or kept from it.

use crate::page::Page;
use crate::seat::{Seat, tell};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// Buttons of a mouse, as X counts them.
pub const LEFT: u8 = 1;
pub const MIDDLE: u8 = 2;
pub const RIGHT: u8 = 3;
pub const WHEEL_UP: u8 = 4;

/// How long a window may take to have heard what the pointer did.
const HEARD: Duration = Duration::from_millis(300);

impl Seat {
    /// Presses a button of the mouse so often over the middle of what a selector names.
    pub async fn click(&self, page: &Page, selector: &str, button: u8, times: u32) {
        self.point(page, selector).await;
        let (times, button) = (times.to_string(), button.to_string());
        assert!(tell(self.command("xdotool").args(["click", "--repeat", &times, "--delay", "30", &button])));
    }

    /// Moves the pointer over the middle of what a selector names.
    pub async fn point(&self, page: &Page, selector: &str) {
        let window = self.visible("Folkmoot").expect("a window");
        assert!(tell(self.command("xdotool").args(["windowactivate", "--sync", &window])), "it is in front");
        page.until(&format!("{selector} is there"), &format!("document.querySelector({selector:?}) !== null")).await;
        let script = "const { x, y, width, height } = document.querySelector(arguments[0]).getBoundingClientRect();
            return [Math.round(x + width / 2), Math.round(y + height / 2)]";
        let middle = page.give(script, json!(selector)).await;
        let (x, y) = (middle[0].to_string(), middle[1].to_string());
        assert!(tell(self.command("xdotool").args(["mousemove", "--sync", "--window", &window, &x, &y])), "{selector}");
        sleep(HEARD).await;
    }

    /// Types into whatever has the keyboard, with so many milliseconds for each letter.
    pub fn type_at(&self, each_ms: u32, text: &str) {
        assert!(tell(self.command("xdotool").args(["type", "--delay", &each_ms.to_string(), text])), "{text:?}");
    }
}
