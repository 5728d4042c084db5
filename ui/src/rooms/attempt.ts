// Ask the engine for something that has no field of its own to show a refusal in: the refusal is told as a fact.
import { dispatch } from "../ipc/dispatch";
import type { Command, Done } from "../ipc/types/command";
import { overlays } from "../design/overlays.svelte";

/** What was answered; undefined if it was refused, which is then told. */
export async function attempt(command: Command): Promise<Done | undefined> {
  try {
    return await dispatch(command);
  } catch (error) {
    void tell(error);
    return undefined;
  }
}

/** Tell as a fact what went wrong. The words for it are loaded when something first does. */
export async function tell(error: unknown): Promise<void> {
  const { inWords } = await import("./in_words");
  overlays.tell(inWords(error), true);
}
