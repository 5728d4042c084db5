// The letters that stand for a name. Not a key: two people may share them.

/** At most two letters: of the first and the last word, or the first two of one word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const [first, last] = [words[0] ?? "?", words.length > 1 ? words.at(-1)! : ""];
  const letters = [...first];
  return (last ? letters[0]! + [...last][0]! : letters.slice(0, 2).join("")).toLocaleUpperCase();
}
