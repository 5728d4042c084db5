// Tells the engine whether the person uses this device, what is on the screen, and whether the window has the keyboard.
// Idle after a minute.
import { dispatch } from "../ipc/dispatch";
import type { Session } from "../rooms/session.svelte";

const IDLE_MS = 60_000;

export class Presence {
  #active = true;
  #at: string | undefined;
  #said = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly session: Session) {}

  /** Another room or document is on the screen. */
  at(stream: string | undefined): void {
    this.#at = stream;
    this.#say();
  }

  listen(): () => void {
    const used = () => this.#used();
    const seen = () => this.#say();
    document.addEventListener("visibilitychange", seen);
    globalThis.addEventListener("blur", seen);
    const events = ["pointermove", "pointerdown", "keydown", "touchstart", "focus"] as const;
    for (const event of events) globalThis.addEventListener(event, used, { passive: true, capture: true });
    this.#used();
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", seen);
      globalThis.removeEventListener("blur", seen);
      for (const event of events) globalThis.removeEventListener(event, used, { capture: true });
    };
  }

  #used(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#active = false;
      this.#say();
    }, IDLE_MS);
    this.#active = true;
    this.#say();
  }

  #say(): void {
    // A window in the tray shows nothing: what comes into its room is notified.
    const at = document.hidden ? undefined : this.#at;
    // Beside another window the room is on the screen, and what comes into it is notified all the same.
    const focused = document.hasFocus();
    const said = `${this.#active} ${at} ${focused}`;
    if (said === this.#said || !this.session.canAct) return;
    this.#said = said;
    // Fleeting: what is refused now is said again with the next change.
    dispatch({ do: "present", active: this.#active, at: at ?? null, focused }).catch(() => (this.#said = ""));
  }
}
