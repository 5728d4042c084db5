// Writing in a text area: marks by keys, and the list under `@` and `:`. Says nothing about what becomes of the text.
import type { PersonItem } from "../../../ipc/types/view";
import type { Mark } from "./markup";
import type { Asking, Suggestion } from "./suggest";

let finder: typeof import("./suggest") | undefined;

export class Writing {
  area: HTMLTextAreaElement | undefined = $state.raw();
  asking: Asking | undefined = $state.raw();
  suggestions: Suggestion[] = $state.raw([]);
  /** Which of them Enter takes; -1 if none is meant yet, so that Enter is the caller's. */
  chosen = $state(-1);
  #looks = 0;
  /** What was taken last, and where its sign stands: it asks for nothing more. */
  #taken: { from: number; text: string } | undefined;

  constructor(readonly people: () => readonly PersonItem[]) {}

  /** Look what stands before the caret. What finds is loaded with the first sign; from then on people are found before the next
   *  key, so that Enter after a name takes it. */
  async look(): Promise<void> {
    const look = ++this.#looks;
    const area = this.area;
    const before = area && area.selectionStart === area.selectionEnd ? area.value.slice(0, area.selectionStart) : "";
    if (/[@:]/.test(before) && !finder) finder = await import("./suggest");
    const asking = finder?.askingAt(before);
    const again = asking && this.#taken?.from === asking.from && before.startsWith(this.#taken.text, asking.from);
    let found = asking && !again ? finder!.suggest(asking, this.people()) : undefined;
    if (found instanceof Promise) found = await found;
    if (look !== this.#looks) return;
    this.asking = found?.suggestions.length ? asking : undefined;
    this.suggestions = found?.suggestions ?? [];
    this.chosen = found?.meant ? 0 : -1;
  }

  /** Did the list under the caret take this key? */
  took(event: KeyboardEvent): boolean {
    if (!this.asking || this.suggestions.length === 0) return false;
    const count = this.suggestions.length;
    if (event.key === "ArrowDown") this.chosen = (this.chosen + 1) % count;
    else if (event.key === "ArrowUp") this.chosen = (Math.max(0, this.chosen) + count - 1) % count;
    else if (event.key === "Tab" || (event.key === "Enter" && this.chosen >= 0))
      this.take(this.suggestions[Math.max(0, this.chosen)]!);
    else if (event.key === "Escape") this.asking = undefined;
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  take(suggestion: Suggestion): void {
    if (!this.asking || !this.area) return;
    const { from } = this.asking;
    this.asking = undefined;
    this.#taken = { from, text: suggestion.text };
    this.#replace(from, this.area.selectionStart, suggestion.text);
  }

  /** Put this where the caret is. */
  insert(text: string): void {
    if (this.area) this.#replace(this.area.selectionStart, this.area.selectionEnd, text);
  }

  async mark(mark: Mark): Promise<void> {
    const { toggled } = await import("./markup");
    const area = this.area;
    if (!area) return;
    const before = { text: area.value, start: area.selectionStart, end: area.selectionEnd };
    const after = toggled(before, mark);
    const from = Math.min(before.start, after.start);
    const behind = Math.min(before.text.length - before.end, after.text.length - after.end);
    this.#replace(from, before.text.length - behind, after.text.slice(from, after.text.length - behind));
    area.setSelectionRange(after.start, after.end);
  }

  /** Put a sign where the caret is, apart from what stands before it: a list comes up under it. */
  sign(sign: "@"): void {
    const { area } = this;
    const joins = area && area.selectionStart > 0 && !/\s$/.test(area.value.slice(0, area.selectionStart));
    this.insert(joins ? ` ${sign}` : sign);
  }

  /** As if it were typed: one step for the browser's undo, and an input event. Source: `execCommand` is the only way to both. */
  #replace(from: number, to: number, by: string): void {
    const area = this.area!;
    area.focus({ preventScroll: true });
    area.setSelectionRange(from, to);
    if (by === "" ? document.execCommand?.("delete") : document.execCommand?.("insertText", false, by)) return;
    area.setRangeText(by, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
