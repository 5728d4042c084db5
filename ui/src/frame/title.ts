// What the window is called: what waits, where one is, and whose app this is.
import { roomTitle } from "../session/room_name";
import type { Session } from "../session/session.svelte";
import { words } from "../words/frame";

/** "(2) #field-notes – Northlight – Folkmoot": a number for what is addressed to the person, a dot for what else is unread. */
export function titleOf({
  app,
  space,
  places,
  room,
}: Pick<Session, "app" | "space" | "room"> & { places: Pick<Session["places"], "route"> }): string {
  const { route } = places;
  const waits = (what: "mentions" | "unread") => app?.spaces.reduce((sum, one) => sum + one[what], 0) ?? 0;
  const open = route.at === "room" ? room(route.room) : undefined;
  const document = route.at === "document" ? space?.documents.find((one) => one.id === route.document) : undefined;
  const mark = waits("mentions") > 0 ? `(${waits("mentions")}) ` : waits("unread") > 0 ? "• " : "";
  return (
    mark +
    [
      open ? roomTitle(open) : route.at === "settings" || route.at === "threads" ? words[route.at] : document?.title,
      space?.space.name,
      words.app,
    ]
      .filter(Boolean)
      .join(" – ")
  );
}
