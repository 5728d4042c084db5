// Every code of a refusal has words.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Refused } from "../src/ipc/types/command";
import type { Code, Unit } from "../src/ipc/types/model";
import { words } from "../src/words/chat";
import { RefusedError } from "../src/ipc/dispatch";
import { tooLong } from "../src/session/in_words";
import { refusalWords, refusedWords } from "../src/words/refusals";

const types = (file: string) => readFileSync(join(import.meta.dirname, "../src/ipc/types", file), "utf8");
const union = (text: string, name: string) => text.split(/^export /m).find((one) => one.startsWith(`type ${name} =`))!;
const whys = [...union(types("command.ts"), "Refused").matchAll(/why: "(\w+)"/g)].map(([, why]) => why!);
const units = [...union(types("model.ts"), "Unit").matchAll(/"(\w+)"/g)].map(([, unit]) => unit!);
const codes = [...union(types("model.ts"), "Code").matchAll(/"(\w+)"/g)].map(([, code]) => code!);

test.each(whys)("refused: %s", (why) => {
  expect(whys.length).toBeGreaterThan(10);
  expect(
    refusedWords({ why, refusal: { code: "forbidden" }, least: 10, after_ms: 900, count: 2, detail: "x" } as Refused),
  ).toMatch(/^[A-Z0-9].*[.)]$/);
});
test.each(codes)("refusal: %s", (code) => {
  expect(refusalWords({ code: code as Code })).toMatch(/^[A-Z].*\.$/);
});
test.each(units)("too many %s: a number, and never of bytes", (unit) => {
  expect(refusalWords({ code: "too_large", limit: 50, unit: unit as Unit })).toMatch(/^(?!.*bytes)[A-Z].*\b50\b.*\.$/);
  expect(
    tooLong(new RefusedError({ why: "rule", refusal: { code: "too_large", limit: 50, unit: unit as Unit } }), "post"),
  ).toBeUndefined();
});
test("who is typing: one, two, several", () => {
  expect([[], ["A"], ["A", "B"], ["A", "B", "C"]].map(words.typing)).toEqual([
    "",
    "A is typing",
    "A and B are typing",
    "Several people are typing",
  ]);
});
test("new messages are announced together", () => {
  expect(
    words.announced(
      new Map([
        ["Noor", 3],
        ["Bo", 1],
      ]),
    ),
  ).toBe("New: 3 messages from Noor, 1 message from Bo.");
});
test("a name that is read from right to left turns nothing beside it", () => {
  expect(words.editedBy("Bo")).toBe("edited by Bo");
  expect(words.editedBy("אורי")).toBe("edited by \u2068אורי\u2069");
  expect(words.typing(["دانا", "Bo"])).toBe("\u2068دانا\u2069 and Bo are typing");
});
