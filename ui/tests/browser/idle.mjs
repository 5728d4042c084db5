// Who uses their computer no more is inactive after a minute, where they are, and away after ten: seen by others. The minutes
// are those of the page's clock. What the system says of its idle time is tests/desktop/idle.rs's.
import { again, equal, open, openRoom, row, sockets } from "./harness.mjs";

export default async function idle({ a, b, browser }) {
  // The other window on Bo's engine says nothing meanwhile.
  await b.goto("about:blank");
  const bo = await open(browser, sockets[1], { clock: true });
  await row(bo, "welcome").first().waitFor();
  await openRoom(bo, "welcome");
  await openRoom(a, "welcome");
  const here = a.locator("[data-region=head] .one");
  const dimmed = a.locator("[data-region=head] .one.inactive");
  const away = a.locator("nav").getByText("away", { exact: true });
  await here.first().waitFor();
  await dimmed.waitFor({ state: "detached" });
  await bo.mouse.move(300, 300);

  await bo.clock.fastForward(59_000);
  await bo.mouse.move(310, 310);
  await bo.clock.fastForward(59_000);
  equal(await dimmed.count(), 0, "whoever is shown as inactive in their first minute");
  await bo.clock.fastForward(6_000);
  await dimmed.waitFor();
  await away.waitFor({ state: "detached" });
  await bo.mouse.move(320, 320);
  await dimmed.waitFor({ state: "detached" });

  for (let minute = 0; minute < 10; minute++) await bo.clock.fastForward(60_000);
  await bo.clock.fastForward(6_000);
  await away.waitFor();
  await bo.keyboard.press("Shift");
  await away.waitFor({ state: "detached" });

  await bo.context().close();
  await again(b);
}
