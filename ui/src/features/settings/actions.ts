// To the settings, and to each section of them.
import Settings from "@lucide/svelte/icons/settings";
import { about } from "../../session/actions.svelte";
import type { Session } from "../../session/session.svelte";
import { words as frame } from "../../words/frame";
import { SECTIONS, words, type SectionId } from "../../words/settings";

export const all = about("window", [
  {
    id: "settings.open",
    group: "app",
    name: frame.settings,
    icon: Settings,
    keys: ["Ctrl+,"],
    in: ["menu", "account"],
    run: ({ places }) => places.goOver({ at: "settings" }),
  },
  ...(Object.keys(SECTIONS) as SectionId[]).map((section) => ({
    id: `settings.${section}`,
    group: "app" as const,
    name: words.to(SECTIONS[section]),
    icon: Settings,
    run: ({ places }: Session) => places.goOver({ at: "settings", section }),
  })),
]);
