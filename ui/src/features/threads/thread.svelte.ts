// One open thread: a talk that hangs on a message, can be followed, and whose replies can be shown in the room as well.
import { live } from "../../design/live.svelte";
import type { Command } from "../../ipc/types/command";
import type { InThread, Subject } from "../../ipc/types/model";
import type { MessageItem, ThreadView } from "../../ipc/types/view";
import { attempt } from "../../session/attempt";
import { roomTitle } from "../../session/room_name";
import type { Session } from "../../session/session.svelte";
import { threadWords as words } from "../../words/threads";
import { Talk } from "../messages";

/** Follow it, or no longer; says so to who does not see it. */
export async function follow(room: string, subject: Subject, on: boolean): Promise<void> {
  if (await attempt({ do: "follow_thread", room, subject, on })) live.say(on ? words.followed : words.unfollowed);
}

export class Thread extends Talk<ThreadView> {
  readonly place = "panel";
  /** Is what is written to be shown in the room, too? */
  also = $state(false);
  /** Brings the message that it hangs on to the screen. */
  toRoot?: () => void;

  constructor(
    session: Session,
    room: string,
    readonly root: string,
    at: string | undefined,
  ) {
    const subject = { message: root };
    super(session, room, subject, { view: "thread", room, subject, at: at ?? null }, at);
  }

  get subject(): Subject {
    return { message: this.root };
  }
  get unread(): number {
    return this.view?.unread ?? 0;
  }
  get label(): string {
    return words.repliesIn(roomTitle(this.view!.room));
  }
  get composing(): string {
    return words.reply;
  }
  override get writable(): boolean {
    return super.writable && this.view!.can_reply;
  }
  protected override get above(): MessageItem | undefined {
    // Where replies between them are not here, the first that is tells its day.
    return this.view?.older === false ? (this.view.root ?? undefined) : undefined;
  }
  protected override get posting(): InThread {
    return { subject: this.subject, also_in_room: this.also };
  }
  protected override news(message: MessageItem): boolean {
    // The room tells of what is shown in both.
    const twice = message.in_thread?.also_in_room === true && this.session.places.shows(this.room);
    return super.news(message) && !twice;
  }
  protected reading(seq: number): Command {
    return { do: "read_thread_to", room: this.room, subject: this.subject, seq };
  }

  override async moveTo(to: Parameters<Talk["moveTo"]>[0]): Promise<void> {
    if (to.to !== "message" || to.message !== this.root) return super.moveTo(to);
    this.mark(this.root);
    this.toRoot?.();
  }

  override async post(text: string, replyTo?: string): Promise<boolean> {
    const posted = await super.post(text, replyTo);
    if (posted) this.also = false;
    return posted;
  }

  follow(on: boolean): void {
    void follow(this.room, this.subject, on);
  }
}
