// The whole by keyboard: the switcher, the sheet, the regions, stepping through rooms, and where the focus returns to.
import { composer, equal, heading, openRoom } from "./harness.mjs";

export default async function keys({ a, screen }) {
  await openRoom(a, "welcome");
  await composer(a).focus();
  await a.keyboard.press("Control+k");
  const ask = a.getByRole("combobox", { name: "Jump to" });
  await ask.fill("field");
  await a.getByRole("option", { name: "field-notes", exact: true }).waitFor();
  await screen(a, "switcher");
  await a.keyboard.press("Enter");
  await heading(a, "field-notes");

  await a.keyboard.press("Control+k");
  await ask.fill("Rollout");
  await a.getByRole("option", { name: /Rollout plan/ }).waitFor();
  await a.keyboard.press("Control+Enter");
  await a.locator("[data-region=panel]").getByRole("textbox", { name: "Title" }).waitFor();
  await heading(a, "field-notes");
  await screen(a, "a document beside a room");
  await a.getByRole("button", { name: "Close panel" }).click();

  await composer(a).focus();
  await a.keyboard.press("Control+/");
  await a.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await screen(a, "shortcuts");
  await a.keyboard.press("Escape");
  await a.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");

  await a.keyboard.press("Alt+ArrowDown");
  await heading(a, "welcome");
  await a.keyboard.press("Alt+ArrowLeft");
  await heading(a, "field-notes");

  const regions = new Set();
  for (let press = 0; press < 6; press++) {
    await a.keyboard.press("F6");
    regions.add(await a.evaluate(() => document.activeElement?.closest("[data-region]")?.getAttribute("data-region")));
  }
  equal(["sidebar", "messages", "composer"].every((region) => regions.has(region)), true, `F6 went through ${[...regions]}`);
}
