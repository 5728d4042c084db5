// The doors through a development socket: a real engine behind a WebSocket, so that a browser can be the UI.
// Never used in the app's own window. Watches and documents are opened anew when the socket comes back.
import type { Command, Done } from "./types/command";
import type { Update, View } from "./types/view";
import { asError } from "./refused";
import type { DocumentWire, Transport, Watching } from "./transport";
import { uuidBytes, uuidText } from "./uuid_bytes";

const REDIAL_AFTER_MS = 500;

type Answer = { resolve: (done: unknown) => void; reject: (error: Error) => void };
type Watched = {
  view: View;
  id: number | undefined;
  onUpdate: (update: Update) => void;
  onFailed: (error: unknown) => void;
};
type Opened = { onFrame: (frame: Uint8Array) => void; onFailed: (error: unknown) => void };

export class SocketTransport implements Transport {
  #socket!: WebSocket;
  #next = 1;
  #waiting: (string | Uint8Array<ArrayBuffer>)[] = [];
  readonly #answers = new Map<number, Answer>();
  readonly #watches = new Set<Watched>();
  /** A document may be opened anew before it is closed: both then hear all its frames, which does no harm. */
  readonly #documents = new Map<string, Set<Opened>>();

  constructor(private readonly url: string) {
    this.#dial();
  }

  dispatch(command: Command): Promise<Done> {
    return this.#ask({ dispatch: command }) as Promise<Done>;
  }

  watch(view: View, onUpdate: (update: Update) => void, onFailed: (error: unknown) => void): Watching {
    const watched: Watched = { view, id: undefined, onUpdate, onFailed };
    this.#watches.add(watched);
    this.#startWatch(watched);
    return {
      get id() {
        return watched.id;
      },
      stop: () => {
        this.#watches.delete(watched);
        if (watched.id !== undefined) void this.#ask({ unwatch: watched.id }).catch(() => undefined);
      },
    };
  }

  openDocument(
    document: string,
    onFrame: (frame: Uint8Array) => void,
    onFailed: (error: unknown) => void,
  ): DocumentWire {
    const opened: Opened = { onFrame, onFailed };
    this.#documents.set(document, (this.#documents.get(document) ?? new Set()).add(opened));
    void this.#ask({ doc_open: document }).catch(onFailed);
    const id = uuidBytes(document);
    return {
      send: (frame) => {
        const bytes = new Uint8Array(16 + frame.length);
        bytes.set(id);
        bytes.set(frame, 16);
        this.#send(bytes);
        // Nothing answers it here.
        return Promise.resolve();
      },
      close: () => {
        const all = this.#documents.get(document);
        all?.delete(opened);
        if (all?.size === 0) this.#documents.delete(document);
        void this.#ask({ doc_close: document }).catch(() => undefined);
      },
    };
  }

  #startWatch(watched: Watched): void {
    this.#ask({ watch: watched.view }).then((done) => {
      const { watch } = done as { watch: number };
      if (this.#watches.has(watched)) watched.id = watch;
      else void this.#ask({ unwatch: watch }).catch(() => undefined);
      for (const [early, update] of this.#early.splice(0)) this.#update(early, update);
    }, watched.onFailed);
  }

  #ask(body: object): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#send(JSON.stringify({ id, ...body }));
    });
  }

  #send(frame: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
    else this.#waiting.push(frame);
  }

  #dial(): void {
    this.#socket = new WebSocket(this.url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      for (const frame of this.#waiting.splice(0)) this.#socket.send(frame);
    };
    this.#socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#text(JSON.parse(data) as Record<string, unknown>);
      else this.#binary(new Uint8Array(data as ArrayBuffer));
    };
    this.#socket.onclose = () => {
      for (const { reject } of this.#answers.values()) reject(new Error("the development socket closed"));
      this.#answers.clear();
      this.#waiting = [];
      setTimeout(() => this.#redial(), REDIAL_AFTER_MS);
    };
  }

  #redial(): void {
    this.#dial();
    for (const watched of this.#watches) {
      watched.id = undefined;
      this.#startWatch(watched);
    }
    for (const [document, all] of this.#documents)
      for (const { onFailed } of all) void this.#ask({ doc_open: document }).catch(onFailed);
  }

  /** Updates that overtook the answer which names their watch. */
  readonly #early: [number, Update][] = [];

  #text(frame: Record<string, unknown>): void {
    if ("watch" in frame) return this.#update(frame["watch"] as number, frame["update"] as Update);
    const answer = this.#answers.get(frame["id"] as number);
    this.#answers.delete(frame["id"] as number);
    if ("refused" in frame) answer?.reject(asError(frame["refused"]));
    else answer?.resolve(frame["done"]);
  }

  #update(watch: number, update: Update): void {
    for (const watched of this.#watches) if (watched.id === watch) return watched.onUpdate(update);
    for (const watched of this.#watches) if (watched.id === undefined) return void this.#early.push([watch, update]);
  }

  #binary(bytes: Uint8Array): void {
    for (const { onFrame } of this.#documents.get(uuidText(bytes.subarray(0, 16))) ?? []) onFrame(bytes.slice(16));
  }
}
