// A form that asks the engine: busy while it waits, and a refusal as words beside the field that it is about.
import { dispatch, RefusedError } from "../ipc/dispatch";
import type { Command, Done, Refused } from "../ipc/types/command";
import { inWords } from "./in_words";

export class Form<Field extends string> {
  busy = $state(false);
  /** Why it was refused, if it was. */
  why: Refused["why"] | undefined = $state();
  /** By field; `whole` for what is about none of them. */
  errors: Partial<Record<Field | "whole", string>> = $state({});

  constructor(readonly about: (refused: Refused) => Field | "whole") {}

  /** What was answered; undefined if it was refused, which then stands in `errors`. */
  async ask(command: Command): Promise<Done | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.errors = {};
    this.why = undefined;
    try {
      return await dispatch(command);
    } catch (error) {
      if (error instanceof RefusedError) this.why = error.refused.why;
      const field = error instanceof RefusedError ? this.about(error.refused) : "whole";
      this.errors = { [field]: inWords(error) } as Partial<Record<Field | "whole", string>>;
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
