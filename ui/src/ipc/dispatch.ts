// The first door: ask the engine for something. Everything durable waits for nothing but this device's disk.
import { transport } from "./transport";
import type { Command, Done } from "./types/command";

export { RefusedError } from "./refused";

/** Ask; throws a `RefusedError` if the engine did nothing. */
export function dispatch(command: Command): Promise<Done> {
  return transport().dispatch(command);
}

/** Ask for what answers with one kind of `Done`, and take that. */
export async function ask<K extends Done["is"]>(command: Command, is: K): Promise<Extract<Done, { is: K }>> {
  const done = await dispatch(command);
  if (done.is !== is) throw new Error(`${command.do} answered ${done.is}, not ${is}`);
  return done as Extract<Done, { is: K }>;
}
