// Words of threads: loaded with the panel, the list and the actions, not with the messages.
import { counted } from "./chat";
import { isolate } from "./isolate";

export const threadWords = {
  title: "Thread",
  inRoom: (room: string) => `Thread in ${isolate(room)}`,
  repliesIn: (room: string) => `Replies in a thread in ${isolate(room)}`,
  close: "Close panel",
  reply: "Reply in thread",
  open: "Open thread",
  also: (room: string) => `Also send to ${isolate(room)}`,
  alsoDirect: "Also send to the conversation",
  follow: "Follow",
  followThread: "Follow thread",
  unfollowThread: "Unfollow thread",
  followed: "You are told of new replies.",
  unfollowed: "You are told of new replies no longer.",
  followTip: "Be told of new replies",
  unfollowTip: "You are told of new replies",
  none: "No replies yet",
  fetching: "Fetching the message",
  rootOffline: "This message is not on this device. It comes with the connection.",
  repliesOffline: "The replies are not on this device. They come with the connection.",

  // The list
  threads: "Threads",
  unread: (count: number) => `${counted(count, "thread", "threads")} with unread replies`,
  mentions: (count: number) => `${counted(count, "of them names", "of them name")} you`,
  noThreads: "No threads yet",
  noThreadsNote: (key: string) =>
    `A thread begins with a reply to one message: walk to it with the arrow keys and press ${key}, or take “Reply in thread” in its menu.`,
  more: (most: number) => `Only the ${counted(most, "thread", "threads")} with the latest replies are listed.`,
  by: (author: string, room: string) => `${isolate(author)} in ${isolate(room)}`,
  deleted: "Message deleted",
  lacking: "Not on this device; it comes once there is a connection",
  unfollow: "Unfollow",
};
