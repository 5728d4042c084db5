// Going around in the window, and what closes.
import Keyboard from "@lucide/svelte/icons/keyboard";
import { focus } from "../../design/focus";
import { overlays } from "../../design/overlays.svelte";
import { about } from "../../session/actions.svelte";
import { nextRoom } from "../../session/room_order";
import type { Session } from "../../session/session.svelte";
import { subjectsAt } from "../../session/subjects";
import { words as actionWords } from "../../words/actions";
import { words } from "../../words/chat";
import { routes } from "../features";
import { go as goWords } from "../../words/go";

/** In the order in which F6 goes through them. */
const REGIONS = ["sidebar", ...of("main"), ...of("panel")];

/** A part of the window, and what scrolls in it and where one writes. */
function of(part: string): string[] {
  return [part, ...["messages", "list", "settings", "composer"].map((inner) => `${part}] [data-region=${inner}`)];
}

const shown = (element: Element): boolean => element.getClientRects().length > 0;

/** The focus goes to the part of the window so many further. */
function region(by: number): void {
  const regions = REGIONS.map((name) => document.querySelector<HTMLElement>(`[data-region=${name}]`)).filter(
    (region) => region !== null && shown(region),
  );
  const inner = regions.findLastIndex((region) => region!.contains(document.activeElement));
  const next = regions[(inner + by + regions.length) % regions.length];
  if (next) focus.into(next);
}

function step(session: Session, by: number, unreadOnly: boolean): void {
  const next = nextRoom(session, by, unreadOnly);
  if (next) session.goRoom(next.id);
}

function close({ places }: Session): void {
  if (places.sidebarOpen) places.closeSidebar();
  else if (places.aside && document.activeElement?.closest("[data-region=panel]")) places.closeAside();
  else if (routes[places.route.at]?.over) places.closeOver();
  else subjectsAt(null).room?.readAll();
}

export const all = about("window", [
  {
    id: "go.jump",
    group: "go",
    name: words.jump,
    keys: ["Ctrl+K"],
    over: true,
    unlisted: true,
    run: (session) => {
      // What actions are about is what has the focus before the switcher takes it.
      const subjects = subjectsAt(overlays.any ? null : document.activeElement);
      overlays.showDialog(() => import("../switcher/Switcher.svelte"), { session, subjects });
    },
  },
  {
    id: "go.unread",
    group: "go",
    name: goWords.nextUnread,
    offered: (session) => nextRoom(session, 1, true) !== undefined,
    run: (session) => step(session, 1, true),
  },
  {
    id: "go.above",
    group: "go",
    name: goWords.above,
    keys: ["Alt+ArrowUp"],
    run: (session) => step(session, -1, false),
  },
  {
    id: "go.below",
    group: "go",
    name: goWords.below,
    keys: ["Alt+ArrowDown"],
    run: (session) => step(session, 1, false),
  },
  {
    id: "go.unread_above",
    group: "go",
    name: goWords.unreadAbove,
    keys: ["Alt+Shift+ArrowUp"],
    unlisted: true,
    run: (session) => step(session, -1, true),
  },
  {
    id: "go.unread_below",
    group: "go",
    name: goWords.unreadBelow,
    keys: ["Alt+Shift+ArrowDown"],
    unlisted: true,
    run: (session) => step(session, 1, true),
  },
  { id: "go.back", group: "go", name: goWords.back, keys: ["Alt+ArrowLeft"], run: ({ places }) => places.back() },
  {
    id: "go.forward",
    group: "go",
    name: goWords.forward,
    keys: ["Alt+ArrowRight"],
    run: ({ places }) => places.forward(),
  },
  { id: "go.part", group: "go", name: goWords.part, keys: ["F6"], over: true, unlisted: true, run: () => region(1) },
  {
    id: "go.part_before",
    group: "go",
    name: goWords.partBefore,
    keys: ["Shift+F6"],
    over: true,
    unlisted: true,
    run: () => region(-1),
  },
  { id: "go.close", group: "go", name: goWords.close, keys: ["Escape"], unlisted: true, run: close },
  {
    id: "go.shortcuts",
    group: "app",
    name: actionWords.shortcuts,
    icon: Keyboard,
    keys: ["Ctrl+/"],
    over: true,
    in: ["menu"],
    run: () => overlays.showDialog(() => import("../Shortcuts.svelte")),
  },
]);
