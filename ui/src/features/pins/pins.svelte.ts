// The pins of one room, watched; and what is done with one of them. Which of them has the focus is the panel's.
import { live } from "../../design/live.svelte";
import type { PinItem, PinsView } from "../../ipc/types/view";
import { Watch } from "../../ipc/watch.svelte";
import { attempt } from "../../session/attempt";
import type { Session } from "../../session/session.svelte";
import { subjectsAt } from "../../session/subjects";
import { pinWords as words } from "../../words/pins";

/** Pins a message, or takes the pin off; says so to who does not see it. */
export async function pin(room: string, message: string, on: boolean): Promise<void> {
  if (await attempt({ do: "pin", room, message, on })) live.say(on ? words.pinned : words.unpinned);
}

export class Pins {
  readonly #watch: Watch<PinsView>;
  readonly view = $derived.by(() => this.#watch.view);
  readonly absent = $derived.by(() => this.#watch.absent);
  readonly failed = $derived.by(() => this.#watch.failed);
  readonly items: readonly PinItem[] = $derived.by(() => this.view?.pins ?? []);
  /** May the person take pins off here? */
  readonly may = $derived.by(() => this.session.canAct && this.view?.can_pin === true);
  readonly full = $derived.by(() => this.view !== undefined && this.items.length >= this.view.pins_max);

  constructor(
    readonly session: Session,
    readonly room: string,
  ) {
    this.#watch = new Watch<PinsView>({ view: "pins", room });
  }

  stop(): void {
    this.#watch.stop();
  }

  /** To the message, in the main area. `over`: the panel lies over that, and would hide it. */
  jump({ id }: PinItem, over: boolean): void {
    const { places } = this.session;
    const { space } = this.view!;
    const { route } = places;
    const there = route.at === "room" && route.room === this.room && route.message === id;
    places.go({ at: "room", space, room: this.room, message: id }, over ? null : places.aside);
    // Come to already, and perhaps left by scrolling: no other place is asked for.
    if (there) void subjectsAt(null).room?.moveTo({ to: "message", message: id });
  }

  unpin({ id }: PinItem): void {
    void pin(this.room, id, false);
  }
}
