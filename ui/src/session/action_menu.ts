// Actions as a menu: one section for each group.
import type { MenuItem } from "../design/overlays.svelte";
import { actions, type Offered, type Surface } from "./actions.svelte";
import { keyOf } from "./key_names";
import type { Kind, Subjects } from "./subjects";

const itemOf = (action: Offered): MenuItem => ({
  label: action.name,
  hint: keyOf(action),
  run: () => action.act(),
  ...(action.icon && { icon: action.icon }),
  ...(action.danger && { danger: true }),
  ...(action.checked !== undefined && { checked: action.checked }),
});

export function menuOf<K extends Kind>(at: K, subject: Subjects[K], surface: Surface = "menu"): MenuItem[][] {
  const sections = new Map<string, MenuItem[]>();
  for (const action of actions.of(at, subject, surface))
    sections.set(action.group, [...(sections.get(action.group) ?? []), itemOf(action)]);
  return [...sections.values()];
}
