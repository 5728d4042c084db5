// What an editor has written in its Y.Doc and not said yet, and how that becomes Yjs updates. Yjs would encode each
// transaction for itself as it ends, and who writes faster than the disk would have them merged again: both cost more than
// the writing. So only what a transaction touched is noted, and encoded once, when it goes: then Yjs has joined what was
// typed in a row. The encoding is that of Yjs's own `encodeStateAsUpdate`, of a part.
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

/** An update is cut where it would be longer: more would not pass where documents are kept. */
const UPDATE_BYTES_MAX = 256 << 10;

/** What is noted together: UTF-16 units, of which each is at most three bytes, and runs of deletions. */
const NOTED_MAX = 64 << 10;

/** Elements of one Yjs client that follow each other: from a clock up to another. */
interface Written {
  from: number;
  to: number;
}

interface Deleted {
  clock: number;
  len: number;
}

type Struct = Y.Item | Y.GC;

/** Of one client: structs that follow each other, from a clock on, which may lie within the first. */
interface Section {
  client: number;
  clock: number;
  structs: Struct[];
}

export class DocEdits {
  #written = new Map<number, Written>();
  #deleted = new Map<number, Deleted[]>();
  #noted = 0;
  #cut: Uint8Array[] = [];

  constructor(readonly doc: Y.Doc) {}

  get nothing(): boolean {
    return this.#cut.length === 0 && this.#written.size === 0 && this.#deleted.size === 0;
  }

  /** Notes a transaction, on `afterTransaction`: what it wrote is not joined yet with what was before it. */
  note({ beforeState, afterState, deleteSet }: Y.Transaction): void {
    let more = 0;
    for (const [client, to] of afterState) more += to - (beforeState.get(client) ?? 0);
    for (const deleted of deleteSet.clients.values()) more += deleted.length;
    if (this.#noted > 0 && this.#noted + more > NOTED_MAX) this.#encode();
    this.#noted += more;
    for (const [client, to] of afterState) {
      const from = beforeState.get(client) ?? 0;
      const before = this.#written.get(client);
      if (before && to > from) before.to = to;
      else if (to > from) this.#written.set(client, { from, to });
    }
    for (const [client, deleted] of deleteSet.clients) {
      let all = this.#deleted.get(client);
      if (!all) this.#deleted.set(client, (all = []));
      for (const { clock, len } of deleted) join(all, clock, len);
    }
  }

  /** All that was noted, as updates in their order. It is said then. */
  take(): Uint8Array[] {
    if (this.#written.size > 0 || this.#deleted.size > 0) this.#encode();
    return this.#cut.splice(0);
  }

  #encode(): void {
    const sections = [...this.#written]
      .sort(([one], [other]) => other - one)
      .map(([client, written]) => this.#section(client, written));
    this.#cut.push(...encoded(sections, this.#deleted));
    this.#written = new Map();
    this.#deleted = new Map();
    this.#noted = 0;
  }

  #section(client: number, { from, to }: Written): Section {
    const all = this.doc.store.clients.get(client)!;
    const last = all.at(-1)!;
    const end = to === last.id.clock + last.length ? all.length : Y.findIndexSS(all, to);
    return { client, clock: from, structs: all.slice(Y.findIndexSS(all, from), end) };
  }
}

/** Adds a run to others, of which the last is the one that it most often continues, to the right or to the left. */
function join(all: Deleted[], clock: number, len: number): void {
  const last = all.at(-1);
  if (last && last.clock + last.len === clock) last.len += len;
  else if (last && clock + len === last.clock) {
    last.clock = clock;
    last.len += len;
  } else all.push({ clock, len });
}

/** What deletes comes last: it may delete what was just written. */
function encoded(sections: Section[], deleted: Map<number, Deleted[]>): Uint8Array[] {
  const whole = encodedWhole(sections, deleted);
  const [first] = sections;
  if (whole.length <= UPDATE_BYTES_MAX || !first || sections.length > 1 || first.structs.length < 2) return [whole];
  const half = first.structs.length >> 1;
  const second = { client: first.client, clock: first.structs[half]!.id.clock, structs: first.structs.slice(half) };
  return [...encoded([{ ...first, structs: first.structs.slice(0, half) }], new Map()), ...encoded([second], deleted)];
}

function encodedWhole(sections: Section[], deleted: Map<number, Deleted[]>): Uint8Array {
  const update = new Y.UpdateEncoderV1();
  const { restEncoder: rest } = update;
  encoding.writeVarUint(rest, sections.length);
  for (const { client, clock, structs } of sections) {
    encoding.writeVarUint(rest, structs.length);
    update.writeClient(client);
    encoding.writeVarUint(rest, clock);
    structs.forEach((struct, at) => struct.write(update, at === 0 ? clock - struct.id.clock : 0));
  }
  encoding.writeVarUint(rest, deleted.size);
  for (const [client, runs] of [...deleted].sort(([one], [other]) => other - one)) {
    const joined: Deleted[] = [];
    for (const { clock, len } of runs.sort((one, other) => one.clock - other.clock)) join(joined, clock, len);
    update.resetDsCurVal();
    encoding.writeVarUint(rest, client);
    encoding.writeVarUint(rest, joined.length);
    for (const { clock, len } of joined) {
      update.writeDsClock(clock);
      update.writeDsLen(len);
    }
  }
  return update.toUint8Array();
}
