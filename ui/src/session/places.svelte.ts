// Where the person is: the main route, what lies in the panel beside it, and the way back. The window's own history
// keeps it, so that back and forward are the system's.
import { formatHash, isOurs, parseHash, type Route } from "../ipc/route";
import { keepPlace } from "./last_places";

export type Aside = { document: string; space: string };

type Entry = { aside?: Aside | undefined };

export class Places {
  route: Route = $state.raw({ at: "home" });
  aside: Aside | undefined = $state.raw();
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

  go(route: Route, aside: Aside | undefined = this.aside): void {
    this.sidebarOpen = false;
    const beforeAside = this.aside?.document;
    this.#ask(aside && aside.document !== beforeAside ? "panel" : "main");
    if (formatHash(route) === formatHash(this.route) && aside?.document === beforeAside) return;
    // A document is not shown twice.
    const beside = route.at === "document" && aside?.document === route.document ? undefined : aside;
    history.pushState({ aside: beside && { ...beside } } satisfies Entry, "", formatHash(route));
    this.#arrive();
  }

  /** Is it on the screen: in the main area, or beside it? */
  shows(stream: string): boolean {
    const { route } = this;
    return (
      (route.at === "room" ? route.room : route.at === "document" && route.document) === stream ||
      this.aside?.document === stream
    );
  }

  /** Show a document beside the room. */
  openAside(aside: Aside): void {
    this.go(this.route, aside);
  }

  closeSidebar(): void {
    this.sidebarOpen = false;
    this.#ask("main");
  }

  closeAside(): void {
    this.#ask("main");
    history.pushState({} satisfies Entry, "", formatHash(this.route));
    this.#arrive();
  }

  /** Follow a folkmoot:// link. What it leads to is the engine's to say; nothing is joined by following. */
  readonly follow = (link: string): void => {
    if (isOurs(link)) this.go({ at: "link", link });
  };

  /** The link's place replaces the link in the history. */
  replace(route: Route): void {
    this.#ask("main");
    history.replaceState({ aside: this.aside && { ...this.aside } } satisfies Entry, "", formatHash(route));
    this.#arrive();
  }

  back(): void {
    history.back();
  }

  forward(): void {
    history.forward();
  }

  #ask(asked: "main" | "panel"): void {
    this.asked = asked;
    this.arrivals = ++this.#count;
  }

  #arrive(): void {
    this.route = parseHash(location.hash);
    keepPlace(this.route);
    this.aside = (history.state as Entry | null)?.aside;
  }
}
