// What lies over the page: at most one menu, one popover and one dialog, and the short facts at the bottom.
// Only which; drawing them is Overlays.svelte's, which loads the primitives when they are first needed.
import type { Component } from "svelte";
import { focus, type Trail } from "./focus";

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
}

export interface Fact {
  id: number;
  text: string;
  urgent: boolean;
  /** The one thing that it is about, of which one fact is told at a time: the last. */
  about: string | undefined;
}

const FACT_MS = 6_000;

class Overlays {
  menu: OpenMenu | undefined = $state.raw();
  popover: OpenPopover | undefined = $state.raw();
  dialog: OpenDialog | undefined = $state.raw();
  facts: Fact[] = $state.raw([]);
  #nextFact = 1;
  /** What had the focus before the first of those that lie over each other. */
  #before: { trail: Trail; arrivals: number } | undefined;

  showMenu(anchor: HTMLElement, label: string, sections: MenuItem[][]): void {
    this.#open({ menu: { anchor, label, sections: sections.filter((section) => section.length > 0) } });
  }

  showPopover(
    anchor: HTMLElement,
    label: string,
    load: () => Loaded,
    props: object = {},
    align: "start" | "end" = "start",
  ): void {
    this.#open({ popover: { anchor, label, load, props: props as Record<string, unknown>, align } });
  }

  showDialog(load: () => Loaded, props: object = {}): void {
    this.#open({ dialog: { load, props: props as Record<string, unknown> } });
  }

  /** A menu or popover may lie over a dialog; else one takes the place of another. */
  #open({ menu, popover, dialog }: { menu?: OpenMenu; popover?: OpenPopover; dialog?: OpenDialog }): void {
    this.#before ??= { trail: focus.held(), arrivals: focus.arrivals };
    this.menu = menu;
    this.popover = popover;
    if (dialog) this.dialog = dialog;
  }

  closeMenu(): void {
    this.menu = undefined;
    this.#closed();
  }

  closeDialog(): void {
    this.dialog = undefined;
    this.#closed();
  }

  closePopover(): void {
    this.popover = undefined;
    this.#closed();
  }

  /** Once what closes has gone, and if it led to no other. */
  #closed(): void {
    setTimeout(() => {
      if (this.any || !this.#before) return;
      const { trail, arrivals } = this.#before;
      this.#before = undefined;
      focus.giveBack(trail, arrivals);
    });
  }

  /** Say a fact for some seconds; an urgent one stays until it is put away. The same again, or another about the same, takes
   *  the place of the first. */
  tell(text: string, urgent = false, about?: string): void {
    const fact = { id: this.#nextFact++, text, urgent, about };
    this.facts = [
      ...this.facts.filter((told) => told.text !== text && (!about || told.about !== about)).slice(-2),
      fact,
    ];
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
