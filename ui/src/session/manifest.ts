// What a feature gives the frame, which knows no feature but by this. Types alone.
import type { Component } from "svelte";
import type { Loaded } from "../design/overlays.svelte";
import type { Route } from "../ipc/route";
import type { Phase } from "../ipc/types/view";
import type { SectionId } from "../words/settings";
import type { Action } from "./actions.svelte";
import type { Session } from "./session.svelte";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each screen takes of a route what it needs
type Shown = Component<any>;

/** What stands in the main area, in the panel, or in the whole window: at hand at once, or loaded when it is wanted. It is given
 *  its route, and whether it stands beside. */
export type Screen = ({ component: Shown } | { load: () => Loaded }) & {
  whole?: boolean;
  /** Does it lie over the places of an account, so that Esc leads back to where one was? */
  over?: boolean;
};

/** Something to be set, in a section of the settings. */
export interface SettingsPart {
  section: SectionId;
  component: Shown;
  when?(session: Session): boolean;
}

/** A titled part of the sidebar. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each section has rows of its own
export interface SidebarSection<Item extends { id: string } = any> {
  name: string;
  title: string;
  items(session: Session): readonly Item[];
  /** Takes `item`. */
  row: Shown;
  /** So many are shown at first, and those that press. */
  most?: number;
  /** Is it the current one, or does it wait for the person? Then it is shown also while the section is folded. */
  pressing?(session: Session, item: Item): boolean;
  /** The action that makes one, and others for the section. */
  make?: string;
  more?: string;
  /** Is it gone while there is nothing in it? */
  onlyFull?: boolean;
}

/** Something that is only sometimes to be said: loaded when it first is, and from then on shows itself or does not. */
export interface Note {
  where: "main" | "sidebarTop" | "sidebar" | "account";
  when(session: Session): boolean;
  load: () => Loaded;
}

export interface Manifest {
  /** The screen of each kind of route, in the main area or in the whole window. */
  routes?: { [At in Route["at"]]?: Screen };
  /** Of those, and of others, what can lie beside. */
  panel?: { [At in Route["at"]]?: Screen };
  /** What the whole window shows in such a phase. */
  phases?: { [P in Phase]?: Screen };
  /** Rows of the sidebar above its sections: their place is kept while they are loaded. */
  rows?: readonly (() => Loaded)[];
  sidebar?: readonly SidebarSection[];
  notes?: readonly Note[];
  /** What can be done: loaded beside the first screen. */
  actions?: () => Promise<{ all: readonly Action[] }>;
  /** What goes on as long as the window shows an account; ends when what `start` returns is called. */
  runs?: () => Promise<{ start(session: Session): () => void }>;
  /** What can be set of it: loaded with the settings. */
  settings?: () => Promise<{ parts: readonly SettingsPart[] }>;
  /** What may be asked for next, fetched when the window has nothing else to do. */
  preload?: () => Promise<{ all: readonly (() => Promise<unknown>)[] }>;
}
