// The steps of the first run. Which one is shown is Start.svelte's.
import type { Done, LinkTarget } from "../../ipc/types/command";

export type JoinTarget = Extract<LinkTarget, { kind: "join" }>;

export type Step =
  | { at: "choose" }
  | { at: "host" }
  | { at: "link"; link?: string }
  | { at: "join"; link: string; target: JoinTarget }
  /** `joins`: the link of the space that is to be joined then. */
  | { at: "sign_in"; server: string; name?: string; joins?: string };

/** Where one has come to by joining or signing in. */
export type Arrived = { joined?: { space: string; room: string }; link?: string };

export const arrivedBy = (done: Done): Arrived =>
  done.is === "joined" ? { joined: { space: done.space, room: done.room } } : {};

export type StartField = "name" | "password" | "link" | "key";

/** A refusal is shown at the field that it is about. */
export function fieldOf(refused: { why: string }): StartField | "whole" {
  if (refused.why === "name_taken" || refused.why === "begun") return "name";
  if (refused.why === "password_too_short" || refused.why === "wrong_password") return "password";
  if (refused.why === "bad_link" || refused.why === "bad_invite" || refused.why === "wrong_server") return "link";
  if (refused.why === "keyring") return "key";
  return "whole";
}
