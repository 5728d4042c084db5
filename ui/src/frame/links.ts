// Links, wherever they stand, under the other buttons: the middle one opens, the right one offers what can be done. Where
// there is no text the web view has no menu, and nowhere one that would load anything into the app.
import Copy from "@lucide/svelte/icons/copy";
import ExternalLink from "@lucide/svelte/icons/external-link";
import { overlays } from "../design/overlays.svelte";
import { isOurs } from "../ipc/route";
import { openLink } from "../ipc/shell";
import { copyLink } from "../session/copy_link";
import { words } from "../words/links";

const linkAt = (event: Event) => (event.target as Element).closest?.<HTMLAnchorElement>("a[href]");

export function listenToLinks(follow: (link: string) => void): () => void {
  const middle = (event: MouseEvent) => {
    const link = event.button === 1 && linkAt(event);
    if (!link) return;
    event.preventDefault();
    openLink(link.href, follow);
  };
  const right = (event: MouseEvent) => {
    const link = linkAt(event);
    const text =
      (event.target as Element).closest?.("input, textarea, [contenteditable=true]") ||
      getSelection()?.isCollapsed === false;
    if (link || !text) event.preventDefault();
    if (link) showMenu(link, follow);
  };
  document.addEventListener("auxclick", middle);
  document.addEventListener("contextmenu", right);
  return () => {
    document.removeEventListener("auxclick", middle);
    document.removeEventListener("contextmenu", right);
  };
}

function showMenu(link: HTMLAnchorElement, follow: (link: string) => void): void {
  const { href } = link;
  overlays.showMenu(link, words.menu, [
    [
      { label: isOurs(href) ? words.go : words.open, icon: ExternalLink, run: () => openLink(href, follow) },
      { label: words.copy, icon: Copy, run: () => void copyLink(href) },
    ],
  ]);
}
