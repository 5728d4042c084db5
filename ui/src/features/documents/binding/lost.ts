// What a transaction lost by accident: what lies below a block that it deleted, and its author did not know of. That the
// author knew is what the update's delete set says: it names exactly what its author saw go.
import * as Y from "yjs";
import { type Moves, matched, moved, type Passage, type Run, within } from "./moves";
import { idOf, inserts, items, treeOf, typeIn, type Tree, type YType } from "./tree";

/** Text or a type that was lost, with all that is needed to put it in again once Yjs has forgotten its content. */
export interface Lost {
  id: Y.ID;
  length: number;
  item: Y.Item;
  /** Text, or what the type held. */
  what: string | Tree;
  attributes: Record<string, unknown>;
  /** The characters that the type held, in their order. */
  runs: Run[];
}

type Named = (id: Y.ID) => boolean;

/** Which ids an update names as deleted. */
export function namedBy(update: Uint8Array): Named {
  const set = Y.mergeDeleteSets([Y.decodeUpdate(update).ds]);
  return (id) => Y.isDeleted(set, id);
}

const parentOf = (item: Y.Item): YType => item.parent as YType;
const isBelowDeleted = (item: Y.Item): boolean => parentOf(item)._item?.deleted === true;

/** What was deleted in a transaction, in the order of its items. */
function deletedIn(transaction: Y.Transaction): Y.Item[] {
  const all: Y.Item[] = [];
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => struct instanceof Y.Item && all.push(struct));
  return all;
}

/** What of a transaction's deletions nobody meant: what `isMeant` does not say of something below a deleted block. */
export function lostIn(transaction: Y.Transaction, isMeant: Named): Lost[] {
  const deleted = deletedIn(transaction).filter(
    (item) => item.parentSub === null && item.countable && isBelowDeleted(item),
  );
  // A text is no more than its characters.
  const types = new Set(
    deleted.filter((item) => typeIn(item) && !(typeIn(item) instanceof Y.XmlText) && !isMeant(item.id)),
  );
  const isWithin = (item: Y.Item): boolean => {
    for (let at = parentOf(item)._item; at; at = parentOf(at)._item) if (types.has(at)) return true;
    return false;
  };
  const isLost = ({ id }: Y.Item): boolean => Y.isDeleted(transaction.deleteSet, id) && !isMeant(id);
  return deleted.flatMap((item) =>
    isWithin(item) ? [] : types.has(item) ? blockOf(item, isLost) : textOf(item, isMeant),
  );
}

/** As they stood in their texts and blocks: each finds what stood left of it. */
export function inOrder(all: Lost[]): Lost[] {
  const ranks = new Map<Y.Item, number>();
  for (const parent of new Set(all.map(({ item }) => parentOf(item))))
    for (const item of items(parent, () => true)) ranks.set(item, ranks.size);
  return [...all].sort(
    (one, other) => (ranks.get(one.item) ?? 0) - (ranks.get(other.item) ?? 0) || one.id.clock - other.id.clock,
  );
}

function blockOf(item: Y.Item, isLost: (item: Y.Item) => boolean): Lost[] {
  const type = typeIn(item)!;
  const what = treeOf(type, isLost);
  return what ? [{ id: item.id, length: 1, item, what, attributes: {}, runs: runsOf(type, isLost) }] : [];
}

/** The characters in a type, in their order. */
export function runsOf(type: YType, is?: (item: Y.Item) => boolean): Run[] {
  return [...items(type, is)].flatMap((item) =>
    typeIn(item)
      ? runsOf(typeIn(item)!, is)
      : item.content instanceof Y.ContentString
        ? [{ id: item.id, length: item.length }]
        : [],
  );
}

function textOf(item: Y.Item, isMeant: Named): Lost[] {
  if (!(item.content instanceof Y.ContentString)) return [];
  const { str } = item.content;
  const all: Lost[] = [];
  for (let at = 0; at < str.length; at++) {
    const id = { client: item.id.client, clock: item.id.clock + at };
    if (isMeant(id)) continue;
    const last = all.at(-1);
    if (last && last.id.clock + last.length === id.clock) {
      last.what += str[at]!;
      last.length += 1;
    } else all.push({ id, length: 1, item, what: str[at]!, attributes: attributesAt(item), runs: [] });
  }
  return all;
}

/** The formatting in which an item stands. */
function attributesAt(item: Y.Item): Record<string, unknown> {
  for (const { item: one, attributes } of inserts(parentOf(item), () => true)) if (one === item) return attributes;
  return {};
}

/** Blocks that were replaced, and by which. */
export type Heirs = Map<string, Y.Item>;

/** Follows what a transaction replaced: which characters became which, and which block stands for which. Gives the items of the types that went. */
export function follow(transaction: Y.Transaction, isMeant: Named, moves: Moves, heirs: Heirs): Y.Item[] {
  const isNew = ({ id }: Y.Item): boolean => id.clock >= (transaction.beforeState.get(id.client) ?? 0);
  const went = deletedIn(transaction).filter((item) => typeIn(item) && !isNew(item) && isMeant(item.id));
  if (went.length === 0) return [];
  const gone = went
    .filter((item) => typeIn(item) instanceof Y.XmlText)
    .map((item) =>
      passage(
        item,
        typeIn(item)!,
        (inner) => inner.deleted && !isNew(inner) && isMeant(inner.id) && Y.isDeleted(transaction.deleteSet, inner.id),
      ),
    );
  const fresh = newIn(transaction);
  const texts = new Set(fresh.filter(({ content }) => content instanceof Y.ContentString).map(parentOf));
  const came = [...texts]
    .filter((text) => text instanceof Y.XmlText && text._item && !text._item.deleted)
    .map((text) => passage(text._item!, text, (item) => !item.deleted && isNew(item)));
  for (const [old, made] of matched(gone, came, moves)) inherit(old, made, heirs);
  for (const item of went) {
    if (!(typeIn(item) instanceof Y.XmlElement) || heirs.has(idOf(item))) continue;
    const beside = besides(item, (other) => isNew(other) && !other.deleted && typeIn(other) instanceof Y.XmlElement);
    if (beside) heirs.set(idOf(item), beside);
  }
  return went;
}

/** Words that strayed: somebody moved the rest of a block elsewhere, as by splitting it, and did not know of what `isOwn` says
 *  was typed in that rest. It is there, but what it belongs to is not. */
export function strayed(transaction: Y.Transaction, isMeant: Named, isOwn: Named, moves: Moves): Lost[] {
  const isNew = ({ id }: Y.Item): boolean => id.clock >= (transaction.beforeState.get(id.client) ?? 0);
  const texts = new Set(
    deletedIn(transaction)
      .filter((item) => item.content instanceof Y.ContentString && !isNew(item) && !isBelowDeleted(item))
      .map(parentOf),
  );
  const left = [...texts]
    .filter((text) => text instanceof Y.XmlText && text._item)
    .map((text) =>
      passage(
        text._item!,
        text,
        (item) => item.deleted && !isNew(item) && isMeant(item.id) && Y.isDeleted(transaction.deleteSet, item.id),
      ),
    );
  if (left.length === 0) return [];
  const blocks = [
    ...new Set(
      newIn(transaction)
        .filter((item) => item.content instanceof Y.ContentString)
        .map(parentOf),
    ),
  ];
  const came = blocks
    .filter((text) => text instanceof Y.XmlText && text._item && isNew(text._item))
    .map((text) => passage(text._item!, text, (item) => !item.deleted && isNew(item)));
  return left.flatMap((rest) => {
    const there = came.find(({ text }) => text.startsWith(rest.text) || text.endsWith(rest.text));
    if (!there || rest.text === "") return [];
    const at = there.text.startsWith(rest.text) ? 0 : there.text.length - rest.text.length;
    for (const move of moved(rest.runs, within(there.runs, at, rest.text.length)))
      moves.add(move.from, move.to, move.length);
    const went = new Set(rest.runs.map(({ id }) => idOf({ id })));
    const own = among(
      typeIn(rest.of)!,
      (item) => went.has(idOf(item)),
      isOwn,
      isBehind(parentOf(there.of)._item, parentOf(rest.of)._item),
    );
    return own.flatMap((item) => textOf(item, () => false));
  });
}

/** What of somebody's own stands between characters that went, or behind the last of them if they were the text's end. */
function among(text: YType, hasGone: (item: Y.Item) => boolean, isOwn: Named, isEnd: boolean): Y.Item[] {
  const all: Y.Item[] = [];
  let waiting: Y.Item[] | undefined;
  for (const item of items(text, () => true)) {
    if (hasGone(item)) {
      all.push(...(waiting ?? []));
      waiting = [];
    } else if (!item.deleted && item.countable) {
      if (waiting && item.content instanceof Y.ContentString && isOwn(item.id)) waiting.push(item);
      else waiting = undefined;
    }
  }
  return [...all, ...((isEnd && waiting) || [])];
}

/** Does one block stand somewhere right of another, in the same parent? */
function isBehind(block: Y.Item | null, other: Y.Item | null): boolean {
  for (let at = other?.right; at; at = at.right) if (at === block) return true;
  return false;
}

function passage(of: Y.Item, type: YType, is: (item: Y.Item) => boolean): Passage<Y.Item> {
  const strings = [...items(type, is)].filter(({ content }) => content instanceof Y.ContentString);
  return {
    of,
    text: strings.map(({ content }) => (content as Y.ContentString).str).join(""),
    runs: strings.map(({ id, length }) => ({ id, length })),
  };
}

/** The block around a text that went, and all that went around that, are the block in which the text is now. */
function inherit(old: Y.Item, made: Y.Item, heirs: Heirs): void {
  const heir = parentOf(made)._item;
  if (!heir) return;
  for (let at = parentOf(old)._item; at?.deleted; at = parentOf(at)._item)
    if (!heirs.has(idOf(at))) heirs.set(idOf(at), heir);
}

/** The nearest neighbour of an item that is so, first to the left. */
function besides(item: Y.Item, is: (item: Y.Item) => boolean): Y.Item | undefined {
  for (let at = item.left; at; at = at.left) {
    if (is(at)) return at;
    if (!at.deleted) break;
  }
  for (let at = item.right; at; at = at.right) {
    if (is(at)) return at;
    if (!at.deleted) break;
  }
  return undefined;
}

/** What a transaction brought. */
function newIn({ beforeState, afterState, doc }: Y.Transaction): Y.Item[] {
  const all: Y.Item[] = [];
  for (const [client, to] of afterState) {
    const from = beforeState.get(client) ?? 0;
    const structs = doc.store.clients.get(client);
    if (to <= from || !structs) continue;
    for (let at = Y.findIndexSS(structs, from); at < structs.length && structs[at]!.id.clock < to; at++) {
      const struct = structs[at]!;
      if (struct instanceof Y.Item && !struct.deleted && struct.id.clock >= from) all.push(struct);
    }
  }
  return all;
}
