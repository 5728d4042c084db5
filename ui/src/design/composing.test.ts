// The keys of a composition are nobody's: as it runs, and as WebKit sends the Enter that ends it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepCompositions } from "./composing";

let stop: () => void;
beforeEach(() => (stop = keepCompositions()));
afterEach(() => stop());

const cases = [
  { key: "Enter", isComposing: true },
  { key: "Enter", isComposing: false, keyCode: 229 },
  { key: "Escape", isComposing: true },
  { key: "ArrowUp", keyCode: 229 },
];

function heardBy(field: HTMLElement, key: KeyboardEventInit): number {
  document.body.append(field);
  const heard = vi.fn();
  for (const target of [field, document, globalThis]) target.addEventListener("keydown", heard);
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key });
  field.dispatchEvent(event);
  for (const target of [field, document, globalThis]) target.removeEventListener("keydown", heard);
  expect(event.defaultPrevented).toBe(false);
  return heard.mock.calls.length;
}

test.each(cases)("%j reaches nobody from a field, and the composition goes on", (key) => {
  expect(heardBy(document.createElement("textarea"), key)).toBe(0);
  expect(heardBy(document.createElement("input"), key)).toBe(0);
});

test("an editor of documents, and a key that composes nothing, are heard", () => {
  const editor = document.createElement("div");
  editor.setAttribute("contenteditable", "true");
  expect(heardBy(editor, cases[0]!)).toBe(3);
  expect(heardBy(document.createElement("input"), { key: "Enter", keyCode: 13 })).toBe(3);
});
