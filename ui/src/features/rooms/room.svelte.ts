// One open room: a talk that can be marked unread, and of which a link can be copied.
import type { Command } from "../../ipc/types/command";
import type { MessageItem, RoomView } from "../../ipc/types/view";
import { attempt } from "../../session/attempt";
import { roomTitle } from "../../session/room_name";
import type { Session } from "../../session/session.svelte";
import { words } from "../../words/chat";
import { Talk } from "../messages";

export class Room extends Talk<RoomView> {
  readonly place = "main";

  constructor(session: Session, room: string, at: string | undefined) {
    super(session, room, null, { view: "room", room, at: at ?? null }, at);
  }

  get unread(): number {
    return this.view?.room.unread ?? 0;
  }
  get label(): string {
    return words.messages(roomTitle(this.view!.room));
  }
  get composing(): string {
    return words.messageTo(roomTitle(this.view!.room));
  }
  protected override get waits(): boolean {
    return this.unread > 0 || this.view!.room.mentions > 0;
  }
  protected reading(seq: number): Command {
    return { do: "read_to", room: this.room, seq };
  }

  override markUnread({ seq }: MessageItem): void {
    if (seq === null) return;
    this.keepUnread();
    void attempt({ do: "mark_unread", room: this.room, seq });
  }
}
