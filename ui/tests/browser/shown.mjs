// What is shown: the end of a long room after its top, long names, and times in the zone that the device is in now.
import { engine, equal, message, openRoom, post, row, say as said, sockets } from "./harness.mjs";

/** More than a window of messages. */
const MESSAGES = 380;
const LAST = `Line ${MESSAGES - 1}.`;

/** In the page: the words that the tools of a message cover, and how many tools there are beyond one. */
const covered = () => {
  const bars = [...document.querySelectorAll("[role=toolbar][aria-label='Message actions']")];
  const bar = bars[0].getBoundingClientRect();
  const under = (box) => box.left < bar.right && box.right > bar.left && box.top < bar.bottom && box.bottom > bar.top;
  const words = [...document.querySelectorAll("article .text, article header:not(.unseen)")].filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return [...range.getClientRects()].some(under);
  });
  return [...words.map((one) => one.textContent.slice(0, 40)), ...bars.slice(1).map(() => "another bar")].join(" | ");
};

export default async function shown({ a, screen }) {
  await openRoom(a, "welcome");
  const space = await a.evaluate(() => location.hash.split("/").find((part) => part.length === 36));
  const say = engine(sockets[0]);
  const { stream } = await say({
    do: "open_room",
    space,
    access: "private",
    name: "all that was said",
    topic: "",
    members: [],
  });
  for (let at = 0; at < MESSAGES; at++)
    await say({ do: "post", room: stream, text: `Line ${at}. ${"Many words. ".repeat(at % 30)}`, reply_to: null });
  await say({ do: "open_room", space, access: "public", name: "W".repeat(60), topic: "T".repeat(200), members: [] });
  say.close();
  // The server takes only so many a second.
  await a.locator("nav").getByText("Connected").waitFor({ timeout: 90_000 });

  await openRoom(a, "all that was said");
  await message(a, LAST).waitFor();
  for (let turn = 0; turn < 3; turn++) {
    await a.waitForFunction(
      () => {
        document.querySelector("[data-region=messages]").scrollTop = 0;
        return document.querySelector("article")?.textContent.includes("Line 0.");
      },
      undefined,
      { polling: 50 },
    );
    await a.locator("article").first().focus();
    await a.keyboard.press("End");
    await a.evaluate(() => (document.querySelector("[data-region=messages]").scrollTop = 1e9));
    await a.waitForFunction(
      (last) => {
        const list = document.querySelector("[data-region=messages]");
        list.scrollTop = list.scrollHeight;
        return [...document.querySelectorAll("article")].some(
          (one) => one.textContent.includes(last) && one.getBoundingClientRect().top < innerHeight,
        );
      },
      LAST,
      { polling: 300 },
    );
    const drawn = () => {
      const box = document.querySelector("[data-region=messages]").getBoundingClientRect();
      return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)?.closest("article") !== null;
    };
    await a
      .waitForFunction(drawn, undefined, { timeout: 2_000 })
      .catch(() => equal("blank", "drawn", "the end of the room"));
  }

  // A click of a wheel comes in small steps: the first leaves the end, and nothing that is measured anew takes it back.
  await a.locator("[data-region=messages]").hover();
  for (let step = 0; step < 5; step++) await a.mouse.wheel(0, -8);
  const below = () =>
    a.evaluate(() => {
      const { scrollHeight, scrollTop, clientHeight } = document.querySelector("[data-region=messages]");
      return scrollHeight - scrollTop - clientHeight;
    });
  const { width, height } = a.viewportSize();
  for (const wider of [8, 0]) {
    await a.setViewportSize({ width: width + wider, height });
    await a.waitForTimeout(300);
  }
  if ((await below()) < 20) equal(await below(), 40, "pixels below, after the wheel went up");

  await row(a, "WWWW").first().click();
  await a.getByText("Nothing said yet").waitFor();
  await post(a, "Wide");
  await screen(a, "a long name");
  const wide = await a.evaluate(() =>
    [...document.querySelectorAll("main *")]
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".ellipsis"))
      .map((one) => one.outerHTML.slice(0, 80)),
  );
  equal(wide.join(), "", "what is wider than the window");

  // What is typed is shown, and takes the form that people mean.
  const typed =
    "Who does what:\n\n[Ana]: slides\n[Bo]: http://build.example/42\n<!-- D:\\team\\_old\\#1 --> and \\\\server\\share ¯\\_(ツ)_/¯ &amp;";
  await said(a, typed, "Who does what");
  equal(
    (await message(a, "Who does what").locator(".text").innerText()).replaceAll(/\n+/g, "\n"),
    typed.replaceAll(/\n+/g, "\n"),
    "what was typed",
  );
  await said(
    a,
    "看https://example.org/a。然后（https://example.org/b）**会议改到周三（下午）。**请准时到。",
    "请准时到",
  );
  const links = await message(a, "请准时到")
    .locator(".text a")
    .evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  equal(links.join(" "), "https://example.org/a https://example.org/b", "two links");
  equal(await message(a, "请准时到").locator("strong").innerText(), "会议改到周三（下午）。", "what is bold");

  // The tools of a message cover no words, of it or of its neighbours, and are those of one message.
  await openRoom(a, "all that was said");
  await message(a, LAST).waitFor();
  for (const dir of ["ltr", "rtl"]) {
    await a.evaluate((dir) => (document.documentElement.dir = dir), dir);
    for (const width of [1280, 720, 480]) {
      await a.setViewportSize({ width, height: 800 });
      await message(a, LAST).focus();
      for (const line of [LAST, `Line ${MESSAGES - 3}.`, `Line ${MESSAGES - 2}.`]) {
        await message(a, line).hover();
        await message(a, line).getByRole("toolbar", { name: "Message actions" }).waitFor();
        equal(await a.evaluate(covered), "", `covered at ${width} px, ${dir}`);
      }
    }
  }
  await a.evaluate(() => document.documentElement.removeAttribute("dir"));
  await a.setViewportSize({ width: 1280, height: 800 });
  await openRoom(a, "W".repeat(60));

  const time = () => message(a, "Wide").locator("time").last().textContent();
  const before = await time();
  const devtools = await a.context().newCDPSession(a);
  await devtools.send("Emulation.setTimezoneOverride", { timezoneId: "Asia/Kathmandu" });
  await a.waitForFunction(
    (before) => ![...document.querySelectorAll("article time")].some((one) => one.textContent === before),
    before,
  );
  await devtools.send("Emulation.setTimezoneOverride", { timezoneId: "" });
  await devtools.detach();
}
