// One open talk, the messages of a room or the replies in one of its threads: its watched view, the rows to show, and when it
// counts as read. What only menus and keys ask for is in doings.ts; scrolling is MessageList's; what is kept is the engine's.
import { onMount, untrack } from "svelte";
import type { Place } from "../../design/focus";
import { live } from "../../design/live.svelte";
import { dispatch } from "../../ipc/dispatch";
import type { Command } from "../../ipc/types/command";
import type { InThread, Subject } from "../../ipc/types/model";
import type { MessageItem, QuoteItem, RoomView, View } from "../../ipc/types/view";
import { Watch } from "../../ipc/watch.svelte";
import { attempt, tell } from "../../session/attempt";
import type { Session } from "../../session/session.svelte";
import { words } from "../../words/chat";
import { draftOf } from "./compose/drafts.svelte";
import { beginEdit, leaveEdits, takeEdits } from "./compose/edits.svelte";
import { Timeline } from "./timeline";

/** Reading is reported at most this often. */
const READ_GAP_MS = 1_000;
/** More is asked for again if nothing came for so long. */
const ASK_AGAIN_MS = 2_000;
/** A message that was jumped to is drawn out for so long. */
const MARKED_MS = 5_000;

/** What the views of rooms and of threads have in common. */
export type TalkView = Pick<
  RoomView,
  | "room"
  | "space"
  | "can_pin"
  | "members"
  | "messages"
  | "older"
  | "newer"
  | "loading"
  | "first_unread"
  | "head"
  | "typing"
  | "draft"
  | "edits"
> &
  Partial<Pick<RoomView, "held" | "manages">>;

export abstract class Talk<V extends TalkView = TalkView> {
  readonly #watch: Watch<V>;
  readonly #timeline = new Timeline();
  readonly view = $derived.by(() => this.#watch.view);
  readonly absent = $derived.by(() => this.#watch.absent);
  readonly failed = $derived.by(() => this.#watch.failed);
  readonly rows = $derived.by(() =>
    this.view ? this.#timeline.rows(this.view.messages, this.view.first_unread, this.#jumpedTo, this.above) : [],
  );
  /** The message that is drawn out for a moment, having been jumped to. */
  marked: string | undefined = $state();
  /** Brings a message of the window to the screen. */
  reveal?: (message: string) => void;
  #jumpedTo: string | undefined = $state();
  /** Is its end on the screen? */
  atEnd = $state(false);
  /** Up to where it was seen, and up to where that was reported. */
  #seenTo = 0;
  #readTo = 0;
  #readAt = 0;
  #readTimer: ReturnType<typeof setTimeout> | undefined;
  #keptUnread = false;
  #announcedTo: number | undefined;
  /** The messages that were shown when more of them were asked for, and when that was. */
  #asked: { messages: unknown; at: number } | undefined;
  #markTimer: ReturnType<typeof setTimeout> | undefined;
  /** The message that the address named last, and the one at which this has been opened. */
  #went: string | undefined;
  #opened: string | undefined;

  /** Part of the window in which it stands. */
  abstract readonly place: Place;

  constructor(
    readonly session: Session,
    readonly room: string,
    /** What the thread hangs on; null: the messages of the room itself. */
    readonly thread: Subject | null,
    view: View,
    at: string | undefined,
  ) {
    this.#watch = new Watch<V>(view, (view) => {
      this.draft.take(view.draft);
      takeEdits(room, view.edits);
    });
    this.#opened = at;
    if (at) this.mark(at);
  }

  /** How many are unread. */
  abstract get unread(): number;
  /** What its messages are, and what is written below them. */
  abstract get label(): string;
  abstract get composing(): string;
  /** Reports how far it was read. */
  protected abstract reading(seq: number): Command;

  /** What stands over the first message, as if it were one. */
  protected get above(): MessageItem | undefined {
    return undefined;
  }
  /** Does something in it wait for the person? */
  protected get waits(): boolean {
    return this.unread > 0;
  }
  /** Where a message goes that is posted here. */
  protected get posting(): InThread | null {
    return null;
  }
  /** Marks it unread from here, where that can be done. */
  markUnread?(message: MessageItem): void;
  /** Is this to be told to who does not see it? */
  protected news(message: MessageItem): boolean {
    return !message.mine;
  }

  /** Keep it going. Call once, while the component that shows it is set up. `asked`: the message that the address names. */
  run(asked: () => string | undefined): void {
    $effect(() => {
      const message = asked();
      if (this.view && this.view.held !== false) untrack(() => this.#goTo(message));
    });
    $effect(() => {
      void [this.view?.head, this.unread];
      untrack(() => this.seen());
    });
    onMount(() => {
      const seen = () => this.seen();
      globalThis.addEventListener("focus", seen);
      return () => {
        globalThis.removeEventListener("focus", seen);
        this.close();
      };
    });
  }

  close(): void {
    if (this.#readTimer) this.#read();
    clearTimeout(this.#readTimer);
    clearTimeout(this.#markTimer);
    leaveEdits(this);
    this.#watch.stop();
  }

  get draft() {
    return draftOf(this.room, this.thread);
  }

  /** To the message that the address names, unless this has just been opened there, and shows it. */
  #goTo(message: string | undefined): void {
    if (message === this.#went) return;
    const there = message === this.#opened && this.rows.some((row) => row.key === message);
    this.#went = message;
    this.#opened = undefined;
    if (message && !there) void this.moveTo({ to: "message", message });
  }

  /** More of it at this end, once for what is shown. */
  more(end: "older" | "newer"): void {
    const view = this.view;
    if (!view || !view[end] || view.loading || this.#watch.id === undefined) return;
    if (this.#asked?.messages === view.messages && Date.now() - this.#asked.at < ASK_AGAIN_MS) return;
    this.#asked = { messages: view.messages, at: Date.now() };
    void attempt({ do: "scroll", watch: this.#watch.id, to: { to: end } });
  }

  async moveTo(to: { to: "latest" } | { to: "unread" } | { to: "message"; message: string }): Promise<void> {
    if (this.#watch.id === undefined) return;
    const message = to.to === "message" ? to.message : undefined;
    if (message) this.mark(message);
    try {
      const done = await dispatch({ do: "scroll", watch: this.#watch.id, to });
      if (done.is === "in_thread") this.openThread(done.subject.message, message);
      else if (message) this.reveal?.(message);
    } catch (error) {
      this.marked = undefined;
      void tell(error, message ? "message" : undefined);
    }
  }

  /** Open the thread of this message beside, at this reply of it. */
  openThread(root: string, message?: string): void {
    const { places } = this.session;
    const { route } = places;
    const aside = { at: "thread", room: this.room, root, ...(message && { message }) } as const;
    // An address that turned out to be of a reply has led there, and can be followed once more.
    if (message && route.at === "room" && route.message === message)
      places.replace({ at: "room", space: route.space, room: route.room }, aside);
    else places.openAside(aside);
  }

  protected mark(message: string): void {
    clearTimeout(this.#markTimer);
    this.marked = message;
    this.#jumpedTo = message;
    this.#markTimer = setTimeout(() => (this.marked = undefined), MARKED_MS);
  }

  /** Change its text in place: from another text than its own, if one is given. */
  edit(message: MessageItem, text?: string): void {
    beginEdit(this, message.id, text ?? message.text, text !== undefined);
  }

  /** The end is seen: report it, unless the person wanted it unread. */
  seen(): void {
    const view = this.view;
    if (!view || !this.atEnd || this.#keptUnread || !document.hasFocus() || !view.room.joined) return;
    if (view.head <= this.#readTo || !this.waits) return;
    this.#seenTo = view.head;
    if (this.#readTimer) return;
    this.#readTimer = setTimeout(
      () => {
        this.#readTimer = undefined;
        this.#read();
      },
      Math.max(0, this.#readAt + READ_GAP_MS - Date.now()),
    );
  }

  /** Esc with nothing to close: the whole is read. */
  readAll(): void {
    this.#keptUnread = false;
    this.#seenTo = this.view?.head ?? 0;
    this.#read();
  }

  /** The person wants it unread: what is on the screen does not count as seen. */
  protected keepUnread(): void {
    this.#keptUnread = true;
    clearTimeout(this.#readTimer);
    this.#readTimer = undefined;
  }

  /** Report what was seen, which is not what has come since, when nobody may have looked. */
  #read(): void {
    if (this.#seenTo === 0 || this.#keptUnread) return;
    this.#readAt = Date.now();
    this.#readTo = this.#seenTo;
    void attempt(this.reading(this.#seenTo));
  }

  /** Tell a screen reader of what came since the last look. */
  announce(): void {
    const last = this.view?.messages.at(-1);
    if (!last || this.view?.newer) return;
    const from = this.#announcedTo;
    this.#announcedTo = last.at_ms;
    if (from === undefined) return;
    for (const message of this.view!.messages.slice(-50))
      if (message.at_ms > from && this.news(message)) live.count(message.author_name, words.announced);
  }

  async post(text: string, replyTo?: string): Promise<boolean> {
    const { room, posting: thread } = this;
    const done = await attempt({ do: "post", room, text, reply_to: replyTo ?? null, thread });
    if (!done) return false;
    this.#keptUnread = false;
    return true;
  }

  /** Can be written here? */
  get writable(): boolean {
    const room = this.view?.room;
    return this.session.canAct && room?.joined === true && !room.archived;
  }

  /** What is being answered, as it is now: what was deleted meanwhile says nothing any more. */
  get answered(): QuoteItem | undefined {
    const asked = this.draft.replyTo;
    if (!asked) return undefined;
    const shown = this.view?.messages.find((message) => message.id === asked.id);
    if (shown) return quoteOf(shown);
    const kept = this.view?.draft?.reply_to;
    return kept?.id === asked.id ? kept : asked;
  }

  react(message: MessageItem, emoji: string): void {
    const on = !message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
    void attempt({ do: "react", room: this.room, message: message.id, emoji, on });
  }
}

export const quoteOf = ({ id, author_name, text, deleted }: MessageItem): QuoteItem => ({
  id,
  author_name,
  excerpt: deleted ? "" : text.split("\n", 1)[0]!,
  deleted,
});
