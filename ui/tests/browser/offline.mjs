// The server stands still: it is said, what Bo writes is saved here, and it arrives when the server goes on.
import { composer, equal, message, openRoom, post, server } from "./harness.mjs";

/** A server that stands still is noticed when its heartbeat stays out. */
const NOTICED_MS = 90_000;

export default async function offline({ a, b, screen }) {
  await openRoom(a, "welcome");
  await openRoom(b, "welcome");
  server.stop();
  try {
    await b.getByText("Offline.", { exact: true }).waitFor({ timeout: NOTICED_MS });
    await b.getByText(/Trying (again in \d+ s|now)\./).waitFor();
    await composer(b).fill("Written on the train");
    await composer(b).press("Enter");
    await message(b, "Written on the train").getByText("Saved on this device, will send when you are back").waitFor();
    await b.getByText(/1 change is saved on this device\./).waitFor();
    await screen(b, "offline");
    // What is only here is taken back without a trace, and stands in the composer again.
    await post(b, "Said too soon");
    await message(b, "Said too soon").focus();
    await b.keyboard.press("Delete");
    await b.waitForFunction(() => document.querySelector("[data-region=composer] textarea")?.value === "Said too soon");
    await composer(b).fill("");
  } finally {
    server.goOn();
  }
  await b
    .getByRole("button", { name: "Try now" })
    .click()
    .catch(() => undefined);
  await message(a, "Written on the train").waitFor({ timeout: NOTICED_MS });
  await b.getByText("Offline.", { exact: true }).waitFor({ state: "detached" });
  await post(b, "Back again");
  await message(a, "Back again").waitFor();
  equal(await a.getByText("Said too soon").count(), 0, "what was taken back");
  equal(await b.locator("article").getByText("Said too soon").count(), 0, "what was taken back");
}
