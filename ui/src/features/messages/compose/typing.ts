// Says that the person writes: once at the start, again while they go on, and once when they stop.
import { dispatch } from "../../../ipc/dispatch";
import type { Subject } from "../../../ipc/types/model";

/** The engine lets it count for 6 s; said again well before. */
const AGAIN_MS = 4_000;

export class Typing {
  #saidAt = 0;

  constructor(
    readonly room: string,
    readonly thread: Subject | null,
  ) {}

  wrote(text: string): void {
    if (text.trim() === "") return this.stopped();
    if (Date.now() - this.#saidAt < AGAIN_MS) return;
    this.#saidAt = Date.now();
    this.#say(true);
  }

  stopped(): void {
    if (this.#saidAt === 0) return;
    this.#saidAt = 0;
    this.#say(false);
  }

  #say(on: boolean): void {
    // Fleeting: a refusal changes nothing for the person, and the next key says it again.
    dispatch({ do: "typing", room: this.room, thread: this.thread, on }).catch(() => undefined);
  }
}
