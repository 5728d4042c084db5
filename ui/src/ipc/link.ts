// How a folkmoot:// link is written. What one leads to is the engine's to judge (`inspect`).
import { SCHEME } from "./route";

/** A place that a link names. */
export interface LinkPlace {
  space: string;
  room: string;
  message?: string;
  document?: string;
}

export function formatLink(host: string, place: LinkPlace): string {
  const end = place.document ? `/document/${place.document}` : place.message ? `/${place.message}` : "";
  return `${SCHEME}//${host}/${place.space}/${place.room}${end}`;
}
