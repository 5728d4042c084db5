// People are picked by keys, added, given roles and put out; a status is seen by others; a draft outlives the window.
import { accountMenu, composer, equal, heading, message, openRoom, out, row, spaceMenu } from "./harness.mjs";

const closed = (page) => page.getByRole("dialog").waitFor({ state: "detached" });

export default async function people({ a, b, screen }) {
  await a.getByRole("button", { name: "New room" }).click();
  await a.getByLabel("Name", { exact: true }).fill("surprise");
  await a.getByRole("radio", { name: "Private" }).click();
  await a.getByLabel("Find people").focus();
  await a.keyboard.type("bo");
  await a.getByRole("option", { name: /Bo/ }).waitFor();
  await a.keyboard.press("ArrowDown");
  await a.keyboard.press("Enter");
  await a.getByRole("button", { name: "Bo (leave out)" }).waitFor();
  await screen(a, "a private room");
  await a.keyboard.press("Backspace");
  await a.getByRole("button", { name: "Bo (leave out)" }).waitFor({ state: "detached" });
  await a.getByRole("button", { name: "Create room" }).click();
  await heading(a, "surprise");
  equal(await row(b, "surprise").count(), 0, "nobody was added");

  await a.locator("[data-region=head] button.members").click();
  await screen(a, "members");
  await a.getByRole("button", { name: "Add someone" }).click();
  await a.getByRole("option", { name: /Bo/ }).click();
  await screen(a, "adding people");
  await a.getByRole("button", { name: "Add", exact: true }).click();
  await closed(a);
  await row(b, "surprise").waitFor();

  await spaceMenu(a, "People and roles");
  await a.getByLabel(/^Role of Bo: /).click();
  await a.getByRole("option", { name: "Admin" }).click();
  await a.getByLabel("Role of Bo: Admin").waitFor();
  await a.getByRole("button", { name: "Remove Bo from the space" }).click();
  await screen(a, "people and roles");
  await a.getByRole("button", { name: "Cancel" }).click();
  await a.getByRole("button", { name: "Close" }).last().click();
  await closed(a);

  await accountMenu(b, "Set a status");
  await b.getByRole("radio", { name: "Do not disturb" }).click();
  await b.getByLabel("In your words").fill("In a call");
  await screen(b, "status");
  await b.getByRole("button", { name: "Set status" }).click();
  await closed(b);
  await a
    .locator("nav")
    .getByText(/In a call, until \d\d:\d\d/)
    .waitFor();
  await a.locator("nav").getByText("do not disturb").waitFor();

  await openRoom(a, "welcome");
  await composer(a).fill("Not finished");
  await openRoom(a, "surprise");
  await a.locator("nav a", { hasText: "welcome" }).getByText("Draft").waitFor();
  await a.reload();
  await openRoom(a, "welcome");
  await a.waitForFunction(() => document.querySelector("[data-region=composer] textarea")?.value === "Not finished");
  await composer(a).press("Enter");
  await openRoom(b, "welcome");
  await message(b, "Not finished").waitFor();
  await openRoom(a, "surprise");
  await a.locator("nav a", { hasText: "welcome" }).getByText("Draft").waitFor({ state: "detached" });

  // Put out of a room that he has before him, Bo is told so.
  await openRoom(b, "surprise");
  await a.locator("[data-region=head] button.members").click();
  await a.getByRole("button", { name: "Remove Bo" }).click();
  const asked = a.getByRole("dialog");
  await asked.getByText("The room goes from their devices.").or(asked.getByText("They can join again")).waitFor();
  await screen(a, "asked before putting somebody out");
  await a.screenshot({ path: `${out}/put-out-asked.png` });
  await asked.getByRole("button", { name: "Remove" }).click();
  await b.getByRole("heading", { name: "You are not in this room" }).waitFor();
  await row(b, "surprise").waitFor({ state: "detached" });
  await screen(b, "a room that one was put out of");
  await b.screenshot({ path: `${out}/put-out.png` });
  await b.getByRole("button", { name: "Back to my rooms" }).click();
  await composer(b).waitFor();
  await a.keyboard.press("Escape");
}
