// What this feature gives the frame.
import type { PersonItem } from "../../ipc/types/view";
import type { Manifest, SidebarSection } from "../../session/manifest";
import { words } from "../../words/chat";
import PersonRow from "./PersonRow.svelte";

export const people: Manifest = {
  sidebar: [
    {
      name: "people",
      title: words.people,
      row: PersonRow,
      items: ({ others }) => others,
      onlyFull: true,
    } satisfies SidebarSection<PersonItem>,
  ],
  actions: () => import("./actions"),
  settings: () => import("./parts"),
  runs: () => import("./presence.svelte"),
  preload: () => import("./preload"),
};
