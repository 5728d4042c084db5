// Walking a list of rows by keys, whatever the rows are.
import { about } from "../../session/actions.svelte";
import type { ListWalk } from "../../session/list_walk.svelte";
import { words } from "../../words/actions";

export const all = about(
  "rows",
  (
    [
      ["above", words.rowAbove, "ArrowUp", (rows) => rows.step(-1)],
      ["below", words.rowBelow, "ArrowDown", (rows) => rows.step(1)],
      ["first", words.rowFirst, "Home", (rows) => rows.end("first")],
      ["last", words.rowLast, "End", (rows) => rows.end("last")],
    ] as [string, string, string, (rows: ListWalk) => void][]
  ).map(([id, name, key, run]) => ({ id: `rows.${id}`, group: "rows", name, keys: [key], unlisted: true, run })),
);
