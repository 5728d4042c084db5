// What this feature gives the frame.
import type { RoomItem } from "../../ipc/types/view";
import type { Manifest, SidebarSection } from "../../session/manifest";
import { words } from "../../words/chat";
import RoomScreen from "./Room.svelte";
import RoomRow from "./RoomRow.svelte";

/** The last ones; sixty of them must not stand before the rooms. */
const DIRECTS_MOST = 8;

const section = (direct: boolean, more: Partial<SidebarSection<RoomItem>>) =>
  ({
    name: direct ? "direct" : "channels",
    title: direct ? words.direct : words.channels,
    row: RoomRow,
    items: ({ space }) => space?.rooms.filter((room) => (room.access === "direct") === direct && !room.archived) ?? [],
    pressing: ({ places }, room) =>
      places.shows(room.id) || room.mentions > 0 || (room.unread > 0 && room.notify !== "nothing"),
    ...more,
  }) satisfies SidebarSection<RoomItem>;

export const rooms: Manifest = {
  routes: { room: { component: RoomScreen } },
  sidebar: [
    section(true, { most: DIRECTS_MOST, make: "rooms.direct" }),
    section(false, { make: "rooms.new", more: "rooms.browse" }),
  ],
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
