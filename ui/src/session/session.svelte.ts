// Who is here and what everyone shows together: the app's view, the current space's view, and the way around.
// One for the window, handed down by context. Holds no truth: rows are the engine's.
import { createContext } from "svelte";
import type { AppView, PersonItem, RoomItem, SpaceView } from "../ipc/types/view";
import { Watch } from "../ipc/watch.svelte";
import { attempt } from "./attempt";
import { stateOf } from "./person_state";
import { Places } from "./places.svelte";

export class Session {
  readonly places = new Places();
  /** Is the link lost since it last stood? Each new try is part of one outage: what says so does not come and go. */
  lost = $state(false);
  readonly #app = new Watch<AppView>({ view: "app" });
  #space: Watch<SpaceView> | undefined = $state.raw();
  /** The view of the app, once it is there. */
  readonly app = $derived(this.#app.view);
  readonly failed = $derived(this.#app.failed);
  readonly space = $derived(this.#space?.view);
  readonly spaceId = $derived.by(() => {
    const { route } = this.places;
    const spaces = this.app?.spaces ?? [];
    const asked = "space" in route ? spaces.find((space) => space.id === route.space) : undefined;
    return (asked ?? spaces[0])?.id;
  });
  readonly people: ReadonlyMap<string, PersonItem> = $derived(
    new Map(this.space?.people.map((person) => [person.id, person])),
  );
  readonly me = $derived(this.space?.people.find((person) => person.me) ?? this.app?.me ?? undefined);
  readonly online = $derived(this.app?.link.state === "online" || this.app?.link.state === "catching_up");
  /** Presence is told of others: of oneself the link tells, and "away" if another device of one's own said so. */
  readonly ownAvailability = $derived(!this.online ? "offline" : this.me?.availability === "away" ? "away" : "online");
  /** The same, with what the person says of themself. */
  readonly ownState = $derived(this.me ? stateOf(this.me, this.ownAvailability) : this.ownAvailability);
  /** Everybody else in the space. */
  readonly others: readonly PersonItem[] = $derived(this.space?.people.filter((person) => !person.me) ?? []);
  readonly canAct = $derived(this.app?.phase === "ready");

  /** Keep the space's view current, and follow the link. Call once, while a component is set up. */
  start(): void {
    $effect.pre(() => void (this.places.host = this.app?.host ?? ""));
    $effect(() => {
      const state = this.app?.link.state;
      if (state !== undefined && state !== "connecting") this.lost = state === "offline";
    });
    $effect(() => {
      const id = this.spaceId;
      this.#space = undefined;
      if (!id) return;
      const watch = new Watch<SpaceView>({ view: "space", space: id });
      this.#space = watch;
      return () => watch.stop();
    });
  }

  readonly room = (id: string): RoomItem | undefined => {
    return this.space?.rooms.find((room) => room.id === id) ?? this.space?.open_rooms.find((room) => room.id === id);
  };

  goRoom(room: string, message?: string, space = this.spaceId): void {
    if (space) this.places.go({ at: "room", space, room, ...(message ? { message } : {}) });
  }

  goDocument(document: string, space = this.spaceId): void {
    if (space) this.places.go({ at: "document", space, document });
  }

  /** Beside what is open. */
  openBeside(document: string, space = this.spaceId): void {
    if (space) this.places.openAside({ at: "document", space, document });
  }

  async messagePerson(person: string, space = this.spaceId): Promise<void> {
    if (!space) return;
    const done = await attempt({ do: "open_direct", space, people: [person] });
    if (done?.is === "opened") this.goRoom(done.stream, undefined, space);
  }
}

export const [getSession, setSession] = createContext<Session>();
