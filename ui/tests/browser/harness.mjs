// What the flows share: the built UI behind the release CSP, a browser, people on real engines, and the few things that
// every flow does. crates/xtask/src/browser.rs sets the scene and says by the environment where all is. Waits for what
// is seen, never for time.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

export const PASSWORD = "correct horse battery";
const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const { UI_URL, SOCKETS, LINKS, SERVER_PID, BROWSER } = process.env;
if (!UI_URL || !SOCKETS || !LINKS) throw new Error("`cargo xtask` starts this: it sets UI_URL, SOCKETS, LINKS, SERVER_PID, BROWSER and OUT");
export const sockets = SOCKETS.split(",");
export const links = LINKS.split(",");
export const out = process.env.OUT ?? "/tmp";

export const launch = () =>
  chromium.launch({ executablePath: BROWSER ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });

/** The server stands still, as if the network were gone, or goes on. */
export const server = { stop: () => process.kill(Number(SERVER_PID), "SIGSTOP"), goOn: () => process.kill(Number(SERVER_PID), "SIGCONT") };

/** A window on the engine behind this socket. What goes wrong in it is kept in `page.faults`. */
export async function open(browser, socket, { theme = "light", size = { width: 1280, height: 800 }, hash = "" } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text().slice(0, 400)));
  page.setDefaultTimeout(15_000);
  const url = new URL(UI_URL);
  url.searchParams.set("socket", socket);
  await page.goto(`${url}${hash}`);
  return page;
}

export const composer = (page) => page.locator("[data-region=composer] textarea");
export const message = (page, text) => page.locator("article", { hasText: text }).last();
export const row = (page, name) => page.locator("nav a", { hasText: name });

export async function spaceMenu(page, item) {
  await page.getByRole("button", { name: /: menu$/ }).first().click();
  await page.getByRole("menuitem", { name: item }).click();
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
  await composer(page).waitFor();
}

export async function post(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
  await message(page, text).waitFor();
}

export async function openRoom(page, name) {
  await row(page, name).first().click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

export async function createDocument(page, title, kind = "Rich text") {
  await page.getByRole("button", { name: "New document" }).click();
  await page.getByLabel("Title").fill(title);
  await page.getByRole("radio", { name: kind }).click();
  await page.getByRole("button", { name: "Create document" }).click();
  await editor(page).waitFor();
}

export const editor = (page) => page.locator("[contenteditable=true]");

/** Fails, naming what axe found on the screen. */
export async function clean(page, screen) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  if (violations.length === 0) return;
  const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 140)).join(" | ")}`);
  throw new Error(`${screen}: axe found\n  ${found.join("\n  ")}`);
}

export async function inTheme(page, theme, what) {
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
  await what();
}

export function equal(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}
