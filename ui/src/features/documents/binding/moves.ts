// Which character became which, when a block was replaced by a copy: Yjs cannot change a block's type in place, so the
// copy's characters are new ones. Runs of characters are kept as ranges of Yjs ids.
import type * as Y from "yjs";

/** Characters that follow each other, and which they became. */
export interface Move {
  from: Y.ID;
  to: Y.ID;
  length: number;
}

export class Moves {
  /** By client, as they came. */
  #moves = new Map<number, Move[]>();

  add(from: Y.ID, to: Y.ID, length: number): void {
    let all = this.#moves.get(from.client);
    if (!all) this.#moves.set(from.client, (all = []));
    const last = all.at(-1);
    const continues =
      last &&
      last.from.clock + last.length === from.clock &&
      last.to.client === to.client &&
      last.to.clock + last.length === to.clock;
    if (continues) last.length += length;
    else all.push({ from, to, length });
  }

  /** What the last of these characters that moved became, and which it is; or the first, if asked so. */
  of({ client, clock }: Y.ID, length: number, first = false): { clock: number; to: Y.ID } | undefined {
    let found: { clock: number; to: Y.ID } | undefined;
    for (const { from, to, length: moved } of this.#moves.get(client) ?? []) {
      const [start, end] = [Math.max(from.clock, clock), Math.min(from.clock + moved, clock + length) - 1];
      if (start > end) continue;
      const at = first ? start : end;
      if (!found || (first ? at <= found.clock : at >= found.clock))
        found = { clock: at, to: { client: to.client, clock: to.clock + at - from.clock } };
    }
    return found;
  }
}

/** Characters that follow each other. */
export interface Run {
  id: Y.ID;
  length: number;
}

/** A text, and which characters it is of. */
export interface Passage<Of> {
  of: Of;
  text: string;
  runs: Run[];
}

/** Beyond this many pairs only equal passages are found: the rest is compared letter by letter. */
const PAIRS_MAX = 10_000;

/** Which passages that came are those that went: equal ones first, then those of which one holds the other, then similar ones. */
export function matched<Gone, Came>(gone: Passage<Gone>[], came: Passage<Came>[], moves: Moves): [Gone, Came][] {
  const pairs: [Gone, Came][] = [];
  const left = new Set(gone.filter(({ text }) => text !== ""));
  const free = new Set(came.filter(({ text }) => text !== ""));
  const searched = new Map<Passage<Came>, number>();
  const take = (one: Passage<Gone>, other: Passage<Came>, from: number, to: number, length: number) => {
    for (const move of moved(within(one.runs, from, length), within(other.runs, to, length)))
      moves.add(move.from, move.to, move.length);
    if (left.delete(one)) pairs.push([one.of, other.of]);
  };
  const equal = new Map<string, Passage<Came>[]>();
  for (const other of free) equal.set(other.text, [...(equal.get(other.text) ?? []), other]);
  for (const one of left) {
    const other = equal.get(one.text)?.shift();
    if (!other) continue;
    take(one, other, 0, 0, one.text.length);
    free.delete(other);
  }
  if (left.size * free.size > PAIRS_MAX) return pairs;
  for (const one of [...left])
    for (const other of free) {
      const within = other.text.indexOf(one.text, searched.get(other) ?? 0);
      if (within < 0) continue;
      take(one, other, 0, within, one.text.length);
      searched.set(other, within + one.text.length);
      break;
    }
  for (const one of [...left])
    for (const other of [...free]) {
      const within = one.text.indexOf(other.text);
      if (within < 0 || searched.has(other)) continue;
      take(one, other, within, 0, other.text.length);
      free.delete(other);
    }
  const unsearched = [...free].filter((other) => !searched.has(other));
  for (const one of [...left]) {
    const other = unsearched.find((each) => isSimilar(one.text, each.text));
    if (!other) continue;
    unsearched.splice(unsearched.indexOf(other), 1);
    const [start, end] = ends(one.text, other.text);
    take(one, other, 0, 0, start);
    take(one, other, one.text.length - end, other.text.length - end, end);
  }
  return pairs;
}

function ends(one: string, other: string): [start: number, end: number] {
  const least = Math.min(one.length, other.length);
  let [start, end] = [0, 0];
  while (start < least && one[start] === other[start]) start++;
  while (end < least - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  return [start, end];
}

function isSimilar(one: string, other: string): boolean {
  const [start, end] = ends(one, other);
  return start + end >= Math.max(one.length, other.length) / 2;
}

/** The same characters under other ids, as moves. */
export function moved(from: Run[], to: Run[]): Move[] {
  const all: Move[] = [];
  const [one, other] = [[...from], [...to]];
  for (let [a, b] = [one.shift(), other.shift()]; a && b;) {
    const length = Math.min(a.length, b.length);
    all.push({ from: a.id, to: b.id, length });
    a = a.length > length ? behind(a, length) : one.shift();
    b = b.length > length ? behind(b, length) : other.shift();
  }
  return all;
}

const behind = ({ id, length }: Run, first: number): Run => ({
  id: { client: id.client, clock: id.clock + first },
  length: length - first,
});

/** Some of the characters of a passage. */
export function within(runs: Run[], from: number, length: number): Run[] {
  const all: Run[] = [];
  let at = 0;
  for (const run of runs) {
    const [start, end] = [Math.max(from - at, 0), Math.min(from + length - at, run.length)];
    if (start < end) all.push({ id: { client: run.id.client, clock: run.id.clock + start }, length: end - start });
    at += run.length;
  }
  return all;
}
