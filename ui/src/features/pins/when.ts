// When something was, as short as a line of a narrow panel: by the clock on its own day, else by the day.
import { dayKey, timeOf } from "../../design/dates";
import { pinWords as words } from "../../words/pins";

/** "today 09:12", "20 Nov", "20 Nov 2024". */
export function shortly(ms: number, now = Date.now()): string {
  if (dayKey(ms) === dayKey(now)) return words.today(timeOf(ms));
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: "numeric" } as const);
  return new Date(ms).toLocaleDateString(undefined, { day: "numeric", month: "short", ...year });
}
