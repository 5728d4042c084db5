// Ana joins as the owner by the first link, Bo by another. Wrong things are said as facts on the way.
import { composer, equal, invite, join, links, writes } from "./harness.mjs";

export default async function firstRun({ a, b, screen }) {
  await a.getByText("Start a space on this computer").waitFor();
  await screen(a, "first run");

  await a.getByText("Join with a link").click();
  await a.getByLabel("Link", { exact: true }).fill("https://example.org/");
  await a.getByRole("button", { name: "Look where it leads" }).click();
  await a.getByText("This is not a Folkmoot link").waitFor();
  await screen(a, "a bad link");
  await a.getByRole("button", { name: "Back" }).click();

  await a.getByText("Sign in to a server where you have an account").click();
  await a.waitForFunction(() => document.activeElement === document.querySelector("input"));
  await screen(a, "signing in");
  await a.getByRole("button", { name: "Back" }).click();

  await a.getByText("Start a space on this computer").click();
  await a.getByLabel("Name of the space").fill("Northlight");
  await a.getByLabel("Your name").fill("Ana");
  await a.getByLabel("Password").fill("short");
  await a.getByRole("button", { name: "Show what is typed" }).click();
  equal(await a.getByLabel("Password").getAttribute("type"), "text", "a password can be shown");
  await screen(a, "start a space");
  await a.getByRole("button", { name: "Back" }).click();

  await join(a, links[0], "Ana");
  await a.getByText("Three ways to begin").waitFor();
  await screen(a, "welcome");
  await a.getByText("Say hello").click();
  await writes(a);
  equal(await composer(a).inputValue(), "Hello, everyone.", "hello is written, not sent");
  await composer(a).fill("");
  const link = await invite(a);
  equal(link.startsWith("folkmoot://"), true, link);

  await join(b, links[1], "Bo");
  await a.locator("nav").getByText("Bo", { exact: true }).waitFor();
}
