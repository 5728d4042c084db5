// Markdown marks around a selection of plain text. Reads and writes strings only.

export interface Selected {
  text: string;
  start: number;
  end: number;
}

export const MARKS = { bold: "**", italic: "*", code: "`", strike: "~~" } as const;
export type Mark = keyof typeof MARKS;

/** Put the mark around the selection, or take it off if it is there. */
export function toggled({ text, start, end }: Selected, mark: Mark): Selected {
  const sign = MARKS[mark];
  const size = sign.length;
  const inside = text.slice(start, end);
  if (
    text.slice(start - size, start) === sign &&
    text.slice(end, end + size) === sign &&
    !(mark === "italic" && text.slice(start - 2, start) === "**")
  )
    return {
      text: text.slice(0, start - size) + inside + text.slice(end + size),
      start: start - size,
      end: end - size,
    };
  return { text: text.slice(0, start) + sign + inside + sign + text.slice(end), start: start + size, end: end + size };
}
