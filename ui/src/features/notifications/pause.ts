// Whether notifications are paused on this device, and until when.
import { now } from "../../design/clock.svelte";
import type { Pause } from "../../ipc/types/command";
import { attempt } from "../../session/attempt";
import { endOf } from "../../session/person_state";
import type { Session } from "../../session/session.svelte";

export const LENGTHS = ["half_an_hour", "an_hour", "until_morning"] as const satisfies Pause[];

/** "14:30"; empty if they are not paused. Looked at each second while somebody sees it. */
export function pausedUntil({ app }: Pick<Session, "app">): string {
  const until = app?.paused_until_ms ?? 0;
  return until > now() ? endOf(until) : "";
}

export const pause = (pause: Pause): void => void attempt({ do: "pause_notifications", pause });
