// Words for what the engine and the server refuse. The only place that knows all the codes.
import type { Refused } from "../ipc/types/command";
import type { Refusal, Unit } from "../ipc/types/model";
import { isolate } from "./isolate";

/** A number of bytes as people say it. */
const bytes = (count: number) => (count >= 1024 ? `${Math.floor(count / 1024)} KB` : `${count} bytes`);

/** More of something than there may be. */
const tooMany: Record<Unit, (limit: number) => string> = {
  people: (limit) => `Too many people: at most ${limit} can be in a room from its start.`,
  mentions: (limit) => `Too many people are addressed: at most ${limit} in one message.`,
  edits: (limit) => `This message was edited ${limit} times already, and takes no further edit of yours.`,
  pins: (limit) => `There are ${limit} pinned messages here already, which is all there can be. Take one off first.`,
  emoji: (limit) => `No more than ${limit} different emoji can be added here.`,
};

/** A text that is too long, by what was asked for. */
export const tooLongWords = {
  post: (limit: number) => `The message is too long: at most ${bytes(limit)} can be sent. Send it in parts.`,
  edit: (limit: number) => `The message is too long: it may have at most ${bytes(limit)}.`,
  draft: (limit: number) =>
    `The text is too long to be kept while it is written: at most ${bytes(limit)} outlive this window.`,
};

export function refusalWords({ code, limit, unit }: Refusal): string {
  switch (code) {
    case "bad_request":
      return "The server could not read this, or it breaks a rule.";
    case "too_large":
      return limit === undefined ? "Too long." : unit ? tooMany[unit](limit) : `Too long: at most ${bytes(limit)}.`;
    case "target_missing":
      return "What this is about was deleted or does not exist.";
    case "forbidden":
      return "You may not do this here.";
    case "not_member":
      return "You are not a member here.";
    case "archived":
      return "The room was archived. It can be sent once the room is out of the archive.";
    case "quota":
      return "The server keeps no more of this: a quota of yours or of the space is used up. Ask whoever runs the server.";
    case "id_reuse":
      return "This was sent before as something else.";
    case "upgrade":
      return "The server is too old for this.";
  }
}

export function refusedWords(refused: Refused): string {
  switch (refused.why) {
    case "rule":
      return refusalWords(refused.refusal);
    case "offline":
      return "This needs the server, and the server cannot be reached.";
    case "wrong_password":
      return "Wrong name or password.";
    case "begun":
      return `You began to join as ${isolate(refused.name)} here. Go on with that name, and with the password that you chose then.`;
    case "name_taken":
      return "Somebody on this server has this name. Choose another, or sign in if it is you.";
    case "password_too_short":
      return `Too short: at least ${refused.least} characters.`;
    case "bad_link":
      return "This is not a Folkmoot link, or part of it is missing.";
    case "bad_invite":
      return "This invitation was used, has expired, or was never made.";
    case "wrong_server":
      return "Another server answered than the one this link names. Nothing was sent to it.";
    case "too_many_tries":
      return `Too many tries. Possible again in ${Math.max(1, Math.ceil(refused.after_ms / 1_000))} s.`;
    case "locked":
      return "What this device keeps is locked. Unlock it first.";
    case "keyring":
      return "Your keyring was not opened, or does not answer. Nothing was made. Open it and try again, or keep the key elsewhere.";
    case "signed_out":
      return "You are signed out.";
    case "unsent":
      return refused.count === 1 ? "1 change is not sent yet." : `${refused.count} changes are not sent yet.`;
    case "wrong_passphrase":
      return "Wrong passphrase.";
    case "profile_in_use":
      return "Another Folkmoot window uses this profile.";
    case "storage":
      return `This device could not keep it; nothing was changed. (${refused.detail})`;
    case "upgrade":
      return "The server or this app must be updated first.";
    case "not_held":
      return "This is not on this device.";
    case "damaged":
      return "The server sent a change that this app cannot take in. Nothing can be written here until it can.";
  }
}

/** Why a message that was asked for is not shown. */
export const lackingMessageWords: Partial<Record<Refused["why"], string>> = {
  offline: "That message is not on this device. It can be fetched when you are online.",
  not_held: "There is no such message here, or not any more.",
};
