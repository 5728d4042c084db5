// The doors through Tauri's IPC. Document bytes cross raw in both directions, never as JSON.
import { Channel, invoke } from "@tauri-apps/api/core";
import type { Command, Done } from "./types/command";
import type { Update, View } from "./types/view";
import { asError } from "./refused";
import type { DocumentWire, Transport, Watching } from "./transport";

/** What cannot be stopped has stopped already. */
const unwatch = (watch: number) => void invoke("unwatch", { watch }).catch(() => undefined);

export class TauriTransport implements Transport {
  async dispatch(command: Command): Promise<Done> {
    try {
      return await invoke<Done>("dispatch", { command });
    } catch (reason) {
      throw asError(reason);
    }
  }

  watch(view: View, onUpdate: (update: Update) => void, onFailed: (error: unknown) => void): Watching {
    let stopped = false;
    const channel = new Channel<Update>();
    channel.onmessage = (update) => {
      if (!stopped) onUpdate(update);
    };
    const watching = {
      id: undefined as number | undefined,
      stop() {
        stopped = true;
        if (watching.id !== undefined) unwatch(watching.id);
      },
    };
    invoke<number>("watch", { view, channel }).then(
      (id) => {
        watching.id = id;
        if (stopped) unwatch(id);
      },
      (reason) => onFailed(asError(reason)),
    );
    return watching;
  }

  openDocument(
    document: string,
    onFrame: (frame: Uint8Array) => void,
    onFailed: (error: unknown) => void,
  ): DocumentWire {
    let open = true;
    const channel = new Channel<ArrayBuffer>();
    channel.onmessage = (frame) => {
      if (open) onFrame(new Uint8Array(frame));
    };
    // Edits made while the engine still opens the document wait for it; later ones go out in the same task.
    let opened: Promise<unknown> | undefined = invoke("doc_open", { document, channel }).then(
      () => (opened = undefined),
      (reason) => onFailed(asError(reason)),
    );
    const push = (frame: Uint8Array) =>
      invoke<void>("doc_push", frame, { headers: { document } }).catch((reason: unknown) => onFailed(asError(reason)));
    return {
      send: (frame) => (opened ? opened.then(() => push(frame)) : push(frame)),
      close() {
        open = false;
        const close = () => void invoke("doc_close", { document }).catch(() => undefined);
        if (opened) void opened.then(close);
        else close();
      },
    };
  }
}
