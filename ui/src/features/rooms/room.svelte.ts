// One open room: its watched view, the rows to show, what is being answered or edited, and when it counts as read.
// Scrolling itself is MessageList's; everything that is kept is the engine's.
import { dispatch, RefusedError } from "../../ipc/dispatch";
import { copyText } from "../../ipc/shell";
import { formatLink } from "../../ipc/route";
import type { MessageItem, QuoteItem, RefusedItem, RoomView } from "../../ipc/types/view";
import { Watch } from "../../ipc/watch.svelte";
import { focus } from "../../design/focus";
import { live } from "../../design/live.svelte";
import { overlays } from "../../design/overlays.svelte";
import { words } from "../../words/chat";
import { attempt, tell } from "../../session/attempt";
import type { Session } from "../../session/session.svelte";
import { Timeline, beginEdit, draftOf, takeEdits } from "../messages";

/** Reading is reported at most this often. */
const READ_GAP_MS = 1_000;
/** More is asked for again if nothing came for so long. */
const ASK_AGAIN_MS = 2_000;
/** A message that was jumped to is drawn out for so long. */
const MARKED_MS = 5_000;

export class Room {
  readonly #watch: Watch<RoomView>;
  readonly #timeline = new Timeline();
  readonly view = $derived.by(() => this.#watch.view);
  readonly absent = $derived.by(() => this.#watch.absent);
  readonly failed = $derived.by(() => this.#watch.failed);
  readonly rows = $derived.by(() =>
    this.view ? this.#timeline.rows(this.view.messages, this.view.first_unread, this.#jumpedTo) : [],
  );
  /** The message that is drawn out for a moment, having been jumped to. */
  marked: string | undefined = $state();
  /** Brings a message of the window to the screen. */
  reveal?: (message: string) => void;
  #jumpedTo: string | undefined = $state();
  /** Is the end of the room on the screen? */
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

  constructor(
    readonly session: Session,
    readonly id: string,
    at: string | undefined,
  ) {
    this.#watch = new Watch<RoomView>({ view: "room", room: id, at: at ?? null }, (view) => {
      this.draft.take(view.draft);
      takeEdits(id, view.edits);
    });
    if (at) this.#mark(at);
  }

  get draft() {
    return draftOf(this.id);
  }

  close(): void {
    if (this.#readTimer) this.#read();
    clearTimeout(this.#readTimer);
    clearTimeout(this.#markTimer);
    this.#watch.stop();
  }

  /** More of the room at this end, once for what is shown. */
  more(end: "older" | "newer"): void {
    const view = this.view;
    if (!view || !view[end] || view.loading || this.#watch.id === undefined) return;
    if (this.#asked?.messages === view.messages && Date.now() - this.#asked.at < ASK_AGAIN_MS) return;
    this.#asked = { messages: view.messages, at: Date.now() };
    void attempt({ do: "scroll", watch: this.#watch.id, to: { to: end } });
  }

  async moveTo(to: { to: "latest" } | { to: "unread" } | { to: "message"; message: string }): Promise<void> {
    if (this.#watch.id === undefined) return;
    if (to.to === "message") this.#mark(to.message);
    try {
      await dispatch({ do: "scroll", watch: this.#watch.id, to });
      if (to.to === "message") this.reveal?.(to.message);
    } catch (error) {
      this.marked = undefined;
      const why = to.to === "message" && error instanceof RefusedError ? error.refused.why : undefined;
      if (why === "offline" || why === "not_held")
        overlays.tell(why === "offline" ? words.messageOffline : words.messageNowhere, true);
      else void tell(error);
    }
  }

  #mark(message: string): void {
    clearTimeout(this.#markTimer);
    this.marked = message;
    this.#jumpedTo = message;
    this.#markTimer = setTimeout(() => (this.marked = undefined), MARKED_MS);
  }

  /** Change its text in place: from another text than its own, if one is given. */
  edit(message: MessageItem, text?: string): void {
    beginEdit(this.id, message.id, text ?? message.text, text !== undefined);
  }

  /** The end is seen: report it, unless the person wanted the room unread. */
  seen(): void {
    const view = this.view;
    if (!view || !this.atEnd || this.#keptUnread || !document.hasFocus() || !view.room.joined) return;
    if (view.head <= this.#readTo || (view.room.unread === 0 && view.room.mentions === 0)) return;
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

  /** Esc with nothing to close: the whole room is read. */
  readAll(): void {
    this.#keptUnread = false;
    this.#seenTo = this.view?.head ?? 0;
    this.#read();
  }

  /** Report what was seen, which is not what has come since, when nobody may have looked. */
  #read(): void {
    if (this.#seenTo === 0 || this.#keptUnread) return;
    this.#readAt = Date.now();
    this.#readTo = this.#seenTo;
    void attempt({ do: "read_to", room: this.id, seq: this.#seenTo });
  }

  markUnread(message: MessageItem): void {
    if (message.seq === null) return;
    this.#keptUnread = true;
    clearTimeout(this.#readTimer);
    this.#readTimer = undefined;
    void attempt({ do: "mark_unread", room: this.id, seq: message.seq });
  }

  /** Tell a screen reader of what came since the last look. */
  announce(): void {
    const last = this.view?.messages.at(-1);
    if (!last || this.view?.newer) return;
    const from = this.#announcedTo;
    this.#announcedTo = last.at_ms;
    if (from === undefined) return;
    for (const message of this.view!.messages.slice(-50))
      if (message.at_ms > from && !message.mine) live.count(message.author_name, words.announced);
  }

  async post(text: string, replyTo?: string): Promise<boolean> {
    const done = await attempt({ do: "post", room: this.id, text, reply_to: replyTo ?? null });
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

  reply(message: MessageItem): void {
    this.draft.replyTo = quoteOf(message);
    // Once it is kept the engine says what has become of what is answered, also where that is not on the screen.
    this.draft.changed();
    focus.arrive("main");
  }

  /** As if it had never been said; its text goes back to where it was written. */
  async takeBack(message: MessageItem): Promise<void> {
    if (await attempt({ do: "take_back", room: this.id, message: message.id })) this.#rewrite(message.text);
  }

  /** Give up what was refused, and write it anew: an edit in its place, anything else below what is being written. */
  async takeUp(message: MessageItem, refused: RefusedItem): Promise<void> {
    if (!(await attempt({ do: "discard", event: refused.event }))) return;
    if (refused.what === "edit") this.edit(message, refused.text);
    else this.#rewrite(refused.text);
  }

  #rewrite(text: string): void {
    this.draft.add(text);
    focus.arrive("main");
  }

  react(message: MessageItem, emoji: string): void {
    const on = !message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
    void attempt({ do: "react", room: this.id, message: message.id, emoji, on });
  }

  async copyLink(message?: MessageItem): Promise<void> {
    const { app } = this.session;
    if (!app || !this.view) return;
    const link = formatLink(app.host, {
      space: this.view.space,
      room: this.id,
      ...(message ? { message: message.id } : {}),
    });
    overlays.tell((await copyText(link)) ? words.linkCopied : words.linkNotCopied);
  }
}

const quoteOf = ({ id, author_name, text, deleted }: MessageItem): QuoteItem => ({
  id,
  author_name,
  excerpt: deleted ? "" : text.split("\n", 1)[0]!,
  deleted,
});
