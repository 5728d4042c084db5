// Two who write at once: nobody's words go with another's change of a block, and a caret stays where its owner writes.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { block, find, lines, select, Table, type } from "../testing/editors";

vi.setConfig({ testTimeout: 60_000 });

let table: Table;
const at = (...paragraphs: string[]) =>
  (table = new Table(2, () => paragraphs.map((text) => block("paragraph", text === "" ? [] : [text]))));
const text = (seat = 0) => lines(table.seats[seat]!.editor).map((line) => line.replace(/^.*?: /, ""));
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  table.close();
  vi.useRealTimers();
});
const alike = () => {
  table.settle();
  vi.advanceTimersByTime(60_000);
  table.settle();
  expect(lines(table.seats[1]!.editor)).toEqual(lines(table.seats[0]!.editor));
  for (const { doc, editor, binding } of table.seats) {
    expect(Y.encodeStateVector(doc)).toEqual(Y.encodeStateVector(table.seats[0]!.doc));
    binding.reader.forgetAll();
    expect(binding.reader.document(binding.fragment).eq(editor.state.doc)).toBe(true);
  }
};

const CHANGES = {
  heading: "toggleHeading",
  list: "toggleBulletList",
  numbers: "toggleOrderedList",
  tasks: "toggleTaskList",
  quote: "toggleBlockquote",
  code: "toggleCodeBlock",
} as const;
const change = (seat: number, how: keyof typeof CHANGES) => {
  const { commands } = table.seats[seat]!.editor;
  if (how === "heading") commands.toggleHeading({ level: 2 });
  else commands[CHANGES[how]]();
};

test.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])(
  "what one writes apart is in the block that another made a %s of, once",
  (how) => {
    for (const first of [0, 1]) {
      const [a, b] = at("Intro.", "Alpha beta.", "The end.").seats as [Table["seats"][0], Table["seats"][0]];
      select(b.editor, find(b.editor, "beta.", true));
      type(b.editor, " Gamma delta.");
      select(a.editor, find(a.editor, "beta"));
      change(0, how);
      while (table.due(first) > 0) table.deliver(first);
      alike();
      expect(text()).toEqual(["Intro.", "Alpha beta. Gamma delta.", "The end."]);
      expect(lines(a.editor)[1]).not.toBe("paragraph: Alpha beta. Gamma delta.");
      type(b.editor, " More.");
      alike();
      expect(text()[1]).toBe("Alpha beta. Gamma delta. More.");
      table.close();
    }
  },
);

test("words at the beginning, in the middle and in an empty block are kept as well", () => {
  const [a, b] = at("Intro.", "Alpha beta.", "", "The end.").seats as [Table["seats"][0], Table["seats"][0]];
  select(b.editor, find(b.editor, "Alpha"));
  type(b.editor, "First ");
  select(b.editor, find(b.editor, "beta"));
  type(b.editor, "and ");
  select(b.editor, find(b.editor, "beta.", true) + 2);
  type(b.editor, "empty no more");
  a.editor
    .chain()
    .setTextSelection({ from: find(a.editor, "Alpha"), to: find(a.editor, "beta.", true) + 2 })
    .setHeading({ level: 2 })
    .run();
  alike();
  expect(text()).toEqual(["Intro.", "First Alpha and beta.", "empty no more", "The end."]);
});

test("forty words that one types while another changes the block six times are in the block, in order", () => {
  const [a, b] = at("Intro.", "Alpha beta.", "The end.").seats as [Table["seats"][0], Table["seats"][0]];
  const words = Array.from({ length: 40 }, (_, n) => `word${n}`);
  const typed = words.map((word) => ` ${word}`).join("");
  select(b.editor, find(b.editor, "beta.", true));
  const toggles = ["heading", "list", "quote", "quote", "code", "heading"] as const;
  [...typed].forEach((letter, n) => {
    type(b.editor, letter);
    if (n % 40 === 20 && toggles[Math.floor(n / 40)]) {
      select(a.editor, find(a.editor, "beta"));
      change(0, toggles[Math.floor(n / 40)]!);
    }
    // Each is some letters behind the other.
    while (table.due(0) > 3) table.deliver(0);
    while (table.due(1) > 2 || (n % 5 === 0 && table.due(1) > 0)) table.deliver(1);
  });
  alike();
  expect(text()).toEqual(["Intro.", `Alpha beta.${typed}`, "The end."]);
});

test("who takes back that a block became a heading leaves what another wrote in it", () => {
  const [a, b] = at("Alpha beta.", "The end.").seats as [Table["seats"][0], Table["seats"][0]];
  select(a.editor, find(a.editor, "beta"));
  change(0, "heading");
  table.settle();
  select(b.editor, find(b.editor, "beta.", true));
  type(b.editor, " Gamma.");
  table.settle();
  a.editor.commands.undo();
  alike();
  expect(lines(a.editor)).toEqual(["paragraph: Alpha beta. Gamma.", "paragraph: The end."]);
});

test("words of somebody who is gone are put in by who replaced the block, or by anyone", () => {
  for (const replacer of [true, false]) {
    table = new Table(3, () => [block("paragraph", ["Alpha beta."])]);
    const [a, b] = table.seats as [Table["seats"][0], Table["seats"][0]];
    select(b.editor, find(b.editor, "beta.", true));
    type(b.editor, " Gamma.");
    change(0, "heading");
    const state = Y.encodeStateAsUpdate(b.doc);
    // Bo's device is closed before it hears of the heading, and Ana's as well if she is not the one to help.
    for (const seat of replacer ? [0, 2] : [2]) {
      while (table.due(seat) > 0) table.deliver(seat);
    }
    expect(state.length).toBeGreaterThan(0);
    expect(text(replacer ? 0 : 2)).toEqual(["Alpha beta."]);
    vi.advanceTimersByTime(replacer ? 2_100 : 20_100);
    expect(text(replacer ? 0 : 2)).toEqual(["Alpha beta. Gamma."]);
    void a;
    alike();
    expect(text()).toEqual(["Alpha beta. Gamma."]);
    table.close();
  }
});

test.each([
  ["a", "b"],
  ["b", "a"],
])("two carets in a new empty paragraph: %s types first, then %s", (first) => {
  const [a, b] = at("first").seats as [Table["seats"][0], Table["seats"][0]];
  select(a.editor, find(a.editor, "first", true));
  a.editor.commands.splitBlock();
  table.settle();
  select(b.editor, a.editor.state.selection.head);
  const [one, other] = first === "a" ? [a, b] : [b, a];
  for (const letter of "test") {
    type(one.editor, letter);
    table.settle();
  }
  type(other.editor, "X");
  alike();
  expect(["testX", "Xtest"]).toContain(text()[1]);
});

/** What the other does about a caret in `Alpha be|ta.`, and what stands there once its owner has typed `X`. */
const ABOUT: [name: string, act: (a: Table["seats"][0]) => void, then: string[]][] = [
  [
    "splits the block before it",
    (a) => (select(a.editor, find(a.editor, "beta")), a.editor.commands.splitBlock()),
    ["Intro.", "Alpha ", "beXta.", "The end."],
  ],
  [
    "splits the block behind it",
    (a) => (select(a.editor, find(a.editor, "a.")), a.editor.commands.splitBlock()),
    ["Intro.", "Alpha beXt", "a.", "The end."],
  ],
  [
    "joins the block to the one before",
    (a) => (select(a.editor, find(a.editor, "Alpha")), a.editor.commands.joinBackward()),
    ["Intro.Alpha beXta.", "The end."],
  ],
  ["makes a heading of it", () => change(0, "heading"), ["Intro.", "Alpha beXta.", "The end."]],
  ["makes a list of it", () => change(0, "list"), ["Intro.", "Alpha beXta.", "The end."]],
  ["makes code of it", () => change(0, "code"), ["Intro.", "Alpha beXta.", "The end."]],
  [
    "writes above",
    (a) => (
      select(a.editor, 1),
      Array.from({ length: 9 }, () => (type(a.editor, "more"), a.editor.commands.splitBlock()))
    ),
    [...Array<string>(9).fill("more"), "Intro.", "Alpha beXta.", "The end."],
  ],
  [
    "moves the block up",
    (a) => {
      const { state, view } = a.editor;
      const moved = state.doc.child(1);
      view.dispatch(state.tr.delete(8, 8 + moved.nodeSize).insert(0, moved));
    },
    ["Alpha beXta.", "Intro.", "The end."],
  ],
  [
    "makes it bold",
    (a) =>
      a.editor
        .chain()
        .setTextSelection({ from: find(a.editor, "Alpha"), to: find(a.editor, "ta.", true) })
        .toggleBold()
        .run(),
    ["Intro.", "Alpha beXta.", "The end."],
  ],
];
test.each(ABOUT)("a caret stays where it is while another %s", (_name, act, then) => {
  const [a, b] = at("Intro.", "Alpha beta.", "The end.").seats as [Table["seats"][0], Table["seats"][0]];
  select(a.editor, find(a.editor, "beta"));
  select(b.editor, find(b.editor, "ta."));
  act(a);
  table.settle();
  type(b.editor, "X");
  alike();
  expect(text()).toEqual(then);
});

test("after undo and redo one writes on behind what came back", () => {
  const [a] = at("").seats as [Table["seats"][0]];
  select(a.editor, 1);
  type(a.editor, "red");
  a.editor.commands.undo();
  expect(text()).toEqual([""]);
  a.editor.commands.redo();
  type(a.editor, "Y");
  alike();
  expect(text()).toEqual(["redY"]);
});

test("a selection that another types into still selects what it did", () => {
  const [a, b] = at("one two three").seats as [Table["seats"][0], Table["seats"][0]];
  select(b.editor, find(b.editor, "two"), find(b.editor, "two", true));
  select(a.editor, find(a.editor, "wo"));
  type(a.editor, "-");
  table.settle();
  const { from, to } = b.editor.state.selection;
  expect(b.editor.state.doc.textBetween(from, to)).toBe("t-wo");
});

test.each(["beta", "delta", "eps"])(
  "what one types on while another splits the block before %s goes with what it was typed into",
  (place) => {
    for (const lag of [0, 1, 3]) {
      const [a, b] = at("Alpha beta gamma delta eps.", "The end.").seats as [Table["seats"][0], Table["seats"][0]];
      select(b.editor, find(b.editor, "delta", true));
      const typed = " and everything else";
      [...typed].forEach((letter, n) => {
        type(b.editor, letter);
        if (n === 9) {
          select(a.editor, find(a.editor, place));
          a.editor.commands.splitBlock();
        }
        while (table.due(0) > lag) table.deliver(0);
        while (table.due(1) > 0 && n > 9 + lag) table.deliver(1);
      });
      alike();
      expect(text().join("|")).toContain("delta and everything else");
      expect(text()).toHaveLength(3);
      expect(text().join("")).toBe("Alpha beta gamma delta and everything else eps.The end.");
      table.close();
    }
  },
);
