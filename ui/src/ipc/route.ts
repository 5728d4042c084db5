// Where a person can be, and how that is written: one union for the window's history and for folkmoot:// links.
// Knows nothing of what is held: a link to elsewhere is the engine's to judge (`inspect`).
import { isUuid } from "./uuid";

export type Route =
  | { at: "home"; space?: string }
  | { at: "room"; space: string; room: string; message?: string }
  | { at: "document"; space: string; document: string }
  | { at: "link"; link: string };

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

/** The fragment that the window's history keeps: `#/SPACE/room/ROOM/MESSAGE`. */
export function formatHash(route: Route): string {
  switch (route.at) {
    case "home":
      return route.space ? `#/${route.space}` : "#/";
    case "room":
      return `#/${route.space}/room/${route.room}${route.message ? `/${route.message}` : ""}`;
    case "document":
      return `#/${route.space}/document/${route.document}`;
    case "link":
      return `#/link/${encodeURIComponent(route.link)}`;
  }
}

export function parseHash(hash: string): Route {
  const [first, kind, id, message] = hash.replace(/^#\//, "").split("/");
  if (first === "link" && kind) return { at: "link", link: decodeURIComponent(kind) };
  if (first && id && kind === "room") return { at: "room", space: first, room: id, ...(message ? { message } : {}) };
  if (first && id && kind === "document") return { at: "document", space: first, document: id };
  return first && isUuid(first) ? { at: "home", space: first } : { at: "home" };
}
