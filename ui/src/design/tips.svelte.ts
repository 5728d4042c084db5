// The words beside a control that has only a glyph: one tooltip for the window, for whatever carries `data-tip`.

import { overlays } from "./overlays.svelte";

const DELAY_MS = 500;

export interface Tipped {
  anchor: HTMLElement;
  text: string;
}

class Tips {
  shown: Tipped | undefined = $state.raw();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hiddenAt = 0;

  /** Listen at the window's root. */
  readonly listen = (root: HTMLElement): (() => void) => {
    const over = (event: Event) => this.#toward(event.target, false);
    const focus = (event: Event) =>
      this.#toward((event.target as Element).matches(":focus-visible") ? event.target : null, true);
    // An element that has the focus may be taken away while Svelte draws: nothing may be changed in that moment.
    const hide = () => queueMicrotask(() => this.#hide());
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape") this.#hide();
    };
    root.addEventListener("pointerover", over);
    root.addEventListener("focusin", focus);
    root.addEventListener("focusout", hide);
    root.addEventListener("pointerdown", hide);
    root.addEventListener("keydown", key, true);
    return () => {
      root.removeEventListener("pointerover", over);
      root.removeEventListener("focusin", focus);
      root.removeEventListener("focusout", hide);
      root.removeEventListener("pointerdown", hide);
      root.removeEventListener("keydown", key, true);
    };
  };

  #toward(target: EventTarget | null, now: boolean): void {
    const anchor = target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
    if (anchor && anchor === this.shown?.anchor) return;
    this.#hide();
    if (!anchor || overlays.any) return;
    const show = () => {
      if (anchor.isConnected && !overlays.any) this.shown = { anchor, text: anchor.dataset["tip"] ?? "" };
    };
    this.#timer = setTimeout(show, now || performance.now() - this.#hiddenAt < 200 ? 0 : DELAY_MS);
  }

  #hide(): void {
    clearTimeout(this.#timer);
    if (!this.shown) return;
    this.#hiddenAt = performance.now();
    this.shown = undefined;
  }
}

export const tips = new Tips();
