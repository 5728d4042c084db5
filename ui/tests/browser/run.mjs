// The flows in order, on real engines and a real server; the scene is crates/xtask/src/browser.rs's. Ana is the owner,
// Bo comes by another link. A flow that fails leaves pictures of both windows in OUT. FLOWS names those to run after the
// first, `chat,document` for example.
import again from "./again.mjs";
import chat from "./chat.mjs";
import document from "./document.mjs";
import firstRun from "./first_run.mjs";
import focus from "./focus.mjs";
import firstSync from "./first_sync.mjs";
import idle from "./idle.mjs";
import { clean, inTheme, launch, links, open, out, ready, server, sockets } from "./harness.mjs";
import keys from "./keys.mjs";
import people from "./people.mjs";
import pins from "./pins.mjs";
import offline from "./offline.mjs";
import shown from "./shown.mjs";
import settings from "./settings.mjs";
import signIn from "./sign_in.mjs";
import spaces from "./spaces.mjs";
import threads from "./threads.mjs";
import writing from "./writing.mjs";

const browser = await launch();
let failed = 0;
try {
  const a = await open(browser, sockets[0]);
  const b = await open(browser, sockets[1]);
  const screen = async (page, name) => {
    for (const theme of ["light", "dark"]) await inTheme(page, theme, () => clean(page, `${name}, ${theme}`));
  };
  const only = process.env.FLOWS?.split(",");
  for (const [name, flow] of Object.entries({
    "first run": firstRun,
    idle,
    chat,
    document,
    keys,
    focus,
    writing,
    people,
    settings,
    pins,
    threads,
    offline,
    again,
    "first sync": firstSync,
    "sign in": signIn,
    spaces,
    shown,
  })) {
    if (only && flow !== firstRun && !only.includes(name)) continue;
    const began = performance.now();
    try {
      if (flow !== firstRun) {
        await ready(a, links[0], "Ana");
        await ready(b, links[1], "Bo");
      }
      await flow({ a, b, browser, links, screen });
      const faults = [...a.faults.splice(0), ...b.faults.splice(0)];
      if (faults.length > 0) throw new Error(`the page said: ${faults.join("; ")}`);
      console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}: ${error.stack ?? error}`);
      for (const [who, page] of Object.entries({ a, b }))
        await page.screenshot({ path: `${out}/${name.replace(" ", "-")}-${who}.png` });
    }
  }
} finally {
  server.goOn();
  await browser.close();
}
process.exit(failed === 0 ? 0 : 1);
