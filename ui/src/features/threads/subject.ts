// What of threads actions are about.
import type { ThreadItem } from "../../ipc/types/view";
import type { Thread } from "./thread.svelte";
import type { Threads } from "./threads.svelte";

/** One thread in the list. */
export interface ThreadAt {
  threads: Threads;
  item: ThreadItem;
  unfollow(): void;
}

declare module "../../session/subjects" {
  interface Subjects {
    /** The one that is open. */
    thread: Thread;
    threadRow: ThreadAt;
  }
}
