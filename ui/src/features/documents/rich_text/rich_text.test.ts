// What is pasted from other programs, and what signs stand for when they are typed.
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { partsOf } from "../../../session/key_names";
import { keys, lines, openEditor, type Opened } from "../testing/editors";
import { formats } from "./actions";

vi.setConfig({ testTimeout: 60_000 });

let open: Opened;
afterEach(() => open.close());
const empty = () => (open = openEditor(new Y.Doc()));
const pasted = (html: string) => {
  const { editor } = empty();
  editor.view.pasteHTML(html, new Event("paste") as ClipboardEvent);
  return lines(editor);
};

test("a pasted table is lines with its cells apart", () => {
  const rows = "<tr><th>Item</th><th><p>Qty</p></th></tr><tr><td><b>Tea</b><br></td><td> 3 </td></tr>";
  const then = ["paragraph: Item | Qty", "paragraph: Tea | 3"];
  expect(pasted(`<table><tbody>${rows}</tbody></table>`)).toEqual(then);
  open.close();
  expect(pasted(rows)).toEqual(then);
  open.close();
  expect(pasted(`<p>above</p><table>${rows}</table><p>below</p>`)).toEqual([
    "paragraph: above",
    ...then,
    "paragraph: below",
  ]);
  expect(open.editor.getHTML()).toContain("<strong>Tea</strong>");
});

test("a table that only lays out what is in it leaves no trace", () => {
  expect(
    pasted(
      "<table><tr><td><h1>News</h1><ul><li>one</li><li>two</li></ul></td></tr><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>",
    ),
  ).toEqual(["heading: News", "listItem > paragraph: one", "listItem > paragraph: two", "paragraph: a | b"]);
});

const word = (level: number, sign: string, text: string) =>
  `<p class=MsoListParagraph style='text-indent:-.25in;mso-list:l0 level${level} lfo1'><![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>${sign}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>${text}<o:p></o:p></p>`;

test("a list from Word is a list, without bullets as text", () => {
  const shown = pasted(
    `<p class=MsoNormal>Buy:</p>\n${word(1, "·", "Tea")}\n${word(2, "o", "green")}\n${word(1, "·", "<b>Milk</b>")}\n<p class=MsoNormal>Then:</p>${word(1, "1.", "boil")}${word(1, "2.", "wait")}`,
  );
  expect(shown).toEqual([
    "paragraph: Buy:",
    "listItem > paragraph: Tea",
    "listItem > paragraph: green",
    "listItem > paragraph: Milk",
    "paragraph: Then:",
    "listItem > paragraph: boil",
    "listItem > paragraph: wait",
  ]);
  const html = open.editor.getHTML();
  expect(html).toMatch(/<ul><li><p>Tea\s*<\/p><ul><li><p>green/);
  expect(html).toMatch(/<ol><li><p>boil\s*<\/p><\/li><li><p>wait/);
  expect(html).not.toMatch(/[·]|1\./);
});

test("a list whose signs only comments tell, and one that goes on from its third item", () => {
  const html =
    "<p style='mso-list:l1 level1 lfo2'><!--[if !supportLists]-->3)&nbsp;<!--[endif]-->third</p><p style='mso-list:l1 level1 lfo2'><!--[if !supportLists]-->4)&nbsp;<!--[endif]-->fourth</p>";
  expect(pasted(html)).toEqual(["listItem > paragraph: third", "listItem > paragraph: fourth"]);
  expect(open.editor.getHTML()).toContain('<ol start="3">');
});

test.each([
  ["- [ ] milk", ["taskItem > paragraph: milk"], false],
  ["- [] milk", ["taskItem > paragraph: milk"], false],
  ["- [x] milk", ["taskItem > paragraph: milk"], true],
  ["* [X] milk", ["taskItem > paragraph: milk"], true],
  ["[ ] milk", ["taskItem > paragraph: milk"], false],
])("%j makes a task", (typed, then, checked) => {
  const { editor } = empty();
  keys(editor, typed);
  expect(lines(editor)).toEqual(then);
  expect(editor.getAttributes("taskItem")["checked"]).toBe(checked);
});

test("a task within a list of bullets leaves the others what they are, and a number stays a number", () => {
  const { editor } = empty();
  keys(editor, "- tea");
  editor.commands.splitListItem("listItem");
  keys(editor, "[ ] milk");
  expect(lines(editor)).toEqual(["listItem > paragraph: tea", "taskItem > paragraph: milk"]);
  open.close();
  keys(empty().editor, "1. [ ] milk");
  expect(lines(open.editor)).toEqual(["listItem > paragraph: [ ] milk"]);
});

test.each(formats.filter((format) => format.keys && format.as).map((format) => [format.keys![0]!, format] as const))(
  "%s is the editor's own key for what the toolbar says",
  (key, format) => {
    const { editor } = empty();
    editor.commands.insertContent("words");
    editor.commands.selectAll();
    const parts = partsOf(key);
    const last = parts.pop()!;
    const mods = { ctrlKey: parts.includes("Ctrl"), altKey: parts.includes("Alt"), shiftKey: parts.includes("Shift") };
    const init = { key: last.toLowerCase(), keyCode: last.charCodeAt(0), bubbles: true, cancelable: true };
    editor.view.dom.dispatchEvent(new KeyboardEvent("keydown", { ...init, ...mods }));
    expect(format.as!(editor)).toEqual({ checked: true });
  },
);
