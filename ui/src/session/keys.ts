// The keys of all actions: which one a key means, where it was pressed. The keys of fields and editors are theirs.
import { composing } from "../design/composing";
import { overlays } from "../design/overlays.svelte";
import { actions, type Action } from "./actions.svelte";
import { partsOf } from "./key_names";
import { subjectOf, subjectsAt, type Subjects } from "./subjects";

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** On some keyboards a sign needs Shift, on others it does not. */
const isSign = (key: string): boolean => key.length === 1 && !/[\p{L}\d]/u.test(key);

export function means(keys: string, event: Pressed): boolean {
  const parts = partsOf(keys);
  const key = parts.pop()!;
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === parts.includes("Ctrl") &&
    event.altKey === parts.includes("Alt") &&
    (isSign(key) || event.shiftKey === parts.includes("Shift"))
  );
}

/** The action that this key means, for what has the focus. */
export function actionFor(event: Pressed & { target: EventTarget | null }): (() => void) | undefined {
  // A key alone is meant for what has the focus, not for what lies around it.
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const own = subjectOf(event.target);
  const all = subjectsAt(event.target instanceof Element ? event.target : null);
  const subjects: Partial<Subjects> = plain ? { ...own, ...(all.window && { window: all.window }) } : all;
  const meant = (action: Action) => {
    const subject = subjects[action.at];
    if (action.bound || !subject || (overlays.any && !action.over)) return undefined;
    return action.keys?.some((keys) => means(keys, event)) ? actions.for(action, subject) : undefined;
  };
  for (const action of actions.all) {
    const offered = meant(action);
    if (offered) return () => offered.act();
  }
  return undefined;
}

export function listen(): () => void {
  const key = (event: KeyboardEvent) => {
    const act = event.defaultPrevented || composing(event) ? undefined : actionFor(event);
    if (!act) return;
    event.preventDefault();
    act();
  };
  globalThis.addEventListener("keydown", key);
  return () => globalThis.removeEventListener("keydown", key);
}
