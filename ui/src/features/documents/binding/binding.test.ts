// Opening a document never changes it, and what is changed is changed where it is. What our editor lacks is shown as a
// placeholder, kept, copied and brought back.
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { around, block, find, lines, openEditor, select, selectNode, type, type Opened } from "../testing/editors";
import { BODY } from "../document.svelte";
import { Reader } from "./reading";

vi.setConfig({ testTimeout: 60_000 });

const open: Opened[] = [];
afterEach(() => open.splice(0).forEach((one) => one.close()));
const opened = (doc: Y.Doc, mayWrite = true): Opened => {
  open.push(openEditor(doc, mayWrite));
  return open.at(-1)!;
};

const written = (...blocks: (Y.XmlElement | Y.XmlText)[]): Y.Doc => {
  const doc = new Y.Doc();
  doc.getXmlFragment(BODY).insert(0, blocks);
  return doc;
};
const cells = (...texts: string[]) =>
  around(
    "tableRow",
    texts.map((text) => around("tableCell", [block("paragraph", [text])])),
  );
const table = () => around("table", [cells("Item", "Qty"), cells("Tea", "3")]);
const withAttributes = (element: Y.XmlElement, attributes: Record<string, unknown>) => {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value as string);
  return element;
};
const embedded = () => {
  const text = new Y.XmlText();
  text.insert(0, "before after");
  text.insertEmbed(7, { image: "x.png" });
  return around("paragraph", [text]);
};
const plainText = (words: string) => {
  const text = new Y.XmlText();
  text.insert(0, words);
  return text;
};

const CONTENTS: Record<string, () => (Y.XmlElement | Y.XmlText)[]> = {
  underline: () => [block("paragraph", ["Budget is ", ["400", { underline: {} }], " francs"])],
  "a coloured highlight": () => [
    block("paragraph", [["red", { highlight: { color: "red" } }], " and ", ["blue", { textStyle: { color: "blue" } }]]),
  ],
  "a mark with a hashed name": () => [block("paragraph", ["see ", ["this", { "comment--AbCd1234": { id: 7 } }]])],
  "a table": () => [block("paragraph", ["above"]), table()],
  "an image": () => [withAttributes(new Y.XmlElement("image"), { src: "https://example.org/x.png", alt: "A kettle" })],
  "a mention": () => [
    around("paragraph", [
      plainText("ask "),
      withAttributes(new Y.XmlElement("mention"), { id: "7", label: "Bo" }),
      plainText(" first"),
    ]),
  ],
  "a text at the top": () => [plainText("nobody's paragraph"), block("paragraph", ["mine"])],
  "an embed in a text": () => [embedded()],
  "an empty quote": () => [new Y.XmlElement("blockquote")],
  "an item without a paragraph": () => [around("bulletList", [new Y.XmlElement("listItem")])],
  "an item with its text at once": () => [around("bulletList", [block("listItem", ["loose"])])],
  "a table in a list": () => [around("bulletList", [around("listItem", [block("paragraph", ["x"]), table()])])],
  "bold in code": () => [block("codeBlock", ["let ", ["x", { bold: {} }]])],
  "an image in code": () => [around("codeBlock", [plainText("a"), new Y.XmlElement("image")])],
  "an item of a list at the top": () => [around("listItem", [block("paragraph", ["lost"])])],
  "attributes that we lack": () => [
    withAttributes(block("paragraph", ["indented"]), { indent: 2, textAlign: "right" }),
  ],
  "a heading of level 5": () => [withAttributes(block("heading", ["deep"]), { level: 5 })],
  "marks that exclude each other": () => [block("paragraph", [["both", { code: {}, bold: {}, underline: {} }]])],
  "two texts beside each other": () => [around("paragraph", [plainText("one"), plainText("two")])],
  "an element that is called as ours": () => [
    withAttributes(new Y.XmlElement("foreignBlock"), { ref: "1:0", text: "no" }),
    new Y.XmlElement("doc"),
    block("text", ["odd"]),
  ],
  "a mark without an object": () => [block("paragraph", [["bold", { bold: true, italic: "yes", underline: 1 }]])],
  nothing: () => [],
};
const each = Object.entries(CONTENTS);

test.each(each)("looking changes nothing: %s", (_name, contents) => {
  for (const mayWrite of [true, false])
    for (const arrives of [true, false]) {
      const theirs = written(...contents());
      const doc = new Y.Doc();
      if (!arrives) Y.applyUpdate(doc, Y.encodeStateAsUpdate(theirs));
      const wrote = vi.fn();
      doc.on("update", (_update: Uint8Array, origin: unknown) => origin !== "theirs" && wrote());
      const { unreadable, editor } = opened(doc, mayWrite);
      if (arrives) Y.applyUpdate(doc, Y.encodeStateAsUpdate(theirs), "theirs");
      editor.commands.selectAll();
      expect(wrote).not.toHaveBeenCalled();
      expect(unreadable).toEqual([]);
      expect(Y.encodeStateAsUpdate(doc)).toEqual(Y.encodeStateAsUpdate(theirs));
    }
});

test.each(each)("writing below it leaves it as it is, and so does taking that back: %s", (_name, contents) => {
  const doc = written(...contents(), block("paragraph", ["last"]));
  const before = () => doc.getXmlFragment(BODY).toArray().slice(0, -1).map(String).join("\n");
  const was = before();
  const { editor } = opened(doc);
  select(editor, find(editor, "last", true));
  type(editor, " words");
  editor.commands.splitBlock();
  type(editor, "more");
  expect(lines(editor).slice(-2)).toEqual(["paragraph: last words", "paragraph: more"]);
  while (editor.commands.undo());
  expect(before()).toBe(was);
  expect(lines(editor).at(-1)).toBe("paragraph: last");
});

test("what is underlined stays so where somebody writes in it, and another underlines while it is open", () => {
  const doc = written(block("paragraph", ["Budget is ", ["400", { underline: {} }], " francs"]));
  const { editor, body } = opened(doc);
  const text = (body.get(0) as Y.XmlElement).get(0) as Y.XmlText;
  expect(editor.view.dom.querySelector("[data-mark=underline]")?.textContent).toBe("400");
  select(editor, find(editor, "00"));
  type(editor, "5");
  expect(text.toDelta()).toEqual([
    { insert: "Budget is " },
    { insert: "4500", attributes: { underline: {} } },
    { insert: " francs" },
  ]);
  doc.transact(() => text.format(0, 6, { underline: {} }), "theirs");
  expect(text.toDelta()[0]).toEqual({ insert: "Budget", attributes: { underline: {} } });
  editor
    .chain()
    .setTextSelection({ from: 1, to: editor.state.doc.content.size - 1 })
    .toggleBold()
    .run();
  editor.chain().toggleBold().toggleHeading({ level: 2 }).run();
  const heading = body.get(0) as Y.XmlElement;
  expect(heading.nodeName).toBe("heading");
  expect((heading.get(0) as Y.XmlText).toDelta()).toMatchObject([
    { insert: "Budget", attributes: { underline: {} } },
    { insert: " is " },
    { insert: "4500", attributes: { underline: {} } },
    { insert: " francs" },
  ]);
});

test("a table is shown with its cells apart, and survives being cut, pasted, taken back and wrapped", () => {
  const doc = written(block("paragraph", ["above"]), table(), block("paragraph", ["below"]));
  const { editor, body } = opened(doc);
  const shown = () => body.toArray().map(String).join("");
  const [tableThere] = [String(body.get(1))];
  expect(lines(editor)[1]).toBe("foreignBlock: Item\tQty\nTea\t3");
  const slice = editor.state.doc.slice(7, 8);
  selectNode(editor, 7);
  editor.commands.deleteSelection();
  expect(shown()).not.toContain("table");
  select(editor, find(editor, "below", true));
  editor.view.dispatch(
    editor.state.tr.replaceWith(editor.state.doc.content.size, editor.state.doc.content.size, slice.content),
  );
  expect(String(body.get(body.length - 1))).toBe(tableThere);
  editor.commands.undo();
  editor.commands.undo();
  expect(shown()).toContain(tableThere);
  editor
    .chain()
    .setTextSelection({ from: 1, to: editor.state.doc.content.size - 1 })
    .toggleBlockquote()
    .run();
  expect(shown()).toContain(tableThere);
});

test("unknown attributes go along when a block becomes another", () => {
  const doc = written(withAttributes(block("paragraph", ["indented"]), { indent: 2 }));
  const { editor, body } = opened(doc);
  editor.commands.toggleHeading({ level: 1 });
  expect((body.get(0) as Y.XmlElement).getAttributes()).toEqual({ indent: 2, level: 1 });
});

test("whoever may not write changes nothing, whatever asks for it", () => {
  const doc = written(block("paragraph", ["kept"]));
  const { editor, may, binding } = opened(doc);
  select(editor, find(editor, "kept"));
  type(editor, "is ");
  binding.undoManager.stopCapturing();
  may.write = false;
  const wrote = vi.fn();
  doc.on("update", wrote);
  select(editor, find(editor, "kept", true));
  type(editor, "no");
  editor.commands.setContent("<p>gone</p>");
  editor.commands.clearContent();
  editor.commands.undo();
  expect(wrote).not.toHaveBeenCalled();
  expect(lines(editor)).toEqual(["paragraph: is kept"]);
});

test("what lies too deep to be drawn is a placeholder, and stays as it is", () => {
  const doc = written(block("paragraph", ["flat"]));
  let parent: Y.XmlFragment = doc.getXmlFragment(BODY);
  for (let n = 0; n < 3_000; n++) {
    parent.insert(0, [new Y.XmlElement("blockquote")]);
    parent = parent.get(0) as Y.XmlElement;
  }
  const wrote = vi.fn();
  doc.on("update", wrote);
  const { unreadable, editor } = opened(doc);
  expect(unreadable).toEqual([]);
  expect(lines(editor).filter((line) => line.includes("foreignBlock"))).toHaveLength(1);
  expect(lines(editor).at(-1)).toBe("paragraph: flat");
  expect(wrote).not.toHaveBeenCalled();
});

test("a document that cannot be read at all is told, and is not written", () => {
  const doc = written(block("paragraph", ["kept"]));
  const wrote = vi.fn();
  doc.on("update", wrote);
  const reads = vi.spyOn(Reader.prototype, "document").mockImplementation(() => {
    throw new Error("of a later version");
  });
  const { unreadable, may } = opened(doc);
  may.write = false;
  reads.mockRestore();
  expect(unreadable).toHaveLength(1);
  expect(wrote).not.toHaveBeenCalled();
});
