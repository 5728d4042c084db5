// What was found, by group, keeping the order in which it fits.
import type { FoundItem, FoundKind } from "../ipc/types/command";

export interface FoundGroup {
  kind: FoundKind | "recent";
  items: FoundItem[];
}

/** One group of recent ones for an empty query; else a group for each kind, the best-fitting kind first. */
export function grouped(items: readonly FoundItem[], recent: boolean): FoundGroup[] {
  if (recent) return items.length > 0 ? [{ kind: "recent", items: [...items] }] : [];
  const kinds = [...new Set(items.map((item) => item.kind))];
  return kinds.map((kind) => ({ kind, items: items.filter((item) => item.kind === kind) }));
}
