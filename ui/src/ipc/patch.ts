// From one state of a view to the next, as crates/client/src/view/patch.rs writes it. What did not change keeps its
// identity, so that nothing is drawn again for it.
import type { FieldPatch, Update } from "./types/view";

type Row = { id: string };
type Fields = Record<string, unknown>;

export function applied<V extends object>(before: V | undefined, update: Update): V {
  if (update.is === "snapshot") return renewed(before as Fields | undefined, update.view as Fields) as V;
  const after: Fields = { ...(before as Fields) };
  for (const [name, patch] of Object.entries(update.fields)) if (patch) after[name] = field(after[name], patch);
  return after as V;
}

function field(before: unknown, patch: FieldPatch): unknown {
  if (patch.is === "set") return patch.value;
  const held = new Map((before as Row[]).map((row) => [row.id, row]));
  for (const row of patch.rows as Row[]) held.set(row.id, row);
  const order = patch.order ?? (before as Row[]).map((row) => row.id);
  return order.map((id) => held.get(id)).filter((row) => row !== undefined);
}

/** A snapshot in which the fields and rows that are as before are the ones from before. */
function renewed(before: Fields | undefined, after: Fields): Fields {
  if (!before) return after;
  const kept: Fields = {};
  for (const [name, value] of Object.entries(after)) kept[name] = keptOr(before[name], value);
  return kept;
}

function keptOr(before: unknown, after: unknown): unknown {
  if (same(before, after)) return before;
  if (!rows(before) || !rows(after)) return after;
  const held = new Map(before.map((row) => [row.id, row]));
  return after.map((row) => (same(held.get(row.id), row) ? held.get(row.id) : row));
}

const rows = (value: unknown): value is Row[] =>
  Array.isArray(value) && value.every((row) => typeof row?.id === "string");
const same = (one: unknown, other: unknown) => one === other || JSON.stringify(one) === JSON.stringify(other);
