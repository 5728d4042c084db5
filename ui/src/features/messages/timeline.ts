// Messages as rows of a list: which opens a day, which stands below the "New" line, which goes on in one breath.
// Pure but for remembering the rows it made: a message that did not change keeps its row, and is not drawn again.
import { dayKey } from "../../design/dates";
import type { MessageItem } from "../../ipc/types/view";

/** One author's messages within this time stand under one head. */
const BREATH_MS = 5 * 60_000;

export interface TimelineRow {
  key: string;
  message: MessageItem;
  /** A new day begins here. */
  day: boolean;
  /** The first message that was unread when the room was opened. */
  fresh: boolean;
  /** Goes on from the message above, without a head of its own. What was jumped to has one: who said it, and when. */
  grouped: boolean;
}

export class Timeline {
  #made = new Map<string, TimelineRow>();

  /** `above`: what stands over the first of them. */
  rows(
    messages: readonly MessageItem[],
    firstUnread: string | null,
    asked?: string,
    above?: MessageItem,
  ): TimelineRow[] {
    const made = new Map<string, TimelineRow>();
    const rows = messages.map((message, at) => {
      const row = madeOf(message, messages[at - 1] ?? above, message.id === firstUnread, message.id === asked);
      const before = this.#made.get(row.key);
      const kept = before && same(before, row) ? before : row;
      made.set(kept.key, kept);
      return kept;
    });
    this.#made = made;
    return rows;
  }
}

function madeOf(message: MessageItem, above: MessageItem | undefined, fresh: boolean, asked: boolean): TimelineRow {
  const day = !above || dayKey(above.at_ms) !== dayKey(message.at_ms);
  const grouped =
    !day &&
    !fresh &&
    !asked &&
    above?.author === message.author &&
    message.at_ms - above.at_ms < BREATH_MS &&
    threadOf(message) === threadOf(above) &&
    !message.reply_to;
  return { key: message.id, message, day, fresh, grouped };
}

const threadOf = ({ in_thread }: MessageItem) => in_thread?.subject.message;

const same = (one: TimelineRow, other: TimelineRow) =>
  one.message === other.message && one.day === other.day && one.fresh === other.fresh && one.grouped === other.grouped;

/** How the list grew and shrank at its ends, from one set of rows to the next. */
export interface Shift {
  /** What to show first, keeping the place from the end, if the start changed. */
  head: readonly TimelineRow[] | undefined;
  /** Did only the start change, so that `head` is already the whole? */
  whole: boolean;
}

/** A virtual list keeps its place from one end at a time: changes at both ends are shown one after the other. */
export function shiftOf(before: readonly TimelineRow[], after: readonly TimelineRow[]): Shift {
  const [first, last, now, end] = [before[0]?.key, before.at(-1)?.key, after[0]?.key, after.at(-1)?.key];
  if (first === undefined || now === undefined || first === now) return { head: undefined, whole: false };
  const added = after.findIndex((row) => row.key === first);
  const removed = before.findIndex((row) => row.key === now);
  if (added < 0 && removed < 0) return { head: undefined, whole: false };
  const head = added > 0 ? [...after.slice(0, added), ...before] : before.slice(removed);
  return last === end ? { head: after, whole: true } : { head, whole: false };
}
