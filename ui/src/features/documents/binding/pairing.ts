// Which child of a Yjs type each new child of the editor's node is: the same first, then those that hold most of the same
// text. A block that was split keeps its type for its larger half, so that fewer carets and comments move.
import { Fragment, type Node } from "@tiptap/pm/model";
import { FOREIGN } from "./foreign";
import { isRun, type Unit } from "./reading";

/** Children of a node that are one child in Yjs: a run of text, or one node. */
export interface Group {
  nodes: Node[];
  run: boolean;
}

/** What becomes of a unit: it stays, it is changed in place, it is replaced by one of another kind. One side may be missing. */
export interface Pair {
  unit?: Unit;
  group?: Group;
  how: "stays" | "changes" | "replaced" | "goes" | "comes";
}

/** Beyond this many cells neighbours are paired in their order. */
const CELLS_MAX = 4_096;

export function groups(parent: Node): Group[] {
  const all: Group[] = [];
  parent.forEach((node) => {
    const run = node.isText || (node.type.name === FOREIGN.inline && node.attrs["embed"] === true);
    const last = all.at(-1);
    if (run && last?.run) last.nodes.push(node);
    else all.push({ nodes: [node], run });
  });
  return all;
}

export function pair(units: Unit[], wanted: Group[]): Pair[] {
  let [from, unitsTo, wantedTo] = [0, units.length, wanted.length];
  while (from < unitsTo && from < wantedTo && same(units[from]!, wanted[from]!)) from++;
  while (from < unitsTo && from < wantedTo && same(units[unitsTo - 1]!, wanted[wantedTo - 1]!))
    [unitsTo, wantedTo] = [unitsTo - 1, wantedTo - 1];
  const stays = (unit: Unit, group: Group): Pair => ({ unit, group, how: "stays" });
  return [
    ...units.slice(0, from).map((unit, at) => stays(unit, wanted[at]!)),
    ...between(units.slice(from, unitsTo), wanted.slice(from, wantedTo)),
    ...units.slice(unitsTo).map((unit, at) => stays(unit, wanted[wantedTo + at]!)),
  ];
}

function same(unit: Unit, group: Group): boolean {
  if (!isRun(unit)) return !group.run && (unit.node === group.nodes[0] || unit.node.eq(group.nodes[0]!));
  return group.run && Fragment.fromArray(unit.nodes).eq(Fragment.fromArray(group.nodes));
}

/** The alignment of highest worth, by dynamic programming; in order where that would be too much. */
function between(units: Unit[], wanted: Group[]): Pair[] {
  const [rows, columns] = [units.length + 1, wanted.length + 1];
  if (rows * columns > CELLS_MAX) return inOrder(units, wanted);
  const worths = units.map((unit) => wanted.map((group) => worth(unit, group)));
  const best = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (let u = rows - 2; u >= 0; u--)
    for (let g = columns - 2; g >= 0; g--)
      best[u]![g] = Math.max(best[u + 1]![g]!, best[u]![g + 1]!, worths[u]![g]! + best[u + 1]![g + 1]!);
  const pairs: Pair[] = [];
  for (let [u, g] = [0, 0]; u < units.length || g < wanted.length;) {
    const value = u < units.length && g < wanted.length ? worths[u]![g]! : 0;
    if (value > 0 && best[u]![g] === value + best[u + 1]![g + 1]!) pairs.push(paired(units[u++]!, wanted[g++]!));
    else if (g === wanted.length || (u < units.length && best[u]![g] === best[u + 1]![g]))
      pairs.push({ unit: units[u++]!, how: "goes" });
    else pairs.push({ group: wanted[g++]!, how: "comes" });
  }
  return pairs;
}

function inOrder(units: Unit[], wanted: Group[]): Pair[] {
  return Array.from({ length: Math.max(units.length, wanted.length) }, (_, at): Pair[] => {
    const [unit, group] = [units[at], wanted[at]];
    if (unit && group && worth(unit, group) > 0) return [paired(unit, group)];
    return [...(unit ? [{ unit, how: "goes" } as const] : []), ...(group ? [{ group, how: "comes" } as const] : [])];
  }).flat();
}

function paired(unit: Unit, group: Group): Pair {
  return {
    unit,
    group,
    how: same(unit, group) ? "stays" : isRun(unit) || isSameKind(unit.node, group.nodes[0]!) ? "changes" : "replaced",
  };
}

const isForeign = ({ type }: Node): boolean => type.name === FOREIGN.block || type.name === FOREIGN.inline;
const isSameKind = (one: Node, other: Node): boolean => one.type === other.type && !isForeign(one);

/** From 0, which is no pair, over 1 for another kind with the same text, up to 10,000 for the same. */
function worth(unit: Unit, group: Group): number {
  if (same(unit, group)) return 10_000;
  if (isRun(unit) !== group.run) return 0;
  const node = group.nodes[0]!;
  if (!isRun(unit) && (isForeign(unit.node) || isForeign(node))) return 0;
  const kind = isRun(unit) || isSameKind(unit.node, node);
  const shared = alike(isRun(unit) ? textOf(unit.nodes) : unit.node.textContent, textOf(group.nodes));
  if (!kind && shared < 0.5) return 0;
  return kind ? 100 + 1_000 * shared : 1 + 90 * shared;
}

const textOf = (nodes: Node[]): string => nodes.map((node) => node.text ?? node.textContent).join("");

/** The share of the longer text that both begin or end with, from 0 to 1. */
function alike(one: string, other: string): number {
  const [most, least] = [Math.max(one.length, other.length), Math.min(one.length, other.length)];
  if (most === 0) return 1;
  let [start, end] = [0, 0];
  while (start < least && one[start] === other[start]) start++;
  while (end < least - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  return (start + end) / most;
}
