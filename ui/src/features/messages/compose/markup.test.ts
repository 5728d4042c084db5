// Marks around a selection, and what is being asked for before the caret.
import { expect, test } from "vitest";
import { toggled } from "./markup";
import { asSent } from "./sent";
import { askingAt } from "./suggest";

const at = (text: string) => {
  const [before, inside, after] = text.split("|") as [string, string, string];
  return { text: before + inside + after, start: before.length, end: before.length + inside.length };
};
const written = ({ text, start, end }: { text: string; start: number; end: number }) =>
  `${text.slice(0, start)}|${text.slice(start, end)}|${text.slice(end)}`;

test.each([
  ["a |b| c", "bold", "a **|b|** c"],
  ["a **|b|** c", "bold", "a |b| c"],
  ["**|b|**", "italic", "***|b|***"],
  ["a ||", "code", "a `||`"],
  ["~~|b|~~", "strike", "|b|"],
] as const)("%s %s", (before, mark, after) => {
  expect(written(toggled(at(before), mark))).toBe(after);
});

test.each([
  ["hello @no", { sign: "@", query: "no", from: 6 }],
  ["@Noor Had", { sign: "@", query: "Noor Had", from: 0 }],
  ["mail@no", undefined],
  ["so :tad", { sign: ":", query: "tad", from: 3 }],
  ["so :)", undefined],
  ["at 10:30", undefined],
  ["@", { sign: "@", query: "", from: 0 }],
  ["你好@田", { sign: "@", query: "田", from: 2 }],
  ["会议（@", { sign: "@", query: "", from: 3 }],
  ["สวัสดี@", { sign: "@", query: "", from: 6 }],
  ["ana.ü@no", undefined],
  ["你好:tad", undefined],
])("%s asks for %j", (text, asked) => {
  expect(askingAt(text)).toEqual(asked);
});

test.each([
  ["    if x:\n        go()", "    if x:\n        go()"],
  ["\n  \n\thi  \n\n", "\thi"],
  ["  hi  ", "  hi"],
  [" \n ", ""],
])("%j is sent as %j", (text, sent) => {
  expect(asSent(text)).toBe(sent);
});
