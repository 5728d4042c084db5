// What is done with a message of a talk, beyond reading and writing: loaded with the first menu, not with the messages.
import { focus } from "../../design/focus";
import type { MessageItem, RefusedItem } from "../../ipc/types/view";
import { attempt } from "../../session/attempt";
import { copyLinkTo } from "../../session/copy_link";
import { quoteOf, type Talk } from "./talk.svelte";

export function reply(talk: Talk, message: MessageItem): void {
  talk.draft.replyTo = quoteOf(message);
  // Once it is kept the engine says what has become of what is answered, also where that is not on the screen.
  talk.draft.changed();
  focus.arrive(talk.place);
}

/** As if it had never been said; its text goes back to where it was written. */
export async function takeBack(talk: Talk, message: MessageItem): Promise<void> {
  if (await attempt({ do: "take_back", room: talk.room, message: message.id })) rewrite(talk, message.text);
}

/** Give up what was refused, and write it anew: an edit in its place, anything else below what is being written. */
export async function takeUp(talk: Talk, message: MessageItem, refused: RefusedItem): Promise<void> {
  if (!(await attempt({ do: "discard", event: refused.event }))) return;
  if (refused.what === "edit") talk.edit(message, refused.text);
  else rewrite(talk, refused.text);
}

function rewrite(talk: Talk, text: string): void {
  talk.draft.add(text);
  focus.arrive(talk.place);
}

export async function copyLink({ session, room, view }: Talk, message: MessageItem): Promise<void> {
  if (view) await copyLinkTo(session, { space: view.space, room, message: message.id });
}
