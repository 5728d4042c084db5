// Where a person can be, and how that is written: one union for the window's history and for folkmoot:// links.
// Knows nothing of what is held: a link to elsewhere is the engine's to judge (`inspect`).
import { isUuid } from "./uuid";

/** Where in an account a person can be. */
export type Spot =
  | { at: "home"; space?: string }
  | { at: "room"; space: string; room: string; message?: string }
  | { at: "document"; space: string; document: string }
  | { at: "pins"; room: string }
  | { at: "settings"; section?: string };

/** A spot, and the server of the account that it is of: without one, of the account that is open. Or a link, of which nobody
 *  knows yet where it leads. */
export type Route = (Spot & { host?: string }) | { at: "link"; link: string };

/** The room or document that is there. */
export const streamOf = (route: Route): string | undefined =>
  route.at === "room" ? route.room : route.at === "document" ? route.document : undefined;

export const SCHEME = "folkmoot:";

export const isOurs = (link: string): boolean => link.trim().toLowerCase().startsWith(`${SCHEME}//`);

/** What a folkmoot:// link says, by its form alone. */
export type Link =
  | { kind: "join"; host: string }
  | { kind: "place"; host: string; space: string; room: string; message?: string; document?: string };

/** Undefined if it is not one of ours, or damaged. */
export function parseLink(link: string): Link | undefined {
  const parts = /^folkmoot:\/\/([^/?#]+)\/([^?#]*)/i.exec(link.trim());
  if (!parts) return undefined;
  const [host, path] = [parts[1]!, parts[2]!.split("/").filter((part) => part !== "")];
  if (path[0] === "join" && path[1]) return { kind: "join", host };
  const [space, room, third, document] = path;
  if (!space || !room || !isUuid(space) || !isUuid(room)) return undefined;
  if (third === "document")
    return document && isUuid(document) ? { kind: "place", host, space, room, document } : undefined;
  if (third !== undefined) return isUuid(third) ? { kind: "place", host, space, room, message: third } : undefined;
  return { kind: "place", host, space, room };
}

export function formatLink(
  host: string,
  place: { space: string; room: string; message?: string; document?: string },
): string {
  const end = place.document ? `/document/${place.document}` : place.message ? `/${place.message}` : "";
  return `${SCHEME}//${host}/${place.space}/${place.room}${end}`;
}

/** The fragment that the window's history keeps: `#/HOST/SPACE/room/ROOM/MESSAGE`, `#/HOST/pins/ROOM`, `#/HOST/settings/SECTION`. */
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
    case "pins":
      return [spot.at, spot.room];
    case "settings":
      return [spot.at, spot.section];
  }
}

export function parseHash(hash: string): Route {
  const parts = hash.replace(/^#\//, "").split("/").filter(Boolean);
  const [first, link] = parts;
  if (first === "link" && link) return { at: "link", link: decodeURIComponent(link) };
  // What a host comes before.
  const bare = !first || isUuid(first) || /^(settings|pins)$/.test(first) || /^(room|document)$/.test(parts[1] ?? "");
  const host = bare ? {} : { host: parts.shift()! };
  const [space, at, id, message] = parts;
  if (space === "settings") return { ...host, at: "settings", ...(at ? { section: at } : {}) };
  if (space === "pins" && at) return { ...host, at: space, room: at };
  if (space && id && at === "room") return { ...host, at, space, room: id, ...(message ? { message } : {}) };
  if (space && id && at === "document") return { ...host, at, space, document: id };
  return space && isUuid(space) ? { ...host, at: "home", space } : { ...host, at: "home" };
}
