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

declare module "../../session/subjects" {
  interface Subjects {
    pin: PinAt;
  }
}
