// Pausing notifications.
import Bell from "@lucide/svelte/icons/bell";
import BellOff from "@lucide/svelte/icons/bell-off";
import { about } from "../../session/actions.svelte";
import { words } from "../../words/notifications";
import { LENGTHS, pause, pausedUntil } from "./pause";

export const all = about("window", [
  ...LENGTHS.map((length) => ({
    id: `notifications.pause_${length}`,
    group: "notifications" as const,
    name: words.pauseFor(words[length]),
    icon: BellOff,
    run: () => pause(length),
  })),
  {
    id: "notifications.resume",
    group: "notifications",
    name: words.resume,
    icon: Bell,
    in: ["account"],
    offered: (session) => pausedUntil(session) !== "",
    run: () => pause("over"),
  },
]);
