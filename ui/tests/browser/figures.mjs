// A room of 100,000 messages, scrolled upwards in Chromium: how long each frame takes. `cargo xtask bench` starts it.
import { readFileSync } from "node:fs";
import { launch, links, open, ready, sockets } from "./harness.mjs";

const LAST_MS = 20_000;
const scroll = readFileSync(new URL("../../../tests/desktop/scroll.js", import.meta.url), "utf8");
const browser = await launch();
try {
  const page = await open(browser, sockets[0]);
  await ready(page, links[0], "Ana");
  await page.locator("article").first().waitFor();
  await page.evaluate(`(${scroll})(${LAST_MS})`);
  await page.waitForFunction(() => window.scrolled !== undefined, undefined, { timeout: LAST_MS * 3 });
  const { frames, rows } = await page.evaluate(() => window.scrolled);
  frames.sort((one, other) => one - other);
  const at = (part) => frames[Math.min(frames.length - 1, Math.floor(frames.length * part))].toFixed(2);
  console.log(`| Chromium: scrolling a room of 100,000 messages, one frame | p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${frames.length} times) |`);
  console.log(`| Chromium: frames over 50 ms in that, the longest, messages passed | ${frames.filter((frame) => frame > 50).length}, ${at(1)} ms, ${rows} |`);
} finally {
  await browser.close();
}
