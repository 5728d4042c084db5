// Binds the editor to the document's fragment. What comes from Yjs goes in as the smallest step and is never written back;
// what a person does is written as the smallest change. Whoever may not write changes nothing, whatever asks for it.
import type { Node } from "@tiptap/pm/model";
import {
  type EditorState,
  NodeSelection,
  Plugin,
  PluginKey,
  Selection,
  TextSelection,
  type Transaction,
} from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import * as Y from "yjs";
import { compared, followed, happened } from "./follow";
import { Places } from "./places";
import { Reader } from "./reading";
import { Rescue } from "./rescue";
import type { YType } from "./tree";
import { Writer } from "./writing";

/** Set on each transaction that only shows what is in Yjs already. */
export const SHOWS = new PluginKey<undefined>("shows");

/** What is typed within this time is taken back as one. */
const UNDO_TOGETHER_MS = 500;

export interface BindingEars {
  /** May a person change the document here and now? */
  mayWrite(): boolean;
  /** The document cannot be shown, not even with placeholders. */
  onUnreadable(error: unknown): void;
}

/** Where the person's selection is, and what it holds on to. */
interface Own {
  anchor: number;
  head: number;
  anchorAt: Y.RelativePosition;
  headAt: Y.RelativePosition;
}

export class Binding {
  readonly undoManager: Y.UndoManager;
  reader!: Reader;
  places!: Places;
  #writer!: Writer;
  #view: EditorView | undefined;
  #own: Own | undefined;
  #showing = false;
  /** Is all that is in Yjs shown? Nothing is written and nobody told of carets once it is not. */
  readable = true;

  constructor(
    readonly fragment: Y.XmlFragment,
    readonly ears: BindingEars,
  ) {
    this.undoManager = new Y.UndoManager(fragment, {
      trackedOrigins: new Set([this]),
      captureTimeout: UNDO_TOGETHER_MS,
    });
  }

  plugin(): Plugin {
    return new Plugin({
      key: SHOWS,
      filterTransaction: (tr) =>
        !tr.docChanged || tr.getMeta(SHOWS) === true || (this.#mayWrite && appendedTo(tr)?.getMeta(SHOWS) !== true),
      view: (view) => {
        this.#attach(view);
        return { update: (_view, before) => this.#updated(before), destroy: () => this.#detach() };
      },
    });
  }

  /** Where the person's selection is, as others are told of it. */
  get selection(): { anchor: Y.RelativePosition; head: Y.RelativePosition } | undefined {
    return this.#own && { anchor: this.#own.anchorAt, head: this.#own.headAt };
  }

  /** Takes back what this person did last, or does it again. False if there is nothing. */
  undo(): boolean {
    return this.#mayWrite && this.undoManager.undo() !== null;
  }

  redo(): boolean {
    return this.#mayWrite && this.undoManager.redo() !== null;
  }

  get #mayWrite(): boolean {
    return this.readable && this.ears.mayWrite();
  }

  /** The rescue has written to these types while a transaction is not over: they are read anew with what it brought. */
  forget(types: Iterable<YType>): void {
    for (const type of types) this.reader?.forget(type);
  }

  #attach(view: EditorView): void {
    this.#view = view;
    this.reader = new Reader(view.state.schema);
    this.places = new Places(this.fragment, this.reader);
    this.#writer = new Writer(this.fragment, this.reader);
    this.fragment.observeDeep(this.#observed);
    this.#show();
  }

  #detach(): void {
    this.fragment.unobserveDeep(this.#observed);
    this.undoManager.destroy();
    this.#view = undefined;
  }

  readonly #observed = (events: Y.YEvent<Y.XmlFragment>[], { origin }: Y.Transaction): void => {
    if (origin === this) return;
    for (const { target } of events) this.reader.forget(target);
    this.#show(origin === this.undoManager);
  };

  /** Shows what is in Yjs, by the smallest step. */
  #show(undone = false): void {
    const view = this.#view;
    if (!view || view.isDestroyed) return;
    const before = view.state.doc;
    let tr: Transaction;
    try {
      tr = stepTo(view.state, this.reader.document(this.fragment));
    } catch (error) {
      this.readable = false;
      return this.ears.onUnreadable(error);
    }
    if (tr.docChanged) this.#select(tr, before, undone);
    tr.setMeta(SHOWS, true).setMeta("addToHistory", false).setMeta("preventAutolink", true);
    this.#showing = true;
    try {
      if (tr.docChanged) view.dispatch(undone ? tr.scrollIntoView() : tr);
    } finally {
      this.#showing = false;
    }
    this.#note();
  }

  /** Puts the person's selection where it was. */
  #select(tr: Transaction, before: Node, undone: boolean): void {
    const { selection } = this.#view!.state;
    const own = this.#own ?? { anchor: selection.anchor, head: selection.head };
    let comparison: ReturnType<typeof compared> | undefined;
    const compare = () => (comparison ??= compared(before, tr.doc));
    const spot = undone ? happened(compare(), before) : undefined;
    if (spot !== undefined) return void tr.setSelection(Selection.near(tr.doc.resolve(spot), -1));
    const where = (place: Y.RelativePosition | undefined, position: number): number =>
      Math.min((place && this.places.position(place)) ?? followed(compare(), position), tr.doc.content.size);
    const head = where((own as Own).headAt, own.head);
    const anchor = own.anchor === own.head ? head : where((own as Own).anchorAt, own.anchor);
    if (selection instanceof NodeSelection && tr.doc.nodeAt(tr.mapping.map(selection.from))?.eq(selection.node))
      return void tr.setSelection(NodeSelection.create(tr.doc, tr.mapping.map(selection.from)));
    tr.setSelection(TextSelection.between(tr.doc.resolve(anchor), tr.doc.resolve(head), -1));
  }

  #updated(before: EditorState): void {
    const { state } = this.#view!;
    if (this.#showing) return;
    if (!before.doc.eq(state.doc)) this.#write(before, state);
    if (before.doc !== state.doc || !before.selection.eq(state.selection)) this.#note();
  }

  #write(before: EditorState, { doc, selection }: EditorState): void {
    const apart = isStructural(before.doc, doc);
    if (apart) this.undoManager.stopCapturing();
    const { $head } = selection;
    const hint = { parent: $head.parent, offset: $head.parentOffset };
    let exact = true;
    this.fragment.doc!.transact(() => (exact = this.#writer.write(doc, hint)), this);
    if (apart) this.undoManager.stopCapturing();
    if (exact) return;
    this.reader.forgetAll();
    this.#show();
  }

  #note(): void {
    if (!this.readable) return;
    const { state } = this.#view!;
    const { anchor, head } = state.selection;
    const headAt = this.places.at(state.doc, head);
    this.#own = { anchor, head, headAt, anchorAt: anchor === head ? headAt : this.places.at(state.doc, anchor) };
  }
}

/** The rescue of what others wrote in blocks that change their type, for the editor of this binding. */
export function rescueFor(binding: Binding, mayWrite: () => boolean): Rescue {
  return new Rescue(binding.fragment, {
    mayWrite,
    takenBack: (origin) => {
      if (origin !== binding.undoManager) return undefined;
      const item = binding.undoManager.currStackItem;
      return item ? (id) => Y.isDeleted(item.insertions, id) : () => true;
    },
    onWrote: (types) => binding.forget(types),
  });
}

const appendedTo = (tr: Transaction): Transaction | undefined =>
  tr.getMeta("appendedTransaction") as Transaction | undefined;

/** A transaction from the state's document to another: one step over what differs. */
function stepTo({ tr, doc }: EditorState, wanted: Node): Transaction {
  const start = doc.content.findDiffStart(wanted.content);
  if (start === null) return tr;
  let { a, b } = doc.content.findDiffEnd(wanted.content)!;
  const overlap = start - Math.min(a, b);
  if (overlap > 0) [a, b] = [a + overlap, b + overlap];
  try {
    const step = tr.replace(start, a, wanted.slice(start, b));
    if (step.doc.eq(wanted)) return step;
  } catch {
    // Not as one fitting step: the whole, which always goes.
  }
  return whole(tr, wanted);
}

const whole = (tr: Transaction, wanted: Node): Transaction => tr.replaceWith(0, tr.doc.content.size, wanted.content);

/** Did blocks come, go or change their kind, and not only text within one? */
function isStructural(before: Node, after: Node): boolean {
  const start = before.content.findDiffStart(after.content);
  if (start === null) return false;
  const { a, b } = before.content.findDiffEnd(after.content)!;
  return [[before, Math.max(a, start)] as const, [after, Math.max(b, start)] as const].some(([document, end]) => {
    const from = document.resolve(start);
    return !from.parent.isTextblock || !from.sameParent(document.resolve(end));
  });
}
