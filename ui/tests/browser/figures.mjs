// A room of a million messages in Chromium: how soon it is there, how long each frame takes while it is scrolled upwards, and
// how soon a link leads to a message that is not on the device. `cargo xtask bench` starts it.
import { readFileSync } from "node:fs";
import { launch, links, open, out, ready, sockets } from "./harness.mjs";

const LAST_MS = 20_000;
const OPENINGS = 30;
const script = (name) => readFileSync(new URL(`../../../tests/desktop/${name}`, import.meta.url), "utf8");
const times = (values) => {
  values.sort((one, other) => one - other);
  const at = (part) => values[Math.min(values.length - 1, Math.floor(values.length * part))].toFixed(2);
  return { at, told: `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${values.length} times)` };
};
const browser = await launch();
try {
  const page = await open(browser, sockets[0]);
  await ready(page, links[0], "Ana");
  await page.locator("article").first().waitFor();
  const room = await page.evaluate(() => location.hash);
  await page.getByRole("button", { name: "New room" }).click();
  const dialog = page.getByRole("dialog", { name: "New room" });
  await dialog.getByLabel("Name").fill("aside");
  await dialog.getByRole("button", { name: "Create room" }).click();
  await page.waitForFunction((before) => location.hash !== before, room);
  const ways = [await page.evaluate(() => location.hash), room, OPENINGS].map((way) => JSON.stringify(way));
  const shown = "() => document.querySelectorAll('article').length > 5";
  const opened = await page.evaluate(
    `(${script("open.js")})(${ways}, () => document.querySelector('article') === null, ${shown})`,
  );
  console.log(
    `| Chromium: opening a room of 1,000,000 messages from another: asked → its messages drawn | ${times(opened).told} |`,
  );
  await page.evaluate(`(${script("scroll.js")})(${LAST_MS})`);
  await page.waitForFunction(() => window.scrolled !== undefined, undefined, { timeout: LAST_MS * 3 });
  const { frames, rows } = await page.evaluate(() => window.scrolled);
  const { at, told } = times(frames);
  console.log(`| Chromium: scrolling a room of 1,000,000 messages, one frame | ${told} |`);
  console.log(
    `| Chromium: frames over 50 ms in that, the longest, messages passed | ${frames.filter((frame) => frame > 50).length}, ${at(1)} ms, ${rows} |`,
  );
  // Where Ana is now, Bo's device has never been.
  const far = await page.evaluate(
    () =>
      [...document.querySelectorAll("[data-message]")].find((one) => one.getBoundingClientRect().top > 200).dataset
        .message,
  );
  const place = await page.evaluate(() => /^.*\/room\/[^/]+/.exec(location.hash)[0]);
  const other = await open(browser, sockets[1]);
  await ready(other, links[1], "Bo");
  const begun = performance.now();
  await other.evaluate((hash) => (location.hash = hash), `${place}/${far}`);
  await other.locator(`[data-message="${far}"]`).waitFor();
  const took = performance.now() - begun;
  await other.waitForFunction((id) => {
    const box = document.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect();
    return box && box.top > 0 && box.bottom < innerHeight;
  }, far);
  console.log(
    `| Chromium: a link to a message of that room that is not held → it is on the screen | ${took.toFixed(0)} ms |`,
  );
  await other.screenshot({ path: `${out}/far-back.png` });
} finally {
  await browser.close();
}
