// The one rule of the focus: to where one writes when a place is asked for, back when an overlay closes, and never lost.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { focus, trailOf } from "./focus";

const settled = () => new Promise((done) => setTimeout(done));
const at = () => document.activeElement?.id || document.activeElement?.localName;
let stop: () => void;

beforeEach(() => {
  vi.spyOn(Element.prototype, "getClientRects").mockReturnValue([{}] as unknown as DOMRectList);
  document.body.replaceChildren();
  stop = focus.listen();
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
});

/** Builds elements from words: "button#plus" in "nav", and so on; no markup is parsed. */
function put(parent: Element, tag: string, attributes: Record<string, string> = {}): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}
function frame() {
  const side = put(document.body, "nav", { "data-region": "sidebar" });
  const plus = put(side, "button", { id: "plus" });
  const main = put(document.body, "main", { "data-region": "main", tabindex: "-1", id: "main" });
  return { side, plus, main };
}
const composer = (main: HTMLElement) =>
  put(put(main, "div", { "data-region": "composer" }), "textarea", { id: "text" });

test("a place that is asked for has the focus where one writes, once that is there", async () => {
  const { plus, main } = frame();
  plus.focus();
  focus.arrive("main");
  expect(at()).toBe("main");
  composer(main);
  await settled();
  expect(at()).toBe("text");
});

test("what is written in beside is only for who asked for it", async () => {
  const { main } = frame();
  composer(main);
  focus.arrive("panel");
  const panel = put(document.body, "aside", { "data-region": "panel", tabindex: "-1" });
  put(panel, "div", { contenteditable: "true", tabindex: "0", id: "beside" });
  await settled();
  expect(at()).toBe("beside");
});

test("each place has a composer of its own, and what is taken away beside leaves the focus there", async () => {
  const { plus, main } = frame();
  composer(main);
  const panel = put(document.body, "aside", { "data-region": "panel", tabindex: "-1" });
  plus.focus();
  focus.arrive("panel");
  expect(at()).toBe("aside");
  const list = put(panel, "div", { "data-region": "messages", tabindex: "-1" });
  const edited = put(put(list, "article", { tabindex: "-1" }), "textarea");
  put(put(panel, "div", { "data-region": "composer" }), "textarea", { id: "beside" });
  await settled();
  expect(at()).toBe("beside");
  focus.arrive("main");
  expect(at()).toBe("text");
  edited.focus();
  edited.remove();
  await settled();
  expect(at()).toBe("beside");
});

test("who has gone elsewhere meanwhile is left there", async () => {
  const { plus, main } = frame();
  focus.arrive("main");
  plus.focus();
  composer(main);
  await settled();
  expect(at()).toBe("plus");
});

test("an overlay gives the focus back to what had it, but not over what was asked for since", async () => {
  const { plus, main } = frame();
  composer(main);
  plus.focus();
  const [trail, arrivals] = [trailOf(plus), focus.arrivals];
  plus.blur();
  focus.giveBack(trail, arrivals);
  expect(at()).toBe("plus");
  focus.arrive("main");
  focus.giveBack(trail, arrivals);
  expect(at()).toBe("text");
});

test("what the pointer opens gives the focus back to where one wrote, what a key opens to its button", () => {
  const { plus, main } = frame();
  composer(main).focus();
  plus.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  plus.focus();
  expect(focus.held().element?.id).toBe("text");
  plus.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  expect(focus.held().element?.id).toBe("plus");
});

test("what is taken away while it has the focus leaves it to what it was in, and that to where one writes", async () => {
  const { side, main } = frame();
  const list = put(main, "div", { "data-region": "messages", tabindex: "-1", id: "list" });
  const [one, other] = ["one", "other"].map((id) => put(list, "article", { tabindex: "0", id }));
  composer(main);
  one!.focus();
  one!.remove();
  await settled();
  expect(at()).toBe("other");
  other!.remove();
  await settled();
  expect(at()).toBe("list");
  const row = put(side, "button");
  row.focus();
  side.remove();
  await settled();
  expect(at()).toBe("text");
});

test("a menu that closes leaves the focus to who opened it", async () => {
  const { main } = frame();
  composer(main);
  const menu = put(document.body, "div", { role: "menu", tabindex: "-1" });
  menu.focus();
  menu.remove();
  await settled();
  expect(at()).toBe("body");
});

test("a button of the main area that is gone leaves the focus where one writes", async () => {
  const { main } = frame();
  put(put(main, "div", { "data-region": "messages" }), "article", { tabindex: "0" });
  const join = put(main, "button");
  join.focus();
  join.remove();
  composer(main);
  await settled();
  expect(at()).toBe("text");
});

test("what is typed into leaves the focus where one writes, never on a message", async () => {
  const { main } = frame();
  const list = put(main, "div", { "data-region": "messages", tabindex: "-1" });
  const edited = put(put(list, "article", { tabindex: "-1" }), "textarea");
  put(list, "article", { tabindex: "0" });
  composer(main);
  edited.focus();
  edited.remove();
  await settled();
  expect(at()).toBe("text");
});

test("a button that is disabled while it has the focus leaves it to its dialog's field", async () => {
  const dialog = put(document.body, "div", { role: "dialog" });
  put(dialog, "input", { id: "field" });
  const create = put(dialog, "button");
  create.focus();
  create.setAttribute("disabled", "");
  await settled();
  expect(at()).toBe("field");
});

test("what was given up by a click stays given up", async () => {
  const { plus, main } = frame();
  composer(main);
  plus.focus();
  plus.blur();
  await settled();
  plus.remove();
  await settled();
  expect(at()).toBe("body");
});
