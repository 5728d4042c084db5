// The letters that stand for a name. Not a key: two people may share them.

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** As people see them: an emoji or a flag is one, though it is many characters. */
const letters = (word: string, most: number): string =>
  [...graphemes.segment(word)]
    .slice(0, most)
    .map((one) => one.segment)
    .join("");

/** At most two letters: of the first and the last word, or the first two of one word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const [first, last] = [words[0] ?? "?", words.length > 1 ? words.at(-1)! : ""];
  return (last ? letters(first, 1) + letters(last, 1) : letters(first, 2)).toLocaleUpperCase();
}
