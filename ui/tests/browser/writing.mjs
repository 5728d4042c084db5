// Writing: composition, undo, edits that are begun, names, the first line's spaces, and a deletion under the hand.
import { again, composer, equal, heading, message, openRoom, post, row, writes } from "./harness.mjs";

const sent = async (page, text) => {
  await composer(page).press("Enter");
  await page.waitForFunction(() => document.querySelector("[data-region=composer] textarea")?.value === "");
  if (text !== undefined) await message(page, text).waitFor();
};
const keydown = (field, key) =>
  field.evaluate(
    (element, init) =>
      element.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init })),
    key,
  );
/** The Enter that ends a composition as WebKit sends it, and as it comes while composing. */
const COMPOSING = [
  { key: "Enter", keyCode: 229 },
  { key: "Enter", isComposing: true },
  { key: "Escape", isComposing: true },
];

export default async function writing({ a, b }) {
  await openRoom(a, "welcome");
  await openRoom(b, "welcome");
  const said = await a.locator("article").count();

  // A composition ends, and nothing else does.
  await composer(a).fill("日本");
  for (const key of COMPOSING) await keydown(composer(a), key);
  equal(await composer(a).inputValue(), "日本", "after a composition");
  equal(await a.locator("article").count(), said, "messages after a composition");
  await composer(a).fill("");
  await a.keyboard.press("Control+k");
  const ask = a.getByRole("combobox", { name: "Jump to" });
  await ask.fill("field");
  await a.getByRole("option", { name: "field-notes", exact: true }).waitFor();
  for (const key of COMPOSING) await keydown(ask, key);
  equal(await ask.inputValue(), "field", "the switcher after a composition");
  await a.keyboard.press("Escape");
  await a.getByRole("button", { name: "Insert emoji" }).click();
  const search = a.getByLabel("Search emoji");
  await search.fill("tada");
  await a.getByRole("option", { selected: true }).waitFor();
  for (const key of COMPOSING) await keydown(search, key);
  equal(await search.inputValue(), "tada", "the search for emoji after a composition");
  await a.keyboard.press("Enter");
  await a.waitForFunction(() => document.querySelector("[data-region=composer] textarea")?.value === "🎉");

  // One step back each.
  await a.keyboard.press("Control+z");
  equal(await composer(a).inputValue(), "", "an emoji is taken back");
  await a.keyboard.type("hello world");
  for (let letter = 0; letter < 5; letter++) await a.keyboard.press("Shift+ArrowLeft");
  await a.keyboard.press("Control+b");
  await a.waitForFunction(() => document.querySelector("[data-region=composer] textarea")?.value === "hello **world**");
  await a.keyboard.press("Control+z");
  equal(await composer(a).inputValue(), "hello world", "a mark is taken back");
  await a.keyboard.press("End");
  await a.keyboard.type(" @B");
  await a.getByRole("listbox", { name: "People" }).getByRole("option", { name: "Bo" }).waitFor();
  await a.keyboard.press("Enter");
  equal(await composer(a).inputValue(), "hello world @Bo ", "a name");
  await a.keyboard.press("Control+z");
  equal(await composer(a).inputValue(), "hello world @B", "a name is taken back");

  // A bare sign is nobody's name.
  await composer(a).fill("see you @");
  await a.getByRole("listbox", { name: "People" }).waitFor();
  await sent(a, "see you @");
  await composer(a).fill("你好@B");
  await a.getByRole("listbox", { name: "People" }).getByRole("option", { name: "Bo" }).waitFor();
  await a.keyboard.press("Escape");
  await composer(a).fill("");

  // The first line keeps its spaces, also when it is edited.
  await composer(a).fill("    if x:\n        go()");
  await sent(a);
  await message(a, "go()").waitFor();
  await composer(a).press("ArrowUp");
  const editing = a.getByRole("textbox", { name: "Edit" });
  equal(await editing.inputValue(), "    if x:\n        go()", "what was sent");
  await editing.press("Escape");

  // An edit that is begun goes with the person.
  await post(a, "The first version");
  await composer(a).press("ArrowUp");
  await editing.press("End");
  await a.keyboard.type(" and more");
  await openRoom(a, "field-notes");
  await openRoom(a, "welcome");
  equal(await editing.inputValue(), "The first version and more", "an edit after another room");
  equal(
    await a.evaluate(() => document.activeElement.matches("[data-region=composer] textarea")),
    true,
    "the composer has the focus",
  );
  // As does a restart: it is found again, and the keys are the composer's.
  await again(a);
  await heading(a, "welcome");
  await editing.waitFor();
  equal(await editing.inputValue(), "The first version and more", "an edit after a restart");
  await writes(a);
  await editing.press("Enter");
  await message(b, "The first version and more").waitFor();
  await again(a);
  await message(a, "The first version and more").waitFor();
  equal(await editing.count(), 0, "an edit that was saved");

  // Deleted by somebody else under the hand.
  await post(b, "Not for long");
  await message(a, "Not for long").waitFor();
  await composer(b).press("ArrowUp");
  const other = b.getByRole("textbox", { name: "Edit" });
  await other.fill("Rather this");
  await message(a, "Not for long").focus();
  await a.keyboard.press("Delete");
  await a.getByRole("button", { name: "Delete message" }).click();
  await b.getByText("This message was deleted meanwhile.").waitFor();
  await b.getByRole("button", { name: "Put into a new message" }).click();
  await b.waitForFunction(
    () =>
      document.activeElement.matches("[data-region=composer] textarea") &&
      document.activeElement.value === "Rather this",
  );
  await composer(b).fill("");

  // What is being answered is deleted.
  await post(a, "A secret plan");
  await message(b, "A secret plan").focus();
  await b.keyboard.press("r");
  const reply = b.locator("[data-region=composer] .reply");
  await reply.getByText("A secret plan").waitFor();
  await message(a, "A secret plan").focus();
  await a.keyboard.press("Delete");
  await a.getByRole("button", { name: "Delete message" }).click();
  await reply.getByText("Deleted message").waitFor({ timeout: 2_000 });
  equal(await b.getByText("A secret plan").count(), 0, "what was deleted is still read");
  await b.getByRole("button", { name: "Cancel reply" }).click();

  // What is copied is names and texts.
  await post(a, "One");
  await post(a, "Two");
  const [one, two] = await Promise.all(
    ["One", "Two"].map((text) => a.locator("article .text", { hasText: text }).last().boundingBox()),
  );
  await a.mouse.move(one.x + 1, one.y + 4);
  await a.mouse.down();
  await a.mouse.move(two.x + 200, two.y + two.height - 4, { steps: 5 });
  await a.mouse.up();
  await a.keyboard.press("Control+c");
  equal(
    (await a.evaluate(() => navigator.clipboard.readText()))
      .split(/\n+/)
      .map((line) => line.trim())
      .filter(Boolean)
      .join("|"),
    "One|Two",
    "what was copied",
  );
  await composer(a).focus();
  await row(a, "welcome").first().waitFor();
}
