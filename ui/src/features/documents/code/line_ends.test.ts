// Texts with line ends of other systems stay the same in the window and in the document, whoever writes where.
import {
  cursorCharLeft,
  cursorCharRight,
  cursorDocEnd,
  cursorLineEnd,
  deleteCharBackward,
  deleteCharForward,
  insertNewline,
} from "@codemirror/commands";
import { type EditorView, runScopeHandlers } from "@codemirror/view";
import { afterEach, expect, test, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { codeEditor, setEditable } from "./code";
import { BODY } from "../document.svelte";
import { unitsOf } from "./line_ends";

vi.setConfig({ testTimeout: 60_000 });

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

function opened(content: string): { view: EditorView; text: Y.Text; doc: Y.Doc } {
  const doc = new Y.Doc();
  const text = doc.getText(BODY);
  text.insert(0, content);
  const { view, close } = codeEditor(
    document.body.appendChild(document.createElement("div")),
    { doc, provider: { awareness: new Awareness(doc) } },
    "Body",
  );
  setEditable(view, true);
  ends.push(close);
  return { view, text, doc };
}
const types = (view: EditorView, letters: string) => view.dispatch(view.state.replaceSelection(letters));
const puts = (view: EditorView, anchor: number) => view.dispatch({ selection: { anchor } });
/** Another Yjs client's change. */
const theirs = ({ doc, text }: { doc: Y.Doc; text: Y.Text }, act: (text: Y.Text) => void) =>
  doc.transact(() => act(text), "theirs");

test("what is typed at the end of a text with Windows line ends is at its end everywhere", () => {
  const one = opened("one\r\ntwo\r\nthree");
  cursorDocEnd(one.view);
  types(one.view, "X");
  theirs(one, (text) => text.insert(text.length, "Y"));
  expect(one.text.toString()).toBe("one\r\ntwo\r\nthreeXY");
  expect(one.view.state.doc.toString()).toBe(one.text.toString());
  expect(one.view.state.doc.lines).toBe(3);
});

test("looking at it changes nothing and no return is drawn at a line's end", () => {
  const one = opened("one\r\ntwo\rthree\r\n");
  expect(one.text.toString()).toBe("one\r\ntwo\rthree\r\n");
  expect([...one.view.dom.querySelectorAll(".cm-line")].map((line) => line.textContent)).toEqual([
    "one",
    "two↵three",
    "",
  ]);
});

test("the caret goes over a line's end as over one, and nothing comes between its two characters", () => {
  const { view, text } = opened("one\r\ntwo");
  puts(view, 1);
  cursorLineEnd(view);
  expect(view.state.selection.main.head).toBe(3);
  types(view, "X");
  cursorCharRight(view);
  expect(view.state.selection.main.head).toBe(6);
  cursorCharLeft(view);
  expect(view.state.selection.main.head).toBe(4);
  puts(view, 5);
  types(view, "Y");
  expect(text.toString()).toBe("oneXY\r\ntwo");
  insertNewline(view);
  expect(text.toString()).toBe("oneXY\n\r\ntwo");
});

test("a line's end is deleted whole, from either side", () => {
  const back = opened("one\r\ntwo");
  puts(back.view, 5);
  deleteCharBackward(back.view);
  expect(back.text.toString()).toBe("onetwo");
  const forward = opened("one\r\ntwo");
  puts(forward.view, 3);
  deleteCharForward(forward.view);
  expect(forward.text.toString()).toBe("onetwo");
});

test("what is no text is one sign, and what is written around it is where it belongs", () => {
  const one = opened("ab");
  theirs(one, (text) => text.insertEmbed(1, { image: "x" }));
  expect(one.view.state.doc.length).toBe(3);
  cursorDocEnd(one.view);
  types(one.view, "c");
  theirs(one, (text) => text.insert(3, "X"));
  expect(unitsOf(one.text)).toBe("a\u{fffc}bXc");
  expect(one.view.state.doc.toString()).toBe(unitsOf(one.text));
  expect(opened("").view.state.doc.toString()).toBe("");
});

test("whoever only reads takes nothing back", () => {
  const { view, text } = opened("kept");
  cursorDocEnd(view);
  types(view, "!");
  setEditable(view, false);
  runScopeHandlers(view, new KeyboardEvent("keydown", { key: "z", ctrlKey: true }), "editor");
  expect(text.toString()).toBe("kept!");
  setEditable(view, true);
  runScopeHandlers(view, new KeyboardEvent("keydown", { key: "z", ctrlKey: true }), "editor");
  expect(text.toString()).toBe("kept");
});

test("at random, the window and the document stay the same", () => {
  let state = 7;
  const below = (bound: number) => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) % bound;
  const one = opened("one\r\ntwo\rthree\n\r\nfour");
  const pieces = ["\r\n", "\r", "\n", "x", "é", "ab\r\ncd"];
  for (let n = 0; n < 120; n++) {
    const at = below(one.text.length + 1);
    if (below(2) === 0) {
      if (below(3) === 0 && at < one.text.length) theirs(one, (text) => text.delete(at, 1));
      else theirs(one, (text) => text.insert(at, pieces[below(pieces.length)]!));
    } else {
      puts(one.view, Math.min(at, one.view.state.doc.length));
      if (below(3) === 0) deleteCharBackward(one.view);
      else types(one.view, ["x", "\n", "yz"][below(3)]!);
    }
    expect(one.view.state.doc.toString()).toBe(one.text.toString());
  }
});
