// Words that another's change of a block's type would take along are put in where the block is now. Yjs cannot change a
// block's type: the old block is deleted and a copy comes, and what somebody else wrote in the old one meanwhile goes with
// it. Each device looks for such words; who wrote them is first to put them in, and says so in a list of claims, so that
// they come once. Source: docs/decisions/0012.
import * as Y from "yjs";
import { follow, type Heirs, inOrder, type Lost, lostIn, namedBy, strayed } from "./lost";
import { Moves } from "./moves";
import { Putting } from "./putting";
import { idOf, type YType } from "./tree";

/** The root under which devices say what they have put in: `[client, clock, length, new client, new clock]`. */
export const CLAIMS = "rescued";

/** Who replaced the block waits so long for who wrote the words. */
const REPLACER_MS = 2_000;

/** All others wait so long, and up to as much again at random. */
const ANYONE_MS = 10_000;

type Claim = [client: number, clock: number, length: number, toClient: number, toClock: number];

export interface RescueEars {
  mayWrite(): boolean;
  /** What somebody here has just taken back, if that is what a transaction is: they meant no more to go. */
  takenBack(origin: unknown): ((id: Y.ID) => boolean) | undefined;
  /** These types were written to within a transaction that others are about to be told of. */
  onWrote(types: YType[]): void;
}

export class Rescue {
  readonly #moves = new Moves();
  readonly #heirs: Heirs = new Map();
  readonly #putting: Putting;
  readonly #claims: Y.Array<Claim>;
  /** Types that were deleted here. */
  readonly #mine = new Set<string>();
  #waiting: { lost: Lost; due: number }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the update that is being applied names as deleted. */
  #named: ReturnType<typeof namedBy> | undefined;

  constructor(
    readonly fragment: Y.XmlFragment,
    readonly ears: RescueEars,
  ) {
    this.#putting = new Putting(fragment, this.#moves, this.#heirs);
    this.#claims = this.#doc.getArray<Claim>(CLAIMS);
    for (const claim of this.#claims.toArray()) if (isClaim(claim)) this.#learn(claim);
    this.#doc.on("beforeObserverCalls", this.#look);
    this.#claims.observe(this.#told);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#doc.off("beforeObserverCalls", this.#look);
    this.#claims.unobserve(this.#told);
  }

  /** Around the application of an update from elsewhere. */
  hearing(update: Uint8Array, apply: () => void): void {
    this.#named = namedBy(update);
    try {
      apply();
    } finally {
      this.#named = undefined;
    }
  }

  get #doc(): Y.Doc {
    return this.fragment.doc!;
  }

  readonly #look = (transaction: Y.Transaction): void => {
    if (transaction.origin === this) return;
    const named = transaction.local ? undefined : this.#named;
    // What waits may have been deleted by who wrote it.
    if (named)
      this.#waiting = this.#waiting.flatMap(({ lost, due }) => kept(lost, named).map((rest) => ({ lost: rest, due })));
    if (transaction.deleteSet.clients.size === 0 || (!transaction.local && !named)) return;
    const taken = this.ears.takenBack(transaction.origin);
    const went = follow(transaction, named ?? taken ?? (() => true), this.#moves, this.#heirs);
    if (transaction.local) for (const item of went) this.#mine.add(idOf(item));
    if (!this.ears.mayWrite()) return;
    const meant = named ?? taken;
    const lost = meant ? lostIn(transaction, meant) : [];
    const now = lost.filter(({ id }) => taken || id.client === this.#doc.clientID);
    const strays = named ? strayed(transaction, named, (id) => id.client === this.#doc.clientID, this.#moves) : [];
    if (now.length > 0 || strays.length > 0) this.#put([...now, ...strays]);
    for (const one of lost) if (!now.includes(one)) this.#wait(one);
  };

  #put(all: Lost[]): void {
    const wrote: YType[] = [];
    this.#doc.transact((transaction) => {
      for (const lost of inOrder(all)) {
        const put = this.#putting.put(transaction, lost);
        if (!put) continue;
        wrote.push(put.into);
        // What strayed is taken from where it is.
        if (!lost.item.deleted) {
          wrote.push(lost.item.parent as YType);
          lost.item.delete(transaction);
        }
        const claims = put.moves.map(({ from, to, length }): Claim => [
          from.client,
          from.clock,
          length,
          to.client,
          to.clock,
        ]);
        for (const claim of claims) this.#learn(claim);
        this.#claims.push(claims);
      }
    }, this);
    this.ears.onWrote(wrote);
  }

  #learn([client, clock, length, toClient, toClock]: Claim): void {
    this.#moves.add(Y.createID(client, clock), Y.createID(toClient, toClock), length);
  }

  #wait(lost: Lost): void {
    const parent = (lost.item.parent as YType)._item;
    const isMine = parent !== null && this.#mine.has(idOf(parent));
    this.#waiting.push({ lost, due: Date.now() + (isMine ? REPLACER_MS : ANYONE_MS * (1 + Math.random())) });
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    const next = Math.min(...this.#waiting.map(({ due }) => due));
    this.#timer = setTimeout(this.#due, Math.max(0, next - Date.now()));
  }

  readonly #due = (): void => {
    const now = this.#waiting.filter(({ due }) => due <= Date.now()).map(({ lost }) => lost);
    this.#waiting = this.#waiting.filter(({ due }) => due > Date.now());
    if (now.length > 0 && this.ears.mayWrite()) this.#put(now);
    this.#schedule();
  };

  readonly #told = (event: Y.YArrayEvent<Claim>, { origin }: Y.Transaction): void => {
    if (origin === this) return;
    for (const { insert } of event.changes.delta)
      for (const claim of (insert as unknown[] | undefined) ?? []) if (isClaim(claim)) this.#heard(claim);
    this.#schedule();
  };

  /** Somebody has put something in. Two who did so at once have put it in twice: the one of the smaller id stays. */
  #heard(claim: Claim): void {
    const [client, clock, length] = claim;
    this.#waiting = this.#waiting.flatMap(({ lost, due }) =>
      kept(lost, (id) => id.client === client && id.clock >= clock && id.clock < clock + length).map((rest) => ({
        lost: rest,
        due,
      })),
    );
    const isSame = ([one, from, many]: Claim) => one === client && from < clock + length && clock < from + many;
    const others = this.#claims.toArray().filter((other) => isClaim(other) && isSame(other) && !isEqual(other, claim));
    this.#learn(claim);
    for (const other of others)
      if (this.ears.mayWrite())
        this.#drop(...(isBefore(other, claim) ? ([claim, other] as const) : ([other, claim] as const)));
  }

  /** Deletes of what the first claim put in what the second has put in as well. */
  #drop([, from, many, client, clock]: Claim, [, kept, much]: Claim): void {
    const [start, end] = [Math.max(from, kept), Math.min(from + many, kept + much)];
    this.#doc.transact((transaction) => {
      for (let at = clock + start - from; at < clock + end - from;) {
        if (at >= Y.getState(this.#doc.store, client)) return;
        const item = Y.getItemCleanStart(transaction, Y.createID(client, at)) as Y.Item | Y.GC;
        if (!(item instanceof Y.Item)) return;
        const whole =
          at + item.length <= clock + end - from
            ? item
            : (Y.getItemCleanEnd(transaction, this.#doc.store, Y.createID(client, clock + end - from - 1)) as Y.Item);
        whole.delete(transaction);
        at += whole.length;
      }
    }, this);
  }
}

/** What of something lost is still to be put in. */
function kept(lost: Lost, isGone: (id: Y.ID) => boolean): Lost[] {
  const { id, what } = lost;
  if (typeof what !== "string") return isGone(id) ? [] : [lost];
  const all: Lost[] = [];
  for (let at = 0; at < what.length; at++) {
    const here = Y.createID(id.client, id.clock + at);
    if (isGone(here)) continue;
    const last = all.at(-1);
    if (last && last.id.clock + last.length === here.clock) {
      last.length += 1;
      last.what += what[at]!;
    } else all.push({ ...lost, id: here, length: 1, what: what[at]! });
  }
  return all;
}

const isEqual = (one: Claim, other: Claim): boolean => one.every((part, at) => part === other[at]);
const isBefore = ([, , , client, clock]: Claim, [, , , other, otherClock]: Claim): boolean =>
  client < other || (client === other && clock < otherClock);

/** What others say may be anything. */
const isClaim = (said: unknown): said is Claim =>
  Array.isArray(said) && said.length === 5 && said.every((part) => Number.isSafeInteger(part) && part >= 0);
