// Markdown marks around a selection of plain text, and what of a text is sent. Reads and writes strings only.

/** As it is sent: without blank lines before and white space after it. Its first line keeps its spaces; empty if all is blank. */
export const asSent = (text: string): string => text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();

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
  if (text.slice(start - size, start) === sign && text.slice(end, end + size) === sign && !(mark === "italic" && text.slice(start - 2, start) === "**"))
    return { text: text.slice(0, start - size) + inside + text.slice(end + size), start: start - size, end: end - size };
  return { text: text.slice(0, start) + sign + inside + sign + text.slice(end), start: start + size, end: end + size };
}

/** What is being typed before the caret that wants a list: `@na` or `:jo`. */
export interface Asking {
  sign: "@" | ":";
  query: string;
  /** Where the sign stands. */
  from: number;
}

/** Scripts that are written without spaces: there a name may begin within a line. */
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}`;
const WORD = String.raw`[\p{L}\p{M}\p{N}_+-]*`;
const ASKED = new RegExp(String.raw`(?:^|[\s(]|[${UNSPACED}\p{Ps}\p{Pi}](?=@))([@:])(${WORD}(?: ${WORD})?)$`, "u");

export function askingAt(text: string, caret: number): Asking | undefined {
  const match = ASKED.exec(text.slice(0, caret));
  if (!match) return undefined;
  const [sign, query] = [match[1] as "@" | ":", match[2]!];
  // An emoji's name has no space and two letters at least: ": " and ":)" are just text.
  if (sign === ":" && (query.includes(" ") || query.length < 2)) return undefined;
  return { sign, query, from: caret - query.length - 1 };
}
