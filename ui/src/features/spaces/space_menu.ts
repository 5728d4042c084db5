// The space's menu: one's spaces and what waits in each, then what can be done.
import type { MenuItem } from "../../design/overlays.svelte";
import type { SpaceItem } from "../../ipc/types/view";
import { menuOf } from "../../session/action_menu";
import type { Session } from "../../session/session.svelte";
import { words as chat } from "../../words/chat";

const waitsIn = ({ mentions, unread }: SpaceItem): string =>
  mentions > 0 ? chat.mentions(mentions) : unread > 0 ? chat.unread(unread) : "";

export function spaceMenu(session: Session): MenuItem[][] {
  const spaces = session.app?.spaces ?? [];
  const others = spaces.map((space) => ({
    label: space.name,
    hint: waitsIn(space),
    checked: space.id === session.spaceId,
    run: () => session.places.go({ at: "home", space: space.id }, undefined),
  }));
  return [spaces.length > 1 ? others : [], ...menuOf("window", session)];
}
