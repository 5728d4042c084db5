// What is chosen for this device alone and is nobody's data: how the window looks, what is folded, where one was.

export type Choice = "appearance" | "panel" | "folded" | "places";

/** What was kept; undefined where nothing readable was. Its shape is to be looked at: another version may have kept it. */
export function keptOf(choice: Choice): unknown {
  try {
    return JSON.parse(localStorage.getItem(`folkmoot.${choice}`) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keep it. Where nothing can be kept it holds until the window closes. */
export function keep(choice: Choice, value: unknown): void {
  try {
    localStorage.setItem(`folkmoot.${choice}`, JSON.stringify(value));
  } catch {
    // As said.
  }
}
