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
  /** Which of them Enter takes; -1 if none is meant yet, so that Enter is the caller's. */
  chosen = $state(-1);
  /** What was taken last, and where its sign stands: it asks for nothing more. */
  #taken: { from: number; text: string } | undefined;

  constructor(
    readonly people: () => readonly PersonItem[],
  ) {}

  /** Look what stands before the caret. */
  async look(): Promise<void> {
    const area = this.area;
    let asking = area && area.selectionStart === area.selectionEnd ? askingAt(area.value, area.selectionStart) : undefined;
    if (asking && this.#taken?.from === asking.from && area!.value.startsWith(this.#taken.text, asking.from)) asking = undefined;
    this.asking = asking;
    const found = asking ? await this.#find(asking) : [];
    if (this.asking !== asking) return;
    if (found.length === 0) this.asking = undefined;
    this.suggestions = found;
    this.chosen = asking && this.#meant(asking) ? 0 : -1;
  }

  /** Does what was typed mean the first that fits? Not a bare sign, and not a whole name that is nobody's in the list. */
  #meant({ sign, query }: Asking): boolean {
    if (sign === ":") return true;
    const named = this.people().some((person) => folded(person.name) === folded(query));
    return query.trim() !== "" && (!named || folded(this.suggestions[0]?.label ?? "") === folded(query));
  }

  async #find({ sign, query }: Asking): Promise<Suggestion[]> {
    if (sign === ":") return fitting(await emoji(), query, MOST).map((one) => ({ key: one.unicode, text: `${one.unicode} `, label: `:${one.code}:`, emoji: one.unicode }));
    const asked = folded(query);
    /** A whole name before one that begins so, and that before one with a word that does. */
    const rank = (person: PersonItem) => {
      const name = folded(person.name);
      return name === asked ? 0 : name.startsWith(asked) ? 1 : name.split(" ").some((word) => word.startsWith(asked)) ? 2 : 3;
    };
    const found = this.people().flatMap((person) => (person.me || rank(person) === 3 ? [] : { key: person.id, text: `@${person.name} `, label: person.name, person }));
    return found.sort((one, other) => rank(one.person) - rank(other.person)).slice(0, MOST);
  }

  /** Did the list under the caret take this key? */
  took(event: KeyboardEvent): boolean {
    if (!this.asking || this.suggestions.length === 0) return false;
    const count = this.suggestions.length;
    if (event.key === "ArrowDown") this.chosen = (this.chosen + 1) % count;
    else if (event.key === "ArrowUp") this.chosen = (Math.max(0, this.chosen) + count - 1) % count;
    else if (event.key === "Tab" || (event.key === "Enter" && this.chosen >= 0)) this.take(this.suggestions[Math.max(0, this.chosen)]!);
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

  mark(mark: Mark): void {
    const area = this.area;
    if (!area) return;
    const before = { text: area.value, start: area.selectionStart, end: area.selectionEnd };
    const after = toggled(before, mark);
    const from = Math.min(before.start, after.start);
    const behind = Math.min(before.text.length - before.end, after.text.length - after.end);
    this.#replace(from, before.text.length - behind, after.text.slice(from, after.text.length - behind));
    area.setSelectionRange(after.start, after.end);
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

const folded = (name: string): string => name.normalize("NFC").toLocaleLowerCase();
