// What the shell tells the window: where to go, and that the app ends. Fetched apart, since no browser needs it.
import { invoke } from "@tauri-apps/api/core";
import { listen as hear } from "@tauri-apps/api/event";
import { HAND_OVER } from "./shell";

/** Keys that were pressed reach the page one by one, each when the one before is done: after so long without one all have come. */
const QUIET_MS = 120;

/** The shell keeps a link that came before somebody listened. */
export async function listen(go: (link: string) => void): Promise<void> {
  await hear<{ link: string }>("navigate", ({ payload }) => go(payload.link));
  await hear("leaving", () => void handOver().finally(() => invoke("handed_over")));
  await invoke("listening");
}

/** For how long nobody has used the computer, in milliseconds; null where the system does not tell. */
export const idleMs = (): Promise<number | null> => invoke<number | null>("idle").catch(() => null);

/** Kept when what was typed is saved. How long that may take is the shell's. */
export async function handOver(): Promise<void> {
  let typed = performance.now();
  const note = () => {
    typed = performance.now();
    // What it leads to may take its time, and the next key waits for that.
    setTimeout(() => (typed = performance.now()));
  };
  for (const event of ["keydown", "input"]) globalThis.addEventListener(event, note, { capture: true });
  let saved: number | undefined;
  while (saved !== typed) {
    // Nobody types into what is hidden.
    const quiet = document.hidden ? 0 : typed + QUIET_MS - performance.now();
    if (quiet > 0) await new Promise((go) => setTimeout(go, quiet));
    else {
      saved = typed;
      const waits: Promise<unknown>[] = [];
      globalThis.dispatchEvent(new CustomEvent(HAND_OVER, { detail: waits }));
      await Promise.allSettled(waits);
    }
  }
  for (const event of ["keydown", "input"]) globalThis.removeEventListener(event, note, { capture: true });
}
