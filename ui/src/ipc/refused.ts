// A refusal as an error that can be thrown. The words for it are in words/refusals.ts.
import type { Refused } from "./types/command";

/** The engine did nothing, and said why. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  constructor(readonly refused: Refused) {
    super(refused.why);
  }
}

/** What a rejected call means: a refusal if it is one. */
export function asError(reason: unknown): Error {
  if (typeof reason === "object" && reason !== null && "why" in reason) return new RefusedError(reason as Refused);
  return reason instanceof Error ? reason : new Error(String(reason));
}
