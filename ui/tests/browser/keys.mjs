// The whole by keyboard: the switcher, the sheet, the regions, stepping through rooms, and where the focus returns to.
import { composer, equal, heading, openRoom } from "./harness.mjs";

/** In the page: how many rings are drawn; one around most of the window counts as ten. */
const rings = () => {
  const drawn = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (
      (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || (one.matches(".composer") && boxShadow !== "none")
    );
  };
  const shown = [...document.querySelectorAll("*")].filter(drawn);
  const large = (one) => one.clientWidth > innerWidth / 2 && one.clientHeight > innerHeight / 2;
  return shown.reduce((sum, one) => sum + (large(one) ? 10 : 1), 0);
};

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

  // Where one is is seen, as a part of what is there: never a ring around a whole pane, and none is left behind.
  const regions = new Set();
  for (let press = 0; press < 6; press++) {
    await a.keyboard.press("F6");
    regions.add(await a.evaluate(() => document.activeElement?.closest("[data-region]")?.getAttribute("data-region")));
    equal(await a.evaluate(rings), 1, `rings after F6, in ${[...regions].at(-1)}`);
  }
  await a.getByRole("main").getByRole("heading", { level: 1 }).click();
  await a.mouse.move(640, 300);
  equal(await a.evaluate(rings), 0, "rings after a click");
  equal(
    ["sidebar", "messages", "composer"].every((region) => regions.has(region)),
    true,
    `F6 went through ${[...regions]}`,
  );
}
