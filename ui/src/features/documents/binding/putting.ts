// Where what was lost is put in again: behind the nearest character left of it that is somewhere, else where its block is
// now, else as a block where it was.
import * as Y from "yjs";
import { type Heirs, type Lost, runsOf } from "./lost";
import { type Move, moved, type Moves } from "./moves";
import { grow, idOf, items, typeIn, type Tree, type YType } from "./tree";

/** Blocks that stand only in lists. */
const ITEMS = new Set(["listItem", "taskItem"]);
const LISTS = new Set(["bulletList", "orderedList", "taskList"]);

type Block = Extract<Tree, { name: string }>;

const PARAGRAPH: Block = { name: "paragraph", attributes: {}, children: [] };

/** What was put: what became what, and the type that it was put into. */
export interface Put {
  moves: Move[];
  into: YType;
}

export class Putting {
  constructor(
    readonly fragment: Y.XmlFragment,
    readonly moves: Moves,
    readonly heirs: Heirs,
  ) {}

  /** Within a transaction. Nothing is put if there is nothing to see in it. */
  put(transaction: Y.Transaction, lost: Lost): Put | undefined {
    return typeof lost.what === "string" ? this.#text(transaction, lost, lost.what) : this.#block(lost, lost.what);
  }

  #text(transaction: Y.Transaction, { item, id, length, attributes }: Lost, text: string): Put | undefined {
    const spot = this.#beside(item, id);
    const target = spot?.text ?? textOf(this.#heirAround(item) ?? this.#whereItWas(item, PARAGRAPH));
    const before = Y.getState(transaction.doc.store, transaction.doc.clientID);
    target.insert(spot?.index ?? 0, text, attributes);
    const structs = transaction.doc.store.clients.get(transaction.doc.clientID)!;
    const made = structs
      .slice(Y.findIndexSS(structs, before))
      .find((struct): struct is Y.Item => struct instanceof Y.Item && struct.content instanceof Y.ContentString);
    return made ? { moves: [{ from: id, to: made.id, length }], into: target } : undefined;
  }

  /** A place in a text that is there: right of what stood left of it, else left of what stood right. */
  #beside(item: Y.Item, id: Y.ID): { text: Y.XmlText; index: number } | undefined {
    const before = id.clock - item.id.clock;
    const own = before > 0 ? this.#moved(item.id, before, false) : undefined;
    if (own) return own;
    for (let at = item.left; at; at = at.left) {
      const spot = this.#moved(at.id, at.length, false);
      if (spot) return spot;
    }
    for (let at = item.right; at; at = at.right) {
      const spot = this.#moved(at.id, at.length, true);
      if (spot) return spot;
    }
    return undefined;
  }

  /** Where the last (or first) of some characters is now. */
  #moved(id: Y.ID, length: number, first: boolean): { text: Y.XmlText; index: number } | undefined {
    for (let [left, from] = [length, id.clock]; left > 0;) {
      const move = this.moves.of({ client: id.client, clock: from }, left, first);
      if (!move) return undefined;
      const spot = this.#there(move.to, first);
      if (spot) return spot;
      if (first) [left, from] = [left - (move.clock + 1 - from), move.clock + 1];
      else left = move.clock - from;
    }
    return undefined;
  }

  #there(id: Y.ID, before: boolean): { text: Y.XmlText; index: number } | undefined {
    for (let hops = 0; hops < 1_000; hops++) {
      const item = Y.getItem(this.fragment.doc!.store, Y.createID(id.client, id.clock)) as Y.Item | Y.GC;
      if (!(item instanceof Y.Item)) return undefined;
      const text = item.parent as YType;
      if (text instanceof Y.XmlText && isThere(text)) {
        const within = item.deleted ? 0 : id.clock - item.id.clock + (before ? 0 : 1);
        return { text, index: indexOf(item) + within };
      }
      const next = this.moves.of(id, 1);
      if (!next) return undefined;
      id = next.to;
    }
    return undefined;
  }

  /** The block that stands for the one around an item. */
  #heirAround(item: Y.Item): Y.XmlElement | undefined {
    for (let at = (item.parent as YType)._item; at; at = (at.parent as YType)._item) {
      const heir = this.#heir(at);
      if (heir) return heir;
      if (!at.deleted && typeIn(at) instanceof Y.XmlElement) return typeIn(at) as Y.XmlElement;
    }
    return undefined;
  }

  #heir(item: Y.Item): Y.XmlElement | undefined {
    for (let [at, hops]: [Y.Item | undefined, number] = [this.heirs.get(idOf(item)), 0]; at && hops < 1_000; hops++) {
      const type = typeIn(at);
      if (type instanceof Y.XmlElement && isThere(type)) return type;
      at = this.heirs.get(idOf(at));
    }
    return undefined;
  }

  /** A new block in the nearest container that is there, where the one around the item was. */
  #whereItWas(item: Y.Item, tree: Block): Y.XmlElement {
    let outer = item;
    while (!isThere(outer.parent as YType)) outer = (outer.parent as YType)._item!;
    return insertIn(outer.parent as Y.XmlFragment, indexOf(outer), tree);
  }

  #block({ item, id, runs }: Lost, tree: Tree): Put | undefined {
    if (!("name" in tree)) return undefined;
    let beside: Y.XmlElement | undefined;
    for (let at = item.left; at && !beside; at = at.left)
      if (typeIn(at) instanceof Y.XmlElement) beside = this.#heir(at);
    beside ??= this.#heirAround(item);
    const block = (beside ? behind(beside, tree) : this.#whereItWas(item, tree))._item!;
    return {
      moves: [{ from: id, to: block.id, length: 1 }, ...moved(runs, runsOf(typeIn(block)!))],
      into: block.parent as YType,
    };
  }
}

/** Behind a block, or, for an item of a list, behind the item that the block is in. */
function behind(beside: Y.XmlElement, tree: Block): Y.XmlElement {
  let outer = beside._item!;
  for (let at: Y.Item | null = outer; ITEMS.has(tree.name) && at; at = (at.parent as YType)._item)
    if (isList(at.parent as YType)) {
      outer = at;
      break;
    }
  return insertIn(outer.parent as Y.XmlFragment, indexOf(outer) + 1, tree);
}

/** An item outside of lists gets one, and what comes into a list becomes an item of that list. */
function insertIn(parent: Y.XmlFragment, index: number, tree: Block): Y.XmlElement {
  const made = grow(
    fitting(isList(parent as YType) ? (parent as Y.XmlElement).nodeName : undefined, tree),
  ) as Y.XmlElement;
  parent.insert(index, [made]);
  return made;
}

function fitting(list: string | undefined, tree: Block): Block {
  const isItem = ITEMS.has(tree.name);
  if (list === undefined)
    return isItem
      ? { name: tree.name === "taskItem" ? "taskList" : "bulletList", attributes: {}, children: [tree] }
      : tree;
  const item =
    list === "taskList" ? { name: "taskItem", attributes: { checked: false } } : { name: "listItem", attributes: {} };
  if (isItem) return item.name === tree.name ? tree : { ...item, children: tree.children };
  return { ...item, children: [tree] };
}

const isList = (type: YType): boolean => type instanceof Y.XmlElement && LISTS.has(type.nodeName);

function isThere(type: YType): boolean {
  for (let at: YType | null = type; at?._item; at = at._item.parent as YType | null) if (at._item.deleted) return false;
  return true;
}

/** How much stands left of an item in its type. */
function indexOf(item: Y.Item): number {
  let index = 0;
  for (let at = item.left; at; at = at.left) if (!at.deleted && at.countable) index += at.length;
  return index;
}

/** The first text of a block, or of the first block within it. One is made where there is none, as our schema has it. */
function textOf(block: Y.XmlElement): Y.XmlText {
  for (const item of items(block as YType)) {
    const type = typeIn(item);
    if (type instanceof Y.XmlText) return type;
    if (type instanceof Y.XmlElement && type.nodeName !== "hardBreak") return textOf(type);
  }
  if (isList(block as YType) || ITEMS.has(block.nodeName) || block.nodeName === "blockquote") {
    return textOf(insertIn(block, 0, PARAGRAPH));
  }
  const made = new Y.XmlText();
  block.insert(0, [made]);
  return made;
}
