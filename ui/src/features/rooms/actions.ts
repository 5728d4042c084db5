// What can be done with a room, and making one.
import Archive from "@lucide/svelte/icons/archive";
import Compass from "@lucide/svelte/icons/compass";
import Link from "@lucide/svelte/icons/link";
import LogOut from "@lucide/svelte/icons/log-out";
import Pencil from "@lucide/svelte/icons/pencil";
import Plus from "@lucide/svelte/icons/plus";
import MessageSquarePlus from "@lucide/svelte/icons/message-square-plus";
import { overlays } from "../../design/overlays.svelte";
import type { NotifyLevel } from "../../ipc/types/model";
import { about, type Action } from "../../session/actions.svelte";
import { attempt } from "../../session/attempt";
import { copyLinkTo } from "../../session/copy_link";
import { notWritableWords } from "../../words/lacking";
import { roomWords } from "../../words/rooms";
import { words } from "../../words/chat";
import type { Room } from "./room.svelte";

declare module "../../session/subjects" {
  interface Subjects {
    /** The one that is open. */
    room: Room;
  }
}

const has = ({ view }: Room) => view !== undefined;
const mine = (room: Room) => has(room) && room.session.canAct && room.view!.room.joined;
const lasting = (room: Room) => mine(room) && room.view!.room.access !== "direct";
const open = (room: Room) => lasting(room) && !room.view!.room.archived;
const manages = (room: Room) => room.view!.manages;

const notify = (level: NotifyLevel, name: string): Omit<Action<"room">, "at"> => ({
  id: `rooms.notify_${level}`,
  group: "roomNotify",
  name: `${roomWords.notify}: ${name.toLocaleLowerCase()}`,
  in: ["menu"],
  as: (room) => ({ checked: room.view!.room.notify === level }),
  offered: mine,
  run: (room) => void attempt({ do: "notify", room: room.room, level }),
});

const room = about("room", [
  notify("all", roomWords.notifyAll),
  notify("mentions", roomWords.notifyMentions),
  notify("nothing", words.notifyNothing),
  {
    id: "rooms.copy_link",
    group: "room",
    name: roomWords.copyRoomLink,
    icon: Link,
    in: ["menu"],
    offered: has,
    run: ({ session, room, view }) => void copyLinkTo(session, { space: view!.space, room }),
  },
  {
    id: "rooms.everyone_edits",
    group: "room",
    name: roomWords.everyoneEdits,
    in: ["menu"],
    as: (room) => ({ checked: room.view!.room.everyone_edits }),
    offered: (room) => open(room) && manages(room),
    run: (room) =>
      void attempt({ do: "let_everyone_edit", room: room.room, everyone: !room.view!.room.everyone_edits }),
  },
  {
    id: "rooms.change",
    group: "room",
    name: roomWords.renameRoom,
    icon: Pencil,
    in: ["menu"],
    offered: (room) => open(room) && room.session.space?.guest !== true,
    run: (room) => overlays.showDialog(() => import("./ChangeRoom.svelte"), { room: room.view!.room }),
  },
  {
    id: "rooms.archive",
    group: "roomEnd",
    name: roomWords.archive,
    icon: Archive,
    in: ["menu"],
    as: (room) => (room.view!.room.archived ? { name: notWritableWords.unarchive } : {}),
    offered: (room) => lasting(room) && manages(room),
    run: (room) => void attempt({ do: "archive_room", room: room.room, archived: !room.view!.room.archived }),
  },
  {
    id: "rooms.leave",
    group: "roomEnd",
    name: roomWords.leave,
    icon: LogOut,
    danger: true,
    in: ["menu"],
    offered: lasting,
    // Whoever leaves a public room comes back as they please.
    run: (room) =>
      room.view!.room.access === "public"
        ? void attempt({ do: "leave_room", room: room.room })
        : overlays.showDialog(() => import("./ConfirmOut.svelte"), { room }),
  },
]);

const window = about("window", [
  {
    id: "rooms.direct",
    group: "space",
    name: roomWords.newDirect,
    icon: MessageSquarePlus,
    offered: (session) => session.canAct && session.spaceId !== undefined,
    run: (session) => overlays.showDialog(() => import("./NewDirect.svelte"), { session }),
  },
  {
    id: "rooms.browse",
    group: "space",
    name: roomWords.browse,
    icon: Compass,
    offered: (session) => session.spaceId !== undefined,
    run: (session) => overlays.showDialog(() => import("./BrowseRooms.svelte"), { session }),
  },
  {
    id: "rooms.new",
    group: "space",
    name: roomWords.newRoom,
    icon: Plus,
    offered: (session) => session.canAct && session.space?.guest === false,
    run: (session) => overlays.showDialog(() => import("./NewRoom.svelte"), { session }),
  },
]);

export const all: Action[] = [...room, ...window];
