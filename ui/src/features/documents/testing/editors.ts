// Rich text editors without a window: the editor that the app ships on a Y.Doc, and what people do in it.
import { Editor } from "@tiptap/core";
import { NodeSelection, TextSelection } from "@tiptap/pm/state";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Binding, rescueFor } from "../binding/binding";
import type { Rescue } from "../binding/rescue";
import { BODY, keepsBlocks } from "../document.svelte";
import { extensions } from "../rich_text/rich_text";

export interface Opened {
  doc: Y.Doc;
  body: Y.XmlFragment;
  editor: Editor;
  binding: Binding;
  rescue: Rescue;
  awareness: Awareness;
  /** What could not be shown. */
  unreadable: unknown[];
  may: { write: boolean };
  close(): void;
}

/** Opens a document in the editor, as somebody who may write or not. */
export function openEditor(doc: Y.Doc, mayWrite = true): Opened {
  const body = doc.getXmlFragment(BODY);
  const may = { write: mayWrite };
  const unreadable: unknown[] = [];
  const binding: Binding = new Binding(body, {
    mayWrite: () => may.write,
    onUnreadable: (error) => unreadable.push(error),
  });
  const awareness = new Awareness(doc);
  const element = document.body.appendChild(document.createElement("div"));
  const editor = new Editor({ element, extensions: extensions(binding, awareness), editable: mayWrite });
  const rescue = rescueFor(binding, () => may.write);
  const close = () => {
    rescue.close();
    editor.destroy();
    awareness.destroy();
    element.remove();
  };
  return { doc, body, editor, binding, rescue, awareness, unreadable, may, close };
}

/** The position in the first place where the text stands: before it, or behind it. */
export function find(editor: Editor, text: string, behind = false): number {
  let found = -1;
  editor.state.doc.descendants((node, at) => {
    const within = node.isTextblock ? node.textBetween(0, node.content.size, undefined, "\u{fffc}").indexOf(text) : -1;
    if (found < 0 && within >= 0) found = at + 1 + within + (behind ? text.length : 0);
    return found < 0;
  });
  if (found < 0) throw new Error(`there is no ${text} in ${editor.state.doc}`);
  return found;
}

/** Sets the selection, without focus. */
export function select(editor: Editor, from: number, to = from): void {
  editor.view.dispatch(editor.state.tr.setSelection(TextSelection.create(editor.state.doc, from, to)));
}

export function selectNode(editor: Editor, at: number): void {
  editor.view.dispatch(editor.state.tr.setSelection(NodeSelection.create(editor.state.doc, at)));
}

/** Types letter by letter where the selection is. */
export function type(editor: Editor, text: string): void {
  for (const letter of text) editor.view.dispatch(editor.state.tr.insertText(letter));
}

/** Types as with a keyboard, so that signs become what they stand for. */
export function keys({ view }: Editor, text: string): void {
  for (const letter of text) {
    const { from, to } = view.state.selection;
    const insert = () => view.state.tr.insertText(letter, from, to);
    if (!view.someProp("handleTextInput", (handle) => handle(view, from, to, letter, insert))) view.dispatch(insert());
  }
}

/** Each block's kind and text, as in `heading: Plan`. */
export function lines(editor: Editor): string[] {
  const all: string[] = [];
  editor.state.doc.descendants((node, _at, parent) => {
    if (node.isTextblock)
      all.push(`${parent!.type.name === "doc" ? "" : `${parent!.type.name} > `}${node.type.name}: ${node.textContent}`);
    else if (node.isLeaf && node.isBlock) all.push(`${node.type.name}: ${String(node.attrs["text"] ?? "")}`);
  });
  return all;
}

/** A block with text, as a Yjs client writes it. */
export function block(name: string, delta: (string | [string, Record<string, unknown>])[] = []): Y.XmlElement {
  const element = new Y.XmlElement(name);
  if (delta.length === 0) return element;
  const text = new Y.XmlText();
  text.applyDelta(
    delta.map((part) => (typeof part === "string" ? { insert: part } : { insert: part[0], attributes: part[1] })),
  );
  element.insert(0, [text]);
  return element;
}

/** An element around others. */
export function around(name: string, inner: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement {
  const element = new Y.XmlElement(name);
  element.insert(0, inner);
  return element;
}

/** People with one document open, each on a device of their own, whose updates wait until they are delivered. */
export class Table {
  readonly seats: Opened[];
  /** Of each seat, what has not come to it. */
  readonly #due: Uint8Array[][];

  constructor(people: number, blocks: () => (Y.XmlElement | Y.XmlText)[], ids = 1) {
    const first = new Y.Doc();
    first.clientID = ids;
    first.getXmlFragment(BODY).insert(0, blocks());
    const state = Y.encodeStateAsUpdate(first);
    this.#due = Array.from({ length: people }, () => []);
    this.seats = this.#due.map((_due, seat) => {
      const doc = new Y.Doc({ gcFilter: keepsBlocks });
      doc.clientID = ids + 1 + seat;
      Y.applyUpdate(doc, state, this);
      doc.on(
        "update",
        (update: Uint8Array, origin: unknown) =>
          origin !== this && this.#due.forEach((due, other) => other !== seat && due.push(update)),
      );
      return openEditor(doc);
    });
  }

  /** How many updates have not come to a seat. */
  due(seat: number): number {
    return this.#due[seat]!.length;
  }

  /** The next update comes to a seat. */
  deliver(seat: number): void {
    const update = this.#due[seat]!.shift();
    const { doc, rescue } = this.seats[seat]!;
    if (update) rescue.hearing(update, () => Y.applyUpdate(doc, update, this));
  }

  /** All comes to all, also what that makes them say. */
  settle(): void {
    for (let again = true; again;) {
      again = false;
      for (let seat = 0; seat < this.seats.length; seat++)
        while (this.due(seat) > 0) {
          this.deliver(seat);
          again = true;
        }
    }
  }

  close(): void {
    for (const seat of this.seats.splice(0)) seat.close();
  }
}
