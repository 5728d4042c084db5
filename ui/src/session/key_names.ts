// How keys are called: on the sheet, in menus, on tips.

const mac = /Mac/.test(globalThis.navigator?.platform ?? "");
const NAMES: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Delete: "Del",
  ContextMenu: "Menu",
  ...(mac && { Ctrl: "⌘", Alt: "⌥", Shift: "⇧" }),
};

/** The parts of `Ctrl+Shift+X`. The last one may be the plus itself. */
export const partsOf = (keys: string): string[] => keys.split(/\+(?=.)/);

/** `Ctrl+K` as "Ctrl K". */
export const keyName = (keys: string): string =>
  partsOf(keys)
    .map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");

/** The first of an action's keys; empty if it has none. */
export const keyOf = (action: { keys?: readonly string[] } | undefined): string =>
  action?.keys?.[0] ? keyName(action.keys[0]) : "";
