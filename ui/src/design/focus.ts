// Where the focus goes: the one rule of the window (docs/ARCHITECTURE.md, "Where the next key lands"). Everybody else
// says what happened (a place was asked for, an overlay closed) and moves no focus between parts of the window.

/** What can be asked for: the main area, or what lies beside it. */
export type Place = "main" | "panel";

const homeIn = (place: Place) =>
  ["[data-region=composer] textarea", "[contenteditable=true]"].map((home) => `[data-region=${place}] ${home}`).join();
/** Where one writes, in each place. */
const HOMES: Record<Place, string> = {
  main: homeIn("main"),
  panel: homeIn("panel"),
};
/** What of a part of the window one would go to first, and what else takes the focus. */
const FIRST =
  "[aria-current=page], article[tabindex='0'], textarea, input, [role=radio][aria-checked=true], [data-row][tabindex='0']";
const ANY = "a[href], button:not(:disabled):not([tabindex='-1']), [tabindex='0']";
const MESSAGES = "[data-region=messages]";
/** What scrolls, where nothing is written. */
const SCROLLS = `${MESSAGES}, [data-region=settings], [data-region=list]`;
const OVER = "[role=dialog], [role=menu]";

/** What had the focus (of a message the whole, since its toolbar comes and goes), and what it lay in, nearest first. */
export interface Trail {
  element: HTMLElement | undefined;
  parts: HTMLElement[];
}

/** Of the body nothing: then nothing has the focus. */
export function trailOf(element: Element | null): Trail {
  if (!element || element === document.body) return { element: undefined, parts: [] };
  const around = (what: string) => element.closest<HTMLElement>(what);
  return {
    element: around("article") ?? (element as HTMLElement),
    parts: [around("[role=dialog]"), around("[data-region]")].filter(
      (part) => part !== null && part !== element,
    ) as HTMLElement[],
  };
}

const placeOf = (part: Element | undefined): Place => (part?.closest("[data-region=panel]") ? "panel" : "main");

/** Messages and other lists scroll by keys; the main area takes none. None of them takes a letter for a command. */
function restOf(place: Place) {
  const part = document.querySelector<HTMLElement>(`[data-region=${place}]`);
  return part?.querySelector<HTMLElement>(SCROLLS) ?? part;
}

const shown = (element: Element): boolean =>
  element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";
const take = (element: HTMLElement | null): void => element?.focus({ preventScroll: true });

class Focus {
  /** Counts what was asked for: an overlay that led on does not give the focus back. */
  arrivals = 0;
  /** What was asked for and is not on the screen yet, and where the focus waits for it: until it is elsewhere. */
  #awaited: { place: Place; at: Element | null } | undefined;
  #last: Element | undefined;
  #trail: Trail = trailOf(null);
  #over: HTMLElement | undefined;
  /** What had the focus before the pointer pressed something, until a key comes. */
  #pressed: Trail | undefined;

  /** Follow the focus and what becomes of its elements, for the whole window. */
  listen(): () => void {
    const taken = ({ target }: FocusEvent) => {
      this.#last = target as Element;
      this.#trail = trailOf(this.#last);
      this.#over = this.#last.closest<HTMLElement>(OVER) ?? undefined;
    };
    // Given up, as by a click on what takes no focus; not taken away.
    const left = () =>
      queueMicrotask(
        () => this.#last?.isConnected && document.activeElement === document.body && (this.#last = undefined),
      );
    const pressed = () => (this.#pressed = trailOf(document.activeElement));
    const typed = () => (this.#pressed = undefined);
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("keydown", typed, true);
    document.addEventListener("focusin", taken);
    document.addEventListener("focusout", left);
    const observer = new MutationObserver(() => this.#look());
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
    return () => {
      document.removeEventListener("pointerdown", pressed, true);
      document.removeEventListener("keydown", typed, true);
      document.removeEventListener("focusin", taken);
      document.removeEventListener("focusout", left);
      observer.disconnect();
    };
  }

  /** The person asked for what is in this place: the focus goes to where one writes in it, as soon as that is there. */
  arrive(place: Place): void {
    this.arrivals += 1;
    this.#awaited = { place, at: document.activeElement };
    this.#look();
  }

  /** What has the focus; or had it before the pointer pressed a button, which is no place to write. */
  held(): Trail {
    return this.#pressed ?? trailOf(document.activeElement);
  }

  /** Nothing lies over the page any more: back to what had the focus before, unless something was asked for since. */
  giveBack(trail: Trail, arrivals: number): void {
    const active = document.activeElement;
    if (arrivals === this.arrivals && (!active || active === document.body || active.closest(OVER)))
      this.#return(trail);
  }

  /** To what is meant by a whole part of the window. */
  into(part: HTMLElement): void {
    const within = (what: string) => [...part.querySelectorAll<HTMLElement>(what)].find(shown);
    // Of the messages one of them or all: no link within one.
    take(
      within("[contenteditable=true]") ?? within(FIRST) ?? (part.matches(MESSAGES) ? undefined : within(ANY)) ?? part,
    );
  }

  #return({ element, parts }: Trail): void {
    if (element?.isConnected && shown(element) && !element.matches(":disabled")) return take(element);
    const part = parts.find((one) => one.isConnected && shown(one));
    const place = placeOf(part);
    if (part && part.dataset["region"] !== place) this.into(part);
    else this.arrive(place);
  }

  #look(): void {
    const active = document.activeElement;
    const free = !active || active === document.body || active.matches(":disabled");
    if (this.#awaited) this.#await(this.#awaited, free ? undefined : active);
    else if (free && this.#last && (!this.#last.isConnected || this.#last.matches(":disabled"))) {
      const wrote = this.#last.matches("textarea, input");
      this.#last = undefined;
      // What lies over the page and has closed gives the focus back itself.
      if (this.#over) return this.#over.isConnected ? this.into(this.#over) : undefined;
      // What was being typed into must not land on a message, where letters are commands.
      if (wrote) this.arrive(placeOf(this.#trail.parts.find((one) => one.isConnected)));
      else this.#return(this.#trail);
    }
  }

  #await(awaited: { place: Place; at: Element | null }, active: Element | undefined): void {
    const { place, at } = awaited;
    if (active?.closest(OVER)) return;
    const moved = active && active !== at;
    const home = document.querySelector<HTMLElement>(HOMES[place]);
    if (moved || home) this.#awaited = undefined;
    if (moved) return;
    const rest = restOf(place);
    if (home || rest) take(home ?? rest);
    else if (!active && place === "main") this.into(document.querySelector("main") ?? document.body);
    awaited.at = document.activeElement;
  }
}

export const focus = new Focus();
