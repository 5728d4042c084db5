// Where the next key lands: every route, dialog, menu and popover is opened and closed, and nothing typed is ever lost.
import {
  accountMenu,
  composer,
  createDocument,
  editor,
  equal,
  heading,
  openRoom,
  row,
  settings,
  closeSettings,
  spaceMenu,
} from "./harness.mjs";

/** In the page: the part of the window in which the focus is; or, if one is wanted, whether it is that. */
const part = (wanted) => {
  const { activeElement: at } = document;
  const name = () => {
    if (at.closest("[role=menu]")) return "menu";
    if (at.closest("[role=dialog]")) return "dialog";
    if (at.matches("[contenteditable=true]")) return at.closest("[data-region=panel]") ? "panel" : "document";
    if (at.matches("[data-region=composer] textarea")) return "composer";
    return at.closest("[data-region]")?.getAttribute("data-region") ?? at.localName;
  };
  return wanted ? name() === wanted : name();
};
/** Waits until the focus is there, and says where it is if it does not come. */
async function lands(page, wanted, what) {
  await page
    .waitForFunction(part, wanted, { timeout: 5_000 })
    .catch(async () => equal(await page.evaluate(part), wanted, what));
}
/** What is typed stands in this room's composer. */
async function typed(page, room, what) {
  await heading(page, room);
  await lands(page, "composer", what);
  await page.keyboard.type("ok");
  equal(await composer(page).inputValue(), "ok", what);
  await composer(page).fill("");
}

const jump = async (page, name, keys) => {
  await page.keyboard.press("Control+k");
  await lands(page, "dialog", "the switcher");
  await page.keyboard.type(name);
  await page
    .getByRole("option", { name: new RegExp(`^${name}`) })
    .first()
    .waitFor();
  await page.keyboard.press(keys);
};

/** Opened by the pointer, it has the keys; closed by Esc, the composer has them again. */
async function overlay(page, what, kind, open) {
  await lands(page, "composer", `before ${what}`);
  await open();
  await lands(page, kind, what);
  await page.keyboard.press("Escape");
  await page.locator("[role=dialog], [role=menu]").first().waitFor({ state: "detached" });
  await lands(page, "composer", `after ${what}`);
}

const DIALOGS = ["Invite someone", "People and roles", "Join with a link", "Keyboard shortcuts"];

export default async function focus({ a }) {
  // Routes.
  await openRoom(a, "welcome");
  await typed(a, "welcome", "a click on a room");
  await jump(a, "field-notes", "Enter");
  await typed(a, "field-notes", "a room by the switcher");
  await jump(a, "field-notes", "Enter");
  await typed(a, "field-notes", "the room that is open already");
  await a.keyboard.press("Alt+ArrowDown");
  await a.waitForFunction(() => document.querySelector("h1")?.textContent !== "field-notes");
  await lands(a, "composer", "the room below");
  await a.keyboard.press("Alt+ArrowLeft");
  await typed(a, "field-notes", "back");
  await a.locator("nav").getByRole("button", { name: /^Bo/ }).click();
  await typed(a, "Bo", "a conversation from the list of people");

  // What is made has the focus, and makes no second one.
  await openRoom(a, "field-notes");
  await createDocument(a, "Where keys land");
  await lands(a, "document", "a new document");
  await a.keyboard.type("Written at once. ");
  await editor(a).getByText("Written at once.").waitFor();
  equal(await row(a, "Where keys land").count(), 1, "documents of this name");
  await a.getByRole("button", { name: "Document menu" }).click();
  await lands(a, "menu", "a menu that the pointer opened over a document");
  await a.keyboard.type("zzz");
  await a.keyboard.press("Escape");
  equal(await editor(a).getByText("zzz").count(), 0, "keys for a menu that land in the document behind it");
  await openRoom(a, "field-notes");
  await jump(a, "Where keys", "Control+Enter");
  await lands(a, "panel", "a document that is opened beside");
  await a.keyboard.press("Escape");
  await typed(a, "field-notes", "a panel is closed");

  // What lies over the page.
  for (const item of DIALOGS) await overlay(a, item, "dialog", () => spaceMenu(a, item));
  await overlay(a, "a status", "dialog", () => accountMenu(a, "Set a status"));
  for (const name of ["New room", "Browse rooms", "New direct message", "New document"])
    await overlay(a, name, "dialog", () => a.getByRole("button", { name }).click());
  for (const name of [/: menu$/, "Room menu"])
    await overlay(a, `${name}`, "menu", () => a.getByRole("button", { name }).first().click());
  for (const open of ["[data-region=head] button.members", "nav .me"])
    await overlay(a, open, "dialog", () => a.locator(open).click());
  await a.getByRole("button", { name: "Insert emoji" }).click();
  await lands(a, "dialog", "the emoji");
  await a.keyboard.press("Escape");
  await typed(a, "field-notes", "the emoji are closed");
  await a.keyboard.press("Control+/");
  await lands(a, "dialog", "the sheet");
  await a.keyboard.press("Escape");
  await typed(a, "field-notes", "the sheet is closed");

  // The settings have the keys, of which no letter is a command, and give them back.
  await settings(a, "Appearance");
  await lands(a, "settings", "the settings");
  await a.keyboard.type("relue");
  await closeSettings(a);
  await typed(a, "field-notes", "the settings are closed");
  await a
    .getByRole("button", { name: /: menu$/ })
    .first()
    .click();
  await a.getByRole("menuitem", { name: "Settings" }).click();
  await lands(a, "settings", "the settings from a menu");
  await a.getByRole("link", { name: "Account", exact: true }).click();
  await a.waitForFunction(() => document.activeElement?.id === "settings-account");
  await closeSettings(a);
  await typed(a, "field-notes", "they are closed after a section was chosen");

  // A message keeps the focus through its menu, by keys; by the pointer one goes on writing.
  await a.locator("article").last().focus();
  await a.keyboard.press("Enter");
  await lands(a, "menu", "a message's menu");
  await a.keyboard.press("Escape");
  await lands(a, "messages", "a message's menu is closed");
  for (const press of ["Home", "Home", "PageUp", "PageUp"]) {
    await a.keyboard.press(press);
    await lands(a, "messages", press);
  }
  await composer(a).focus();
  await a.locator("article").last().hover();
  await a.getByRole("toolbar", { name: "Message actions" }).getByRole("button", { name: "More" }).click();
  await lands(a, "menu", "a message's menu by the pointer");
  await a.keyboard.press("Escape");
  await typed(a, "field-notes", "it is closed");
}
