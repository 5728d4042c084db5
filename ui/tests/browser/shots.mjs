// A picture of each screen in both themes, on real engines, into OUT; the scene is crates/xtask/src/browser.rs's.
// Ines is at the screen, Noor and Tomasz are the others.
import { composer, createDocument, editor, inTheme, join, launch, links, message, open, openedDocument, openRoom, out, react, row, say, server, sockets, spaceMenu } from "./harness.mjs";

const browser = await launch();
try {
  const [a, b, c] = await Promise.all(sockets.map((socket) => open(browser, socket)));
  const shot = async (page, name) => {
    for (const theme of ["light", "dark"]) await inTheme(page, theme, () => page.screenshot({ path: `${out}/${name}-${theme}.png`, animations: "disabled" }));
  };
  const close = async (page) => {
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  const inColour = async (page, colour) => {
    await spaceMenu(page, "Name and colour");
    await page.getByRole("radio", { name: `Colour ${colour}` }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };

  await a.getByText("Start a space on this computer").waitFor();
  await shot(a, "first-run");
  await join(a, links[0], "Ines Marchetti");
  await inColour(a, 1);
  await a.getByText("Three ways to begin").waitFor();
  await a.mouse.move(700, 20);
  await shot(a, "welcome");
  await a.keyboard.press("Control+/");
  await a.getByRole("dialog").waitFor();
  await shot(a, "shortcuts");
  await close(a);
  await join(b, links[1], "Noor Haddad");
  await inColour(b, 8);
  await join(c, links[2], "Tomasz Reyes");
  await inColour(c, 5);

  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name").fill("sync-engine");
  await a.getByLabel("Topic").fill("Protocol, storage and the relay");
  await shot(a, "new-room");
  await a.getByRole("button", { name: "Create room" }).click();
  await a.getByText("Nothing said yet").waitFor();
  for (const page of [b, c]) {
    await page.getByRole("button", { name: "Browse rooms" }).click();
    await page.getByRole("button", { name: "Join room sync-engine" }).click();
    await openRoom(page, "sync-engine");
  }
  await say(b, "The relay dropped my laptop for eleven minutes on the train and nothing was lost. First time I have not noticed an outage at all.", "The relay dropped");
  await say(b, "Draft of the protocol is in the document, comments welcome before the 14:00 call.", "Draft of the protocol");
  await message(a, "Draft of the protocol").waitFor();
  await react(c, "The relay dropped", "raising hands");
  await react(a, "The relay dropped", "raising hands");
  await react(c, "The relay dropped", "train");
  await say(a, "Good. I will go through it at noon.", "I will go through it");
  await message(c, "I will go through it").waitFor();
  await a.mouse.move(700, 20);
  await openRoom(a, "welcome");

  await say(c, "Compaction threshold looks low. Numbers from the `2,000`-room test:\n\n- [x] cold open, **41 ms**\n- [ ] warm open\n\n```rust\nfn apply(&mut self, u: Update) -> Applied\n```", "Compaction threshold");
  await message(b, "Compaction threshold").waitFor();
  await say(b, "@Ines Marchetti could you check the restore permissions before the call?", "restore permissions");

  await createDocument(a, "apply.rs", "Code");
  await editor(a).click();
  await a.keyboard.type("// One event at a time, in the order of the stream.\npub fn apply(&mut self, update: Update) -> Result<()> {\nlet bytes = update.encode();\nself.log.append(\"room\", &bytes)?;\nOk(())");
  await a.getByText("On the server").waitFor();
  await shot(a, "code");
  await createDocument(a, "Sync protocol");
  await editor(a).click();
  await a.keyboard.type("# Sync protocol\nThe server never shows a room it cannot **verify**. Each update carries a state vector, so a client that was offline for a week sends `one` message.\n## Open questions\n");
  await a.getByRole("toolbar", { name: "Formatting" }).getByRole("button", { name: "Task list" }).click();
  await a.keyboard.type("Compaction threshold\nWho may restore a version?");
  await row(b, "Sync protocol").click();
  await openedDocument(b, "Sync protocol");
  await editor(b).locator("li", { hasText: "Who may restore a version?" }).waitFor();
  await editor(b).getByRole("checkbox").first().check();
  await editor(b).getByText("The server never").click({ position: { x: 4, y: 8 } });
  for (let word = 0; word < 3; word++) await b.keyboard.press("Control+Shift+ArrowRight");
  await a.locator(".caret-name", { hasText: "Noor" }).waitFor();
  await a.getByText("On the server").waitFor();
  await shot(a, "document");

  await row(a, "sync-engine").first().waitFor();
  await openRoom(a, "sync-engine");
  await message(a, "restore permissions").waitFor();
  await row(a, "Sync protocol").click({ modifiers: ["Control"] });
  await a.locator("[data-region=panel]").getByText("Open questions").waitFor();
  await a.locator(".caret-name", { hasText: "Noor" }).waitFor();
  await a.mouse.move(700, 20);
  await shot(a, "room");
  await composer(a).pressSequentially("Yes, reading it now. I asked @tom");
  await a.getByRole("listbox", { name: "People" }).waitFor();
  await shot(a, "mention");
  await composer(a).fill("");
  await message(a, "restore permissions").hover();
  await a.keyboard.press("Control+k");
  await a.getByRole("option").first().waitFor();
  await shot(a, "switcher");
  await close(a);
  await a.setViewportSize({ width: 700, height: 800 });
  await a.getByRole("button", { name: "Close panel" }).click();
  await message(a, "restore permissions").hover();
  await shot(a, "narrow");
  await a.setViewportSize({ width: 1280, height: 800 });

  await openRoom(b, "sync-engine");
  server.stop();
  await b.getByText("Offline.", { exact: true }).waitFor({ timeout: 90_000 });
  await say(b, "Written on the train", "Written on the train");
  await message(b, "Written on the train").getByText("Saved on this device").waitFor();
  await b.mouse.move(700, 20);
  await shot(b, "offline");
} finally {
  server.goOn();
  await browser.close();
}
