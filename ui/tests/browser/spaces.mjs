// One account in two spaces of its server: Ana joins another one, Bo leaves his only one and comes back into hers.
import { another, createDocument, heading, invite, message, openRoom, out, post, spaceMenu } from "./harness.mjs";

const title = (page, space) => page.locator("nav").getByRole("button", { name: `${space}: menu` });

/** Gives a link to the dialog that asks for one. */
async function follow(page, link) {
  const dialog = page.getByRole("dialog", { name: "Join with a link" });
  await dialog.getByRole("textbox", { name: "Link" }).fill(link);
  await dialog.getByRole("button", { name: "Look where it leads" }).click();
}

export default async function spaces({ a, b, screen }) {
  await openRoom(a, "welcome");
  await spaceMenu(a, "Join with a link");
  await follow(a, "folkmoot://nowhere");
  await a.getByText("This is not a Folkmoot link").waitFor();
  await screen(a, "a bad link, signed in");
  await follow(a, another);
  await a.getByRole("heading", { level: 1, name: "Join Garden" }).waitFor();
  await a.getByText("You join as Ana, with the account that you have on this server.").waitFor();
  await screen(a, "joining another space");
  await a.screenshot({ path: `${out}/join-another.png` });
  await a.getByRole("button", { name: "Join", exact: true }).click();
  await title(a, "Garden").waitFor();
  await heading(a, "welcome");
  await post(a, "Seeds are in");
  await screen(a, "another space");
  const link = await invite(a);
  await title(a, "Garden").click();
  await screen(a, "choosing a space");
  await a.getByRole("menuitemcheckbox", { name: "Northlight" }).click();
  await title(a, "Northlight").waitFor();
  await heading(a, "welcome");
  await a.goBack();
  await title(a, "Garden").waitFor();
  await message(a, "Seeds are in").waitFor();
  await openRoom(a, "welcome");

  await openRoom(b, "welcome");
  await createDocument(b, "What Bo leaves behind");
  await spaceMenu(b, "People and roles");
  await b.getByRole("button", { name: "Leave the space" }).click();
  await b.getByRole("button", { name: "Leave", exact: true }).click();
  await b.getByRole("dialog").waitFor({ state: "detached" });
  await b.getByRole("heading", { name: "You are not in this room" }).waitFor();
  await screen(b, "a document that was left");
  await b.getByRole("button", { name: "Back to my rooms" }).click();
  await b.getByRole("heading", { name: "You are in no space" }).waitFor();
  await title(b, "Folkmoot").waitFor();
  await screen(b, "in no space");
  await b.screenshot({ path: `${out}/no-space.png` });
  await b.getByRole("main").getByRole("button", { name: "Join with a link" }).click();
  await follow(b, link);
  await b.getByText("You join with the account that you have on this server.").waitFor();
  await b.getByRole("button", { name: "Join", exact: true }).click();
  await title(b, "Garden").waitFor();
  await message(b, "Seeds are in").waitFor();
  await post(b, "So they are");
  await message(a, "So they are").waitFor();

  // What waits in the space that is not open is seen where one changes them, and one comes back to where one was.
  const choose = async (name) => {
    await title(a, "").first().click();
    await a.getByRole("menuitemcheckbox", { name }).click();
  };
  await choose("Northlight");
  await openRoom(a, "field-notes");
  await post(b, "@Ana, more seeds");
  await a.locator("nav").getByText("In other spaces: 1 mention").waitFor({ state: "attached" });
  await screen(a, "a mention in another space");
  await title(a, "Northlight").click();
  await a.getByRole("menuitemcheckbox", { name: "Garden" }).getByText("1 mention").waitFor();
  await a.keyboard.press("Escape");
  await choose("Garden");
  await message(a, "@Ana, more seeds").waitFor();
  await choose("Northlight");
  await heading(a, "field-notes");
}
