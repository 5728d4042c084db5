// A draft is kept after a pause, and at once when the window loses the focus; it is written over by nothing.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../../ipc/transport";
import type { Command } from "../../../ipc/types/command";
import { overlays } from "../../../design/overlays.svelte";
import { RefusedError } from "../../../ipc/dispatch";
import { attempt } from "../../../session/attempt";
import { Draft, draftOf } from "./drafts.svelte";

let asked: Command[];
beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  carryBy({
    dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })),
  } as unknown as Transport);
});
afterEach(() => {
  vi.useRealTimers();
  carryBy(undefined);
});

const kept = () => asked.map((command) => (command.do === "draft" ? command.text : command.do));

test("once for each pause, and not if nothing changed", () => {
  const draft = new Draft("room", null);
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
  const draft = new Draft("room", null);
  for (let stroke = 0; stroke < 30; stroke++) {
    draft.text += "x";
    draft.changed();
    vi.advanceTimersByTime(100);
  }
  expect(asked.length).toBeGreaterThanOrEqual(3);
});

test("at once when the window loses the focus", () => {
  const draft = draftOf("another", null);
  draft.text = "half a";
  draft.changed();
  globalThis.dispatchEvent(new Event("blur"));
  expect(kept()).toEqual(["half a"]);
});

test("what the engine kept is taken once, and a text that comes back stands below", () => {
  const draft = new Draft("room", null);
  draft.take({ text: "begun", reply_to: null });
  draft.take({ text: "older", reply_to: null });
  void draft.keep();
  expect([draft.text, asked.length]).toEqual(["begun", 0]);
  draft.add("taken back");
  expect(draft.text).toBe("begun\ntaken back");
});

test.each([true, false])(
  "a text that is too long has one note, which says which (kept before it is sent: %j)",
  async (before) => {
    vi.useRealTimers();
    const limits: Partial<Record<Command["do"], number>> = { draft: 262_144, post: 40_000 };
    const refuse = (command: Command) =>
      Promise.reject(new RefusedError({ why: "rule", refusal: { code: "too_large", limit: limits[command.do]! } }));
    carryBy({ dispatch: refuse } as unknown as Transport);
    const draft = new Draft("room", null);
    draft.text = "x".repeat(300_000);
    if (before) void draft.keep();
    await vi.waitFor(() => expect(overlays.facts.length).toBe(before ? 1 : 0));
    if (!(await attempt({ do: "post", room: "room", text: draft.text, reply_to: null, thread: null })))
      draft.refused("");
    void draft.keep();
    await new Promise((done) => setTimeout(done, 50));
    expect(overlays.facts.map((fact) => fact.text)).toEqual([
      "The message is too long: at most 39 KB can be sent. Send it in parts.",
    ]);
    overlays.facts = [];
  },
);
