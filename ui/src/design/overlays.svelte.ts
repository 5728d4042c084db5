// What lies over the page: at most one menu, one popover and one dialog, and the short facts at the bottom.
// Only which; drawing them is Overlays.svelte's, which loads the primitives when they are first needed.
import type { Component } from "svelte";

export interface MenuItem {
  label: string;
  icon?: Component<{ size?: number }>;
  /** A key, or what the choice means. */
  hint?: string;
  danger?: boolean;
  disabled?: boolean;
  /** For one choice of several. */
  checked?: boolean;
  run(): void;
}

export interface OpenMenu {
  anchor: HTMLElement;
  label: string;
  sections: MenuItem[][];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each overlay has props of its own
export type Loaded = Promise<{ default: Component<any> }>;

export interface OpenPopover {
  anchor: HTMLElement;
  label: string;
  load: () => Loaded;
  props: Record<string, unknown>;
  align: "start" | "end";
}

export interface OpenDialog {
  load: () => Loaded;
  props: Record<string, unknown>;
  /** Where the focus returns to. */
  opener: HTMLElement[];
}

export interface Fact {
  id: number;
  text: string;
  urgent: boolean;
}

const FACT_MS = 6_000;

/** Where the focus returns to: a message, if it was in one, whose toolbar comes and goes; else the control, or what it
 *  was in, should it be gone. */
const around = (element: Element | null): HTMLElement[] =>
  [element?.closest("article"), element, element?.closest("[data-region]")].filter((one) => one instanceof HTMLElement);

/** Give the focus back, once what closes has gone. */
function giveBack(to: HTMLElement[]): void {
  setTimeout(() => {
    // What was chosen may have led on: to another overlay, or into a text.
    if (overlays.any || document.activeElement?.matches("textarea, [contenteditable=true]")) return;
    to.find((element) => element.isConnected)?.focus();
  });
}

class Overlays {
  menu: OpenMenu | undefined = $state.raw();
  popover: OpenPopover | undefined = $state.raw();
  dialog: OpenDialog | undefined = $state.raw();
  facts: Fact[] = $state.raw([]);
  #nextFact = 1;

  showMenu(anchor: HTMLElement, label: string, sections: MenuItem[][]): void {
    this.popover = undefined;
    this.menu = { anchor, label, sections: sections.filter((section) => section.length > 0) };
  }

  showPopover(anchor: HTMLElement, label: string, load: () => Loaded, props: object = {}, align: "start" | "end" = "start"): void {
    this.menu = undefined;
    this.popover = { anchor, label, load, props: props as Record<string, unknown>, align };
  }

  showDialog(load: () => Loaded, props: object = {}): void {
    const opener = this.dialog?.opener ?? around(this.menu?.anchor ?? this.popover?.anchor ?? document.activeElement);
    this.menu = undefined;
    this.popover = undefined;
    this.dialog = { load, props: props as Record<string, unknown>, opener };
  }

  closeMenu(): void {
    const opener = around(this.menu?.anchor ?? null);
    this.menu = undefined;
    if (!this.dialog && !this.popover) giveBack(opener);
  }

  closeDialog(): void {
    const opener = this.dialog?.opener;
    this.dialog = undefined;
    if (opener) giveBack(opener);
  }

  closePopover(): void {
    const opener = around(this.popover?.anchor ?? null);
    this.popover = undefined;
    giveBack(opener);
  }

  /** Say a fact for some seconds; an urgent one stays until it is put away. The same again takes the place of the first. */
  tell(text: string, urgent = false): void {
    const fact = { id: this.#nextFact++, text, urgent };
    this.facts = [...this.facts.filter((told) => told.text !== text).slice(-2), fact];
    if (!urgent) setTimeout(() => this.putAway(fact.id), FACT_MS);
  }

  putAway(id: number): void {
    this.facts = this.facts.filter((fact) => fact.id !== id);
  }

  /** Does anything lie over the page that Esc would close? */
  get any(): boolean {
    return this.menu !== undefined || this.popover !== undefined || this.dialog !== undefined;
  }
}

export const overlays = new Overlays();
