// The second door: a view of what the device holds, kept current by the engine. Holds rows; decides nothing.
import { applied } from "./patch";
import { transport, type Watching } from "./transport";
import type { View } from "./types/view";

/** One watched view. `stop` it when nobody shows it any more. */
export class Watch<V extends object> {
  /** Undefined until the first snapshot. Replaced by every update; rows that did not change keep their identity. */
  view: V | undefined = $state.raw(undefined);
  /** The engine says that there is none: not yet, as far as one knows, or not any more. */
  absent: "at_first" | "gone" | undefined = $state();
  /** Why the engine would not show it, if so. */
  failed: unknown = $state.raw(undefined);
  readonly #watching: Watching;

  /** `first` is told the first snapshot, before anybody shows it. */
  constructor(
    readonly query: View,
    first?: (view: V) => void,
  ) {
    this.#watching = transport().watch(
      query,
      (update) => {
        this.failed = undefined;
        const before = this.view;
        const none = update.is === "snapshot" && update.view === null;
        const view = none ? undefined : applied<V>(before, update);
        this.absent = !none ? undefined : before || this.absent === "gone" ? "gone" : "at_first";
        if (!before && view) first?.(view);
        this.view = view;
      },
      (error) => (this.failed = error),
    );
  }

  /** What `scroll` names it by. */
  get id(): number | undefined {
    return this.#watching.id;
  }

  stop(): void {
    this.#watching.stop();
  }
}
