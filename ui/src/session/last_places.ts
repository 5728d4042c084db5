// Where the person was last in each space: the window opens there again, and so does a space that is changed to.
import { keep, keptOf } from "../design/kept";
import { formatHash, parseHash, type Route } from "../ipc/route";

export type Place = Extract<Route, { at: "room" | "document" }>;

/** Of more spaces the one that was left first is forgotten. */
const SPACES_MOST = 20;

/** The last one first, one for each space. */
function places(): Place[] {
  const kept = keptOf("places");
  return (Array.isArray(kept) ? kept : [])
    .map((hash) => parseHash(String(hash)))
    .filter((route) => route.at === "room" || route.at === "document");
}

/** The person has come here. Which message they came to is of that moment. */
export function keepPlace(route: Route): void {
  if (route.at !== "room" && route.at !== "document") return;
  const place: Place = { ...route };
  if (place.at === "room") delete place.message;
  keep(
    "places",
    [place, ...places().filter((other) => other.space !== place.space)].slice(0, SPACES_MOST).map(formatHash),
  );
}

/** Where they were last: in this space, or at all. */
export const lastPlace = (space?: string): Place | undefined =>
  places().find((place) => !space || place.space === space);
