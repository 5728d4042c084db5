// What is being typed before the caret that wants a list, and what fits: people under `@`, emoji under `:`.
import type { PersonItem } from "../../../ipc/types/view";
import { emoji, fitting } from "../../../design/emoji";

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

/** What the text before the caret asks for. */
export function askingAt(text: string): Asking | undefined {
  const match = ASKED.exec(text);
  if (!match) return undefined;
  const [sign, query] = [match[1] as "@" | ":", match[2]!];
  // An emoji's name has no space and two letters at least: ": " and ":)" are just text.
  if (sign === ":" && (query.includes(" ") || query.length < 2)) return undefined;
  return { sign, query, from: text.length - query.length - 1 };
}

export interface Suggestion {
  key: string;
  /** What takes the place of what was typed. */
  text: string;
  label: string;
  person?: PersonItem;
  emoji?: string;
}

const MOST = 8;
const folded = (name: string): string => name.normalize("NFC").toLocaleLowerCase();

/** What fits, and whether the first of them is meant by what was typed. */
export interface Found {
  suggestions: Suggestion[];
  meant: boolean;
}

/** What fits, at most eight. Of people at once, so that the next key finds it; emoji may have to be loaded. */
export function suggest(asking: Asking, people: readonly PersonItem[]): Found | Promise<Found> {
  return asking.sign === "@" ? named(asking.query, people) : drawn(asking.query);
}

async function drawn(query: string): Promise<Found> {
  const found = fitting(await emoji(), query, MOST);
  return {
    suggestions: found.map((one) => ({
      key: one.unicode,
      text: `${one.unicode} `,
      label: `:${one.code}:`,
      emoji: one.unicode,
    })),
    meant: true,
  };
}

/** Not oneself. A bare sign means nobody yet, nor does a whole name that is not in the list. */
function named(query: string, people: readonly PersonItem[]): Found {
  const asked = folded(query);
  /** A whole name before one that begins so, and that before one with a word that does. */
  const rank = (person: PersonItem) => {
    const name = folded(person.name);
    return name === asked
      ? 0
      : name.startsWith(asked)
        ? 1
        : name.split(" ").some((word) => word.startsWith(asked))
          ? 2
          : 3;
  };
  const found = people.filter((person) => !person.me && rank(person) < 3).sort((one, other) => rank(one) - rank(other));
  const suggestions = found
    .slice(0, MOST)
    .map((person) => ({ key: person.id, text: `@${person.name} `, label: person.name, person }));
  const whole = people.some((person) => folded(person.name) === asked);
  return { suggestions, meant: query.trim() !== "" && (!whole || folded(found[0]?.name ?? "") === asked) };
}
