// Rich text editors without a window: the editor that the app ships on a Y.Doc, and what people do in it.
import { Editor } from "@tiptap/core";
import { NodeSelection, TextSelection } from "@tiptap/pm/state";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Binding } from "../src/rooms/document/binding/binding";
import { BODY } from "../src/rooms/document/document.svelte";
import { extensions } from "../src/rooms/document/rich_text";

export interface Opened {
  doc: Y.Doc;
  body: Y.XmlFragment;
  editor: Editor;
  binding: Binding;
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
  const binding = new Binding(body, { mayWrite: () => may.write, onUnreadable: (error) => unreadable.push(error) });
  const awareness = new Awareness(doc);
  const element = document.body.appendChild(document.createElement("div"));
  const editor = new Editor({ element, extensions: extensions(binding, awareness), editable: mayWrite });
  const close = () => {
    editor.destroy();
    awareness.destroy();
    element.remove();
  };
  return { doc, body, editor, binding, awareness, unreadable, may, close };
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

/** Each block's kind and text, as in `heading: Plan`. */
export function lines(editor: Editor): string[] {
  const all: string[] = [];
  editor.state.doc.descendants((node, _at, parent) => {
    if (node.isTextblock) all.push(`${parent!.type.name === "doc" ? "" : `${parent!.type.name} > `}${node.type.name}: ${node.textContent}`);
    else if (node.isLeaf && node.isBlock) all.push(`${node.type.name}: ${String(node.attrs["text"] ?? "")}`);
  });
  return all;
}

/** A block with text, as a Yjs client writes it. */
export function block(name: string, delta: (string | [string, Record<string, unknown>])[] = []): Y.XmlElement {
  const element = new Y.XmlElement(name);
  if (delta.length === 0) return element;
  const text = new Y.XmlText();
  text.applyDelta(delta.map((part) => (typeof part === "string" ? { insert: part } : { insert: part[0], attributes: part[1] })));
  element.insert(0, [text]);
  return element;
}

/** An element around others. */
export function around(name: string, inner: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement {
  const element = new Y.XmlElement(name);
  element.insert(0, inner);
  return element;
}
