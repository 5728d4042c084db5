// What of pins actions are about.
import type { PinItem } from "../../ipc/types/view";
import type { Pins } from "./pins.svelte";

/** One pin in the panel. */
export interface PinAt {
  pins: Pins;
  item: PinItem;
  jump(): void;
  unpin(): void;
}

/** The list that it is in. */
export interface PinListAt {
  step(by: 1 | -1): void;
  end(which: "first" | "last"): void;
}

declare module "../../session/subjects" {
  interface Subjects {
    pin: PinAt;
    pins: PinListAt;
  }
}
