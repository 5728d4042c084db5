// Where a person can be, and how that is written in the window's history. Knows nothing of what is held: a link to elsewhere is
// the engine's to judge (`inspect`).
import { isUuid } from "./uuid";

/** Where in an account a person can be. */
export type Spot =
  | { at: "home"; space?: string }
  | { at: "room"; space: string; room: string; message?: string }
  | { at: "document"; space: string; document: string }
  | { at: "threads"; space: string }
  | { at: "pins"; room: string }
  | { at: "thread"; room: string; root: string; message?: string }
  | { at: "settings"; section?: string };

/** A spot, and the server of the account that it is of: without one, of the account that is open. Or a link, of which nobody
 *  knows yet where it leads. */
export type Route = (Spot & { host?: string }) | { at: "link"; link: string };

/** The room or document that is there. */
export const streamOf = (route: Route): string | undefined =>
  route.at === "room" ? route.room : route.at === "document" ? route.document : undefined;

export const SCHEME = "folkmoot:";

export const isOurs = (link: string): boolean => link.trim().toLowerCase().startsWith(`${SCHEME}//`);

/** The fragment that the window's history keeps: `#/HOST/SPACE/room/ROOM/MESSAGE`, `#/HOST/SPACE/threads`, `#/HOST/pins/ROOM`,
 *  `#/HOST/thread/ROOM/ROOT/MESSAGE`, `#/HOST/settings/SECTION`. */
export function formatHash(route: Route): string {
  if (route.at === "link") return `#/link/${encodeURIComponent(route.link)}`;
  return `#/${[route.host, ...partsOf(route)].filter(Boolean).join("/")}`;
}

function partsOf(spot: Spot): (string | undefined)[] {
  switch (spot.at) {
    case "home":
      return [spot.space];
    case "room":
      return [spot.space, spot.at, spot.room, spot.message];
    case "document":
      return [spot.space, spot.at, spot.document];
    case "threads":
      return [spot.space, spot.at];
    case "pins":
      return [spot.at, spot.room];
    case "thread":
      return [spot.at, spot.room, spot.root, spot.message];
    case "settings":
      return [spot.at, spot.section];
  }
}

export function parseHash(hash: string): Route {
  const parts = hash.replace(/^#\//, "").split("/").filter(Boolean);
  const [first, link] = parts;
  if (first === "link" && link) return { at: "link", link: decodeURIComponent(link) };
  // What a host comes before.
  const bare =
    !first ||
    isUuid(first) ||
    /^(settings|pins|thread)$/.test(first) ||
    /^(room|document|threads)$/.test(parts[1] ?? "");
  const host = bare ? {} : { host: parts.shift()! };
  const [space, at, id, message] = parts;
  if (space === "settings") return { ...host, at: "settings", ...(at ? { section: at } : {}) };
  if (space === "pins" && at) return { ...host, at: space, room: at };
  if (space === "thread" && at && id) return { ...host, at: space, room: at, root: id, ...(message && { message }) };
  if (space && at === "threads") return { ...host, at, space };
  if (space && id && at === "room") return { ...host, at, space, room: id, ...(message ? { message } : {}) };
  if (space && id && at === "document") return { ...host, at, space, document: id };
  return space && isUuid(space) ? { ...host, at: "home", space } : { ...host, at: "home" };
}
