// All that can be done, in one list: menus, toolbars, keys, the sheet of shortcuts and the palette read it. What is in it is
// the features' (each has an actions.ts) and is gathered by frame/actions, after the first screen.
import type { Component } from "svelte";
import type { Group } from "../words/actions";
import { subjectsAt, type Kind, type Subjects } from "./subjects";

/** Where an action is shown, besides the palette: the menu or the toolbar of what it is about, or that of the account. */
export type Surface = "menu" | "toolbar" | "account";

/** How an action is called and drawn. */
export interface Face {
  name: string;
  icon?: Component<{ size?: number }>;
  danger?: boolean;
  /** For what is on or off, and for one choice of several. */
  checked?: boolean;
}

export interface Action<K extends Kind = Kind> extends Face {
  /** Its feature and what it does: `rooms.leave`. */
  id: string;
  /** What it is about; its keys count there. */
  at: K;
  group: Group;
  /** `Ctrl+K`, `Alt+ArrowUp`, `r`. Ctrl is ⌘ as well. */
  keys?: readonly string[];
  /** The field that has the focus takes the keys by itself: here they are only told of. */
  bound?: boolean;
  /** The key counts also while something lies over the page. */
  over?: boolean;
  in?: readonly Surface[];
  /** Is it no action of the palette? */
  unlisted?: boolean;
  /** What is other for this subject. */
  as?(subject: Subjects[K]): Partial<Face> & { in?: readonly Surface[] };
  offered?(subject: Subjects[K]): boolean;
  /** `from`: the element that was pressed, if one was. */
  run?(subject: Subjects[K], from?: HTMLElement): void;
}

/** An action for the subject at hand. */
export type Offered = Action & { act(from?: HTMLElement): void };

/** Actions about one kind of subject. */
export const about = <K extends Kind>(at: K, actions: readonly Omit<Action<K>, "at">[]): Action[] =>
  actions.map((action) => ({ ...action, at })) as unknown as Action[];

class Actions {
  all: readonly Action[] = $state.raw([]);

  get(id: string): Action | undefined {
    return this.all.find((action) => action.id === id);
  }

  /** As it is for this subject; undefined if it is not offered. */
  for(action: Action, subject: Subjects[Kind]): Offered | undefined {
    if (action.offered?.(subject) === false) return undefined;
    const act = (from?: HTMLElement) => action.run?.(subject, from);
    return { ...action, ...action.as?.(subject), act };
  }

  /** Those about this subject that are shown there. */
  of<K extends Kind>(at: K, subject: Subjects[K], surface: Surface): Offered[] {
    return this.all.flatMap((action) => {
      const one = action.at === at && action.run && this.for(action, subject);
      return one && one.in?.includes(surface) ? one : [];
    });
  }

  /** Do it about what is there, if it can be done. */
  run(id: string, from?: HTMLElement): void {
    const action = this.get(id);
    const subject = action && subjectsAt(from ?? document.activeElement)[action.at];
    if (subject) this.for(action, subject)?.act(from);
  }
}

export const actions = new Actions();
