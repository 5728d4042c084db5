// Writing in a text area: marks by keys, and the list under `@` and `:`. Says nothing about what becomes of the text.
import type { PersonItem } from "../../ipc/types/view";
import { emoji, fitting } from "./emoji";
import { askingAt, toggled, type Asking, type Mark } from "./markup";

export interface Suggestion {
  key: string;
  /** What takes the place of what was typed. */
  text: string;
  label: string;
  person?: PersonItem;
  emoji?: string;
}

const MOST = 8;

export class Writing {
  area: HTMLTextAreaElement | undefined = $state.raw();
  asking: Asking | undefined = $state.raw();
  suggestions: Suggestion[] = $state.raw([]);
  chosen = $state(0);

  constructor(
    readonly text: () => string,
    readonly setText: (text: string) => void,
    readonly people: () => readonly PersonItem[],
  ) {}

  /** Look what stands before the caret. */
  async look(): Promise<void> {
    const area = this.area;
    const asking = area && area.selectionStart === area.selectionEnd ? askingAt(area.value, area.selectionStart) : undefined;
    this.asking = asking;
    const found = asking ? await this.#find(asking) : [];
    if (this.asking !== asking) return;
    if (found.length === 0) this.asking = undefined;
    this.suggestions = found;
    this.chosen = 0;
  }

  async #find({ sign, query }: Asking): Promise<Suggestion[]> {
    if (sign === ":") return fitting(await emoji(), query, MOST).map((one) => ({ key: one.unicode, text: `${one.unicode} `, label: `:${one.code}:`, emoji: one.unicode }));
    const asked = query.toLocaleLowerCase();
    const fits = (person: PersonItem) => {
      const name = person.name.toLocaleLowerCase();
      return !person.me && (name.startsWith(asked) || name.split(" ").some((word) => word.startsWith(asked)));
    };
    return this.people().filter(fits).slice(0, MOST).map((person) => ({ key: person.id, text: `@${person.name} `, label: person.name, person }));
  }

  /** Did the list under the caret take this key? */
  took(event: KeyboardEvent): boolean {
    if (!this.asking || this.suggestions.length === 0) return false;
    const count = this.suggestions.length;
    if (event.key === "ArrowDown") this.chosen = (this.chosen + 1) % count;
    else if (event.key === "ArrowUp") this.chosen = (this.chosen + count - 1) % count;
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.suggestions[this.chosen]!);
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
    this.#replace(from, this.area.selectionStart, suggestion.text);
  }

  /** Put this where the caret is. */
  insert(text: string): void {
    if (this.area) this.#replace(this.area.selectionStart, this.area.selectionEnd, text);
  }

  mark(mark: Mark): void {
    const area = this.area;
    if (!area) return;
    const { text, start, end } = toggled({ text: area.value, start: area.selectionStart, end: area.selectionEnd }, mark);
    this.#set(text, start, end);
  }

  /** Did a markup key come? */
  marked(event: KeyboardEvent): boolean {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
    const key = event.key.toLowerCase();
    const mark = event.shiftKey ? ({ x: "strike" } as const)[key as "x"] : ({ b: "bold", i: "italic", e: "code" } as const)[key as "b"];
    if (!mark) return false;
    event.preventDefault();
    this.mark(mark);
    return true;
  }

  #replace(from: number, to: number, by: string): void {
    const text = this.area!.value;
    this.#set(text.slice(0, from) + by + text.slice(to), from + by.length, from + by.length);
  }

  #set(text: string, start: number, end: number): void {
    const area = this.area!;
    this.setText(text);
    // The area takes the text with the next draw; the caret must be set after it.
    area.value = text;
    area.setSelectionRange(start, end);
    area.focus({ preventScroll: true });
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
