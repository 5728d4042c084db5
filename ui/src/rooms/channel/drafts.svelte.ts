// What is being written in each room. Writing waits for nothing; the engine keeps it on this device within a second, and
// at once when the person leaves the room or the window, or the app ends.
import { dispatch } from "../../ipc/dispatch";
import { HAND_OVER, type HandOver } from "../../ipc/shell";
import type { DraftItem, QuoteItem } from "../../ipc/types/view";
import { tell } from "../attempt";

/** A pause in writing after which it is kept. */
const PAUSE_MS = 700;

export class Draft {
  text = $state("");
  replyTo: QuoteItem | undefined = $state.raw();
  #kept = key("", undefined);
  #taken = false;
  #told = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(readonly room: string) {}

  /** What the engine has kept, when the room is first shown. */
  take(kept: DraftItem | null): void {
    if (this.#taken) return;
    this.#taken = true;
    if (!kept) return;
    this.text = kept.text;
    this.replyTo = kept.reply_to ?? undefined;
    this.#kept = key(this.text, this.replyTo);
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
    this.#timer ??= setTimeout(() => this.keep(), PAUSE_MS);
  }

  /** Keep it now, if it is not kept as it is. */
  keep(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = key(this.text, this.replyTo);
    if (now === this.#kept) return this.#keeping;
    this.#kept = now;
    return (this.#keeping = dispatch({ do: "draft", room: this.room, text: this.text, reply_to: this.replyTo?.id ?? null }).then(
      () => void (this.#told = false),
      (error: unknown) => {
        this.#kept = "";
        // Once: it is tried again with each pause.
        if (!this.#told) void tell(error, "draft");
        this.#told = true;
      },
    ));
  }
}

const key = (text: string, replyTo: QuoteItem | undefined): string => `${replyTo?.id ?? ""} ${text}`;

const drafts = new Map<string, Draft>();

export function draftOf(room: string): Draft {
  let draft = drafts.get(room);
  if (!draft) drafts.set(room, (draft = new Draft(room)));
  return draft;
}

/** Keep all of them now: the window loses the focus, or goes. */
const keepAll = () => [...drafts.values()].map((draft) => draft.keep());
globalThis.addEventListener("blur", keepAll);
globalThis.addEventListener("pagehide", keepAll);
globalThis.addEventListener(HAND_OVER, (event) => (event as HandOver).detail.push(...keepAll()));
