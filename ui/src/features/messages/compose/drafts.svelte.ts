// What is being written in each room and thread, as a message or in place of one's text. Writing waits for nothing; the engine keeps
// it on this device within a second, and at once when the person leaves the room or the window, or the app ends.
import { dispatch } from "../../../ipc/dispatch";
import { HAND_OVER, type HandOver } from "../../../ipc/shell";
import type { Command } from "../../../ipc/types/command";
import type { Subject } from "../../../ipc/types/model";
import type { DraftItem, QuoteItem } from "../../../ipc/types/view";
import { tell } from "../../../session/attempt";

/** A pause in writing after which it is kept. */
const PAUSE_MS = 700;

/** What is written somewhere, and kept as it changes. */
export abstract class Kept {
  text = $state("");
  #kept: string | undefined;
  #told = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keeping: Promise<void> = Promise.resolve();

  /** What keeps it. */
  protected abstract get command(): Command;

  /** It is kept as it is now. */
  protected settle(): void {
    this.#kept = JSON.stringify(this.command);
  }

  /** It was refused as a message, which was told: that it is not kept either needs no second note. */
  refused(text: string): void {
    this.#told = true;
    this.add(text);
  }

  /** Put a text below what is there: nothing is overwritten. */
  add(text: string): void {
    this.text = this.text.trim() === "" ? text : `${this.text.trimEnd()}\n${text}`;
    this.changed();
  }

  /** It was changed: keep it soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => void this.keep(), PAUSE_MS);
  }

  /** Keep it now, if it is not kept as it is. */
  keep(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { command } = this;
    const now = JSON.stringify(command);
    if (now === this.#kept) return this.#keeping;
    this.#kept = now;
    return (this.#keeping = dispatch(command).then(
      () => void (this.#told = false),
      (error: unknown) => {
        this.#kept = undefined;
        // Once: it is tried again with each pause.
        if (!this.#told) void tell(error, "draft");
        this.#told = true;
      },
    ));
  }
}

export class Draft extends Kept {
  replyTo: QuoteItem | undefined = $state.raw();
  #taken = false;

  constructor(
    readonly room: string,
    readonly thread: Subject | null,
  ) {
    super();
    this.settle();
  }

  protected get command(): Command {
    const { room, text, thread } = this;
    return { do: "draft", room, text, reply_to: this.replyTo?.id ?? null, thread };
  }

  /** What the engine has kept, when the talk is first shown. */
  take(kept: DraftItem | null): void {
    if (this.#taken) return;
    this.#taken = true;
    if (!kept) return;
    this.text = kept.text;
    this.replyTo = kept.reply_to ?? undefined;
    this.settle();
  }
}

const drafts = new Map<string, Draft>();

export function draftOf(room: string, thread: Subject | null): Draft {
  const key = thread?.message ?? room;
  let draft = drafts.get(key);
  if (draft) return draft;
  drafts.set(key, (draft = new Draft(room, thread)));
  keptAtOnce(draft);
  return draft;
}

const all = new Set<Kept>();

/** Keep it also when the window loses the focus, or goes; until what is answered is called. */
export function keptAtOnce(kept: Kept): () => void {
  all.add(kept);
  return () => all.delete(kept);
}

const keepAll = () => [...all].map((kept) => kept.keep());
globalThis.addEventListener("blur", keepAll);
globalThis.addEventListener("pagehide", keepAll);
globalThis.addEventListener(HAND_OVER, (event) => (event as HandOver).detail.push(...keepAll()));
