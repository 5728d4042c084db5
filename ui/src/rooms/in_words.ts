// What went wrong, in words.
import { RefusedError } from "../ipc/dispatch";
import { refusedWords } from "../words/refusals";

export function inWords(error: unknown): string {
  return error instanceof RefusedError ? refusedWords(error.refused) : `Folkmoot failed: ${error instanceof Error ? error.message : String(error)}`;
}
