// Puts a link on the clipboard, and says so.
import { overlays } from "../design/overlays.svelte";
import { formatLink, type LinkPlace } from "../ipc/link";
import { copyText } from "../ipc/clipboard";
import { words } from "../words/links";
import type { Session } from "./session.svelte";

/** A folkmoot:// link to a place of the account. */
export async function copyLinkTo({ app }: Session, place: LinkPlace): Promise<void> {
  if (app) await copyLink(formatLink(app.host, place));
}

export async function copyLink(link: string): Promise<void> {
  overlays.tell((await copyText(link)) ? words.copied : words.notCopied);
}
