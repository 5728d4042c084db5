// Changes of messages that are begun and not yet saved or left: kept as a draft is, wherever the person goes.
import type { Command } from "../../../ipc/types/command";
import type { EditItem } from "../../../ipc/types/view";
import type { Talk } from "../talk.svelte";
import { Kept, keptAtOnce } from "./drafts.svelte";

export class Edit extends Kept {
  /** The box has yet to take the focus: it was asked for, and not merely scrolled back to, or found again. */
  asked = false;
  /** Where it was begun, as long as that is open: there alone its box stands, of a message that is shown in two places. */
  at: Talk | undefined = $state.raw();
  readonly #forget = keptAtOnce(this);

  constructor(
    readonly room: string,
    readonly message: string,
    text: string,
  ) {
    super();
    this.text = text;
    this.settle();
  }

  protected get command(): Command {
    return { do: "draft_edit", room: this.room, message: this.message, text: this.text };
  }

  /** Nothing is kept of it any more. */
  end(): void {
    this.text = "";
    void this.keep();
    this.#forget();
  }
}

let begun: ReadonlyMap<string, Edit> = $state.raw(new Map());

/** The edit of the message of this id that has its box here; undefined if there is none. */
export function editOf(message: string, talk: Talk): Edit | undefined {
  const edit = begun.get(message);
  return edit?.at && edit.at !== talk ? undefined : edit;
}

/** All that have their boxes here; in a room also those of its threads that are not open. */
export const editsIn = (talk: Talk): Edit[] =>
  [...begun.values()].filter(({ room, at }) => (at ? at === talk : room === talk.room && !talk.thread));

/** Begin to edit it here, from this text. What is begun goes on as it stands; `anew` puts the text in its place. */
export function beginEdit(talk: Talk, message: string, text: string, anew = false): void {
  const edit = begun.get(message) ?? put(new Edit(talk.room, message, text));
  edit.at = talk;
  edit.asked = true;
  if (!anew) return;
  edit.text = text;
  edit.changed();
}

/** What the engine has kept, when the room is shown. */
export function takeEdits(room: string, kept: readonly EditItem[]): void {
  for (const { message, text } of kept) if (!begun.has(message)) put(new Edit(room, message, text));
}

/** This is open no more: its boxes may stand elsewhere. */
export function leaveEdits(talk: Talk): void {
  for (const edit of begun.values()) if (edit.at === talk) edit.at = undefined;
}

/** It was saved, or left. */
export function endEdit(message: string): void {
  begun.get(message)?.end();
  begun = new Map([...begun].filter(([id]) => id !== message));
}

function put(edit: Edit): Edit {
  begun = new Map(begun).set(edit.message, edit);
  return edit;
}
