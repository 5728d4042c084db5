// Times as people read them, in their own locale and zone.

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export const timeOf = (ms: number): string => time.format(ms);
export const wholeOf = (ms: number): string => whole.format(ms);

/** A key that is equal for two moments of one local day. */
export function dayKey(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** "Today, Friday 20 November", "Yesterday, …", "Monday 2 March", "… 2024". */
export function dayName(ms: number, words: { today: string; yesterday: string }, now = Date.now()): string {
  const name = (new Date(ms).getFullYear() === new Date(now).getFullYear() ? day : dayAndYear).format(ms);
  if (dayKey(ms) === dayKey(now)) return `${words.today}, ${name}`;
  if (dayKey(ms) === dayKey(now - 86_400_000)) return `${words.yesterday}, ${name}`;
  return name;
}
