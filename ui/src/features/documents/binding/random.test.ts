// People who write, change blocks and take things back at random: nobody's words are lost, and all end with the same.
// SEEDS=n plays more histories, SEED=n one of them, which is printed.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { play, type World } from "../testing/editing_world";

const SEEDS = Number(process.env["SEEDS"] ?? 12);
const ONE = process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]);
const seeds = ONE === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [ONE];

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 0 }));
afterEach(() => void vi.useRealTimers());

const WORLDS: Record<string, World> = {
  "who type and change blocks": { people: 2, acts: 40, structure: false, undo: false, letters: false },
  "who type letter by letter": { people: 2, acts: 100, structure: false, undo: false, letters: true },
  "who also split, join and delete": { people: 3, acts: 40, structure: true, undo: false, letters: false },
  "who also take back": { people: 3, acts: 40, structure: true, undo: true, letters: false },
};

test.each(Object.entries(WORLDS))("nothing is lost between people %s", { timeout: 1_000_000 }, (_name, world) => {
  let [typed, lost, twice] = [0, 0, 0];
  const failed: string[] = [];
  for (const seed of seeds) {
    const told = play(seed, world, (ms) => void vi.advanceTimersByTime(ms));
    typed += told.typed;
    lost += told.lost.length;
    twice += told.twice.length;
    if (told.lost.length > 0 || !told.equal || told.foreign)
      failed.push(
        `seed ${seed}: ${told.equal ? "" : "not equal; "}${told.foreign ? "a block that fits no schema; " : ""}lost ${told.lost.join(", ")}${ONE === undefined ? "" : `\n${told.log.join("\n")}`}`,
      );
  }
  if (process.env["SEEDS"] || ONE !== undefined) console.log(`${typed} words, ${lost} lost, ${twice} twice`);
  expect(failed).toEqual([]);
});
