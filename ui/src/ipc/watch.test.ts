// A watched view follows its updates, and what did not change keeps its identity.
import { afterEach, expect, test } from "vitest";
import { applied } from "./patch";
import { carryBy, type Transport } from "./transport";
import type { Update } from "./types/view";
import { Watch } from "./watch.svelte";

type Rows = { id: string; n: number }[];
type Shown = { rows: Rows; typing: string[]; head: number };

const snapshot = (view: Shown): Update => ({ is: "snapshot", view: structuredClone(view) });
const first: Shown = {
  rows: [
    { id: "a", n: 1 },
    { id: "b", n: 2 },
  ],
  typing: [],
  head: 1,
};

afterEach(() => carryBy(undefined));

test("rows that changed are replaced, the others are the same objects", () => {
  const before = applied<Shown>(undefined, snapshot(first));
  const after = applied<Shown>(before, {
    is: "patch",
    fields: {
      rows: {
        is: "rows",
        rows: [
          { id: "b", n: 3 },
          { id: "c", n: 4 },
        ],
        order: ["a", "b", "c"],
      },
    },
  });
  expect(after.rows).toEqual([
    { id: "a", n: 1 },
    { id: "b", n: 3 },
    { id: "c", n: 4 },
  ]);
  expect(after.rows[0]).toBe(before.rows[0]);
  expect(after.typing).toBe(before.typing);
});

test("without an order the order stays, and what an order does not name is gone", () => {
  const before = applied<Shown>(undefined, snapshot(first));
  const changed = applied<Shown>(before, {
    is: "patch",
    fields: { rows: { is: "rows", rows: [{ id: "a", n: 9 }], order: null } },
  });
  expect(changed.rows.map((row) => row.n)).toEqual([9, 2]);
  const gone = applied<Shown>(changed, { is: "patch", fields: { rows: { is: "rows", rows: [], order: ["b"] } } });
  expect(gone.rows).toEqual([{ id: "b", n: 2 }]);
});

test("a field is set whole", () => {
  const before = applied<Shown>(undefined, snapshot(first));
  expect(applied<Shown>(before, { is: "patch", fields: { head: { is: "set", value: 7 } } }).head).toBe(7);
});

test("a second snapshot keeps what is the same", () => {
  const before = applied<Shown>(undefined, snapshot(first));
  const after = applied<Shown>(
    before,
    snapshot({
      ...first,
      rows: [
        { id: "a", n: 1 },
        { id: "b", n: 5 },
      ],
    }),
  );
  expect(after.rows[0]).toBe(before.rows[0]);
  expect(after.rows[1]).toEqual({ id: "b", n: 5 });
  expect(after.typing).toBe(before.typing);
});

test("a watch shows updates until it is stopped, and tells why it failed", () => {
  let say: (update: Update) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  let stopped = 0;
  const transport = {
    watch: (_view, onUpdate, onFailed) => {
      say = onUpdate;
      fail = onFailed;
      return { id: 4, stop: () => (stopped += 1) };
    },
  } as Partial<Transport> as Transport;
  carryBy(transport);
  const watch = new Watch<Shown>({ view: "app" });
  expect(watch.view).toBeUndefined();
  fail(new Error("no"));
  expect(watch.failed).toBeInstanceOf(Error);
  say(snapshot(first));
  expect(watch.view?.head).toBe(1);
  expect(watch.failed).toBeUndefined();
  expect(watch.id).toBe(4);
  watch.stop();
  expect(stopped).toBe(1);
});

test("a watch tells what there is none of yet from what is gone", () => {
  let say: (update: Update) => void = () => {};
  carryBy({
    watch: (_view, onUpdate) => ((say = onUpdate), { id: 1, stop: () => {} }),
  } as Partial<Transport> as Transport);
  const watch = new Watch<Shown>({ view: "app" });
  const none: Update = { is: "snapshot", view: null };
  expect(watch.absent).toBeUndefined();
  say(none);
  expect([watch.view, watch.absent]).toEqual([undefined, "at_first"]);
  say(snapshot(first));
  expect([watch.view?.head, watch.absent]).toEqual([1, undefined]);
  say(none);
  say(none);
  expect([watch.view, watch.absent]).toEqual([undefined, "gone"]);
});
