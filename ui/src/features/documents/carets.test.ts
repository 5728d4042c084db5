// What others' devices say of their carets never becomes style or markup.
import { Awareness } from "y-protocols/awareness";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { caretElement, caretUser, colouredAwareness } from "./carets";

test.each([[{ colour: "red; position: fixed" }], [{ colour: 9 }], [{ colour: 1.5 }], [null], ["x"], [{}]])(
  "%j gets the plain colour",
  (user) => {
    expect(caretUser(user).colour).toBe("var(--p6)");
  },
);

test("a name is text, and not too long", () => {
  const caret = caretElement({ name: `<img src=x>${"a".repeat(100)}`, colour: 3 });
  expect(caret.querySelector("img")).toBeNull();
  expect(caret.textContent).toHaveLength(40);
  expect(caret.style.getPropertyValue("--caret")).toBe("var(--p3)");
});

test("CodeMirror's binding sees theme colours, and sets the same local state", () => {
  const awareness = new Awareness(new Y.Doc());
  const coloured = colouredAwareness(awareness);
  coloured.setLocalStateField("user", { name: "Noor", colour: 8 });
  expect(awareness.getLocalState()).toEqual({ user: { name: "Noor", colour: 8 } });
  expect(coloured.getStates().get(awareness.clientID)?.["user"]).toMatchObject({ name: "Noor", color: "var(--p8)" });
  awareness.destroy();
});
