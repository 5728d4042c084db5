// The keys that work everywhere. Those of a message, a text or a list are theirs.
import { composing } from "../design/composing";
import { focus } from "../design/focus";
import { overlays } from "../design/overlays.svelte";
import type { RoomItem } from "../ipc/types/view";
import type { Session } from "../session/session.svelte";

const REGIONS = ["sidebar", "main", "messages", "composer", "panel"];

export class Keys {
  constructor(
    readonly session: Session,
    readonly jump: () => void,
    readonly sheet: () => void,
  ) {}

  listen(): () => void {
    const key = (event: KeyboardEvent) => {
      if (!event.defaultPrevented && !composing(event) && this.#took(event)) event.preventDefault();
    };
    const sheet = () => this.sheet();
    globalThis.addEventListener("keydown", key);
    globalThis.addEventListener("folkmoot-shortcuts", sheet);
    return () => {
      globalThis.removeEventListener("keydown", key);
      globalThis.removeEventListener("folkmoot-shortcuts", sheet);
    };
  }

  #took(event: KeyboardEvent): boolean {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && !event.shiftKey && !event.altKey && key === "k") return this.#do(this.jump);
    if (command && !event.altKey && key === "/") return this.#do(this.sheet);
    if (event.key === "F6") return this.#do(() => this.#region(event.shiftKey ? -1 : 1));
    if (overlays.any) return false;
    if (event.altKey && !command && (event.key === "ArrowUp" || event.key === "ArrowDown"))
      return this.#do(() => this.#step(event.key === "ArrowUp" ? -1 : 1, event.shiftKey));
    if (event.altKey && !command && event.key === "ArrowLeft") return this.#do(() => this.session.places.back());
    if (event.altKey && !command && event.key === "ArrowRight") return this.#do(() => this.session.places.forward());
    if (event.key === "Escape") return this.#do(() => this.#escape());
    return false;
  }

  #do(what: () => void): true {
    what();
    return true;
  }

  #escape(): void {
    const { places } = this.session;
    if (places.sidebarOpen) places.closeSidebar();
    else if (places.aside && document.activeElement?.closest("[data-region=panel]")) places.closeAside();
    else globalThis.dispatchEvent(new Event("folkmoot-read-all"));
  }

  #step(by: number, unreadOnly: boolean): void {
    const { space, places } = this.session;
    const rooms = orderedRooms(space?.rooms ?? []);
    const { route } = places;
    const at = route.at === "room" ? rooms.findIndex((room) => room.id === route.room) : -1;
    const next = stepped(rooms, at, by, unreadOnly);
    if (next) this.session.goRoom(next.id);
  }

  #region(by: number): void {
    const shown = REGIONS.map((name) => document.querySelector<HTMLElement>(`[data-region=${name}]`)).filter(
      (region) => region !== null && shownNow(region),
    );
    const inner = shown.findLastIndex((region) => region!.contains(document.activeElement));
    const next = shown[(inner + by + shown.length) % shown.length];
    if (next) focus.into(next);
  }
}

const shownNow = (element: Element): boolean => element.getClientRects().length > 0;

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
