// Ask the engine for something that has no field of its own to show a refusal in: the refusal is told as a fact.
import { dispatch } from "../ipc/dispatch";
import type { Command, Done } from "../ipc/types/command";
import { overlays } from "../design/overlays.svelte";

/** What was answered; undefined if it was refused, which is then told. */
export async function attempt(command: Command): Promise<Done | undefined> {
  try {
    return await dispatch(command);
  } catch (error) {
    void tell(error, command.do);
    return undefined;
  }
}

/** Tell as a fact what went wrong, and with what. The words for it are loaded when something first does. */
export async function tell(error: unknown, asked?: Command["do"] | "message"): Promise<void> {
  const { inWords, tooLong } = await import("./in_words");
  const long = asked && tooLong(error, asked);
  overlays.tell(long || inWords(error, asked), true, long ? "too long" : undefined);
}
