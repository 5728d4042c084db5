// Where the message list stands: at the end and staying there, or somewhere and keeping its place while the list
// grows at either end. The virtual list measures; this decides.
import { tick } from "svelte";
import type { VirtualizerHandle } from "virtua/svelte";
import type { Talk } from "./talk.svelte";
import { shiftOf, type TimelineRow } from "./timeline";

/** How high a row is taken for that nobody has measured: a message of one line. Guessed from those on the screen instead, all
 *  above would change its height with the first turn of a wheel. */
export const ROW_PX = 48;
/** Whoever comes this close to the end is at the end. */
const END_PX = 48;
/** Nothing is below: what is left comes from rounding. */
const ROUNDING_PX = 2;
/** A window that is not drawn has no frames: this long is enough. */
const FRAME_MS_MOST = 100;
/** This close to an end more is asked for. */
const NEAR_PX = 900;

export class Scroll {
  /** What the virtual list shows: the talk's rows, or a step on the way to them. */
  shown: readonly TimelineRow[] = $state.raw([]);
  /** Did the list just change at its start? */
  shift = $state(false);
  /** Is the end of what is shown on the screen? */
  pinned = $state(true);
  /** More than a screen away from the end. */
  far = $state(false);
  /** The first row on the screen. */
  top: TimelineRow | undefined = $state.raw();
  list: VirtualizerHandle | undefined = $state.raw();
  /** What scrolls. */
  feed: HTMLElement | undefined;
  #placed = false;
  #scrolling = false;
  #jumping = false;
  #held: readonly TimelineRow[] | undefined;
  /** Where it stood when it last moved, in pixels from the start. */
  #stood = 0;
  #running = Promise.resolve();

  constructor(readonly talk: Talk) {
    talk.reveal = (message) => this.to(message);
  }

  /** Show these rows, keeping the place. Steps are taken one after another. */
  show(rows: readonly TimelineRow[]): void {
    this.#held = rows;
    this.#running = this.#running.then(() => this.#step());
  }

  async #step(): Promise<void> {
    const rows = this.#held;
    if (!rows) return;
    const { head, whole } = shiftOf(this.shown, rows);
    // Moving the start under a running scroll makes it jump: wait for its end, unless nothing is left above.
    if (head && !this.pinned && this.#scrolling && (this.list?.getScrollOffset() ?? 0) > 2) return;
    this.#held = undefined;
    if (head) {
      // Who is at the start of a thread, with its message, is left there.
      this.shift = !(this.talk.thread && this.feed?.scrollTop === 0);
      this.shown = head;
      await tick();
      this.shift = false;
      await this.#jumped();
    }
    if (!whole) {
      const jumped =
        this.shown.length > 0 &&
        rows.length > 0 &&
        head === undefined &&
        !rows.some((row) => row.key === this.shown[0]!.key);
      // Also while the place that was jumped to is still being fetched.
      if (jumped || rows.length === 0) this.#placed = false;
      this.shown = rows;
      await tick();
    }
    if (this.#placed) this.#repin();
    else this.place();
    this.#look();
    if (head) setTimeout(() => this.#wake(), FRAME_MS_MOST);
  }

  /** The virtual list has moved its place for rows that came or went at the start, and draws nothing else until it hears of
   *  a scroll to there: one back in the same frame would be heard by nobody, and the list stay blank. */
  async #jumped(): Promise<void> {
    this.#jumping = true;
    await new Promise((go) => {
      requestAnimationFrame(() => setTimeout(go));
      setTimeout(go, FRAME_MS_MOST);
    });
    this.#jumping = false;
  }

  /** The person, too, may scroll back in that frame: then one pixel wakes the list. */
  #wake(): void {
    const { feed, list } = this;
    if (!feed || !list) return;
    const { top, bottom } = feed.getBoundingClientRect();
    const drawn = [...feed.querySelectorAll("article")].some((one) => {
      const box = one.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    });
    if (!drawn) list.scrollBy(list.getScrollOffset() > 1 ? -1 : 1);
  }

  /** Go where the talk opens: to the message that was asked for, else to the first unread, else to the end. */
  place(): void {
    const view = this.talk.view;
    if (!view || !this.list || this.shown.length === 0) return;
    this.#placed = true;
    const to = this.talk.marked ?? view.first_unread;
    const index = to === null ? -1 : this.shown.findIndex((row) => row.key === to);
    if (index >= 0) {
      this.pinned = false;
      this.list.scrollToIndex(index, this.talk.marked ? { align: "center" } : { align: "start", offset: -96 });
    } else {
      this.pinned = !view.newer;
      this.list.scrollToIndex(this.shown.length - 1, { align: "end", offset: 24 });
    }
    markReadable();
  }

  /** To this row, and no longer pinned. */
  to(key: string, align: "center" | "nearest" = "center"): void {
    void this.#running.then(() => {
      const index = this.shown.findIndex((row) => row.key === key);
      if (index >= 0) this.list?.scrollToIndex(index, { align });
    });
  }

  /** To what stands before the messages, and into that. A scroll that the virtual list still follows ends. */
  async toStart(head?: HTMLElement): Promise<void> {
    this.list?.scrollTo(0);
    // It learns of it before the focus changes what is drawn.
    await new Promise(requestAnimationFrame);
    head?.focus({ preventScroll: true });
  }

  /** To its end, and stay there. */
  toEnd(): void {
    this.talk.marked = undefined;
    this.pinned = true;
    if (this.talk.view?.newer) {
      this.#placed = false;
      void this.talk.moveTo({ to: "latest" });
    } else this.#repin();
  }

  readonly scrolled = (): void => {
    this.#scrolling = true;
    this.#move();
    this.#look();
  };

  readonly stopped = (): void => {
    this.#scrolling = false;
    if (this.#held) this.show(this.#held);
    this.#look();
  };

  /** Rows were measured, or the window's size changed. */
  readonly resized = (): void => {
    if (this.#placed) this.#repin();
    this.#look();
  };

  #repin(): void {
    if (this.pinned && !this.#jumping && this.list && this.shown.length > 0)
      this.list.scrollToIndex(this.shown.length - 1, { align: "end", offset: 24 });
  }

  /** Whoever goes up leaves the end with the first pixel: a click of a wheel comes in steps of a few, and being put back to the
   *  end after each they would never leave it. */
  #move(): void {
    const { list } = this;
    if (!list) return;
    const above = list.getScrollOffset();
    const below = list.getScrollSize() - above - list.getViewportSize();
    if (below <= ROUNDING_PX || (above > this.#stood && below <= END_PX)) this.pinned = true;
    else if (above < this.#stood || below > END_PX) this.pinned = false;
    this.#stood = above;
  }

  #look(): void {
    const { list, talk } = this;
    if (!list || !this.#placed) return;
    const above = list.getScrollOffset();
    const below = list.getScrollSize() - above - list.getViewportSize();
    if (below <= ROUNDING_PX) this.pinned = true;
    this.far = below > list.getViewportSize();
    this.top = this.shown[list.findItemIndex(above)];
    talk.atEnd = this.pinned && talk.view?.newer === false;
    if (above < NEAR_PX) talk.more("older");
    if (below < NEAR_PX) talk.more("newer");
    talk.seen();
  }
}

/** When the first room could be read: in the performance timeline, where the start of the app is measured. */
function markReadable(): void {
  if (performance.getEntriesByName("readable").length === 0)
    requestAnimationFrame(() => setTimeout(() => performance.mark("readable")));
}
