// The order in which rooms stand in the sidebar, and stepping through it.
import type { RoomItem } from "../ipc/types/view";
import type { Session } from "./session.svelte";

/** As the sidebar shows them. */
export const orderedRooms = (rooms: readonly RoomItem[]): RoomItem[] => {
  const open = rooms.filter((room) => !room.archived);
  return [...open.filter((room) => room.access === "direct"), ...open.filter((room) => room.access !== "direct")];
};

/** The room so many further, around the ends; of the unread ones, those with mentions do not come first: order rules. */
export function stepped(rooms: readonly RoomItem[], at: number, by: number, unreadOnly: boolean): RoomItem | undefined {
  for (let far = 1; far <= rooms.length; far++) {
    const index = ((((at < 0 && by < 0 ? 0 : at) + by * far) % rooms.length) + rooms.length) % rooms.length;
    const room = rooms[index]!;
    if (index !== at && (!unreadOnly || room.unread > 0)) return room;
  }
  return undefined;
}

/** The room so many further than the one that is open. */
export function nextRoom({ space, places }: Session, by: number, unreadOnly: boolean): RoomItem | undefined {
  const rooms = orderedRooms(space?.rooms ?? []);
  const { route } = places;
  const at = route.at === "room" ? rooms.findIndex((room) => room.id === route.room) : -1;
  return stepped(rooms, at, by, unreadOnly);
}
