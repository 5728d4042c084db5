// Actions under the titles of their groups, and those that a query fits.
import type { Action } from "../../session/actions.svelte";
import { GROUPS } from "../../words/actions";

export interface Titled<A> {
  title: string;
  actions: A[];
}

/** In the order in which the titles first come. */
export function titled<A extends Action>(actions: readonly A[]): Titled<A>[] {
  const groups = new Map<string, A[]>();
  for (const action of actions) {
    const title = GROUPS[action.group];
    groups.set(title, [...(groups.get(title) ?? []), action]);
  }
  return [...groups].map(([title, actions]) => ({ title, actions }));
}

/** Those in whose name and title all words of the query begin a word; where the name begins with it first. */
export function fitting<A extends Action>(actions: readonly A[], query: string): A[] {
  const asked = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const begins = (text: string, word: string) => ` ${text}`.includes(` ${word}`);
  const rank = (action: A) => {
    const name = action.name.toLocaleLowerCase();
    if (name.startsWith(asked.join(" "))) return 0;
    return asked.every((word) => begins(name, word)) ? 1 : 2;
  };
  return actions
    .filter((action) => {
      const text = `${action.name} ${GROUPS[action.group]}`.toLocaleLowerCase();
      return asked.every((word) => begins(text, word));
    })
    .map((action) => [rank(action), action] as const)
    .sort(([one], [other]) => one - other)
    .map(([, action]) => action);
}
