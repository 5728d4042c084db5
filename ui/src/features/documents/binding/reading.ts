// A rich text as ProseMirror has it, read from Yjs. Nothing here writes: what the schema lacks, or what stands where it
// must not, is read as a placeholder or a foreign mark, so that looking at a document never changes it.
import { Fragment, type Mark, type Node, type NodeType, type Schema } from "@tiptap/pm/model";
import * as Y from "yjs";
import { FOREIGN } from "./foreign";
import { attributesOf, idOf, inserts, items, typeIn, type YType } from "./tree";

/** How much of what a placeholder holds is shown: UTF-16 units. */
const SHOWN_MOST = 10_000;

/** How deep blocks are drawn within each other. What lies deeper is a placeholder: nobody writes so, and browsers draw it slowly or not at all. */
const DEPTH_MAX = 60;

/** Texts that follow each other, which are one run for the eye. */
export interface Run {
  texts: Y.XmlText[];
  nodes: Node[];
  /** Children of the Yjs parent that it is. */
  count: number;
}

/** Any other child. */
export interface Single {
  item: Y.Item;
  node: Node;
  count: number;
}

export type Unit = Run | Single;

export const isRun = (unit: Unit): unit is Run => "texts" in unit;

/** What a unit takes up in its ProseMirror parent. */
export const sizeOf = (unit: Unit): number =>
  isRun(unit) ? unit.nodes.reduce((sum, node) => sum + node.nodeSize, 0) : unit.node.nodeSize;

export class Reader {
  #nodes = new WeakMap<YType, Node>();
  #units = new WeakMap<YType, Unit[]>();

  #depth = 0;

  constructor(readonly schema: Schema) {}

  /** The whole document. Throws where even placeholders do not help. */
  document(fragment: Y.XmlFragment): Node {
    const known = this.#nodes.get(fragment);
    if (known) return known;
    const node = this.#made(this.schema.topNodeType, {}, flat(this.units(fragment)));
    if (!node) throw new Error("the document fits no schema");
    this.#nodes.set(fragment, node);
    return node;
  }

  /** All is read anew. */
  forgetAll(): void {
    this.#nodes = new WeakMap();
    this.#units = new WeakMap();
  }

  /** A Yjs type has changed: it and all around it are read anew. */
  forget(type: YType): void {
    for (let at: YType | null = type; at; at = (at._item?.parent ?? null) as YType | null) {
      this.#nodes.delete(at);
      this.#units.delete(at);
    }
  }

  /** A Yjs type is what this node says: it was written so. */
  remember(type: YType, node: Node): void {
    this.#units.delete(type);
    this.#nodes.set(type, node);
  }

  /** The children of a type that is read as a node and no placeholder. */
  units(parent: Y.XmlFragment): Unit[] {
    const known = this.#units.get(parent);
    if (known) return known;
    const within = this.#kindOf(parent);
    const units: Unit[] = [];
    for (const item of items(parent)) {
      if (!item.countable) continue;
      const type = typeIn(item);
      const last = units.at(-1);
      if (type instanceof Y.XmlText && (within.inlineContent || type.length === 0)) {
        const nodes = this.#text(type, within);
        if (last && isRun(last)) {
          last.texts.push(type);
          last.nodes.push(...nodes);
          last.count += 1;
        } else units.push({ texts: [type], nodes, count: 1 });
      } else units.push({ item, node: this.#child(item, within), count: item.length });
    }
    this.#units.set(parent, units);
    return units;
  }

  /** The units, and what stands before them that is in no document yet: what a schema wants there. */
  laidOut(parent: Y.XmlFragment, node: Node): { units: Unit[]; start: number } {
    const units = this.units(parent);
    const size = units.reduce((sum, unit) => sum + sizeOf(unit), 0);
    const first = units.find((unit) => sizeOf(unit) > 0);
    let start = 0;
    if (size < node.content.size && first) {
      const wanted = isRun(first) ? first.nodes[0]! : first.node;
      for (let at = 0; at < node.childCount && !node.child(at).eq(wanted); at++) start += node.child(at).nodeSize;
    }
    return { units, start: start >= node.content.size ? 0 : start };
  }

  #kindOf(parent: Y.XmlFragment): NodeType {
    return parent instanceof Y.XmlElement ? this.schema.nodes[parent.nodeName]! : this.schema.topNodeType;
  }

  #child(item: Y.Item, within: NodeType): Node {
    const type = typeIn(item);
    if (type instanceof Y.XmlElement) {
      const node = this.#nodes.get(type) ?? this.#element(type, within);
      this.#nodes.set(type, node);
      return node;
    }
    return this.#placeholder(item, within.inlineContent);
  }

  #element(type: Y.XmlElement, within: NodeType): Node {
    const kind = this.schema.nodes[type.nodeName];
    const isOurs =
      kind &&
      this.#depth < DEPTH_MAX &&
      kind.name !== FOREIGN.block &&
      kind.name !== FOREIGN.inline &&
      takes(within, kind);
    this.#depth += 1;
    const node = isOurs ? this.#made(kind, attributesOf(type), flat(this.units(type))) : undefined;
    this.#depth -= 1;
    return node ?? this.#placeholder(type._item!, within.inlineContent);
  }

  /** What a schema wants beside the children is filled in. */
  #made(kind: NodeType, attributes: Record<string, unknown>, children: Node[]): Node | undefined {
    for (const make of [() => kind.createChecked(attributes, children), () => kind.createAndFill(attributes, children)])
      try {
        const node = make();
        if (node && (kind.isTextblock || kind.isLeaf)) node.check();
        if (node) return node;
      } catch {
        // The next way, and in the end none: a placeholder.
      }
    return undefined;
  }

  #text(text: Y.XmlText, within: NodeType): Node[] {
    const nodes: Node[] = [];
    for (const { item, attributes } of inserts(text)) {
      const marks = within.allowedMarks(this.#marks(attributes));
      if (item.content instanceof Y.ContentString) nodes.push(this.schema.text(item.content.str, marks));
      else for (let n = 0; n < item.length; n++) nodes.push(this.#placeholder(item, true, true).mark(marks));
    }
    return joined(nodes);
  }

  #marks(attributes: Record<string, unknown>): readonly Mark[] {
    let set: readonly Mark[] = [];
    for (const key of Object.keys(attributes).sort()) set = this.#mark(key, attributes[key]).addToSet(set);
    return set;
  }

  #mark(key: string, value: unknown): Mark {
    const kind = key === FOREIGN.mark ? undefined : this.schema.marks[key];
    try {
      if (kind) return kind.create(value as Record<string, unknown>);
    } catch {
      // It is kept as it is.
    }
    return this.schema.marks[FOREIGN.mark]!.create({ key, value });
  }

  #placeholder(item: Y.Item, inline: boolean, embed = false): Node {
    const type = typeIn(item);
    const kind = type instanceof Y.XmlElement ? type.nodeName : type instanceof Y.XmlHook ? type.hookName : "";
    const text = shownText(item, 0).slice(0, SHOWN_MOST);
    return this.schema.nodes[inline ? FOREIGN.inline : FOREIGN.block]!.create({ ref: idOf(item), kind, text, embed });
  }
}

/** All nodes of units, in order. */
export const flat = (units: Unit[]): Node[] => units.flatMap((unit) => (isRun(unit) ? unit.nodes : [unit.node]));

/** Neighbours with the same marks are one text, as ProseMirror has it. */
export function joined(nodes: Node[]): Node[] {
  const all: Node[] = [];
  Fragment.fromArray(nodes).forEach((node) => all.push(node));
  return all;
}

const accepted = new WeakMap<NodeType, Set<NodeType>>();

/** May a node of this kind stand somewhere among the other's children? */
function takes(parent: NodeType, child: NodeType): boolean {
  let kinds = accepted.get(parent);
  if (!kinds) {
    kinds = new Set();
    const [seen, next] = [new Set([parent.contentMatch]), [parent.contentMatch]];
    for (let match = next.pop(); match; match = next.pop())
      for (let at = 0; at < match.edgeCount; at++) {
        const edge = match.edge(at);
        kinds.add(edge.type);
        if (!seen.has(edge.next)) next.push(edge.next);
        seen.add(edge.next);
      }
    accepted.set(parent, kinds);
  }
  return kinds.has(child);
}

/** What a placeholder says of what it holds: its text, rows and cells apart, or what an element without text is called. */
function shownText(item: Y.Item, depth: number): string {
  const { content } = item;
  if (content instanceof Y.ContentString) return content.str;
  const type = typeIn(item);
  if (type instanceof Y.XmlText)
    return [...items(type)].map((inner) => (inner.countable ? shownText(inner, depth) : "")).join("");
  if (!(type instanceof Y.XmlElement) || depth > DEPTH_MAX) return "";
  const inner = [...items(type)].filter(({ countable }) => countable);
  if (inner.length > 0) {
    const isInline = inner.some((child) => typeIn(child) instanceof Y.XmlText);
    return inner
      .map((child) => shownText(child, depth + 1))
      .join(isInline ? "" : /row/i.test(type.nodeName) ? "\t" : "\n");
  }
  const attributes = attributesOf(type);
  const named = ["alt", "title", "label", "name", "src", "id"].map((key) => attributes[key]);
  return (
    named.find((value): value is string => typeof value === "string" && value !== "" && !value.startsWith("data:")) ??
    ""
  );
}
