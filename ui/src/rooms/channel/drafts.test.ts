// A draft is kept after a pause, and at once when the window loses the focus; it is written over by nothing.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import { Draft, draftOf } from "./drafts.svelte";

let asked: Command[];
beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  carryBy({ dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })) } as unknown as Transport);
});
afterEach(() => {
  vi.useRealTimers();
  carryBy(undefined);
});

const kept = () => asked.map((command) => (command.do === "draft" ? command.text : command.do));

test("once for each pause, and not if nothing changed", () => {
  const draft = new Draft("room");
  for (const text of ["A", "At", "At nine"]) {
    draft.text = text;
    draft.changed();
  }
  vi.advanceTimersByTime(1_000);
  draft.changed();
  vi.advanceTimersByTime(1_000);
  expect(kept()).toEqual(["At nine"]);
});

test("long writing is kept each second, not at its end", () => {
  const draft = new Draft("room");
  for (let stroke = 0; stroke < 30; stroke++) {
    draft.text += "x";
    draft.changed();
    vi.advanceTimersByTime(100);
  }
  expect(asked.length).toBeGreaterThanOrEqual(3);
});

test("at once when the window loses the focus", () => {
  const draft = draftOf("another");
  draft.text = "half a";
  draft.changed();
  globalThis.dispatchEvent(new Event("blur"));
  expect(kept()).toEqual(["half a"]);
});

test("what the engine kept is taken once, and a text that comes back stands below", () => {
  const draft = new Draft("room");
  draft.take({ text: "begun", reply_to: null });
  draft.take({ text: "older", reply_to: null });
  draft.keep();
  expect([draft.text, asked.length]).toEqual(["begun", 0]);
  draft.add("taken back");
  expect(draft.text).toBe("begun\ntaken back");
});
