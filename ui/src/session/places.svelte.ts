// Where the person is: the main route, what lies in the panel beside it, and the way back. The window's own history
// keeps it, so that back and forward are the system's.
import { formatHash, isOurs, parseHash, streamOf, type Route } from "../ipc/route";
import { keepPlace } from "./last_places";

/** What lies beside. Which of them a panel can show is the features' to say. */
export type Aside = Exclude<Route, { at: "home" | "link" }>;

type Entry = {
  aside?: Aside | undefined;
  /** Was it come to from another place of this window, to which closing it leads back? */
  over?: boolean;
};

export class Places {
  route: Route = $state.raw({ at: "home" });
  aside: Aside | undefined = $state.raw();
  /** The server of the account that is open; empty as long as there is none. */
  host = "";
  /** Counts what was asked for, also what is there already: the focus goes there. */
  arrivals = $state(0);
  #count = 0;
  /** Was it the panel, not the main area? */
  asked: "main" | "panel" = "main";
  /** Is the sidebar shown where it does not fit beside? */
  sidebarOpen = $state(false);

  constructor() {
    this.#arrive();
    globalThis.addEventListener("popstate", () => {
      this.#ask("main");
      this.#arrive();
    });
  }

  /** Keeps what lies beside, unless another is given, or null. */
  go(to: Route, beside: Aside | null | undefined = this.aside): void {
    const route = this.#whole(to);
    this.sidebarOpen = false;
    const before = this.aside && formatHash(this.aside);
    // Nothing is shown twice.
    const aside = beside && (streamOf(beside) ?? beside.at) !== streamOf(route) ? this.#whole(beside) : undefined;
    const after = aside && formatHash(aside);
    this.#ask(aside && after !== before ? "panel" : "main");
    if (formatHash(route) === formatHash(this.route) && after === before) return;
    this.#push(route, { aside });
  }

  /** Go to what lies over the places of an account, as the settings do: closing it leads back. */
  goOver(to: Route): void {
    if (to.at === this.route.at) return this.replace(to);
    this.sidebarOpen = false;
    this.#ask("main");
    this.#push(this.#whole(to), { over: true });
  }

  /** Back to where one was; home, if one was nowhere. */
  closeOver(): void {
    if (this.#entry?.over) this.back();
    else this.replace({ at: "home" });
  }

  /** Is it on the screen: in the main area, or beside it? */
  shows(stream: string): boolean {
    return streamOf(this.route) === stream || (this.aside !== undefined && streamOf(this.aside) === stream);
  }

  openAside(aside: Aside): void {
    this.go(this.route, aside);
  }

  closeSidebar(): void {
    this.sidebarOpen = false;
    this.#ask("main");
  }

  closeAside(): void {
    this.#ask("main");
    this.#push(this.route, {});
  }

  /** Follow a folkmoot:// link. What it leads to is the engine's to say; nothing is joined by following. */
  readonly follow = (link: string): void => {
    if (isOurs(link)) this.go({ at: "link", link });
  };

  /** Takes the place of what is there in the history: as the place that a link leads to does, with what it leads to beside. */
  replace(to: Route, aside?: Aside): void {
    this.#ask(aside ? "panel" : "main");
    history.replaceState(
      { ...this.#entry, ...(aside && { aside: this.#whole(aside) }) },
      "",
      formatHash(this.#whole(to)),
    );
    this.#arrive();
  }

  back(): void {
    history.back();
  }

  forward(): void {
    history.forward();
  }

  get #entry(): Entry | undefined {
    return (history.state as Entry | null) ?? undefined;
  }

  /** Names the account. */
  #whole<R extends Route>(route: R): R {
    return route.at === "link" || route.host || !this.host ? route : { ...route, host: this.host };
  }

  #push(route: Route, entry: Entry): void {
    history.pushState(entry, "", formatHash(route));
    this.#arrive();
  }

  #ask(asked: "main" | "panel"): void {
    this.asked = asked;
    this.arrivals = ++this.#count;
  }

  #arrive(): void {
    this.route = parseHash(location.hash);
    keepPlace(this.route);
    this.aside = this.#entry?.aside;
  }
}
