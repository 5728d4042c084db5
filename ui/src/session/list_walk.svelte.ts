// The rows of a list, walked by keys: Tab reaches one of them, arrows lead on from there (roving tabindex). A row's element
// bears its id in `data-row`.
import type {} from "./subjects";

declare module "./subjects" {
  interface Subjects {
    /** A list of rows. */
    rows: ListWalk;
  }
}

export class ListWalk {
  /** What holds the rows. */
  element: HTMLElement | undefined = $state();
  /** The row that had the focus last. */
  focused: string | undefined = $state();
  /** The row that Tab reaches. */
  readonly tabbed = $derived.by(() => {
    const ids = this.ids();
    return this.focused !== undefined && ids.includes(this.focused) ? this.focused : ids[0];
  });

  constructor(readonly ids: () => readonly string[]) {}

  /** The list itself has the focus at first: from there a key leads to the row that Tab would. */
  step(by: 1 | -1): void {
    this.#at(this.#active < 0 ? this.ids().indexOf(this.tabbed!) : this.#active + by)?.focus();
  }

  end(which: "first" | "last"): void {
    this.#at(which === "first" ? 0 : this.ids().length - 1)?.focus();
  }

  /** A row goes, and the focus in it to the one that takes its place. */
  goes(id: string): void {
    const at = this.ids().indexOf(id);
    if (at !== this.#active || this.ids().length < 2) return;
    this.#at(at + 1 < this.ids().length ? at + 1 : at - 1)?.focus();
  }

  get #active(): number {
    return this.ids().indexOf((document.activeElement as HTMLElement | null)?.dataset["row"] ?? "");
  }

  #at(index: number): HTMLElement | null | undefined {
    const ids = this.ids();
    const id = ids[Math.max(0, Math.min(ids.length - 1, index))];
    return this.element?.querySelector<HTMLElement>(`[data-row="${id}"]`);
  }
}
