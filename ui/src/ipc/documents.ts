// The third door: a document's bytes. What they mean is Yjs's; who merges them is doc_provider.ts.
import { transport } from "./transport";

/** The first byte of a frame. */
export const FRAME = { update: 0, awareness: 1, synced: 2, restart: 3 } as const;

export interface DocumentDoor {
  /** Kept when the engine has saved it, or refused it (which `onFailed` tells). */
  push(update: Uint8Array): Promise<void>;
  pushAwareness(update: Uint8Array): void;
  close(): void;
}

export interface DocumentEars {
  /** The first one is the whole state. */
  onUpdate(update: Uint8Array): void;
  onAwareness(update: Uint8Array): void;
  /** The state sent so far is all that is held, and complete. */
  onSynced(): void;
  /** This editor's Yjs client is somebody else's: say what is not said yet, and open the document anew. */
  onRestart(): void;
  onFailed(error: unknown): void;
}

export function openDocument(document: string, ears: DocumentEars): DocumentDoor {
  const wire = transport().openDocument(
    document,
    (frame) => {
      if (frame[0] === FRAME.update) ears.onUpdate(frame.subarray(1));
      else if (frame[0] === FRAME.awareness) ears.onAwareness(frame.subarray(1));
      else if (frame[0] === FRAME.synced) ears.onSynced();
      else if (frame[0] === FRAME.restart) ears.onRestart();
    },
    (error) => ears.onFailed(error),
  );
  const send = (kind: number, bytes: Uint8Array) => {
    const frame = new Uint8Array(1 + bytes.length);
    frame[0] = kind;
    frame.set(bytes, 1);
    return wire.send(frame);
  };
  return {
    push: (update) => send(FRAME.update, update),
    pushAwareness: (update) => void send(FRAME.awareness, update),
    close: () => wire.close(),
  };
}
