// How long a person was idle, and what is told of it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import type { Session } from "../../session/session.svelte";
import { Presence } from "./presence.svelte";

let told: string[];
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  const dispatch = (command: Command) => {
    if (command.do === "present") told.push(command.away ? "away" : command.active ? "active" : "inactive");
    return Promise.resolve({ is: "ok" });
  };
  carryBy({ dispatch } as unknown as Transport);
});
afterEach(() => {
  vi.useRealTimers();
  carryBy(undefined);
});

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000 + 5_000);
const presence = (idleMs: () => number | null) =>
  new Presence({ canAct: true } as Session, () => Promise.resolve(idleMs()));

test("inactive after a minute, away after ten, where the system tells nothing", async () => {
  const stop = presence(() => null).listen();
  await minutes(1);
  expect(told).toEqual(["active", "inactive"]);
  await minutes(8);
  expect(told).toEqual(["active", "inactive"]);
  await minutes(1);
  expect(told).toEqual(["active", "inactive", "away"]);
  globalThis.dispatchEvent(new KeyboardEvent("keydown"));
  expect(told.at(-1)).toBe("active");
  stop();
});

test("whoever uses another program is active, until they use none", async () => {
  let usedAt = Date.now();
  const stop = presence(() => Date.now() - usedAt).listen();
  const elsewhere = setInterval(() => (usedAt = Date.now()), 20_000);
  await minutes(15);
  expect(told).toEqual(["active"]);
  clearInterval(elsewhere);
  await minutes(1.5);
  expect(told).toEqual(["active", "inactive"]);
  usedAt = Date.now();
  await minutes(0.1);
  expect(told).toEqual(["active", "inactive", "active"]);
  stop();
});

test("what is on the screen is told: the room, and the thread beside it", async () => {
  const seen: unknown[] = [];
  const dispatch = (command: Command) => {
    if (command.do === "present") seen.push([command.at, command.thread]);
    return Promise.resolve({ is: "ok" });
  };
  carryBy({ dispatch } as unknown as Transport);
  const told = presence(() => null);
  told.at("room", undefined);
  told.at("room", "root");
  told.at("room", "root");
  told.at(undefined, "root");
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  told.at("room", "root");
  hidden.mockRestore();
  expect(seen).toEqual([
    ["room", null],
    ["room", { message: "root" }],
    [null, { message: "root" }],
    [null, null],
  ]);
});
