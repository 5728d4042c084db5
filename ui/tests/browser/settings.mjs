// The settings: opened by a key, a menu or the palette, all by keyboard, and closed to where one was.
import { closeSettings, composer, equal, heading, openRoom, row, settings, writes } from "./harness.mjs";

export default async function settingsFlow({ a, b, screen }) {
  await openRoom(a, "welcome");
  await composer(a).fill("Half a sentence");
  const appearance = await settings(a, "Appearance");
  await screen(a, "settings");

  // A theme is chosen by keys, and stays.
  await a.emulateMedia({ colorScheme: "light" });
  await appearance.getByRole("radio", { name: "Like the system" }).focus();
  await a.keyboard.press("ArrowDown");
  await a.keyboard.press("ArrowDown");
  await a.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await closeSettings(a);
  await heading(a, "welcome");
  await writes(a);
  equal(await composer(a).inputValue(), "Half a sentence", "what was being written");
  await composer(a).fill("");
  await a.reload();
  await heading(a, "welcome");
  equal(await a.evaluate(() => document.documentElement.dataset.theme), "dark", "the theme that was chosen");
  await settings(a, "Appearance");
  await appearance.getByRole("radio", { name: "Like the system" }).click();
  await a.waitForFunction(() => document.documentElement.dataset.theme === "light");

  // Notifications are paused, which is seen here, beside one's name and in the palette, and go on.
  await a.getByRole("link", { name: "Notifications", exact: true }).click();
  await a.waitForFunction(() => document.activeElement?.id === "settings-notifications");
  await a.keyboard.press("Tab");
  equal(await a.evaluate(() => document.activeElement?.textContent?.trim()), "30 minutes", "the first button there");
  await a.keyboard.press("Enter");
  const notifications = a.getByRole("region", { name: "Notifications", exact: true });
  await notifications.getByText(/^Paused until .*\d\d:\d\d/).waitFor();
  await a
    .locator("nav .me")
    .getByRole("img", { name: /^Paused until/ })
    .waitFor();
  await screen(a, "notifications are paused");
  await closeSettings(a);
  await heading(a, "welcome");
  await a.keyboard.press("Control+k");
  const ask = a.getByRole("combobox", { name: "Jump to" });
  await ask.fill(">resume");
  await a.getByRole("option", { name: "Resume notifications" }).waitFor();
  await a.keyboard.press("Enter");
  await a
    .locator("nav .me")
    .getByRole("img", { name: /^Paused until/ })
    .waitFor({ state: "detached" });

  // A section by the palette; a name that others see; and what one's own level of a room is.
  await row(a, "welcome").click();
  await a.getByRole("button", { name: "Room menu" }).click();
  await a.getByRole("menuitemcheckbox", { name: "Notify me: nothing" }).click();
  await a.keyboard.press("Control+k");
  await ask.fill(">settings account");
  await a.getByRole("option", { name: "Settings: Account" }).waitFor();
  await a.keyboard.press("Enter");
  const account = a.getByRole("region", { name: "Account", exact: true });
  await a.waitForFunction(() => document.activeElement?.id === "settings-account");
  await notifications.getByRole("link", { name: "#welcome" }).waitFor();
  await account.getByRole("textbox", { name: "Name" }).fill("Ana Maria");
  await account.getByRole("textbox", { name: "Name" }).press("Enter");
  await b.locator("nav").getByText("Ana Maria").first().waitFor();
  await account.getByRole("textbox", { name: "Name" }).fill("Ana");
  await account.getByRole("radio", { name: "Colour 3" }).click();
  await account.getByRole("button", { name: "Save" }).click();
  await b.locator("nav").getByText("Ana", { exact: true }).first().waitFor();
  await notifications.getByRole("link", { name: "#welcome" }).click();
  await heading(a, "welcome");
  await a.getByRole("button", { name: "Room menu" }).click();
  await a.getByRole("menuitemcheckbox", { name: "Notify me: mentions only" }).click();

  // From the menu of the account, on a narrow window; the button in its head closes it.
  await a.setViewportSize({ width: 480, height: 800 });
  await a.keyboard.press("Control+,");
  await a.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await screen(a, "settings on a narrow window");
  const wide = await a.evaluate(() =>
    [...document.querySelectorAll("main *")]
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".ellipsis"))
      .map((one) => one.outerHTML.slice(0, 80)),
  );
  equal(wide.join(), "", "what is wider than the window");
  await a.getByRole("button", { name: "Close the settings" }).click();
  await heading(a, "welcome");
  await a.setViewportSize({ width: 1280, height: 800 });

  // Opened at once, there is nowhere to go back to: home it is.
  await a.evaluate(() => (location.hash = "#/settings/about"));
  await a.getByText(/^Folkmoot \d+\.\d+\.\d+$/).waitFor();
  await closeSettings(a);
}
