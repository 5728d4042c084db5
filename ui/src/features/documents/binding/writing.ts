// A rich text as the editor has it, brought into Yjs: types that hold the same stay untouched, those of the same kind are
// changed in place, and of attributes and formatting only what our schema knows is set or removed.
import type { Node } from "@tiptap/pm/model";
import * as Y from "yjs";
import { FOREIGN } from "./foreign";
import { groups, pair, type Group, type Pair } from "./pairing";
import { isRun, type Reader, type Single, type Unit } from "./reading";
import { insertsFor, writeRun } from "./text_writing";
import { attributesOf, grow, treeOf, typeIn, type Tree } from "./tree";

/** Where the caret stands: a textblock, and the place in it. */
export interface CaretHint {
  parent: Node;
  offset: number;
}

export class Writer {
  /** What cut placeholders held, until they are pasted. */
  #kept = new Map<string, Tree | object>();
  #caret: CaretHint | undefined;
  /** Could everything be written as the editor has it? */
  #exact = true;

  constructor(
    readonly fragment: Y.XmlFragment,
    readonly reader: Reader,
  ) {}

  /** Within a transaction. False if what is in Yjs now is to be read again, since it is not what the editor shows. */
  write(document: Node, caret?: CaretHint): boolean {
    this.#caret = caret;
    this.#exact = true;
    this.#children(this.fragment, document);
    this.reader.remember(this.fragment, document);
    return this.#exact;
  }

  #children(parent: Y.XmlFragment, node: Node): void {
    const pairs = pair(this.reader.units(parent), groups(node));
    this.#keep(pairs);
    let [index, offset] = [0, 0];
    for (const step of pairs) {
      index = this.#step(parent, node, step, index, offset);
      offset += step.group?.nodes.reduce((sum, { nodeSize }) => sum + nodeSize, 0) ?? 0;
    }
  }

  /** Does one pair at a Yjs index; gives the next. */
  #step(parent: Y.XmlFragment, node: Node, { unit, group, how }: Pair, index: number, offset: number): number {
    if (unit && isRun(unit)) {
      // A run that goes is emptied: what another writes in it at this moment has a place.
      if (how !== "stays")
        writeRun(unit.texts, unit.nodes, group?.nodes ?? [], this.#embeds, this.#within(node, offset));
      return index + unit.count;
    }
    if (unit && group && how === "changes") this.#element((unit as Single).item, unit.node, group.nodes[0]!);
    else if (unit && group && how === "stays") this.#same(unit, group);
    if (unit && how !== "goes" && how !== "replaced") return index + unit.count;
    if (group) {
      const made = this.#grown(group, how === "replaced" ? unit : undefined);
      parent.insert(index, made as Y.XmlElement[]);
      index += made.length;
    }
    if (unit) parent.delete(index, unit.count);
    return index;
  }

  #same(unit: Unit, { nodes }: Group): void {
    if (isRun(unit) || unit.node === nodes[0]) return;
    const type = typeIn(unit.item);
    if (type instanceof Y.XmlElement && unit.node.type.name === type.nodeName) this.reader.remember(type, nodes[0]!);
  }

  #element(item: Y.Item, before: Node, node: Node): void {
    const type = typeIn(item) as Y.XmlElement;
    for (const [key, value] of Object.entries(node.attrs)) {
      if (JSON.stringify(value) === JSON.stringify(before.attrs[key])) continue;
      if (value === null || value === undefined) type.removeAttribute(key);
      else type.setAttribute(key, value);
    }
    this.#children(type, node);
    this.reader.remember(type, node);
  }

  /** New types for a group. What they replace may have attributes that we do not know. */
  #grown({ nodes, run }: Group, replaced?: Unit): (Y.XmlElement | Y.XmlText | Y.XmlHook)[] {
    if (run) {
      const text = new Y.XmlText();
      text.applyDelta(insertsFor(nodes, this.#embeds), { sanitize: false });
      return [text];
    }
    const node = nodes[0]!;
    if (node.type.name === FOREIGN.block || node.type.name === FOREIGN.inline) return this.#placeholder(node);
    const element = new Y.XmlElement(node.type.name);
    for (const [key, value] of [...unknown(replaced), ...Object.entries(node.attrs)])
      if (value !== null && value !== undefined) element.setAttribute(key, value as string);
    element.insert(0, groups(node).flatMap((group) => this.#grown(group)) as Y.XmlElement[]);
    this.reader.remember(element, node);
    return [element];
  }

  /** What a placeholder stands for, once more. It is another document's if nobody knows it: then its text stays. */
  #placeholder(node: Node): (Y.XmlElement | Y.XmlText | Y.XmlHook)[] {
    this.#exact = false;
    const tree = this.#treeOf(node.attrs["ref"] as string);
    if (tree && ("name" in tree || "delta" in tree || "hook" in tree)) return [grow(tree as Tree)];
    const text = new Y.XmlText();
    text.insert(0, String(node.attrs["text"]));
    if (node.isInline) return [text];
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [text]);
    return [paragraph];
  }

  readonly #embeds = (ref: string): Tree | object | undefined => {
    this.#exact = false;
    return this.#treeOf(ref);
  };

  #within(node: Node, offset: number): number | undefined {
    return this.#caret?.parent === node ? Math.max(0, this.#caret.offset - offset) : undefined;
  }

  /** Before they go: what the placeholders hold. */
  #keep(pairs: Pair[]): void {
    for (const { unit, how } of pairs) {
      if (!unit || how === "stays" || (how === "changes" && !isRun(unit))) continue;
      for (const node of isRun(unit) ? unit.nodes : [unit.node]) {
        this.#keepOf(node);
        node.descendants((inner) => this.#keepOf(inner));
      }
    }
  }

  #keepOf(node: Node): void {
    const ref = node.attrs["ref"] as string | undefined;
    if (node.type.name !== FOREIGN.block && node.type.name !== FOREIGN.inline) return;
    const tree = this.#treeOf(ref!);
    if (tree) this.#kept.set(ref!, tree);
  }

  #treeOf(ref: string): Tree | object | undefined {
    const kept = this.#kept.get(ref);
    const item = kept ? undefined : itemOf(this.fragment.doc!, ref);
    if (!item || item.deleted) return kept;
    const type = typeIn(item);
    if (type) return treeOf(type);
    if (item.content instanceof Y.ContentEmbed) return item.content.embed as object;
    return undefined;
  }
}

/** Attributes of an element for which our schema has no name. */
function unknown(unit: Unit | undefined): [string, unknown][] {
  const type = unit && !isRun(unit) ? typeIn(unit.item) : undefined;
  if (!unit || isRun(unit) || !(type instanceof Y.XmlElement)) return [];
  return Object.entries(attributesOf(type)).filter(([key]) => !(key in unit.node.attrs));
}

/** The item of an id as `idOf` writes it, if it is in this document. */
export function itemOf(doc: Y.Doc, ref: string): Y.Item | undefined {
  const [client, clock] = ref.split(":").map(Number);
  if (client === undefined || clock === undefined || !(clock < Y.getState(doc.store, client))) return undefined;
  const item = Y.getItem(doc.store, Y.createID(client, clock)) as Y.Item | Y.GC;
  return item instanceof Y.Item ? item : undefined;
}
