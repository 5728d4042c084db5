// What can be done with a document, and making one. What its text can be made of is rich_text/actions.ts.
import Archive from "@lucide/svelte/icons/archive";
import Hash from "@lucide/svelte/icons/hash";
import Link from "@lucide/svelte/icons/link";
import FilePlus from "@lucide/svelte/icons/file-plus-2";
import { overlays } from "../../design/overlays.svelte";
import { about, type Action } from "../../session/actions.svelte";
import { roomTitle } from "../../session/room_name";
import { words } from "../../words/documents";
import type { OpenDocument } from "./document.svelte";
import { formats } from "./rich_text/actions";

declare module "../../session/subjects" {
  interface Subjects {
    /** One that is open, in the main area or beside it. */
    document: OpenDocument;
  }
}

const has = ({ view }: OpenDocument) => view !== undefined;

const document = about("document", [
  {
    id: "documents.copy_link",
    group: "document",
    name: words.copyLink,
    icon: Link,
    in: ["menu"],
    offered: has,
    run: (open) => void open.copyLink(),
  },
  {
    id: "documents.to_room",
    group: "document",
    name: words.toItsRoom,
    icon: Hash,
    in: ["menu"],
    as: ({ view }) => ({ name: words.toRoom(roomTitle(view!.room)) }),
    offered: has,
    run: ({ session, view }) => session.goRoom(view!.room.id),
  },
  {
    id: "documents.archive",
    group: "documentEnd",
    name: words.archive,
    icon: Archive,
    in: ["menu"],
    as: ({ view }) => (view!.document.archived ? { name: words.unarchive } : {}),
    offered: (open) => has(open) && open.session.canAct,
    run: (open) => void open.archive(!open.view!.document.archived),
  },
]);

const window = about("window", [
  {
    id: "documents.new",
    group: "space",
    name: words.newDocument,
    icon: FilePlus,
    offered: (session) => session.canAct && session.space?.guest === false,
    run: (session) => overlays.showDialog(() => import("./NewDocument.svelte"), { session }),
  },
]);

export const all: Action[] = [...document, ...formats, ...window];
