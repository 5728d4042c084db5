// Binds a Y.Doc and its Awareness to the document door. The webview is one more replica, which stores nothing.
// A local edit never waits: what one task of the event loop wrote goes out merged at that task's end.
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { openDocument, type DocumentDoor } from "./documents";

/** The least time between two awareness updates: 20 per second. */
const AWARENESS_GAP_MS = 50;

/** Updates of one task are merged up to here: more would not pass where documents are kept. */
const MERGED_BYTES_MAX = 256 << 10;

export interface ProviderEars {
  onSynced(): void;
  /** What was written here is safe. It goes on in a new Y.Doc, with a Yjs client id of its own. */
  onRestart(): void;
  onFailed(error: unknown): void;
}

export class DocProvider {
  readonly awareness: Awareness;
  synced = false;
  readonly #door: DocumentDoor;
  #updates: Uint8Array[] = [];
  #carets = new Set<number>();
  #caretTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(document: string, readonly doc: Y.Doc, ears: ProviderEars) {
    this.awareness = new Awareness(doc);
    this.#door = openDocument(document, {
      onUpdate: (update) => Y.applyUpdate(doc, update, this),
      onAwareness: (update) => applyAwarenessUpdate(this.awareness, update, this),
      onSynced: () => {
        this.synced = true;
        ears.onSynced();
      },
      onRestart: () => {
        this.#flush();
        ears.onRestart();
      },
      onFailed: (error) => ears.onFailed(error),
    });
    doc.on("update", this.#edited);
    this.awareness.on("update", this.#moved);
  }

  /** Nothing of this editor is seen or sent any more; what was written before has gone out. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    removeAwarenessStates(this.awareness, [this.doc.clientID], "closed");
    clearTimeout(this.#caretTimer);
    this.#say();
    this.#closed = true;
    this.doc.off("update", this.#edited);
    this.awareness.off("update", this.#moved);
    this.awareness.destroy();
    this.#door.close();
  }

  readonly #edited = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    if (this.#updates.push(update) === 1) queueMicrotask(() => this.#flush());
  };

  #flush(): void {
    const updates = this.#updates.splice(0);
    if (this.#closed) return;
    while (updates.length > 0) {
      let bytes = 0;
      const over = updates.findIndex((update) => (bytes += update.length) > MERGED_BYTES_MAX);
      const together = updates.splice(0, over < 0 ? updates.length : Math.max(1, over));
      this.#door.push(together.length === 1 ? together[0]! : Y.mergeUpdates(together));
    }
  }

  readonly #moved = ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>, origin: unknown): void => {
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
