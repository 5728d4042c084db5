// How somebody is, in one shape and one line: what they say of themself counts before what their devices say.
import { timeOf, dayKey, dayName } from "../design/dates";
import type { Shape } from "../design/Avatar.svelte";
import type { Status } from "../ipc/types/model";
import type { PersonItem } from "../ipc/types/view";
import { statusWords, words } from "../words/chat";
import { now } from "../design/clock.svelte";

/** What they say, unless its time is over. Looked at each second while somebody sees it. */
export function statusOf(person: { status: Status | null }): Status | undefined {
  const { status } = person;
  return status && (status.until_ms === null || now() < status.until_ms) ? status : undefined;
}

/** Who is not connected is not busy. */
export function stateOf(person: PersonItem, availability: Shape = person.availability): Shape {
  const mode = availability === "offline" ? undefined : statusOf(person)?.mode;
  return mode === undefined || mode === "open" ? availability : mode;
}

/** "Writing the plan, until 14:00"; empty if they say nothing. */
export function statusLine(person: { status: Status | null }): string {
  const status = statusOf(person);
  if (!status) return "";
  const what = status.text || statusWords.modes[status.mode];
  return status.until_ms === null ? what : statusWords.until(what, endOf(status.until_ms));
}

/** "14:00", and the day if it is another one. */
export function endOf(ms: number): string {
  return dayKey(ms) === dayKey(Date.now()) ? timeOf(ms) : `${timeOf(ms)}, ${dayName(ms, words)}`;
}
