// The emoji, loaded when first wanted. The list and its words are emojibase's.

export interface Emoji {
  unicode: string;
  label: string;
  group: number;
  /** All that it is found by, in lower case: its name, tags and shortcodes. */
  found: string;
  code: string;
}

let loaded: Promise<Emoji[]> | undefined;

export function emoji(): Promise<Emoji[]> {
  loaded ??= Promise.all([
    import("emojibase-data/en/compact.json"),
    import("emojibase-data/en/shortcodes/github.json"),
  ]).then(([data, codes]) =>
    data.default
      .filter((one) => one.group !== undefined && one.group !== 2)
      .map((one) => {
        const named =
          (codes.default as Record<string, string | string[]>)[one.hexcode] ?? one.label.replaceAll(" ", "_");
        const all = Array.isArray(named) ? named : [named];
        return {
          unicode: one.unicode,
          label: one.label,
          group: one.group!,
          code: all[0]!,
          found: [...all, one.label, ...(one.tags ?? [])].join(" ").toLowerCase(),
        };
      }),
  );
  return loaded;
}

/** Those whose words begin with the query, a shortcode that does first. */
export function fitting(all: readonly Emoji[], query: string, most: number): Emoji[] {
  const asked = query.toLowerCase().replaceAll("_", " ");
  const rank = (one: Emoji) => {
    if (one.code === query) return 0;
    if (one.code.replaceAll("_", " ").startsWith(asked)) return 1;
    return ` ${one.found}`.includes(` ${asked}`) ? 2 : 3;
  };
  return all
    .map((one) => [rank(one), one] as const)
    .filter(([at]) => at < 3)
    .sort(([one], [other]) => one - other)
    .slice(0, most)
    .map(([, one]) => one);
}
