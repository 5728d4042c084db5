// The other buttons of the mouse on links and beside them.
import { afterEach, expect, test, vi } from "vitest";
import { overlays } from "../design/overlays.svelte";
import { listenToLinks } from "./links";

const opened = vi.spyOn(globalThis, "open").mockReturnValue(null);
const followed = vi.fn();
let stop = () => {};

function page(html: string) {
  document.body.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  stop = listenToLinks(followed);
}
afterEach(() => {
  stop();
  vi.clearAllMocks();
  overlays.closeMenu();
});
const does = (selector: string, type: string, button: number) =>
  document.querySelector(selector)!.dispatchEvent(new MouseEvent(type, { button, bubbles: true, cancelable: true }));

test("the middle button opens a link once, outside or in the app", () => {
  page(
    `<a href="https://example.org/a"><b>there</b></a> <a class="ours" href="folkmoot://host/x">here</a> <p>no link</p>`,
  );
  expect(does("b", "auxclick", 1)).toBe(false);
  expect(opened.mock.calls.map(([url]) => url)).toEqual(["https://example.org/a"]);
  does(".ours", "auxclick", 1);
  expect(followed).toHaveBeenCalledExactlyOnceWith("folkmoot://host/x");
  does("a", "auxclick", 2);
  expect(does("p", "auxclick", 1)).toBe(true);
  expect(opened).toHaveBeenCalledTimes(1);
});

test("a link has our menu, text that of the web view, and all else none", async () => {
  page(
    `<a href="https://example.org/a">there</a> <p>no link</p> <textarea></textarea> <div contenteditable="true"><i>text</i></div>`,
  );
  expect(does("p", "contextmenu", 2)).toBe(false);
  expect(does("textarea", "contextmenu", 2)).toBe(true);
  expect(does("i", "contextmenu", 2)).toBe(true);
  expect(overlays.menu).toBeUndefined();
  expect(does("a", "contextmenu", 2)).toBe(false);
  await vi.waitFor(() =>
    expect(overlays.menu?.sections[0]!.map(({ label }) => label)).toEqual(["Open outside of Folkmoot", "Copy link"]),
  );
  overlays.menu!.sections[0]![0]!.run();
  expect(opened).toHaveBeenCalledTimes(1);
});
