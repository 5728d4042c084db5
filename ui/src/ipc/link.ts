// How a folkmoot:// link is written, and what one says by its form alone. What it leads to is the engine's to judge (`inspect`).
import { SCHEME } from "./route";
import { isUuid } from "./uuid";

/** A place that a link names. */
export interface LinkPlace {
  space: string;
  room: string;
  message?: string;
  document?: string;
}

/** What a folkmoot:// link says, by its form alone. */
export type Link = { kind: "join"; host: string } | ({ kind: "place"; host: string } & LinkPlace);

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

export function formatLink(host: string, place: LinkPlace): string {
  const end = place.document ? `/document/${place.document}` : place.message ? `/${place.message}` : "";
  return `${SCHEME}//${host}/${place.space}/${place.room}${end}`;
}
