// What went wrong, in words.
import { RefusedError } from "../ipc/dispatch";
import type { Command } from "../ipc/types/command";
import { refusedWords, tooLongWords } from "../words/refusals";

export function inWords(error: unknown): string {
  return error instanceof RefusedError
    ? refusedWords(error.refused)
    : `Folkmoot failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** That a text is too long says which: the message, or what is kept of it. Undefined for anything else. */
export function tooLong(error: unknown, asked: Command["do"]): string | undefined {
  if (!(error instanceof RefusedError) || error.refused.why !== "rule") return undefined;
  const { code, limit, unit } = error.refused.refusal;
  const words = tooLongWords[asked as keyof typeof tooLongWords];
  return code === "too_large" && limit !== undefined && !unit && words ? words(limit) : undefined;
}
