// Which message opens a day, stands under "New", goes on in one breath; and how the list shifts at its ends.
import { expect, test } from "vitest";
import type { MessageItem } from "../../ipc/types/view";
import { shiftOf, Timeline, type TimelineRow } from "./timeline";

const MIN = 60_000;
const noon = new Date(2026, 10, 20, 12).getTime();
const message = (id: string, author: string, at: number, more: Partial<MessageItem> = {}) =>
  ({ id, author, at_ms: noon + at * MIN, reply_to: null, ...more }) as MessageItem;
const flags = (rows: TimelineRow[]) =>
  rows.map((row) => `${row.key}${row.day ? " day" : ""}${row.fresh ? " new" : ""}${row.grouped ? " on" : ""}`);
const rows = (keys: string) => [...keys].map((key) => ({ key }) as TimelineRow);

test("one author's messages within five minutes stand under one head", () => {
  const shown = new Timeline().rows(
    [message("a", "ines", 0), message("b", "ines", 4), message("c", "ines", 9), message("d", "noor", 9)],
    null,
  );
  expect(flags(shown)).toEqual(["a day", "b on", "c", "d"]);
});

test("a day, the New line and a reply each begin anew", () => {
  const reply = { id: "x", author_name: "", excerpt: "", deleted: false };
  const shown = new Timeline().rows(
    [
      message("a", "ines", 0),
      message("b", "ines", 1),
      message("c", "ines", 2, { reply_to: reply }),
      message("d", "ines", 24 * 60),
    ],
    "b",
  );
  expect(flags(shown)).toEqual(["a day", "b new", "c", "d day"]);
});

test("what is from a thread stands apart in its room; in the thread itself nothing does, and its message is none of the first breath", () => {
  const of = (root: string) => ({ in_thread: { subject: { message: root } } as MessageItem["in_thread"] });
  const shown = [
    message("a", "ines", 0),
    message("b", "ines", 1, of("a")),
    message("c", "ines", 2, of("a")),
    message("d", "ines", 3, of("x")),
    message("e", "ines", 4),
  ];
  expect(flags(new Timeline().rows(shown, null))).toEqual(["a day", "b", "c on", "d", "e"]);
  const replies = [message("b", "ines", 1, of("a")), message("c", "ines", 2, of("a"))];
  expect(flags(new Timeline().rows(replies, null, undefined, message("a", "ines", 0)))).toEqual(["b", "c on"]);
});

test("a message that was jumped to says who said it and when", () => {
  const shown = new Timeline().rows(
    [message("a", "ines", 0), message("b", "ines", 1), message("c", "ines", 2)],
    null,
    "b",
  );
  expect(flags(shown)).toEqual(["a day", "b", "c on"]);
});

test("a message that did not change keeps its row", () => {
  const timeline = new Timeline();
  const [a, b, c] = [message("a", "ines", 0), message("b", "noor", 1), message("c", "noor", 2)];
  const before = timeline.rows([a, b], null);
  const after = timeline.rows([a, { ...b, text: "changed" }, c], null);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

test.each([
  ["abc", "abcd", undefined, false],
  ["abc", "xyabc", "xyabc", true],
  ["abc", "bc", "bc", true],
  ["abc", "xab", "xabc", false],
  ["abc", "bcd", "bc", false],
  ["abc", "xyz", undefined, false],
  ["", "abc", undefined, false],
])("from %s to %s the head first is %s", (before, after, head, whole) => {
  const shift = shiftOf(rows(before), rows(after));
  expect(shift.head?.map((row) => row.key).join("")).toBe(head);
  expect(shift.whole).toBe(whole);
});
