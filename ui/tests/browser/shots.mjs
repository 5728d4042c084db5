// A picture of each screen in both themes, on real engines, into OUT; the scene is crates/xtask/src/browser.rs's.
import { composer, createDocument, editor, inTheme, join, launch, links, message, open, openRoom, out, post, row, server, sockets, spaceMenu } from "./harness.mjs";

const browser = await launch();
try {
  const a = await open(browser, sockets[0]);
  const b = await open(browser, sockets[1]);
  const shot = async (page, name) => {
    for (const theme of ["light", "dark"]) await inTheme(page, theme, () => page.screenshot({ path: `${out}/${name}-${theme}.png`, animations: "disabled" }));
  };
  const close = async (page) => {
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };

  await a.getByText("Start a space on this computer").waitFor();
  await shot(a, "first-run");
  await join(a, links[0], "Ines Marchetti");
  await a.getByText("Three ways to begin").waitFor();
  await shot(a, "welcome");
  await join(b, links[1], "Noor Haddad");

  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name").fill("sync-engine");
  await a.getByLabel("Topic").fill("Protocol, storage and the relay");
  await shot(a, "new-room");
  await a.getByRole("button", { name: "Create room" }).click();
  await a.getByText("Nothing said yet").waitFor();
  await shot(a, "empty-room");
  await b.getByRole("button", { name: "Browse rooms" }).click();
  await b.getByRole("button", { name: "Join room sync-engine" }).click();
  await openRoom(b, "sync-engine");

  await post(a, "The relay dropped my laptop for eleven minutes on the train and nothing was lost. First time I have not noticed an outage at all.");
  await post(a, "Draft of the protocol is in the document, comments welcome before the 14:00 call.");
  await post(b, "Compaction threshold looks low. Numbers from the `2,000`-room test:\n\n- [x] cold open, **41 ms**\n- [ ] warm open\n\n```rust\npub async fn apply(&self, u: Update) -> Result<()> {\n    self.log.append(\"room\", &u)?;\n    Ok(())\n}\n```");
  await post(b, "@Ines Marchetti could you check the restore permissions before the call?");
  await message(a, "restore permissions").waitFor();
  await post(a, "Yes, reading it now. I would keep restore for room owners only.");
  await message(a, "restore permissions").hover();
  await shot(a, "room");
  await composer(a).pressSequentially("I asked @no");
  await shot(a, "mention");
  await composer(a).fill("");
  await a.keyboard.press("Control+k");
  await a.getByRole("option").first().waitFor();
  await shot(a, "switcher");
  await close(a);
  await a.keyboard.press("Control+/");
  await a.getByRole("dialog").waitFor();
  await shot(a, "shortcuts");
  await close(a);
  await spaceMenu(a, "Name and colour");
  await shot(a, "profile");
  await close(a);

  await createDocument(a, "Sync protocol");
  await editor(a).click();
  await a.keyboard.type("# Sync protocol\nThe server never sees a room it cannot **verify** . Each update carries a state vector, so a client that was offline for a week sends `one` message.\n## Open questions\n[x] Compaction threshold\nWho may restore a version?");
  await row(b, "Sync protocol").click();
  await editor(b).getByText("verify").click();
  await a.locator(".caret-name").waitFor();
  await shot(a, "document");
  await createDocument(a, "apply.rs", "Code");
  await editor(a).click();
  await a.keyboard.type("// from Noor\npub async fn apply(&self, u: Update) -> Result<()> {\nself.log.append(\"room\", &u)?;\nOk(())");
  await shot(a, "code");
  await openRoom(a, "sync-engine");
  await row(a, "Sync protocol").click({ modifiers: ["Control"] });
  await editor(a).waitFor();
  await shot(a, "beside");
  await a.setViewportSize({ width: 700, height: 800 });
  await a.getByRole("button", { name: "Close panel" }).click();
  await shot(a, "narrow");
  await a.setViewportSize({ width: 1280, height: 800 });

  await openRoom(b, "sync-engine");
  server.stop();
  await b.getByText("Offline.", { exact: true }).waitFor({ timeout: 90_000 });
  await composer(b).fill("Written on the train");
  await composer(b).press("Enter");
  await message(b, "Written on the train").getByText("Saved on this device").waitFor();
  await shot(b, "offline");
} finally {
  server.goOn();
  await browser.close();
}
