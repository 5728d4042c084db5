// What carries the three doors: Tauri's IPC in the app, a WebSocket to a real engine in development and browser tests.
// Not the doors themselves: those are dispatch.ts, watch.svelte.ts and documents.ts.
import type { Command, Done } from "./types/command";
import type { Update, View } from "./types/view";
import { TauriTransport } from "./tauri";

/** A view that is being watched. */
export interface Watching {
  /** The engine's number for it, which `scroll` names; undefined until it has answered. */
  readonly id: number | undefined;
  stop(): void;
}

/** A document's channel. Frames go up in order. */
export interface DocumentWire {
  /** Kept when the next may go: in the app, when the engine has saved this one. */
  send(frame: Uint8Array): Promise<void>;
  close(): void;
}

export interface Transport {
  dispatch(command: Command): Promise<Done>;
  /** `onFailed` is told if the engine would not show the view. */
  watch(view: View, onUpdate: (update: Update) => void, onFailed: (error: unknown) => void): Watching;
  /** `onFailed` is told if the engine would not open the document. */
  openDocument(
    document: string,
    onFrame: (frame: Uint8Array) => void,
    onFailed: (error: unknown) => void,
  ): DocumentWire;
}

/** Is this the app's own window, not a browser? */
export const inShell = "__TAURI_INTERNALS__" in globalThis;

const socketUrl = () =>
  new URLSearchParams(globalThis.location?.search).get("socket") ??
  (import.meta.env["VITE_FOLKMOOT_SOCKET"] as string | undefined) ??
  "ws://127.0.0.1:4650/";

let chosen: Transport | undefined;

/** Choose what carries the doors, before anybody uses one. A browser fetches the socket; the app never does. */
export async function choose(): Promise<void> {
  chosen = inShell ? new TauriTransport() : new (await import("./socket")).SocketTransport(socketUrl());
}

export function transport(): Transport {
  if (!chosen) throw new Error("nothing carries the doors yet");
  return chosen;
}

/** For tests: carry the doors by this. */
export function carryBy(other: Transport | undefined): void {
  chosen = other;
}
