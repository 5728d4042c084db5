// The whole by keyboard: the switcher, the sheet, the regions, stepping through rooms, and where the focus returns to.
import { composer, equal, heading, openRoom, post } from "./harness.mjs";

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

  // After `>` the switcher runs actions: about what has the focus, about the room, and those of the whole window.
  await composer(a).focus();
  await a.keyboard.press("Control+k");
  await ask.fill(">");
  for (const name of [/^Bold/, /^Copy link to room/, /^New room/, /^Keyboard shortcuts/])
    await a.getByRole("option", { name }).first().waitFor();
  await screen(a, "actions");
  await ask.fill("> zzzz");
  await a.getByText("No action fits").waitFor();
  equal(await a.getByRole("option").count(), 0, "actions that no letters fit");
  await screen(a, "no action");
  await ask.fill(">browse");
  await a.getByRole("option", { name: "Browse rooms" }).waitFor();
  await a.keyboard.press("Enter");
  await a.getByRole("dialog", { name: "Browse rooms" }).waitFor();
  await a.keyboard.press("Escape");
  await a.getByRole("dialog").waitFor({ state: "detached" });
  await a.waitForFunction(() => document.activeElement?.matches("[data-region=composer] textarea"));
  await composer(a).fill("so true");
  await composer(a).press("Control+a");
  await a.keyboard.press("Control+k");
  await ask.fill(">bold");
  await a.getByRole("option", { name: "Bold Ctrl B" }).waitFor();
  await a.keyboard.press("Enter");
  await a.waitForFunction(() => document.querySelector("[data-region=composer] textarea")?.value === "**so true**");
  await composer(a).fill("");
  await post(a, "About this one");
  await a.locator("article").last().focus();
  await a.keyboard.press("Control+k");
  await ask.fill(">reply");
  await a.getByRole("option", { name: "Reply R" }).waitFor();
  await a.keyboard.press("Enter");
  await a.getByText("Replying to Ana").waitFor();
  await a.keyboard.press("Escape");

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
