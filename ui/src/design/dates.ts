// Times as people read them, in their own locale and zone, and on their own day: whoever shows one is told when the zone
// of the device changes, and when another day begins.
import { createSubscriber } from "svelte/reactivity";

/** How soon a new day or another zone is noticed; at once when the window gets the keyboard. */
const LOOK_MS = 5_000;

/** Engines keep the zone in a format that is made once. */
const made = () => ({
  time: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  day: new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" }),
  dayAndYear: new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  whole: new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" }),
});
const stand = () => `${new Intl.DateTimeFormat().resolvedOptions().timeZone} ${keyOf(Date.now())}`;

let formats = made();
let stood = stand();

const subscribe = createSubscriber((update) => {
  const look = () => {
    const stands = stand();
    if (stands === stood) return;
    stood = stands;
    formats = made();
    update();
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  globalThis.addEventListener("focus", look);
  return () => {
    clearInterval(timer);
    globalThis.removeEventListener("focus", look);
  };
});

const current = () => {
  subscribe();
  return formats;
};

export const timeOf = (ms: number): string => current().time.format(ms);
export const wholeOf = (ms: number): string => current().whole.format(ms);

/** A key that is equal for two moments of one local day. */
export function dayKey(ms: number): string {
  subscribe();
  return keyOf(ms);
}

function keyOf(ms: number, before = 0): string {
  const date = new Date(ms);
  // By the calendar: not every day has 24 hours. Noon is on each of them.
  date.setHours(12);
  date.setDate(date.getDate() - before);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** As short as a line of a narrow panel: "today 09:12", "20 Nov", "20 Nov 2024". */
export function shortly(ms: number, words: { todayAt: (time: string) => string }, now = Date.now()): string {
  if (dayKey(ms) === keyOf(now)) return words.todayAt(timeOf(ms));
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: "numeric" } as const);
  return new Date(ms).toLocaleDateString(undefined, { day: "numeric", month: "short", ...year });
}

/** "Today, Friday 20 November", "Yesterday, …", "Monday 2 March", "… 2024". */
export function dayName(ms: number, words: { today: string; yesterday: string }, now = Date.now()): string {
  const { day, dayAndYear } = current();
  const name = (new Date(ms).getFullYear() === new Date(now).getFullYear() ? day : dayAndYear).format(ms);
  if (keyOf(ms) === keyOf(now)) return `${words.today}, ${name}`;
  if (keyOf(ms) === keyOf(now, 1)) return `${words.yesterday}, ${name}`;
  return name;
}
