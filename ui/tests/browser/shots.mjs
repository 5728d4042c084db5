// A picture of each screen in both themes, on real engines, into OUT; the scene is crates/xtask/src/browser.rs's.
// Ines is at the screen, Noor and Tomasz are the others.
import {
  accountMenu,
  clean,
  closeSettings,
  composer,
  createDocument,
  editor,
  heading,
  inTheme,
  join,
  launch,
  links,
  message,
  open,
  openedDocument,
  openRoom,
  out,
  react,
  row,
  say,
  server,
  settings,
  sockets,
  spaceMenu,
} from "./harness.mjs";

const browser = await launch();
try {
  const [a, b, c] = await Promise.all(sockets.map((socket) => open(browser, socket)));
  /** Every screen that is shown is one that axe finds nothing in. */
  const shot = async (page, name) => {
    const taken = async (theme) => {
      await page.screenshot({ path: `${out}/${name}-${theme}.png`, animations: "disabled" });
      await clean(page, `${name}, ${theme}`);
    };
    for (const theme of ["light", "dark"]) await inTheme(page, theme, () => taken(theme));
    console.log(name);
  };
  const close = async (page) => {
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  const inColour = async (page, colour) => {
    const account = await settings(page, "Account");
    await account.getByRole("radio", { name: `Colour ${colour}` }).click();
    const save = account.getByRole("button", { name: "Save" });
    // It is offered where something changed.
    if (await save.isEnabled()) await save.click();
    await account.getByRole("button", { name: "Save", disabled: true }).waitFor();
    await closeSettings(page);
  };

  await a.getByText("Start a space on this computer").waitFor();
  await shot(a, "first-run");
  await a.getByText("Join with a link").click();
  await a.getByLabel("Link", { exact: true }).fill(links[0]);
  await a.getByRole("button", { name: "Look where it leads" }).click();
  await a.getByLabel("Your name").waitFor();
  await shot(a, "join");
  for (let step = 0; step < 2; step++) await a.getByRole("button", { name: "Back" }).click();
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
  await a.mouse.move(700, 20);
  await shot(a, "empty-room");
  for (const page of [b, c]) {
    await page.getByRole("button", { name: "Browse rooms" }).click();
    await page.getByRole("button", { name: "Join room sync-engine" }).click();
    await openRoom(page, "sync-engine");
  }
  await say(
    b,
    "The relay dropped my laptop for eleven minutes on the train and nothing was lost. First time I have not noticed an outage at all.",
    "The relay dropped",
  );
  await say(
    b,
    "Draft of the protocol is in the document, comments welcome before the 14:00 call.",
    "Draft of the protocol",
  );
  await message(a, "Draft of the protocol").waitFor();
  await react(c, "The relay dropped", "raising hands");
  await react(a, "The relay dropped", "raising hands");
  await react(c, "The relay dropped", "train");
  await say(a, "Good. I will go through it at noon.", "I will go through it");
  await message(c, "I will go through it").waitFor();
  await a.mouse.move(700, 20);
  await openRoom(a, "welcome");

  await say(
    c,
    "Compaction threshold looks low. Numbers from the `2,000`-room test:\n\n- [x] cold open, **41 ms**\n- [ ] warm open\n\n```rust\nfn apply(&mut self, u: Update) -> Applied\n```",
    "Compaction threshold",
  );
  await message(b, "Compaction threshold").waitFor();
  await say(b, "@Ines Marchetti could you check the restore permissions before the call?", "restore permissions");

  await createDocument(a, "apply.rs", "Code");
  await editor(a).click();
  await a.keyboard.type(
    '// One event at a time, in the order of the stream.\npub fn apply(&mut self, update: Update) -> Result<()> {\nlet bytes = update.encode();\nself.log.append("room", &bytes)?;\nOk(())',
  );
  await a.getByText("On the server").waitFor();
  await shot(a, "code");
  await createDocument(a, "Sync protocol");
  await editor(a).click();
  await a.keyboard.type(
    "# Sync protocol\nThe server never shows a room it cannot **verify**. Each update carries a state vector, so a client that was offline for a week sends `one` message.\n## Open questions\n",
  );
  await a.getByRole("toolbar", { name: "Formatting" }).getByRole("button", { name: "Task list" }).click();
  await a.keyboard.type("Compaction threshold\nWho may restore a version?");
  await row(b, "Sync protocol").click();
  await openedDocument(b, "Sync protocol");
  await editor(b).locator("li", { hasText: "Who may restore a version?" }).waitFor();
  await editor(b).getByRole("checkbox").first().check();
  const selects = async () => {
    await editor(b)
      .getByText("The server never")
      .click({ position: { x: 4, y: 8 } });
    for (let word = 0; word < 3; word++) await b.keyboard.press("Control+Shift+ArrowRight");
  };
  await selects();
  await a.locator(".caret-name", { hasText: "Noor" }).waitFor();
  await a.getByText("On the server").waitFor();
  await shot(a, "document");

  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name", { exact: true }).fill("plans");
  await a.getByRole("radio", { name: "Private" }).click();
  await a.getByLabel("Find people").fill("noo");
  await a.getByRole("option", { name: /Noor/ }).waitFor();
  await a.keyboard.press("ArrowDown");
  await a.keyboard.press("Enter");
  await a.getByRole("button", { name: "Noor Haddad (leave out)" }).waitFor();
  await shot(a, "new-private-room");
  await a.getByRole("button", { name: "Create room" }).click();
  await heading(a, "plans");
  await say(a, "The date first, then the place.", "The date first");
  await composer(a).fill("The harbour is closed until");
  await row(b, "plans").first().waitFor();
  await a.locator("[data-region=head] button.members").click();
  await a.getByRole("button", { name: "Add someone" }).click();
  await a.getByRole("option", { name: /Tomasz/ }).waitFor();
  await shot(a, "add-people");
  await close(a);

  await accountMenu(b, "Set a status");
  await b.getByRole("radio", { name: "Do not disturb" }).click();
  await b.getByLabel("In your words").fill("Writing");
  await b.getByLabel(/^Ends: /).click();
  await b.getByRole("option", { name: "When you change it" }).click();
  await b.getByRole("button", { name: "Set status" }).click();
  await b.getByRole("dialog").waitFor({ state: "detached" });
  await selects();
  await accountMenu(c, "Set a status");
  await c.getByRole("radio", { name: "Busy" }).click();
  await shot(c, "status");
  await c.getByRole("button", { name: "Set status" }).click();
  await c.getByRole("dialog").waitFor({ state: "detached" });

  await row(a, "sync-engine").first().waitFor();
  await openRoom(a, "sync-engine");
  await message(a, "restore permissions").waitFor();
  await row(a, "Sync protocol").click({ modifiers: ["Control"] });
  await a.locator("[data-region=panel]").getByText("Open questions").waitFor();
  await a.locator(".caret-name", { hasText: "Noor" }).waitFor();
  await a.mouse.move(700, 20);
  await a.locator("nav").getByText("Writing").waitFor();
  await shot(a, "room");
  await spaceMenu(a, "People and roles");
  await a.getByRole("dialog").waitFor();
  await shot(a, "people");
  await close(a);
  await composer(a).pressSequentially("Yes, reading it now. I asked @tom");
  await a.getByRole("listbox", { name: "People" }).waitFor();
  await shot(a, "mention");
  await composer(a).fill("");
  await message(a, "restore permissions").hover();
  await a.keyboard.press("Control+k");
  await a.getByRole("option").first().waitFor();
  await shot(a, "switcher");
  await close(a);
  await a.keyboard.press("Control+k");
  await a.getByRole("combobox").fill(">");
  await a.getByRole("option").first().waitFor();
  await shot(a, "actions");
  await close(a);
  await settings(a, "Appearance");
  await a.mouse.move(700, 20);
  await shot(a, "settings");
  await closeSettings(a);
  await a.setViewportSize({ width: 700, height: 800 });
  await a.getByRole("button", { name: "Close panel" }).click();
  await message(a, "restore permissions").hover();
  await shot(a, "narrow");
  await a.setViewportSize({ width: 1280, height: 800 });

  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name", { exact: true }).fill("field-notes");
  await a.getByRole("button", { name: "Create room" }).click();
  await heading(a, "field-notes");
  await say(a, "Low water at six.", "Low water");
  await b.getByRole("button", { name: "Browse rooms" }).click();
  await b.getByRole("button", { name: "Join room field-notes" }).click();
  await message(b, "Low water").waitFor();

  await openRoom(b, "sync-engine");
  server.stop();
  await b.getByText("Offline.", { exact: true }).waitFor({ timeout: 90_000 });
  await say(b, "Written on the train", "Written on the train");
  await message(b, "Written on the train").getByText("Saved on this device").waitFor();
  await b.mouse.move(700, 20);
  await shot(b, "offline");
  await message(b, "Written on the train").hover();
  await b.getByRole("button", { name: "Take back" }).waitFor();
  await shot(b, "take-back");

  // What Noor says meanwhile the server will not take: one room is archived before, from another she is put out.
  await a.getByText("Offline.", { exact: true }).waitFor({ timeout: 90_000 });
  await openRoom(b, "field-notes");
  await say(b, "High water at noon, if the tables are right.", "High water");
  await openRoom(b, "plans");
  await say(b, "Then let us say the twelfth, at the old mill.", "the twelfth");
  await openRoom(b, "welcome");
  await a.getByRole("button", { name: "Room menu" }).click();
  await a.getByRole("menuitem", { name: "Archive room" }).click();
  await openRoom(a, "plans");
  await a.locator("[data-region=head] button.members").click();
  await a.getByRole("button", { name: "Remove Noor Haddad" }).click();
  await a.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await a.keyboard.press("Escape");
  // Noor is to be the later of the two: while she waits for her next try, the server goes on.
  await b.waitForFunction(() => Number(/again in (\d+) s/.exec(document.body.innerText)?.[1] ?? 0) >= 6, undefined, {
    timeout: 180_000,
  });
  server.goOn();
  await a
    .getByRole("button", { name: "Try now" })
    .click({ timeout: 2_000 })
    .catch(() => undefined);
  await a.getByText("Offline.", { exact: true }).waitFor({ state: "detached" });
  await b.getByRole("button", { name: /^Not sent\s*2/ }).click({ timeout: 90_000 });
  await shot(b, "not-sent");
  await b.getByRole("button", { name: "field-notes", exact: true }).click();
  await b.getByText("The room was archived.").waitFor();
  await b.mouse.move(700, 20);
  await shot(b, "refused");

  const account = await settings(c, "Account");
  await account.getByRole("button", { name: "Sign out…" }).click();
  await account.getByRole("button", { name: /^Sign out/ }).click();
  await closeSettings(c);
  await c.getByRole("region", { name: "Signed out." }).getByRole("button", { name: "Sign in" }).click();
  await c.getByRole("dialog").waitFor();
  await shot(c, "sign-in-again");
} finally {
  server.goOn();
  await browser.close();
}
