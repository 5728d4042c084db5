// What a screen reader is told politely: gathered for a moment, so that a burst of messages is one sentence.

const GATHER_MS = 1_000;

class Live {
  text = $state("");
  readonly #counts = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.text = text;
  }

  /** Count one more of this author; said together after a moment. */
  count(author: string, sentence: (counts: Map<string, number>) => string): void {
    this.#counts.set(author, (this.#counts.get(author) ?? 0) + 1);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.text = sentence(new Map(this.#counts));
      this.#counts.clear();
    }, GATHER_MS);
  }
}

export const live = new Live();
