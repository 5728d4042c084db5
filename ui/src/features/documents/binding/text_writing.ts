// One run of text as the editor has it, brought into its Yjs texts: only what differs is touched, and of the formatting
// only what our schema knows.
import type { Mark, Node } from "@tiptap/pm/model";
import { simpleDiffString } from "lib0/diff";
import type * as Y from "yjs";
import { FOREIGN } from "./foreign";
import { grow, type Inserted, type Tree } from "./tree";

type Attributes = Record<string, unknown>;

/** Stands for an embed in a text that is compared. */
const EMBED = "\u{fffc}";

/** A stretch of a run with one formatting. */
interface Stretch {
  length: number;
  marks: readonly Mark[];
}

/** What a placeholder of an embed stands for. */
export type Embeds = (ref: string) => Tree | object | undefined;

export const attributesFor = (marks: readonly Mark[]): Attributes =>
  Object.fromEntries(
    marks.map(({ type, attrs }) => (type.name === FOREIGN.mark ? [attrs["key"], attrs["value"]] : [type.name, attrs])),
  );

/** A run as inserts of a text. An embed that nobody knows any more is left out. */
export function insertsFor(nodes: readonly Node[], embeds: Embeds): Inserted[] {
  return nodes.flatMap((node) => {
    const insert = node.isText ? node.text! : embeds(node.attrs["ref"] as string);
    return insert === undefined
      ? []
      : [
          {
            insert:
              typeof insert === "object" && ("name" in insert || "delta" in insert || "hook" in insert)
                ? grow(insert as Tree)
                : insert,
            attributes: attributesFor(node.marks),
          },
        ];
  });
}

const plain = (nodes: readonly Node[]): string => nodes.map((node) => (node.isText ? node.text! : EMBED)).join("");
const refs = (nodes: readonly Node[]): string =>
  nodes
    .filter((node) => !node.isText)
    .map((node) => node.attrs["ref"] as string)
    .join(" ");
const stretches = (nodes: readonly Node[]): Stretch[] =>
  nodes.map(({ nodeSize, marks }) => ({ length: nodeSize, marks }));

/** Brings `texts`, which are read as `before`, to `after`. `caret` is where the caret stands in `after`, if it is there. */
export function writeRun(
  texts: Y.XmlText[],
  before: readonly Node[],
  after: readonly Node[],
  embeds: Embeds,
  caret?: number,
): void {
  const [old, wanted] = [plain(before), plain(after)];
  const { index, remove, insert } =
    refs(before) === refs(after) || !(old + wanted).includes(EMBED)
      ? difference(old, wanted, caret)
      : { index: 0, remove: old.length, insert: wanted };
  const run = new Texts(texts);
  run.remove(index, remove);
  let at = index;
  for (const { insert: piece, attributes } of insertsFor(cut(after, index, insert.length), embeds)) {
    run.insert(at, piece, attributes);
    at += typeof piece === "string" ? piece.length : 1;
  }
  format(run, 0, cutStretches(before, 0, index), cutStretches(after, 0, index));
  format(
    run,
    at,
    cutStretches(before, index + remove, old.length),
    cutStretches(after, index + insert.length, wanted.length),
  );
}

/** What was put in and taken out in one place. Where the same letters stand beside it, the caret tells which ones are new:
 *  what was typed ends there, what was joined begins there, and what was deleted went there. */
function difference(old: string, wanted: string, caret?: number): { index: number; remove: number; insert: string } {
  const more = wanted.length - old.length;
  for (const index of caret === undefined ? [] : more > 0 ? [caret - more, caret] : [caret]) {
    const isHere =
      index >= 0 &&
      index <= old.length &&
      wanted.startsWith(old.slice(0, index)) &&
      wanted.endsWith(old.slice(index + Math.max(0, -more)));
    if (isHere && index + Math.abs(more) <= Math.max(old.length, wanted.length))
      return { index, remove: Math.max(0, -more), insert: wanted.slice(index, index + Math.max(0, more)) };
  }
  const { index, remove, insert } = simpleDiffString(old, wanted);
  return { index, remove, insert };
}

/** The nodes of a range, texts cut at its ends. */
function cut(nodes: readonly Node[], from: number, length: number): Node[] {
  const all: Node[] = [];
  let at = 0;
  for (const node of nodes) {
    const [start, end] = [Math.max(from - at, 0), Math.min(from + length - at, node.nodeSize)];
    if (start < end) all.push(node.isText ? node.cut(start, end) : node);
    at += node.nodeSize;
  }
  return all;
}

const cutStretches = (nodes: readonly Node[], from: number, to: number): Stretch[] =>
  stretches(cut(nodes, from, to - from));

/** Sets and removes what differs between two formattings of the same characters, which begin at `at`. */
function format(run: Texts, at: number, before: Stretch[], after: Stretch[]): void {
  const [old, wanted] = [[...before], [...after]];
  let [from, to] = [old.shift(), wanted.shift()];
  while (from && to) {
    const length = Math.min(from.length, to.length);
    const change = formatting(from.marks, to.marks);
    if (change) run.format(at, length, change);
    at += length;
    from = from.length > length ? { ...from, length: from.length - length } : old.shift();
    to = to.length > length ? { ...to, length: to.length - length } : wanted.shift();
  }
}

/** Foreign marks are taken from nobody: nothing in this editor can set them again. */
function formatting(before: readonly Mark[], after: readonly Mark[]): Attributes | undefined {
  const change: Attributes = {};
  for (const mark of before)
    if (mark.type.name !== FOREIGN.mark && !mark.type.isInSet(after)) change[mark.type.name] = null;
  for (const mark of after) if (!mark.isInSet(before)) Object.assign(change, attributesFor([mark]));
  return Object.keys(change).length > 0 ? change : undefined;
}

/** Texts that follow each other, as one. */
class Texts {
  constructor(readonly texts: Y.XmlText[]) {}

  insert(at: number, what: string | object, attributes: Attributes): void {
    for (const [n, text] of this.texts.entries()) {
      if (at <= text.length || n === this.texts.length - 1)
        return typeof what === "string" ? text.insert(at, what, attributes) : text.insertEmbed(at, what, attributes);
      at -= text.length;
    }
  }

  remove(from: number, length: number): void {
    this.#each(from, length, (text, at, part) => text.delete(at, part));
  }

  format(from: number, length: number, attributes: Attributes): void {
    this.#each(from, length, (text, at, part) => text.format(at, part, attributes));
  }

  #each(from: number, length: number, act: (text: Y.XmlText, at: number, part: number) => void): void {
    const parts: [Y.XmlText, number, number][] = [];
    let start = 0;
    for (const text of this.texts) {
      const [at, to] = [Math.max(from - start, 0), Math.min(from + length - start, text.length)];
      if (at < to) parts.push([text, at, to - at]);
      start += text.length;
    }
    for (const part of parts) act(...part);
  }
}
