// What was found, by group, keeping the order in which it fits.
import type { FoundItem, FoundKind } from "../../ipc/types/command";

export interface FoundGroup {
  kind: FoundKind | "recent" | "scattered";
  items: FoundItem[];
}

/** One group of recent ones for an empty query; else a group for each kind, the best-fitting kind first, and at the end
 *  those in which the letters are only scattered. */
export function grouped(items: readonly FoundItem[], recent: boolean): FoundGroup[] {
  if (recent) return items.length > 0 ? [{ kind: "recent", items: [...items] }] : [];
  const kindOf = (item: FoundItem) => (item.scattered ? "scattered" : item.kind);
  return [...new Set(items.map(kindOf))].map((kind) => ({
    kind,
    items: items.filter((item) => kindOf(item) === kind),
  }));
}

/** People are in several spaces: what tells apart what was found. */
export const foundId = ({ space, id }: FoundItem): string => `${space} ${id}`;
