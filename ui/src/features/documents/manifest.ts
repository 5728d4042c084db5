// What this feature gives the frame.
import type { DocumentItem } from "../../ipc/types/view";
import type { Manifest, SidebarSection } from "../../session/manifest";
import { words } from "../../words/chat";
import DocumentRow from "./DocumentRow.svelte";

const screen = { load: () => import("./Document.svelte") };

export const documents: Manifest = {
  routes: { document: screen },
  panel: { document: screen },
  sidebar: [
    {
      name: "documents",
      title: words.documents,
      row: DocumentRow,
      items: ({ space }) => space?.documents.filter((document) => !document.archived) ?? [],
      pressing: ({ places }, document) => places.shows(document.id),
      make: "documents.new",
    } satisfies SidebarSection<DocumentItem>,
  ],
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
