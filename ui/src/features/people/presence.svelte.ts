// Tells the engine whether the person uses this computer, what is on the screen, and whether the window has the keyboard.
// Inactive after a minute, away after ten: of the whole computer, where the system tells, else of this window.
import { dispatch } from "../../ipc/dispatch";
import { streamOf } from "../../ipc/route";
import { idleMs } from "../../ipc/shell";
import type { Subject } from "../../ipc/types/model";
import type { Session } from "../../session/session.svelte";

const INACTIVE_MS = 60_000;
const AWAY_MS = 600_000;
/** How often it is looked whether somebody uses the computer again. */
const LOOK_MS = 5_000;

export class Presence {
  #idleMs = 0;
  #usedAt = 0;
  #at: string | undefined;
  #thread: Subject | null = null;
  #said = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly session: Session,
    readonly system = idleMs,
  ) {}

  /** Another room or document is on the screen, or another thread beside it. */
  at(stream: string | undefined, thread: string | undefined): void {
    this.#at = stream;
    this.#thread = thread ? { message: thread } : null;
    this.#say();
  }

  listen(): () => void {
    document.addEventListener("visibilitychange", this.#say);
    globalThis.addEventListener("blur", this.#say);
    const events = ["pointermove", "pointerdown", "keydown", "touchstart", "focus"] as const;
    for (const event of events) globalThis.addEventListener(event, this.#used, { passive: true, capture: true });
    this.#used();
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", this.#say);
      globalThis.removeEventListener("blur", this.#say);
      for (const event of events) globalThis.removeEventListener(event, this.#used, { capture: true });
    };
  }

  readonly #used = (): void => {
    this.#usedAt = Date.now();
    this.#is(0);
  };

  /** Nobody has used the computer for so long: look again when that may mean something else. */
  #is(idleMs: number): void {
    this.#idleMs = idleMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), Math.max(LOOK_MS, INACTIVE_MS - idleMs));
    this.#say();
  }

  async #look(): Promise<void> {
    const asked = this.#usedAt;
    const idle = Math.min((await this.system()) ?? Infinity, Date.now() - asked);
    if (asked === this.#usedAt) this.#is(idle);
  }

  readonly #say = (): void => {
    // A window in the tray shows nothing: what comes into its room is notified.
    const at = document.hidden ? null : (this.#at ?? null);
    const thread = document.hidden ? null : this.#thread;
    // Beside another window the room is on the screen, and what comes into it is notified all the same.
    const focused = document.hasFocus();
    const active = this.#idleMs < INACTIVE_MS;
    const away = this.#idleMs >= AWAY_MS;
    const said = `${active} ${away} ${at} ${thread?.message} ${focused}`;
    if (said === this.#said || !this.session.canAct) return;
    this.#said = said;
    // Fleeting: what is refused now is said again with the next change.
    dispatch({ do: "present", active, away, at, thread, focused }).catch(() => (this.#said = ""));
  };
}

/** Tells so from now on, until what is returned is called. */
export function start(session: Session): () => void {
  const presence = new Presence(session);
  const stop = presence.listen();
  const end = $effect.root(() => {
    $effect(() => {
      const { route, aside } = session.places;
      presence.at(streamOf(route), aside?.at === "thread" ? aside.root : undefined);
    });
  });
  return () => {
    stop();
    end();
  };
}
