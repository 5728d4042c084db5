// Signed out, everything held is read; the form says what is wrong beside the field, and by keys alone one is back.
import { closeSettings, composer, equal, message, openRoom, PASSWORD, post, settings } from "./harness.mjs";

export default async function signIn({ a, b, screen }) {
  await openRoom(a, "welcome");
  await openRoom(b, "welcome");
  await post(b, "Before signing out");
  await message(a, "Before signing out").waitFor();
  const account = await settings(b, "Account");
  await account.getByRole("button", { name: "Sign out…" }).click();
  await screen(b, "whether to sign out");
  await account.getByRole("button", { name: /^Sign out/ }).click();
  await account.getByRole("heading", { name: "Signed out" }).waitFor();
  await screen(b, "the settings, signed out");
  await closeSettings(b);
  const bar = b.getByRole("region", { name: "Signed out." });
  await bar.getByText("What is on this device can be read.").waitFor();
  await message(b, "Before signing out").waitFor();
  await post(a, "While Bo is away");
  equal(await message(b, "While Bo is away").count(), 0, "what comes while signed out");
  await screen(b, "signed out");

  await bar.getByRole("button", { name: "Sign in" }).click();
  const form = b.getByRole("dialog", { name: "Sign in" });
  await form.getByText("What is on this device stays, and what waits to be sent goes out.").waitFor();
  equal(await form.getByLabel("Your name").inputValue(), "Bo", "who it was is known");
  equal(await form.locator("code").count(), 1, "so is the server");
  await form.getByLabel("Password").fill("not the password");
  await b.keyboard.press("Enter");
  await form.getByText("Wrong name or password.").waitFor();
  await screen(b, "a wrong password");
  // Another server, and an address of it that is none.
  await form.getByRole("button", { name: "Another server" }).click();
  await form.getByLabel("Server").fill("nowhere");
  await form.getByLabel("Password").fill(PASSWORD);
  await b.keyboard.press("Enter");
  await form.locator("[aria-invalid=true]").waitFor();
  equal(await form.getByLabel("Server").getAttribute("aria-invalid"), "true", "the field that is wrong");
  await screen(b, "no such server");
  await form.getByLabel("Server").fill("");
  await b.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  await bar.waitFor();

  // By keys alone.
  await bar.getByRole("button", { name: "Sign in" }).focus();
  await b.keyboard.press("Enter");
  await form.getByLabel("Password").focus();
  await b.keyboard.type(PASSWORD);
  await b.keyboard.press("Enter");
  await form.waitFor({ state: "detached" });
  await bar.waitFor({ state: "detached" });
  await message(b, "While Bo is away").waitFor();
  await composer(b).waitFor();
  await post(b, "Signed in again");
  await message(a, "Signed in again").waitFor();
}
