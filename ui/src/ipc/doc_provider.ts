// Binds a Y.Doc and its Awareness to the document door. The webview is one more replica, which stores nothing.
// A local edit never waits for the engine: what one task of the event loop wrote goes out together at that task's end. Only what
// is written before the engine has saved what went before gathers, so that no speed of writing is too much for the disk.
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { DocEdits } from "./doc_edits";
import { openDocument, type DocumentDoor } from "./documents";
import { HAND_OVER, type HandOver } from "./shell";

/** The least time between two awareness updates: 20 per second. */
const AWARENESS_GAP_MS = 50;

/** The least time between two updates of which the second was written before the first was saved. */
const GATHER_MS = 50;

export interface ProviderEars {
  /** What this device holds is in the Y.Doc. */
  onState(): void;
  /** So is all that the server has. */
  onSynced(): void;
  /** What was written here is safe. It goes on in a new Y.Doc, with a Yjs client id of its own. */
  onRestart(): void;
  onFailed(error: unknown): void;
}

export class DocProvider {
  readonly awareness: Awareness;
  /** Whoever wants to look at each update from elsewhere while it is applied. */
  hearing: ((update: Uint8Array, apply: () => void) => void) | undefined;
  readonly #door: DocumentDoor;
  readonly #edits: DocEdits;
  #due = false;
  /** Updates that went up and are not answered, and when the last of them went. */
  #underWay = 0;
  #went = 0;
  /** Kept when the last of them is answered. */
  #answered: Promise<void> = Promise.resolve();
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #carets = new Set<number>();
  #caretTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    document: string,
    readonly doc: Y.Doc,
    ears: ProviderEars,
  ) {
    this.awareness = new Awareness(doc);
    this.#edits = new DocEdits(doc);
    this.#door = openDocument(document, {
      onUpdate: (update) => {
        const apply = () => Y.applyUpdate(doc, update, this);
        if (this.hearing) this.hearing(update, apply);
        else apply();
        ears.onState();
      },
      onAwareness: (update) => applyAwarenessUpdate(this.awareness, update, this),
      onSynced: () => ears.onSynced(),
      onRestart: () => {
        this.#sayAll();
        ears.onRestart();
      },
      onFailed: (error) => ears.onFailed(error),
    });
    doc.on("afterTransaction", this.#edited);
    this.awareness.on("update", this.#moved);
    globalThis.addEventListener("pagehide", this.#sayAll);
    globalThis.addEventListener(HAND_OVER, this.#handOver);
  }

  /** Nothing of this editor is seen or sent any more; what was written before has gone out. */
  close(): void {
    if (this.#closed) return;
    this.#sayAll();
    removeAwarenessStates(this.awareness, [this.doc.clientID], "closed");
    clearTimeout(this.#caretTimer);
    this.#say();
    this.#closed = true;
    globalThis.removeEventListener("pagehide", this.#sayAll);
    globalThis.removeEventListener(HAND_OVER, this.#handOver);
    this.doc.off("afterTransaction", this.#edited);
    this.awareness.off("update", this.#moved);
    this.awareness.destroy();
    this.#door.close();
  }

  readonly #edited = (transaction: Y.Transaction): void => {
    if (transaction.origin === this) return;
    this.#edits.note(transaction);
    if (this.#due || this.#gathers || this.#edits.nothing) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (!this.#gathers) this.#sayAll();
    });
  };

  get #gathers(): boolean {
    return this.#underWay > 0 || this.#gathering !== undefined;
  }

  /** What was written goes up in its order, whatever is under way. */
  readonly #sayAll = (): void => {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#closed) return;
    for (const update of this.#edits.take()) {
      this.#underWay++;
      this.#went = performance.now();
      this.#answered = this.#door.push(update).then(this.#saved);
    }
  };

  readonly #handOver = (event: Event): void => {
    this.#sayAll();
    (event as HandOver).detail.push(this.#answered);
  };

  readonly #saved = (): void => {
    if (--this.#underWay > 0 || this.#closed || this.#edits.nothing) return;
    this.#gathering = setTimeout(this.#sayAll, Math.max(0, this.#went + GATHER_MS - performance.now()));
  };

  readonly #moved = (
    { added, updated, removed }: Record<"added" | "updated" | "removed", number[]>,
    origin: unknown,
  ): void => {
    // Only this editor's own state goes up; what the engine said and what timed out here does not.
    if (origin === this || ![...added, ...updated, ...removed].includes(this.doc.clientID)) return;
    this.#carets.add(this.doc.clientID);
    this.#caretTimer ??= setTimeout(() => {
      this.#caretTimer = undefined;
      this.#say();
    }, AWARENESS_GAP_MS);
  };

  #say(): void {
    if (this.#carets.size === 0 || this.#closed) return;
    this.#door.pushAwareness(encodeAwarenessUpdate(this.awareness, [...this.#carets]));
    this.#carets.clear();
  }
}
