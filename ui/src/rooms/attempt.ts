// Ask the engine for something that has no field of its own to show a refusal in: the refusal is told as a fact.
import { dispatch, RefusedError } from "../ipc/dispatch";
import type { Command, Done } from "../ipc/types/command";
import { overlays } from "../design/overlays.svelte";
import { refusedWords } from "../words/refusals";

/** What went wrong, in words. */
export function inWords(error: unknown): string {
  return error instanceof RefusedError ? refusedWords(error.refused) : `Folkmoot failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** What was answered; undefined if it was refused, which has then been told. */
export async function attempt(command: Command): Promise<Done | undefined> {
  try {
    return await dispatch(command);
  } catch (error) {
    overlays.tell(inWords(error), true);
    return undefined;
  }
}
