// Days by the calendar, also where one has 23 or 25 hours; and whoever shows a time is told of midnight and of another zone.
import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dayKey, dayName, shortly, timeOf } from "./dates";

const words = { today: "Today", yesterday: "Yesterday" };
const zone = process.env["TZ"];
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  process.env["TZ"] = zone;
});

test("when something was is the clock on its day, else the day, and the year where it is another", () => {
  const told = { todayAt: (time: string) => `today ${time}` };
  const now = new Date(2026, 10, 30, 12).getTime();
  expect(shortly(new Date(2026, 10, 30, 9, 5).getTime(), told, now)).toBe("today 09:05");
  expect(shortly(new Date(2026, 10, 29, 9, 5).getTime(), told, now)).toMatch(/^(?=.*29)(?!.*2026)/);
  expect(shortly(new Date(2025, 10, 30, 9, 5).getTime(), told, now)).toMatch(/2025/);
});

test.each([
  ["2027-03-29T00:30:00+02:00", "2027-03-28T01:00:00+01:00", "Yesterday"],
  ["2027-03-29T00:30:00+02:00", "2027-03-27T23:30:00+01:00", "Saturday"],
  ["2027-10-31T23:30:00+01:00", "2027-10-31T00:30:00+02:00", "Today"],
  ["2027-10-31T23:30:00+01:00", "2027-10-30T23:30:00+02:00", "Yesterday"],
  ["2027-11-01T00:15:00+01:00", "2027-10-31T00:15:00+02:00", "Yesterday"],
])("at %s, %s is %s", (now, at, name) => {
  process.env["TZ"] = "Europe/Berlin";
  const told = dayName(Date.parse(at), words, Date.parse(now));
  expect(told.split(/[ ,]/)[0]).toBe(name);
});

test("at midnight, and in another zone, what is shown is shown anew", () => {
  process.env["TZ"] = "Europe/Berlin";
  vi.setSystemTime(new Date("2026-11-20T23:59:58+01:00"));
  const at = Date.parse("2026-11-20T12:00:00+01:00");
  const shown: string[] = [];
  const stop = $effect.root(() => {
    const told = $derived(`${dayName(at, words).split(",")[0]} ${timeOf(at)} ${dayKey(at)}`);
    $effect(() => void shown.push(told));
  });
  flushSync();
  vi.advanceTimersByTime(10_000);
  flushSync();
  process.env["TZ"] = "Asia/Tokyo";
  vi.advanceTimersByTime(10_000);
  flushSync();
  stop();
  expect(shown).toEqual(["Today 12:00 2026-11-20", "Yesterday 12:00 2026-11-20", "Yesterday 20:00 2026-11-20"]);
});
