// The small calls between the window and its shell, with what a browser can do instead. Not a fourth door: nothing
// here reads or changes what the engine holds.
import { invoke } from "@tauri-apps/api/core";
import { isOurs } from "./route";
import { inShell } from "./transport";

/** Open a web page or a mail outside of the app. `folkmoot:` links are the router's, not this one's. */
export function openUrl(url: string): void {
  if (inShell) void invoke("open_url", { url }).catch(() => undefined);
  else globalThis.open(url, "_blank", "noopener,noreferrer");
}

/** Open a link where it leads: outside, or in the app, by `follow`. */
export const openLink = (href: string, follow: (link: string) => void): void => (isOurs(href) ? follow : openUrl)(href);

const fromShell = () => import("./from_shell");

/** For how long nobody has used the computer, in milliseconds; null where nobody tells. */
export const idleMs = async (): Promise<number | null> => (inShell ? (await fromShell()).idleMs() : null);

/** A deep link was opened, or a notification clicked. */
export function onNavigate(go: (link: string) => void): void {
  if (inShell) void fromShell().then(({ listen }) => listen(go));
  else globalThis.addEventListener("folkmoot-navigate", (event) => go((event as CustomEvent<string>).detail));
}

/** What is told to those who hold something that the engine has yet to be given, before the app ends: they add what they wait for. */
export const HAND_OVER = "hand-over";
export type HandOver = CustomEvent<Promise<unknown>[]>;
