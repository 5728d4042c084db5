//! The page in a real window, as a person meets it: by what stands on buttons and beside fields.

use crate::seat::until;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

/// Where a person writes a message.
pub const COMPOSER: &str = "main textarea, .composer textarea, textarea";

/// Where a person writes a document.
pub const EDITOR: &str = ".prose";

/// A window's page.
pub struct Page {
    client: Client,
    name: &'static str,
}

impl Page {
    /// The page behind `client`, of this person.
    pub fn of(client: Client, name: &'static str) -> Self {
        Self { client, name }
    }

    /// Presses the button that says so.
    pub async fn press(&self, says: &str) {
        let button = format!("//button[contains(normalize-space(.), {says:?}) and not(@disabled)]");
        self.client.wait().for_element(Locator::XPath(&button)).await.expect(says).click().await.expect(says);
    }

    /// Fills the field with this label.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = format!("//div[label[normalize-space(.)={label:?}]]//input");
        let field = self.client.wait().for_element(Locator::XPath(&field)).await.expect(label);
        field.clear().await.expect(label);
        field.send_keys(text).await.expect(label);
    }

    /// Types into what a selector names.
    pub async fn write(&self, into: &str, text: &str) {
        self.until(&format!("{into} is there"), &format!("document.querySelector({into:?}) !== null")).await;
        let field = self.client.find(Locator::Css(into)).await.expect(into);
        field.click().await.expect(into);
        field.send_keys(text).await.expect(into);
    }

    /// Writes a message and sends it.
    pub async fn say(&self, text: &str) {
        self.write(COMPOSER, &format!("{text}\u{e007}")).await;
    }

    /// Waits until the page shows this text.
    pub async fn shows(&self, text: &str) {
        self.until(&format!("shows {text:?}"), &format!("document.body.innerText.includes({text:?})")).await;
    }

    /// Waits until it is so in the page.
    pub async fn until(&self, what: &str, is_so: &str) {
        let what = format!("{}: {what}", self.name);
        until(&what, async || self.get(&format!("return {is_so}")).await == Value::Bool(true)).await;
    }

    /// What a script says.
    pub async fn get(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or(Value::Null)
    }

    /// Runs a script with something in its `arguments`.
    pub async fn give(&self, script: &str, what: Value) -> Value {
        self.client.execute(script, vec![what]).await.expect("it is taken")
    }

    /// What an asynchronous function gives.
    pub async fn run(&self, function: &str, args: Value) -> Value {
        let script = format!(
            "const [args, done] = arguments; ({function})(...args).then(done, (error) => done({{ failed: String(error) }}))"
        );
        self.client.execute_async(&script, vec![args]).await.expect("an answer")
    }

    /// The text of the document that is open, without the carets of others and their names.
    pub async fn written(&self) -> String {
        let script = "const text = document.querySelector('.prose').cloneNode(true);
            for (const caret of text.querySelectorAll('[class*=caret]')) caret.remove();
            return text.textContent";
        self.get(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Asks the engine as the page does. Gives what it answers, or the refusal.
    pub async fn ask(&self, command: Value) -> Value {
        let script = "const [command, done] = arguments;
            window.__TAURI_INTERNALS__.invoke('dispatch', { command }).then(done, (refused) => done({ refused }))";
        self.client.execute_async(script, vec![command]).await.expect("an answer")
    }

    /// Calls any command of the shell.
    pub async fn invoke(&self, command: &str) -> Value {
        let script = "const [command, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, {}).then(done, (error) => done({ error: String(error) }))";
        self.client.execute_async(script, vec![json!(command)]).await.expect("an answer")
    }

    /// Goes to a place of the app, without leaving the page.
    pub async fn go(&self, hash: &str) {
        self.get(&format!("location.hash = {hash:?}")).await;
    }

    /// The place that the page is at.
    pub async fn place(&self) -> String {
        self.get("return location.hash").await.as_str().unwrap_or_default().to_owned()
    }

    /// Loads the page anew, in this theme.
    pub async fn reload_in(&self, theme: &str) {
        let appearance = json!({ "theme": theme, "density": "comfortable" }).to_string();
        self.get(&format!("localStorage.setItem('folkmoot.appearance', {appearance:?})")).await;
        self.client.refresh().await.expect("reloads");
        self.until("is back", &format!("document.documentElement.dataset.theme === {theme:?}")).await;
    }
}
