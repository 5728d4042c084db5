// Initials are whole letters as people see them.
import { expect, test } from "vitest";
import { initials } from "./initials";

test.each([
  ["Noor Haddad", "NH"],
  ["bo", "BO"],
  ["👩‍🚀 Ana", "👩‍🚀A"],
  ["🇨🇭 Bo", "🇨🇭B"],
  ["🇨🇭🇩🇪", "🇨🇭🇩🇪"],
  ["E\u0301lodie", "E\u0301L"],
  ["", "?"],
])("%s: %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});
