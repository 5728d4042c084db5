// A new device of somebody who is in many rooms, behind a network that stops in the middle: how many have come is said while
// they come, and while it stands still, and no longer.
import { createServer, connect } from "node:net";
import { engine, heading, message, open, openRoom, out, PASSWORD, row, sockets } from "./harness.mjs";

const ROOMS = 30;
/** What a connection lets through before it stops: the answer to signing in, or in which rooms she is, and nothing of them. */
const GRANTS_BYTES = 300;
/** Then so much: of the rooms about a half. */
const ROOMS_BYTES = 60_000;

export default async function firstSync({ a, browser, links, screen }) {
  const space = await a.evaluate(() => location.hash.split("/").find((part) => part.length === 36));
  const say = engine(sockets[0]);
  let asked;
  for (let at = 0; at < ROOMS; at++) {
    const { stream } = await say({
      do: "open_room",
      space,
      access: "private",
      name: `field ${at}`,
      topic: "",
      members: [],
    });
    await say({ do: "post", room: stream, text: `Note ${at}. ${"Many words. ".repeat(600)}`, reply_to: null });
    asked ??= stream;
  }
  say.close();
  // All that she did is at the server.
  await a.locator("nav").getByText("Connected").waitFor({ timeout: 60_000 });
  const [, host] = /^folkmoot:\/\/([^/]+)\//.exec(links[2]);
  const network = await between(host);
  const c = await open(browser, sockets[2]);
  try {
    await c.getByText("Sign in").first().click();
    await c.getByLabel("Server").fill(links[2].replace(host, network.host));
    await c.getByLabel("Your name").fill("Ana");
    await c.getByLabel("Password").fill(PASSWORD);
    await c.keyboard.press("Enter");
    const progress = c.getByRole("progressbar", { name: "Rooms on this device" });
    await progress.waitFor();
    await c.getByText(/^Getting rooms, 0 of \d+$/).waitFor();
    await c.getByRole("heading", { name: "Your rooms are not on this device yet" }).waitFor();
    await c.getByText("They appear here as they come.").waitFor();
    await screen(c, "first sync, nothing yet");
    await c.screenshot({ path: `${out}/first-sync-nothing.png` });
    // A room that somebody asks for meanwhile is said to be on its way.
    await c.evaluate((hash) => (location.hash = hash), `#/${space}/room/${asked}`);
    await c.getByText("This room is not on this device yet").waitFor();
    await c.getByText("Fetching it now.").waitFor();
    await screen(c, "first sync, a room that has not come");

    network.allow(ROOMS_BYTES);
    await c.getByText(/^Getting rooms, [1-9]\d* of \d+$/).waitFor();
    const held = await atRest(progress);
    const rooms = Number(await progress.getAttribute("aria-valuemax"));
    if (!(held > 0 && held < rooms && rooms > ROOMS)) throw new Error(`${held} of ${rooms}`);
    await c.getByText(`Getting rooms, ${held} of ${rooms}`).waitFor();
    await screen(c, "first sync");
    await c.screenshot({ path: `${out}/first-sync.png` });

    network.cut();
    await c.getByText("Offline.").first().waitFor();
    await c.getByText(`Paused: ${held} of ${rooms} rooms are here`).waitFor();
    await screen(c, "first sync, paused");
    await c.screenshot({ path: `${out}/first-sync-paused.png` });

    network.mend();
    await c.getByRole("button", { name: "Try now" }).click();
    await progress.waitFor({ state: "detached" });
    await heading(c, "field 0");
    await c.getByText("All rooms are here.").waitFor({ state: "attached" });
    await row(c, `field ${ROOMS - 1}`)
      .first()
      .waitFor();
    await c.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll("nav a")].filter((row) => /field \d/.test(row.textContent)).length === wanted,
      ROOMS,
    );
    if (c.faults.length > 0) throw new Error(`the page said: ${c.faults.join("; ")}`);
  } catch (error) {
    await c.screenshot({ path: `${out}/first-sync-failed.png` });
    throw error;
  } finally {
    await c.context().close();
    network.end();
  }
  await opensAtItsEnd(a, space);
}

/** How many rooms have come, once no more do. */
const atRest = (progress) =>
  progress.evaluate(
    (bar) =>
      new Promise((done) => {
        const still = () => setTimeout(() => done(Number(bar.ariaValueNow)), 2_000);
        let timer = still();
        new MutationObserver(() => (clearTimeout(timer), (timer = still()))).observe(bar, { attributes: true });
      }),
  );

/** A room of which all is held opens at its end, though what tells of its beginning stands above its messages. */
async function opensAtItsEnd(page, space) {
  const say = engine(sockets[0]);
  const { stream } = await say({
    do: "open_room",
    space,
    access: "private",
    name: "held whole",
    topic: "",
    members: [],
  });
  for (let at = 0; at < 60; at++) await say({ do: "post", room: stream, text: `Line ${at}.`, reply_to: null });
  say.close();
  await openRoom(page, "held whole");
  const last = message(page, "Line 59.");
  await last.waitFor();
  await page.waitForTimeout(500);
  const below = await last.evaluate(
    (last) =>
      last.getBoundingClientRect().bottom - last.closest("[data-region=messages]").getBoundingClientRect().bottom,
  );
  if (below > 0) throw new Error(`the last message lies ${below} px below its list`);
}

/** What lies between a device and the server: lets so many bytes down, can be cut, and is whole once it is mended. */
async function between(server) {
  const [name, port] = server.split(":");
  const open = new Set();
  let [allowed, up] = [GRANTS_BYTES, true];
  const listener = createServer((device) => {
    if (!up) return device.destroy();
    const to = connect(Number(port), name);
    open.add(device).add(to);
    device.pipe(to);
    to.left = allowed;
    to.on("data", (bytes) => {
      to.left -= bytes.length;
      device.write(bytes);
      if (to.left <= 0) to.pause();
    });
    for (const [one, other] of [
      [device, to],
      [to, device],
    ])
      one.on("error", () => {}).on("close", () => (open.delete(one), other.destroy()));
  });
  await new Promise((done) => listener.listen(0, "127.0.0.1", done));
  const cut = () => {
    up = false;
    for (const socket of open) socket.destroy();
  };
  const allow = (bytes) => {
    allowed = bytes;
    for (const socket of open) if ("left" in socket) ((socket.left = bytes), socket.resume());
  };
  return {
    host: `127.0.0.1:${listener.address().port}`,
    allow,
    cut,
    mend: () => (allow(Infinity), (up = true)),
    end: () => (cut(), listener.close()),
  };
}
