// What can be done with threads: from a message, in one that is open, and in the list of them.
import Bell from "@lucide/svelte/icons/bell";
import BellOff from "@lucide/svelte/icons/bell-off";
import MessageSquareReply from "@lucide/svelte/icons/message-square-reply";
import MessagesSquare from "@lucide/svelte/icons/messages-square";
import { about, type Action } from "../../session/actions.svelte";
import { threadWords as words } from "../../words/threads";

const message = about("message", [
  {
    id: "threads.reply",
    group: "answer",
    name: words.reply,
    icon: MessageSquareReply,
    keys: ["t"],
    as: ({ talk, message }) => ({
      name: talk.writable ? words.reply : words.open,
      in: message.untouched ? ["menu"] : ["menu", "toolbar"],
    }),
    // In a thread there is none: threads hang on messages of the room.
    offered: ({ talk, message }) =>
      !talk.thread && (message.in_thread !== null || message.thread !== null || (talk.writable && !message.deleted)),
    run: ({ talk, message }) =>
      message.in_thread ? talk.openThread(message.in_thread.subject.message, message.id) : talk.openThread(message.id),
  },
]);

const thread = about("thread", [
  {
    id: "threads.follow",
    group: "threads",
    name: words.followThread,
    icon: Bell,
    as: (thread) => (thread.view?.follows ? { name: words.unfollowThread, icon: BellOff } : {}),
    offered: (thread) => thread.session.canAct && thread.view !== undefined,
    run: (thread) => thread.follow(!thread.view!.follows),
  },
]);

const row = about("threadRow", [
  {
    id: "threads.open",
    group: "threads",
    name: words.open,
    keys: ["Enter"],
    run: ({ threads, item }) => threads.open(item),
  },
  {
    id: "threads.unfollow",
    group: "threads",
    name: words.unfollow,
    icon: BellOff,
    keys: ["Delete"],
    offered: ({ threads }) => threads.session.canAct,
    run: (at) => at.unfollow(),
  },
]);

const window = about("window", [
  {
    id: "threads.show",
    group: "go",
    name: words.threads,
    icon: MessagesSquare,
    keys: ["Ctrl+Shift+T"],
    offered: (session) => session.spaceId !== undefined,
    run: (session) => session.places.go({ at: "threads", space: session.spaceId! }),
  },
]);

export const all: Action[] = [...message, ...thread, ...row, ...window];
