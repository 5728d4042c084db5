// What went wrong, in words.
import { RefusedError } from "../ipc/dispatch";
import type { Command } from "../ipc/types/command";
import { lackingMessageWords, refusedWords, tooLongWords } from "../words/refusals";

/** What was asked for: a message, or what a command does. */
type Asked = Command["do"] | "message";

/** `asked`: what, if the words for it are others. */
export function inWords(error: unknown, asked?: Asked): string {
  const lacking = asked === "message" && error instanceof RefusedError && lackingMessageWords[error.refused.why];
  if (lacking) return lacking;
  return error instanceof RefusedError
    ? refusedWords(error.refused)
    : `Folkmoot failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** That a text is too long says which: the message, or what is kept of it. Undefined for anything else. */
export function tooLong(error: unknown, asked: Asked): string | undefined {
  if (!(error instanceof RefusedError) || error.refused.why !== "rule") return undefined;
  const { code, limit, unit } = error.refused.refusal;
  const words = tooLongWords[asked as keyof typeof tooLongWords];
  return code === "too_large" && limit !== undefined && !unit && words ? words(limit) : undefined;
}
