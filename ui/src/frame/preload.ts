// What a click, a key or the pointer may ask for next, fetched once the window has nothing else to do: the shell stays
// small, and nothing flashes or is waited for. Not the editors and the emoji, which weigh more than all of this together,
// nor what is shown before there are rooms. Each feature has a list of its own; tests/house.test.ts finds what is missing.
import { FEATURES } from "./features";

const LATER: (() => Promise<unknown>)[] = [
  () => import("../design/Tips.svelte"),
  () => import("../design/Tip.svelte"),
  () => import("../design/Facts.svelte"),
  () => import("../session/action_menu"),
  () => import("./NoRoom.svelte"),
  () => import("./switcher/Switcher.svelte"),
  () => import("../design/Menu.svelte"),
  () => import("./links"),
  () => import("../design/Popover.svelte"),
  () => import("../session/in_words"),
  () => import("./Shortcuts.svelte"),
  () => import("../session/Failed.svelte"),
  () => import("../session/Absent.svelte"),
  () => import("./Panel.svelte"),
];

/** WebKitGTK does not tell when it is idle: a pause for each will do. */
const idle = (): Promise<unknown> =>
  new Promise((go) =>
    "requestIdleCallback" in globalThis ? globalThis.requestIdleCallback(go, { timeout: 1_000 }) : setTimeout(go, 50),
  );

/** One after the other, so that a click in between waits for one at most. */
export async function preload(): Promise<void> {
  const lists = await Promise.all(FEATURES.map(async ({ preload }) => (await preload?.())?.all ?? []));
  for (const load of [...LATER, ...lists.flat()]) {
    await idle();
    // What cannot be fetched now is fetched when it is asked for, and fails there.
    await load().catch(() => undefined);
  }
}
