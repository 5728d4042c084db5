// Ana pins a message by its key; Bo sees the mark and the count, finds it in the panel, jumps there, and takes it off. What is
// pinned while the server stands still is shown at once, and arrives.
import { equal, heading, message, openRoom, post, server, writes } from "./harness.mjs";

/** A server that stands still is noticed when its heartbeat stays out. */
const NOTICED_MS = 90_000;

const panel = (page) => page.locator("[data-region=panel]");
const pins = (page) => panel(page).getByRole("listitem");
const count = (page, name) => page.locator("[data-region=head]").getByRole("button", { name, exact: true });
const mark = (page, text) => message(page, text).getByRole("img", { name: "Pinned", exact: true });
const pressed = async (page, text, key) => {
  await message(page, text).focus();
  await page.keyboard.press(key);
};
/** The message with this text is on the screen. */
const seen = (page, text) =>
  page.waitForFunction((text) => {
    const list = document.querySelector("[data-region=messages]").getBoundingClientRect();
    const article = [...document.querySelectorAll("article")].find((one) => one.textContent.includes(text));
    const box = article?.getBoundingClientRect();
    return box && box.top >= list.top && box.bottom <= list.bottom;
  }, text);
/** The pin that holds this text has the focus. */
const onPin = (page, text) =>
  page.waitForFunction((text) => {
    const { activeElement } = document;
    return activeElement?.matches("[data-row]") && activeElement.textContent.includes(text);
  }, text);

export default async function pinned({ a, b, screen }) {
  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name", { exact: true }).fill("harbour");
  await a.getByRole("button", { name: "Create room" }).click();
  await heading(a, "harbour");
  await b.getByRole("button", { name: "Browse rooms" }).click();
  await b.getByRole("button", { name: "Join room harbour" }).click();
  await openRoom(b, "harbour");

  // Nothing is pinned: no count, and the panel says how to pin.
  equal(await count(a, /pinned/).count(), 0, "counts where nothing is pinned");
  await a.getByRole("button", { name: "Room menu" }).click();
  await a.getByRole("menuitem", { name: "Pinned messages" }).click();
  await panel(a).getByText("Nothing is pinned yet").waitFor();
  await panel(a)
    .getByText(/press P\b/)
    .waitFor();
  await a.waitForFunction(() => document.activeElement?.matches("[data-region=list]"));
  await screen(a, "no pins");
  await a.keyboard.press("Escape");
  await panel(a).waitFor({ state: "detached" });
  await writes(a);

  await post(a, "The tide turns at six");
  for (let line = 1; line <= 40; line++) await post(a, `Line ${line} of the log`);
  await post(a, "The keys hang behind the door");
  await message(b, "The keys hang").waitFor();
  // By what Bo answers Ana's own has been accepted.
  await post(b, "Seen, thank you");
  await message(a, "Seen, thank you").waitFor();
  await pressed(a, "The keys hang", "p");
  await mark(a, "The keys hang").waitFor();
  await count(a, "1 pinned message").waitFor();

  await mark(b, "The keys hang").waitFor();
  await count(b, "1 pinned message").click();
  await pins(b).getByText("The keys hang behind the door").waitFor();
  await pins(b)
    .getByText(/^Pinned by Ana, today \d\d:\d\d$/)
    .waitFor();

  // The other one, far above: pinned from the menu of the message, shown above the first.
  await pressed(a, "Line 40 of", "Home");
  await a.waitForFunction(() => document.activeElement?.textContent.includes("The tide turns"));
  await a.keyboard.press("Enter");
  await a.getByRole("menuitem", { name: "Pin to room" }).click();
  await pins(b).nth(1).waitFor();
  await pins(b).first().getByText("The tide turns at six").waitFor();
  await screen(b, "pins");

  // By keyboard: into the list, down and up, to the message.
  await b.locator("[data-region=list]").focus();
  await b.keyboard.press("ArrowDown");
  await onPin(b, "The tide turns");
  await b.keyboard.press("ArrowDown");
  await onPin(b, "The keys hang");
  await b.keyboard.press("Home");
  await onPin(b, "The tide turns");
  await b.keyboard.press("Enter");
  await b.locator("article.marked", { hasText: "The tide turns" }).waitFor();
  await writes(b);
  await seen(b, "The tide turns");
  // Left by scrolling, and jumped to once more.
  await message(b, "Line 2 ").hover();
  await b.mouse.wheel(0, 4_000);
  await seen(b, "The keys hang");
  await pins(b).first().getByRole("button").first().click();
  await seen(b, "The tide turns");
  // From another room the panel leads back to its own.
  await openRoom(b, "welcome");
  await pins(b).nth(1).getByRole("button").first().click();
  await b.locator("article.marked", { hasText: "The keys hang" }).waitFor();

  // Bo takes both off, one by the key and one by the button: nobody has them any more.
  await b.locator("[data-region=list]").focus();
  await b.keyboard.press("ArrowDown");
  await b.keyboard.press("Home");
  await onPin(b, "The tide turns");
  await b.keyboard.press("Delete");
  await onPin(b, "The keys hang");
  await pins(b).nth(1).waitFor({ state: "detached" });
  await count(a, "1 pinned message").waitFor();
  await pins(b).hover();
  await pins(b).getByRole("button", { name: "Unpin" }).click();
  await panel(b).getByText("Nothing is pinned yet").waitFor();
  await count(a, /pinned/).waitFor({ state: "detached" });
  await mark(a, "The tide turns").waitFor({ state: "detached" });
  await b.keyboard.press("Escape");
  await panel(b).waitFor({ state: "detached" });

  server.stop();
  try {
    await b.getByText("Offline.", { exact: true }).waitFor({ timeout: NOTICED_MS });
    await pressed(b, "The keys hang", "p");
    await mark(b, "The keys hang").waitFor();
    await count(b, "1 pinned message").click();
    await pins(b).getByText("The keys hang behind the door").waitFor();
  } finally {
    server.goOn();
  }
  await b
    .getByRole("button", { name: "Try now" })
    .click()
    .catch(() => undefined);
  await count(a, "1 pinned message").waitFor({ timeout: NOTICED_MS });
  await count(b, "1 pinned message").click();
  await panel(b).waitFor({ state: "detached" });
}
