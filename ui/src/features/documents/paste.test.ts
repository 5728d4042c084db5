// A long text is cut so that nothing of it is lost and no character is torn.
import { expect, test } from "vitest";
import { pieces } from "./paste";

test.each([
  ["", 3, []],
  ["abc", 3, ["abc"]],
  ["abcd", 3, ["abc", "d"]],
  ["ab😀c", 3, ["ab", "😀c"]],
  ["😀😀", 2, ["😀", "😀"]],
])("%j by %i", (text, most, cut) => {
  expect(pieces(text, most)).toEqual(cut);
});
