// What is being written in each room, for as long as the window lives. Not durable: that is to be the engine's.
import type { MessageItem } from "../../ipc/types/view";

export class Draft {
  text = $state("");
  replyTo: MessageItem | undefined = $state.raw();
}

const drafts = new Map<string, Draft>();

export function draftOf(room: string): Draft {
  let draft = drafts.get(room);
  if (!draft) drafts.set(room, (draft = new Draft()));
  return draft;
}
