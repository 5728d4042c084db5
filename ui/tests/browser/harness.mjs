// What the flows share: the built UI behind the release CSP, a browser, people on real engines, and the few things that
// every flow does. crates/xtask/src/browser.rs sets the scene and says by the environment where all is. Waits for what
// is seen, never for time.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import WebSocket from "ws";

export const PASSWORD = "correct horse battery";
const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const { UI_URL, SOCKETS, LINKS, ANOTHER, SERVER_PID, BROWSER } = process.env;
if (!UI_URL || !SOCKETS || !LINKS || !ANOTHER)
  throw new Error("`cargo xtask` starts this: it sets UI_URL, SOCKETS, LINKS, ANOTHER, SERVER_PID, BROWSER and OUT");
export const sockets = SOCKETS.split(",");
export const links = LINKS.split(",");
export const another = ANOTHER;
export const out = process.env.OUT ?? "/tmp";

export const launch = () =>
  chromium.launch({
    executablePath: BROWSER ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** The server stands still, as if the network were gone, or goes on. */
export const server = {
  stop: () => process.kill(Number(SERVER_PID), "SIGSTOP"),
  goOn: () => process.kill(Number(SERVER_PID), "SIGCONT"),
};

/** Asks an engine by its first door, one thing after the other. */
export function engine(url) {
  const socket = new WebSocket(url);
  const opened = new Promise((done) => socket.once("open", done));
  let id = 0;
  const ask = async (command) => {
    await opened;
    const own = ++id;
    socket.send(JSON.stringify({ id: own, dispatch: command }));
    return new Promise((done, failed) => {
      const heard = (data) => {
        const answer = JSON.parse(data.toString());
        if (answer.id !== own) return;
        socket.off("message", heard);
        if ("refused" in answer) failed(new Error(JSON.stringify(answer.refused)));
        else done(answer.done);
      };
      socket.on("message", heard);
    });
  };
  return Object.assign(ask, { close: () => socket.close() });
}

/** A window on the engine behind this socket. What goes wrong in it is kept in `page.faults`. */
export async function open(
  browser,
  socket,
  { theme = "light", size = { width: 1280, height: 800 }, hash = "", clock = false } = {},
) {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  // Its minutes pass as the test says.
  if (clock) await page.clock.install();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text().slice(0, 400)));
  page.setDefaultTimeout(30_000);
  await page.addInitScript(still);
  const url = new URL(UI_URL);
  url.searchParams.set("socket", socket);
  await page.goto(`${url}${hash}`);
  page.start = url.toString();
  return page;
}

/** The window was closed, and is opened as at the start of the app. */
export async function again(page) {
  await page.goto("about:blank");
  await page.goto(page.start);
}

/** In the page: whatever scrolls without being made to scroll is a fault, at whichever step it does so. */
function still() {
  const look = ({ target }) => {
    const element = target === document ? document.scrollingElement : target;
    if (!(element instanceof Element) || element.matches("input, textarea")) return;
    const { overflowX, overflowY } = getComputedStyle(element);
    const made = (overflow) => element !== document.scrollingElement && /auto|scroll/.test(overflow);
    const slid = (element.scrollTop !== 0 && !made(overflowY)) || (element.scrollLeft !== 0 && !made(overflowX));
    if (slid) console.error(`slid by ${element.scrollTop} px: ${element.cloneNode().outerHTML.slice(0, 120)}`);
  };
  document.addEventListener("scroll", look, { capture: true, passive: true });
}

export const composer = (page) => page.locator("main [data-region=composer] textarea");
/** The composer has the focus. */
export const writes = (page) =>
  page.waitForFunction(() => document.activeElement?.matches("main [data-region=composer] textarea"));
export const message = (page, text) => page.locator("article", { hasText: text }).last();
export const row = (page, name) => page.locator("nav a", { hasText: name });

export async function spaceMenu(page, item) {
  await page
    .getByRole("button", { name: /: menu$/ })
    .first()
    .click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** What is in the menu of the account, at the bottom of the sidebar. */
export async function accountMenu(page, item) {
  await page.locator("nav .me").click();
  await page.getByRole("dialog", { name: "Account" }).getByRole("button", { name: item }).click();
}

/** Opens the settings by their key; gives the section. */
export async function settings(page, section) {
  // From when keys are heard, the one that jumps is named.
  await page.locator("nav kbd").waitFor({ state: "attached" });
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  return page.getByRole("region", { name: section, exact: true });
}
/** Closes them. */
export async function closeSettings(page) {
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor({ state: "detached" });
}

export async function invite(page) {
  await spaceMenu(page, "Invite someone");
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("textbox", { name: "Copy link" }).inputValue();
  await page.keyboard.press("Escape");
  return link;
}

export async function join(page, link, name) {
  await page.getByText("Join with a link").click();
  await page.getByLabel("Link", { exact: true }).fill(link);
  await page.getByRole("button", { name: "Look where it leads" }).click();
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await writes(page);
}

/** Posts a text, and waits for what of it is seen as text. */
export async function say(page, text, seen) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
  await message(page, seen).waitFor();
}
export const post = (page, text) => say(page, text, text);

/** Reacts by the toolbar over the message, with the first emoji that fits. */
export async function react(page, text, emoji) {
  await message(page, text).hover();
  await page.getByRole("toolbar", { name: "Message actions" }).getByRole("button", { name: "Add reaction" }).click();
  const before = await message(page, text).getByRole("button", { pressed: true }).count();
  await page.getByLabel("Search emoji").fill(emoji);
  await page.getByRole("option", { selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByLabel("Search emoji").waitFor({ state: "detached" });
  await message(page, text).getByRole("button", { pressed: true }).nth(before).waitFor();
}

/** The room of this name is the open one, and its view is here. */
export const heading = (page, name) =>
  page.locator("header").getByRole("heading", { level: 1, name, exact: true }).waitFor();

export async function openRoom(page, name) {
  await row(page, name).first().click();
  await heading(page, name);
}

export async function createDocument(page, title, kind = "Rich text") {
  await page.getByRole("button", { name: "New document", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "New document" });
  await dialog.getByLabel("Title").fill(title);
  await dialog.getByRole("radio", { name: kind }).click();
  await dialog.getByRole("button", { name: "Create document" }).click();
  await openedDocument(page, title);
}

/** The document of this title is the open one, and can be written in. */
export async function openedDocument(page, title) {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll("input[aria-label=Title]")].some((field) => field.value === wanted),
    title,
  );
  await editor(page).waitFor();
}

export const editor = (page) => page.locator("[contenteditable=true]");

/** Fails, naming what axe found on the screen. */
export async function clean(page, screen) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  if (violations.length === 0) return;
  const found = violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 140)).join(" | ")}`,
  );
  throw new Error(`${screen}: axe found\n  ${found.join("\n  ")}`);
}

/** Does this when the window has taken up the theme, fonts are there and no colour is on its way to another. */
export async function inTheme(page, theme, what) {
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    await Promise.allSettled(
      document
        .getAnimations()
        .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
        .map((one) => one.finished),
    );
  });
  await what();
}

/** A person who is in, with nothing open over the rooms: what every flow starts from, also after one that failed. */
export async function ready(page, link, name) {
  const dialog = page.getByRole("dialog");
  const start = page.getByText("Join with a link");
  await start.or(page.locator("nav a").first()).first().waitFor();
  for (let press = 0; press < 5 && (await dialog.count()) > 0; press++) await page.keyboard.press("Escape");
  if (await start.isVisible()) await join(page, link, name);
  else if ((await page.locator("nav a").count()) === 0) await page.reload();
  await row(page, "welcome").first().waitFor();
}

export function equal(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}
