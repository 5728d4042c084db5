// Changes of messages that are begun and not yet saved or left: kept while the window is open, wherever the person goes.

export class Edit {
  text = $state("");
  /** The box has yet to take the focus: it was asked for, and not merely scrolled back to. */
  asked = true;

  constructor(text: string) {
    this.text = text;
  }
}

let begun: ReadonlyMap<string, Edit> = $state.raw(new Map());

/** The edit of the message of this id; undefined if none is begun. */
export const editOf = (message: string): Edit | undefined => begun.get(message);

/** Begin to edit it, from this text. What is begun goes on as it stands; `anew` puts the text in its place. */
export function beginEdit(message: string, text: string, anew = false): void {
  const edit = anew ? undefined : begun.get(message);
  if (edit) edit.asked = true;
  begun = new Map([...begun].filter(([id]) => id !== message)).set(message, edit ?? new Edit(text));
}

/** It was saved, or left. */
export function endEdit(message: string): void {
  begun = new Map([...begun].filter(([id]) => id !== message));
}
