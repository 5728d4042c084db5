// Two people in one document: what one writes the other sees, carets have names, undo is each one's own.
import { createDocument, editor, equal, openedDocument, row, server } from "./harness.mjs";

export default async function document({ a, b, screen }) {
  await createDocument(a, "Rollout plan");
  await row(b, "Rollout plan").click();
  await openedDocument(b, "Rollout plan");
  await editor(a).click();
  await a.keyboard.type("# Plan\nFirst we measure.");
  await editor(b).getByText("First we measure.").waitFor();
  equal(await editor(b).locator("h1").innerText(), "Plan", "a heading by its sign");
  await b.locator(".caret-name", { hasText: "Ana" }).waitFor();
  await screen(b, "a rich text");

  await editor(b).getByText("First we measure.").click();
  await b.keyboard.press("End");
  await b.keyboard.type(" Then we ship.");
  await editor(a).getByText("Then we ship.").waitFor();
  await a.keyboard.press("Control+z");
  await editor(a).getByText("Then we ship.").waitFor();
  await a.keyboard.press("Control+Shift+z");

  await b.getByRole("toolbar", { name: "Formatting" }).getByRole("button", { name: "Task list" }).click();
  await editor(a).locator("[data-type=taskList]").waitFor();

  // Words that one writes apart are in the block of which another makes a heading meanwhile.
  await createDocument(a, "Agenda");
  await editor(a).click();
  await a.keyboard.type("Intro.\nAlpha beta.\nThe end.\n- [ ] bring tea");
  equal(await editor(a).locator("[data-type=taskList] li p").innerText(), "bring tea", "a task by its signs");
  await row(b, "Agenda").click();
  await openedDocument(b, "Agenda");
  await editor(b).locator("[data-type=taskList]", { hasText: "bring tea" }).waitFor();
  server.stop();
  await editor(b).getByText("Alpha beta.").click();
  await b.keyboard.press("End");
  await b.keyboard.type(" Gamma delta.");
  await editor(a).getByText("Alpha beta.").click();
  await a.getByRole("toolbar", { name: "Formatting" }).getByRole("button", { name: "Heading 2" }).click();
  server.goOn();
  for (const page of [a, b]) {
    await heading(page, "Alpha beta. Gamma delta.");
    equal(
      await editor(page)
        .innerText()
        .then((text) => text.split("Gamma").length),
      2,
      "what was written apart is there once",
    );
  }
  await b.keyboard.type(" More.");
  await heading(a, "Alpha beta. Gamma delta. More.");
  await a.evaluate(() =>
    navigator.clipboard.write([
      new ClipboardItem({
        "text/html": new Blob(["<table><tr><td>Item</td><td>Qty</td></tr><tr><td>Tea</td><td>3</td></tr></table>"], {
          type: "text/html",
        }),
      }),
    ]),
  );
  await editor(a).getByText("The end.").click();
  await a.keyboard.press("End");
  await a.keyboard.press("Enter");
  await a.keyboard.press("Control+v");
  await editor(b).getByText("Tea | 3").waitFor();

  await createDocument(a, "apply.rs", "Code");
  await row(b, "apply.rs").click();
  await openedDocument(b, "apply.rs");
  await editor(a).click();
  await a.keyboard.type("pub fn apply() {}");
  await editor(b).getByText("pub fn apply() {}").waitFor();
  await screen(b, "a code document");

  // Each key is saved here before the server has it: the sidebar says so once, and not with each of them.
  const fact = a.locator("nav .me .fact");
  const connected = a.locator("nav .me .fact", { hasText: "Connected" });
  await connected.waitFor();
  await fact.evaluate((fact) => {
    window.told = [];
    new MutationObserver(() => window.told.push(fact.innerText)).observe(fact, { characterData: true, subtree: true });
  });
  await editor(a).pressSequentially("// twenty keys, in turn", { delay: 60 });
  await connected.waitFor();
  const told = await a.evaluate(() => window.told);
  if (!told.some((fact) => fact.includes("Saved on this device")))
    throw new Error(`the sidebar said nothing of what waits: ${told.join(", ")}`);
  if (told.length > 6) throw new Error(`the sidebar flickers: ${told.join(", ")}`);

  const title = b.getByRole("textbox", { name: "Title" });
  await title.fill("apply_all.rs");
  await title.press("Enter");
  await a.locator("nav").getByText("apply_all.rs").waitFor();
}

/** Waits until a heading reads so, whoever's caret stands in it. */
const heading = (page, text) =>
  page.waitForFunction((text) => {
    const words = (one) => {
      const copy = one.cloneNode(true);
      copy.querySelectorAll(".caret").forEach((caret) => caret.remove());
      return copy.textContent.replace(/[\u200b\u2060\ufeff]/g, "");
    };
    return [...document.querySelectorAll("[contenteditable=true] h2")].some((one) => words(one) === text);
  }, text);
