// A DEVELOPMENT AID ONLY: screenshots of the built UI on the fake engine. `node tests/dev/look.mjs NAME...` to /tmp.
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { steps } from "./steps.mjs";

const wanted = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.some((w) => name.startsWith(w))) continue;
  for (const theme of step.themes ?? ["light", "dark"]) {
    const page = await browser.newPage({ viewport: step.size ?? { width: 1280, height: 800 }, colorScheme: theme });
    page.on("pageerror", (error) => console.log(name, "PAGE ERROR", error.message));
    page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log(name, m.type(), m.text().slice(0, 300)));
    await page.goto(`http://127.0.0.1:5198/?socket=ws://127.0.0.1:4650/${step.scenario}${step.hash ?? ""}`);
    await page.waitForTimeout(700);
    try {
      await step.act?.(page, theme);
    } catch (error) {
      console.log(name, "FAILED", error.message.slice(0, 400));
    }
    await page.waitForTimeout(step.wait ?? 300);
    if (process.env.AXE) {
      await page.evaluate(readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8"));
      const { violations } = await page.evaluate(() => axe.run());
      for (const v of violations) console.log(name, theme, v.id, v.impact, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " :: " + n.failureSummary.replace(/\s+/g, " ").slice(0, 200)).join("\n    "));
    }
    await page.screenshot({ path: `/tmp/look-${name}-${theme}.png` });
    await page.close();
  }
}
await browser.close();
