// Bo replies to Ana's message by keys alone; she sees it below the message, reads it beside, and answers in both places. What is
// unread stands in the sidebar and in the list; a thread is followed and left, a draft kept, a link leads to a reply, one that is
// deleted counts no more, and what is said while the server stands still arrives.
import {
  again,
  composer,
  engine,
  equal,
  heading,
  message,
  openRoom,
  post,
  row,
  server,
  sockets,
  writes,
} from "./harness.mjs";

/** A server that stands still is noticed when its heartbeat stays out. */
const NOTICED_MS = 90_000;
/** More than come at once. */
const MANY = 90;

const panel = (page) => page.locator("[data-region=panel]");
const box = (page) => panel(page).locator("[data-region=composer] textarea");
const reply = (page, text) => panel(page).locator("article", { hasText: text }).last();
const inRoom = (page, text) => page.locator("main article", { hasText: text }).first();
const foot = (page, text) => inRoom(page, text).getByRole("button", { name: /\d repl(y|ies)/ });
const rows = (page) => page.locator("main").getByRole("listitem");
const here = (page) =>
  page.waitForFunction(() => document.activeElement?.matches("[data-region=panel] [data-region=composer] textarea"));
const closed = (page) => panel(page).waitFor({ state: "detached" });

/** By keys: the thread of this message is open, and written in. */
async function open(page, text) {
  await inRoom(page, text).focus();
  await page.keyboard.press("t");
  await here(page);
}
async function say(page, text) {
  await box(page).fill(text);
  await box(page).press("Enter");
  await reply(page, text).waitFor();
}
async function list(page) {
  await page.keyboard.press("Control+Shift+t");
  await page.locator("main").getByRole("heading", { level: 1, name: "Threads" }).waitFor();
}

export default async function threads({ a, b, screen }) {
  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name", { exact: true }).fill("quay");
  await a.getByRole("button", { name: "Create room" }).click();
  await heading(a, "quay");
  await b.getByRole("button", { name: "Browse rooms" }).click();
  await b.getByRole("button", { name: "Join room quay" }).click();
  await openRoom(b, "quay");

  // Nobody has a thread: the list says how one begins.
  await list(b);
  await b.getByText("No threads yet").waitFor();
  await b.getByText(/press T\b/).waitFor();
  equal(await row(b, "Threads").getAttribute("aria-current"), "page", "the row of the list that is open");
  await screen(b, "no threads");
  await openRoom(b, "quay");

  // By keys alone: to the message, into its thread, and back.
  await post(a, "Shall we repaint the pier?");
  await message(b, "repaint").waitFor();
  await composer(b).fill("left here");
  await open(b, "repaint");
  await panel(b).getByText("No replies yet").waitFor();
  await screen(b, "a thread without replies");
  await b.keyboard.type("Yes, in green");
  await b.keyboard.press("Enter");
  await reply(b, "Yes, in green").waitFor();
  await panel(b).getByText("1 reply").waitFor();
  await b.keyboard.press("Escape");
  await closed(b);
  await writes(b);
  equal(await composer(b).inputValue(), "left here", "what was begun in the room");
  await composer(b).fill("");
  equal(await b.locator("main article", { hasText: "Yes, in green" }).count(), 0, "replies in the room");

  // Ana follows what hangs on her message: it is unread below that, in the sidebar and in the list, until she has seen it.
  await foot(a, "repaint").filter({ hasText: "1 new" }).waitFor();
  await a.locator("nav a.strong", { hasText: "Threads" }).getByText("1 thread with unread replies").waitFor();
  await screen(a, "a message with a reply");
  await foot(a, "repaint").click();
  await here(a);
  await reply(a, "Yes, in green").waitFor();
  await a.locator("nav a.strong", { hasText: "Threads" }).waitFor({ state: "detached" });
  await foot(a, "repaint").filter({ hasText: "new" }).waitFor({ state: "detached" });

  // All that is done with a message is done with a reply, and its keys are the same.
  await say(a, "Whch green?");
  await box(a).press("ArrowUp");
  const editing = panel(a).getByRole("textbox", { name: "Edit" });
  await editing.fill("Which green?");
  await editing.press("Enter");
  await reply(a, "Which green?").getByText("edited").waitFor();
  await here(a);
  await reply(a, "Yes, in green").focus();
  await a.keyboard.press("r");
  await panel(a).getByText("Replying to Bo").waitFor();
  await here(a);
  await say(a, "Moss, or bottle?");
  await reply(a, "Moss, or bottle?")
    .getByRole("button", { name: /^In reply to Bo/ })
    .waitFor();
  // From the first reply one step leads to the message that all of them hang on.
  await panel(a).locator("article", { hasText: "Yes, in green" }).first().focus();
  await a.keyboard.press("ArrowUp");
  await a.waitForFunction(() => document.activeElement?.textContent.includes("repaint"));
  await a.keyboard.press("ArrowDown");
  await a.waitForFunction(() => document.activeElement?.textContent.includes("Yes, in green"));
  await screen(a, "a thread");

  // One that is shown in the room says whence, and leads there.
  await panel(a).getByRole("checkbox", { name: "Also send to #quay" }).check();
  await say(a, "Moss it is");
  equal(await panel(a).getByRole("checkbox").isChecked(), false, "the next one is for the thread alone");
  const both = inRoom(b, "Moss it is").getByRole("button", { name: /^replied in a thread: Shall we repaint/ });
  await both.waitFor();
  await screen(b, "a reply in the room");
  await both.click();
  await panel(b).locator("article.marked", { hasText: "Moss it is" }).waitFor();
  await b.keyboard.press("Escape");
  await closed(b);
  await foot(b, "repaint").filter({ hasText: "4 replies" }).waitFor();

  // Who is named has a number; the list opens the thread beside, by keys, and what is seen there is read.
  await openRoom(b, "welcome");
  await say(a, "@Bo please buy it");
  await row(b, "Threads").locator(".count", { hasText: "1" }).waitFor();
  await list(b);
  await rows(b)
    .getByText(/\b1 new\b/)
    .waitFor();
  await screen(b, "threads");
  await b.keyboard.press("ArrowDown");
  await b.waitForFunction(() => document.activeElement?.matches("[data-row]"));
  await b.keyboard.press("Enter");
  await here(b);
  await reply(b, "please buy it").waitFor();
  await row(b, "Threads").locator(".count").waitFor({ state: "detached" });
  await screen(b, "a thread beside the list");

  // Not followed: it leaves the list, and what comes is not told; followed again, it is.
  const follow = panel(b).getByRole("button", { name: "Follow", exact: true });
  equal(await follow.getAttribute("aria-pressed"), "true", "Bo follows where he replied");
  await follow.click();
  await panel(b).getByRole("button", { name: "Follow", pressed: false }).waitFor();
  await b.getByText("No threads yet").waitFor();
  await openRoom(b, "quay");
  await b.keyboard.press("Escape");
  await panel(b).getByRole("button", { name: "Close panel" }).click();
  await closed(b);
  await openRoom(b, "welcome");
  await say(a, "And a brush");
  await openRoom(b, "quay");
  await foot(b, "repaint").filter({ hasText: "6 replies" }).waitFor();
  equal(await foot(b, "repaint").getByText("new").count(), 0, "unread where one does not follow");
  await open(b, "repaint");
  await panel(b).getByRole("button", { name: "Follow", pressed: false }).click();
  await panel(b).getByRole("button", { name: "Follow", pressed: true }).waitFor();

  // Each thread has a draft of its own, and so has the room; all are there when the window is opened again.
  await box(b).fill("half a thought");
  await post(a, "Who has the keys?");
  await open(b, "the keys");
  equal(await box(b).inputValue(), "", "the draft of another thread");
  await box(b).fill("another half");
  await composer(b).fill("a third");
  await composer(b).blur();
  await again(b);
  await heading(b, "quay");
  // From when keys are heard, the one that jumps is named.
  await b.locator("nav kbd").waitFor();
  equal(await composer(b).inputValue(), "a third", "the draft of the room");
  await composer(b).fill("");
  await open(b, "the keys");
  equal(await box(b).inputValue(), "another half", "the draft of one thread");
  await box(b).fill("");
  await open(b, "repaint");
  equal(await box(b).inputValue(), "half a thought", "the draft of the other");
  await say(b, "half a thought, finished");
  await b.keyboard.press("Escape");
  await closed(b);

  // A link to a reply leads into its thread, with the room in its place.
  await reply(a, "a brush").focus();
  await a.keyboard.press("l");
  await a.getByText("Link copied.").waitFor();
  const link = await a.evaluate(() => navigator.clipboard.readText());
  await openRoom(b, "welcome");
  await b.evaluate((detail) => globalThis.dispatchEvent(new CustomEvent("folkmoot-navigate", { detail })), link);
  await panel(b).locator("article.marked", { hasText: "And a brush" }).waitFor();
  await heading(b, "quay");
  equal(await b.getByText("There is no such message").count(), 0, "failures that are told");
  await here(b);

  // What is deleted counts no more.
  await foot(a, "repaint").filter({ hasText: "7 replies" }).waitFor();
  await reply(b, "finished").focus();
  await b.keyboard.press("Delete");
  await b.getByRole("button", { name: "Delete message" }).click();
  await foot(a, "repaint").filter({ hasText: "6 replies" }).waitFor();
  // Its message goes, and the thread stays.
  await reply(a, "repaint").first().focus();
  await a.keyboard.press("Delete");
  await a.getByRole("button", { name: "Delete message" }).click();
  await panel(b).getByText("Message deleted").first().waitFor();
  await reply(b, "a brush").waitFor();
  await screen(b, "a thread whose message was deleted");

  // Of very many the last are there at once, and the others as one goes up to the message.
  const [room, root] = await a.evaluate(() => [
    /room\/([^/]+)/.exec(location.hash)[1],
    document.querySelector("[data-region=panel] article").dataset.message,
  ]);
  const ask = engine(sockets[0]);
  const thread = { subject: { message: root }, also_in_room: false };
  for (let count = 1; count <= MANY; count++)
    await ask({ do: "post", room, text: `Stroke ${count} of many`, reply_to: null, thread });
  ask.close();
  await foot(b, "Message deleted")
    .filter({ hasText: `${MANY + 6} replies` })
    .waitFor({ timeout: NOTICED_MS });
  await b.keyboard.press("Escape");
  await closed(b);
  await open(b, "Message deleted");
  await reply(b, `Stroke ${MANY} of many`).waitFor();
  await reply(b, `Stroke ${MANY} of many`).focus();
  await b.keyboard.press("Home");
  await b.waitForFunction(
    () => document.activeElement?.matches("article") && document.activeElement.textContent.includes("Message deleted"),
  );
  await panel(b).locator("article", { hasText: "Yes, in green" }).first().waitFor();

  server.stop();
  try {
    await b.getByText("Offline.", { exact: true }).waitFor({ timeout: NOTICED_MS });
    await say(b, "From the ferry");
    await reply(b, "From the ferry").getByText("Saved on this device, will send when you are back").waitFor();
    await screen(b, "a reply that is saved here");
  } finally {
    server.goOn();
  }
  await b
    .getByRole("button", { name: "Try now" })
    .click()
    .catch(() => undefined);
  await reply(a, "From the ferry").waitFor({ timeout: NOTICED_MS });
  for (const page of [a, b]) {
    await box(page).focus();
    await page.keyboard.press("Escape");
    await closed(page);
    await writes(page);
  }
}
