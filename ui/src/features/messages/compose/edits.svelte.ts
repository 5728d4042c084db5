// Changes of messages that are begun and not yet saved or left: kept as a draft is, wherever the person goes.
import type { Command } from "../../../ipc/types/command";
import type { EditItem } from "../../../ipc/types/view";
import { Kept, keptAtOnce } from "./drafts.svelte";

export class Edit extends Kept {
  /** The box has yet to take the focus: it was asked for, and not merely scrolled back to, or found again. */
  asked = false;
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

/** The edit of the message of this id; undefined if none is begun. */
export const editOf = (message: string): Edit | undefined => begun.get(message);

/** All that are begun in this room. */
export const editsIn = (room: string): Edit[] => [...begun.values()].filter((edit) => edit.room === room);

/** Begin to edit it, from this text. What is begun goes on as it stands; `anew` puts the text in its place. */
export function beginEdit(room: string, message: string, text: string, anew = false): void {
  const edit = begun.get(message) ?? put(new Edit(room, message, text));
  edit.asked = true;
  if (!anew) return;
  edit.text = text;
  edit.changed();
}

/** What the engine has kept, when the room is shown. */
export function takeEdits(room: string, kept: readonly EditItem[]): void {
  for (const { message, text } of kept) if (!begun.has(message)) put(new Edit(room, message, text));
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
