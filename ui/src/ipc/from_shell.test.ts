// Before the app ends, what was typed goes to the engine, also what comes while it goes.
import { expect, test, vi } from "vitest";
import { handOver } from "./from_shell";
import { HAND_OVER, type HandOver } from "./shell";

test("it waits for the keys that still come, and for what is being saved", async () => {
  vi.useFakeTimers();
  let asked = 0;
  let save: () => void = () => {};
  const hold = (event: Event) => {
    asked++;
    (event as HandOver).detail.push(new Promise<void>((saved) => (save = saved)));
  };
  globalThis.addEventListener(HAND_OVER, hold);
  let done = false;
  void handOver().then(() => (done = true));
  for (let key = 0; key < 10; key++) {
    await vi.advanceTimersByTimeAsync(60);
    globalThis.dispatchEvent(new KeyboardEvent("keydown"));
  }
  expect(asked).toBe(0);
  await vi.advanceTimersByTimeAsync(150);
  expect(asked).toBe(1);
  globalThis.dispatchEvent(new KeyboardEvent("keydown"));
  save();
  await vi.advanceTimersByTimeAsync(150);
  expect([asked, done]).toEqual([2, false]);
  save();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(true);
  globalThis.removeEventListener(HAND_OVER, hold);
  vi.useRealTimers();
});
