// What of messages actions are about.
import type { MessageItem, RefusedItem } from "../../ipc/types/view";
import type { Writing } from "./compose/writing.svelte";
import type { Talk } from "./talk.svelte";

/** A message. `anchor` is where what it opens appears. */
export interface MessageAt {
  talk: Talk;
  message: MessageItem;
  anchor: HTMLElement;
}

/** The list that a message is in. */
export interface ListAt {
  step(by: 1 | -1): void;
  end(which: "first" | "last"): void;
}

declare module "../../session/subjects" {
  interface Subjects {
    message: MessageAt;
    /** The server did not take it. */
    refused: MessageAt & { post: RefusedItem };
    list: ListAt;
    text: Writing;
  }
}

/** A message that was refused is another subject: other things can be done with it, by the same keys. */
export function subjectOfMessage(at: MessageAt) {
  const post = at.message.refused.find((refused) => refused.what === "post");
  return post ? { refused: { ...at, post } } : { message: at };
}
