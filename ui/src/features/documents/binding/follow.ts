// Where a place of one document is in the next, if nothing that it held on to is left: the two are compared as strings of
// characters and of marks for where blocks begin and end, whose names do not count.
import type { Node } from "@tiptap/pm/model";

/** Above this many cells only the common beginning and end are compared. */
const CELLS_MAX = 4_000_000;

const OPENS = 0x10000;
const CLOSES = 0x10001;
const LEAF = 0x10002;

/** Each position of the one document, and which of the other it became; -1 if it went. */
export interface Comparison {
  /** By token of the old document, which stands right of the position of the same number. */
  became: Int32Array;
  /** Was this token of the new document there before? */
  was: Uint8Array;
  /** The tokens of the new document. */
  tokens: Int32Array;
}

/** One token a position: a character, where a node begins or ends, or a leaf. */
export function tokens(document: Node): Int32Array {
  const all = new Int32Array(document.content.size);
  document.descendants((node, at) => {
    if (node.isText) for (let n = 0; n < node.nodeSize; n++) all[at + n] = node.text!.charCodeAt(n);
    else if (node.isLeaf) all[at] = LEAF;
    else {
      all[at] = OPENS;
      all[at + node.nodeSize - 1] = CLOSES;
    }
  });
  return all;
}

export const isCharacter = (token: number): boolean => token < OPENS;

export function compared(before: Node, after: Node): Comparison {
  const [old, now] = [tokens(before), tokens(after)];
  const became = new Int32Array(old.length).fill(-1);
  const was = new Uint8Array(now.length);
  const same = (one: number, other: number) => {
    became[one] = other;
    was[other] = 1;
  };
  let [start, oldEnd, newEnd] = [0, old.length, now.length];
  while (start < oldEnd && start < newEnd && old[start] === now[start]) same(start, start++);
  while (start < oldEnd && start < newEnd && old[oldEnd - 1] === now[newEnd - 1]) same(--oldEnd, --newEnd);
  const [rows, columns] = [oldEnd - start + 1, newEnd - start + 1];
  if (rows > 1 && columns > 1 && rows * columns <= CELLS_MAX)
    longest(old.subarray(start, oldEnd), now.subarray(start, newEnd), (one, other) => same(start + one, start + other));
  return { became, was, tokens: now };
}

/** The longest common subsequence. */
function longest(old: Int32Array, now: Int32Array, same: (one: number, other: number) => void): void {
  const columns = now.length + 1;
  const lengths = new Uint16Array((old.length + 1) * columns);
  for (let one = old.length - 1; one >= 0; one--)
    for (let other = now.length - 1; other >= 0; other--)
      lengths[one * columns + other] =
        old[one] === now[other]
          ? lengths[(one + 1) * columns + other + 1]! + 1
          : Math.max(lengths[(one + 1) * columns + other]!, lengths[one * columns + other + 1]!);
  for (let [one, other] = [0, 0]; one < old.length && other < now.length;)
    if (old[one] === now[other]) same(one++, other++);
    else if (lengths[(one + 1) * columns + other]! >= lengths[one * columns + other + 1]!) one++;
    else other++;
}

/** Right of the last that is left of it in both. */
export function followed({ became }: Comparison, position: number): number {
  for (let at = position - 1; at >= 0; at--) if (became[at]! >= 0) return became[at]! + 1;
  return 0;
}

/** Where undo or redo did something: behind the last character that came, else where one went. */
export function happened({ became, was, tokens: now }: Comparison, before: Node): number | undefined {
  for (let at = now.length - 1; at >= 0; at--) if (!was[at] && isCharacter(now[at]!)) return at + 1;
  const old = tokens(before);
  for (let at = became.length - 1; at >= 0; at--)
    if (became[at]! < 0 && isCharacter(old[at]!)) return followed({ became, was, tokens: now }, at);
  return undefined;
}
