// Ana and Bo talk: posting, reacting, replying, editing, deleting, unread, typing, a room of their own.
import { clean, composer, equal, heading, message, openRoom, post, row } from "./harness.mjs";

export default async function chat({ a, b, screen }) {
  await openRoom(a, "welcome");
  await openRoom(b, "welcome");
  await post(a, "Good morning, Bo");
  await message(b, "Good morning, Bo").waitFor();

  await composer(b).pressSequentially("Good mor");
  await a.getByText("Bo is typing").waitFor();
  // The first Enter takes Ana from the list under the sign, the second sends.
  await composer(b).fill("**Good** morning, @An");
  await b.getByRole("listbox", { name: "People" }).getByRole("option", { name: "Ana" }).waitFor();
  await composer(b).press("Enter");
  await b.getByRole("listbox", { name: "People" }).waitFor({ state: "detached" });
  equal(await composer(b).inputValue(), "**Good** morning, @Ana ", "a name is written out");
  await composer(b).press("Enter");
  const named = message(a, "@Ana");
  await named.waitFor();
  equal(await named.locator("strong", { hasText: "Good" }).count(), 1, "Markdown is shown");
  await screen(a, "a room with a mention");

  await message(a, "@Ana").hover();
  await a.getByRole("toolbar", { name: "Message actions" }).getByRole("button", { name: "Add reaction" }).click();
  await a.getByLabel("Search emoji").fill("tada");
  await a.getByRole("option").first().waitFor();
  await clean(a, "emoji");
  await a.keyboard.press("Enter");
  await message(b, "@Ana").getByRole("button", { name: /🎉/ }).waitFor();

  // The same by keys: reply with R on the focused message.
  await message(b, "Good morning, Bo").focus();
  await b.keyboard.press("r");
  await b.getByText("Replying to Ana").waitFor();
  await post(b, "Slept well");
  await message(a, "Slept well")
    .getByRole("button", { name: /In reply to/ })
    .waitFor();

  await composer(b).press("ArrowUp");
  const editing = b.getByRole("textbox", { name: "Edit" });
  await editing.fill("Slept very well");
  await editing.press("Enter");
  await message(a, "Slept very well").getByText("edited").waitFor();

  await post(b, "A slip");
  await message(a, "A slip").waitFor();
  await message(b, "A slip").focus();
  await b.keyboard.press("Delete");
  await b.getByText("Delete this message?").waitFor();
  await screen(b, "confirm delete");
  await b.getByRole("button", { name: "Delete message" }).click();
  await a.getByText("Message deleted").waitFor();

  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name").fill("field-notes");
  await screen(a, "new room");
  await a.getByRole("button", { name: "Create room" }).click();
  await heading(a, "field-notes");
  await a.getByText("Nothing said yet").waitFor();
  await screen(a, "an empty room");
  await b.getByRole("button", { name: "Browse rooms" }).click();
  await screen(b, "browse rooms");
  await b.getByRole("button", { name: "Join room field-notes" }).click();
  await composer(b).waitFor();
  await openRoom(b, "welcome");
  await post(a, "The first note");
  await b.locator("nav a.strong", { hasText: "field-notes" }).waitFor();
  await row(b, "field-notes").click();
  await message(b, "The first note").waitFor();

  // What failed is told, and covers neither what was said last nor what is being written.
  await openRoom(b, "welcome");
  await b.evaluate(() => (location.hash = `${location.hash}/00000000-0000-7000-8000-000000000000`));
  const told = b.getByText("There is no such message here");
  await told.waitFor();
  await screen(b, "a failure is told");
  const [fact, last, written] = await Promise.all(
    [told.locator(".."), b.locator("article").last(), b.locator("[data-region=composer]")].map((one) =>
      one.boundingBox(),
    ),
  );
  equal(fact.y + fact.height < Math.min(last.y, written.y), true, "the failure stands above both");
  await b.getByRole("button", { name: "Put away" }).click();
  await told.waitFor({ state: "detached" });
}
