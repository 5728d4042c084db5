// The threads that the person follows in a space, watched.
import type { ThreadItem, ThreadsView } from "../../ipc/types/view";
import { Watch } from "../../ipc/watch.svelte";
import type { Session } from "../../session/session.svelte";
import { follow } from "./thread.svelte";

export class Threads {
  readonly #watch: Watch<ThreadsView>;
  readonly view = $derived.by(() => this.#watch.view);
  readonly absent = $derived.by(() => this.#watch.absent);
  readonly failed = $derived.by(() => this.#watch.failed);
  readonly items: readonly ThreadItem[] = $derived.by(() => this.view?.threads ?? []);

  constructor(
    readonly session: Session,
    space: string,
  ) {
    this.#watch = new Watch<ThreadsView>({ view: "threads", space });
  }

  stop(): void {
    this.#watch.stop();
  }

  /** Is it the one beside? */
  shows({ id }: ThreadItem): boolean {
    const { aside } = this.session.places;
    return aside?.at === "thread" && aside.root === id;
  }

  open({ room, id }: ThreadItem): void {
    this.session.places.openAside({ at: "thread", room, root: id });
  }

  unfollow({ room, subject }: ThreadItem): void {
    void follow(room, subject, false);
  }
}
