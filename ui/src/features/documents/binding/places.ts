// Places in the editor's document as places in Yjs, and back. A place holds on to what stands left of it, so that what
// another writes at the same spot comes right of it; in an empty block it is the block's beginning.
import type { Node } from "@tiptap/pm/model";
import * as Y from "yjs";
import { isRun, type Reader, sizeOf } from "./reading";
import { itemOf } from "./writing";
import { typeIn, type YType } from "./tree";

const LEFT = -1;

export class Places {
  constructor(
    readonly fragment: Y.XmlFragment,
    readonly reader: Reader,
  ) {}

  /** The place of a position in the document that was read or written last. */
  at(document: Node, position: number): Y.RelativePosition {
    let [type, node, offset]: [Y.XmlFragment, Node, number] = [this.fragment, document, position];
    for (;;) {
      const { units, start } = this.reader.laidOut(type, node);
      let [at, index]: [number, number] = [start, 0];
      let inner: { type: Y.XmlElement; node: Node } | undefined;
      for (const unit of units) {
        const size = sizeOf(unit);
        if (offset <= at) break;
        if (isRun(unit)) {
          if (offset <= at + size) return inTexts(unit.texts, offset - at);
        } else if (offset < at + size) {
          const child = typeIn(unit.item);
          if (child instanceof Y.XmlElement && unit.node.type.name === child.nodeName)
            inner = { type: child, node: unit.node };
          break;
        }
        at += size;
        index += unit.count;
      }
      if (!inner) return Y.createRelativePositionFromTypeIndex(type, index, LEFT);
      [type, node, offset] = [inner.type, inner.node, offset - at - 1];
    }
  }

  /** The position of a place. Undefined once what it holds on to is gone, or is not shown. */
  position(place: Y.RelativePosition): number | undefined {
    const doc = this.fragment.doc!;
    if (place.item) {
      let item = itemOf(doc, `${place.item.client}:${place.item.clock}`);
      while (item?.redone) item = itemOf(doc, `${item.redone.client}:${item.redone.clock}`);
      if (!item || item.deleted) return undefined;
    }
    const absolute = Y.createAbsolutePositionFromRelativePosition(place, doc);
    if (!absolute) return undefined;
    const { type, index } = absolute;
    if (type instanceof Y.XmlText) return this.#start(type, index);
    if (!(type instanceof Y.XmlFragment)) return undefined;
    const begin = this.#start(type, 0);
    const node = this.#node(type);
    if (begin === undefined || !node) return undefined;
    const { units, start } = this.reader.laidOut(type, node);
    let [at, count] = [start, 0];
    for (const unit of units) {
      if (count >= index) break;
      if (isRun(unit) && count + unit.count > index)
        return begin + at + unit.texts.slice(0, index - count).reduce((sum, { length }) => sum + length, 0);
      at += sizeOf(unit);
      count += unit.count;
    }
    return begin + at;
  }

  /** Where the content of a type begins, and `more` into it. */
  #start(type: YType, more: number): number | undefined {
    if (type === this.fragment) return more;
    const parent = type._item?.parent as Y.XmlFragment | undefined;
    if (!parent || type._item!.deleted || !(parent instanceof Y.XmlFragment)) return undefined;
    const node = this.#node(parent);
    if (!node) return undefined;
    const { units, start } = this.reader.laidOut(parent, node);
    let at = start;
    for (const unit of units) {
      if (isRun(unit)) {
        for (const text of unit.texts) {
          if (text === type) return this.#start(parent, at + more);
          at += text.length;
        }
      } else if (typeIn(unit.item) === type) {
        const isShown = type instanceof Y.XmlElement && unit.node.type.name === type.nodeName;
        return isShown ? this.#start(parent, at + 1 + more) : undefined;
      } else at += unit.node.nodeSize;
    }
    return undefined;
  }

  /** As which node a type is shown; undefined within a placeholder. */
  #node(type: Y.XmlFragment): Node | undefined {
    const document = this.reader.document(this.fragment);
    if (type === this.fragment) return document;
    const parent = type._item?.parent;
    if (!(parent instanceof Y.XmlFragment) || !this.#node(parent)) return undefined;
    const unit = this.reader.units(parent).find((one) => !isRun(one) && typeIn(one.item) === type);
    return unit && !isRun(unit) && unit.node.type.name === (type as Y.XmlElement).nodeName ? unit.node : undefined;
  }
}

function inTexts(texts: Y.XmlText[], offset: number): Y.RelativePosition {
  for (const text of texts) {
    if (offset <= text.length) return Y.createRelativePositionFromTypeIndex(text, offset, LEFT);
    offset -= text.length;
  }
  throw new Error("a place beyond its texts");
}
