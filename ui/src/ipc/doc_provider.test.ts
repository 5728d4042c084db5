// Two editors of one document, joined by a stand-in for the engine that relays frames as the real one does.
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { DocProvider } from "./doc_provider";
import { FRAME } from "./documents";
import { carryBy, type Transport } from "./transport";

/** An engine that holds one document and relays to whoever has it open. */
class Engine {
  readonly held = new Y.Doc();
  readonly ears = new Set<(frame: Uint8Array) => void>();
  readonly pushed: Uint8Array[] = [];
  /** It saves nothing until it is told: these wait for it. */
  busy: (() => void)[] | undefined;

  transport(): Transport {
    return {
      openDocument: (_document, onFrame) => {
        this.ears.add(onFrame);
        onFrame(Uint8Array.of(FRAME.update, ...Y.encodeStateAsUpdate(this.held)));
        onFrame(Uint8Array.of(FRAME.synced));
        return {
          send: (frame) => {
            this.pushed.push(frame);
            if (frame[0] === FRAME.update) Y.applyUpdate(this.held, frame.subarray(1));
            for (const ear of this.ears) if (ear !== onFrame) ear(frame);
            return this.busy ? new Promise((saved) => this.busy!.push(saved)) : Promise.resolve();
          },
          close: () => this.ears.delete(onFrame),
        };
      },
    } as Partial<Transport> as Transport;
  }
}

const ears = { onState: () => {}, onSynced: () => {}, onRestart: () => {}, onFailed: () => {} };
const settled = () => new Promise<void>((done) => queueMicrotask(done));

afterEach(() => {
  carryBy(undefined);
  vi.useRealTimers();
});

test("what one writes the other has, and nothing comes back as an echo", async () => {
  const engine = new Engine();
  carryBy(engine.transport());
  const [one, two] = [new Y.Doc(), new Y.Doc()];
  const first = new DocProvider("d", one, ears);
  const second = new DocProvider("d", two, ears);
  one.getText("content").insert(0, "hello");
  await settled();
  expect(two.getText("content").toString()).toBe("hello");
  expect(engine.pushed.filter((frame) => frame[0] === FRAME.update)).toHaveLength(1);
  first.close();
  second.close();
});

test("the edits of one task go up as one update", async () => {
  const engine = new Engine();
  carryBy(engine.transport());
  const doc = new Y.Doc();
  const provider = new DocProvider("d", doc, ears);
  for (const letter of "abc") doc.getText("content").insert(0, letter);
  await settled();
  expect(engine.pushed.filter((frame) => frame[0] === FRAME.update)).toHaveLength(1);
  expect(engine.held.getText("content").toString()).toBe("cba");
  provider.close();
});

test("what is written faster than it is saved gathers, and goes up as one", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const engine = new Engine();
  const saved = (engine.busy = [] as (() => void)[]);
  carryBy(engine.transport());
  const doc = new Y.Doc();
  const provider = new DocProvider("d", doc, ears);
  const text = doc.getText("content");
  const updates = () => engine.pushed.filter((frame) => frame[0] === FRAME.update);
  text.insert(0, "a");
  await settled();
  expect(updates(), "the first waits for nobody").toHaveLength(1);
  for (const letter of "bcdefgh") {
    text.insert(text.length, letter);
    await settled();
  }
  text.delete(2, 3);
  await settled();
  expect(updates()).toHaveLength(1);
  saved.shift()!();
  await settled();
  vi.advanceTimersByTime(60);
  expect(updates()).toHaveLength(2);
  expect(engine.held.getText("content").toString()).toBe("abfgh");
  // Once all is saved, the next goes at once again.
  saved.shift()!();
  await settled();
  text.insert(text.length, "i");
  await settled();
  expect(updates()).toHaveLength(3);
  // It is all there, also where nothing is answered any more.
  text.insert(0, "still ");
  await settled();
  expect(updates()).toHaveLength(3);
  provider.close();
  expect(engine.held.getText("content").toString()).toBe("still abfghi");
});

test("what was written just before closing still goes up", () => {
  const engine = new Engine();
  carryBy(engine.transport());
  const doc = new Y.Doc();
  engine.busy = [];
  const provider = new DocProvider("d", doc, ears);
  doc.getText("content").insert(0, "last words");
  provider.close();
  expect(engine.held.getText("content").toString()).toBe("last words");
});

test("the whole state comes first, and then that it is complete", () => {
  const engine = new Engine();
  engine.held.getText("content").insert(0, "before");
  carryBy(engine.transport());
  const doc = new Y.Doc();
  let seen = "";
  const provider = new DocProvider("d", doc, { ...ears, onSynced: () => (seen = doc.getText("content").toString()) });
  expect(seen).toBe("before");
  provider.close();
});

test("an editor whose client id is taken says what it has, and goes on in a new document as another client", async () => {
  const engine = new Engine();
  carryBy(engine.transport());
  const doc = new Y.Doc();
  let goesOn: Y.Doc | undefined;
  const provider = new DocProvider("d", doc, {
    ...ears,
    onRestart: () => {
      provider.close();
      goesOn = new Y.Doc();
      new DocProvider("d", goesOn, ears);
    },
  });
  doc.getText("content").insert(0, "typed just now");
  for (const ear of [...engine.ears]) ear(Uint8Array.of(FRAME.restart));
  expect(goesOn?.getText("content").toString()).toBe("typed just now");
  expect(goesOn?.clientID).not.toBe(doc.clientID);
  expect(engine.ears.size).toBe(1);
  await settled();
});

test("carets reach the others at most every 50 ms, and leave with the editor", () => {
  vi.useFakeTimers();
  const engine = new Engine();
  carryBy(engine.transport());
  const [one, two] = [new Y.Doc(), new Y.Doc()];
  const first = new DocProvider("d", one, ears);
  const second = new DocProvider("d", two, ears);
  for (let at = 0; at < 10; at++) first.awareness.setLocalStateField("cursor", at);
  vi.advanceTimersByTime(60);
  const carets = () => engine.pushed.filter((frame) => frame[0] === FRAME.awareness).length;
  expect(second.awareness.getStates().get(one.clientID)).toMatchObject({ cursor: 9 });
  expect(carets()).toBeLessThanOrEqual(3);
  first.close();
  expect(second.awareness.getStates().has(one.clientID)).toBe(false);
  second.close();
});

test("what one task wrote is merged only as far as one update may carry it", async () => {
  const engine = new Engine();
  carryBy(engine.transport());
  const doc = new Y.Doc();
  const provider = new DocProvider("d", doc, ears);
  const text = doc.getText("content");
  for (let piece = 0; piece < 5; piece++) text.insert(text.length, "x".repeat(150_000));
  await settled();
  const updates = engine.pushed.filter((frame) => frame[0] === FRAME.update);
  expect(updates.length).toBe(5);
  expect(Math.max(...updates.map((frame) => frame.length))).toBeLessThan(256 << 10);
  expect(engine.held.getText("content").length).toBe(750_000);
  provider.close();
});
