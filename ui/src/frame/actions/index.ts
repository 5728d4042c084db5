// Gathers the actions of all features, in the order of their groups, and listens to their keys.
import { actions, type Action } from "../../session/actions.svelte";
import { GROUPS } from "../../words/actions";
import { FEATURES } from "../features";
import { all as go } from "./go";
import { all as rows } from "./rows";
import { listen } from "../../session/keys";

const ORDER = Object.keys(GROUPS);

/** All there are, loaded. */
export async function gathered(): Promise<Action[]> {
  const lists = await Promise.all(FEATURES.map(async ({ actions }) => (await actions?.())?.all ?? []));
  // What is nearer counts first, where a key means something in two places.
  return [...lists.flat(), ...rows, ...go].sort((one, other) => ORDER.indexOf(one.group) - ORDER.indexOf(other.group));
}

/** From now on all actions are offered; ends when what is returned is called. */
export async function start(): Promise<() => void> {
  actions.all = await gathered();
  return listen();
}
