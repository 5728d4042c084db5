// What is noted of transactions against what Yjs would say of each: whoever is told the one has what the others have.
import { expect, test } from "vitest";
import * as Y from "yjs";
import { DocEdits } from "./doc_edits";

const REMOTE = "remote";

/** A repeatable source of numbers below a bound. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A document of which all that is written here is noted. */
function noted(): { doc: Y.Doc; edits: DocEdits } {
  const doc = new Y.Doc();
  const edits = new DocEdits(doc);
  doc.on("afterTransaction", (transaction: Y.Transaction) => transaction.origin !== REMOTE && edits.note(transaction));
  return { doc, edits };
}

const body = (doc: Y.Doc) => doc.getXmlFragment("content");
const same = (one: Y.Doc, other: Y.Doc) => {
  expect(body(one).toString()).toBe(body(other).toString());
  expect(Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other))).toBe(true);
};

/** One change of a rich text, such as editors make. */
function change(doc: Y.Doc, below: (bound: number) => number): void {
  const root = body(doc);
  const blocks = root.toArray() as Y.XmlElement[];
  const block = blocks[below(Math.max(1, blocks.length))];
  const kind = below(10);
  if (!block || kind === 0) {
    const made = new Y.XmlElement("paragraph");
    made.insert(0, [new Y.XmlText("new")]);
    return root.insert(below(blocks.length + 1), [made]);
  }
  if (kind === 1 && blocks.length > 2) return root.delete(below(blocks.length), 1);
  if (kind === 2) return block.setAttribute("level", String(below(4)));
  const text = block.get(0) as Y.XmlText;
  const at = below(text.length + 1);
  if (kind < 7) text.insert(at, "abc😀".slice(0, 1 + 2 * below(2)));
  else if (kind < 9 && text.length > 0) text.delete(Math.min(at, text.length - 1), 1);
  else if (text.length > 1) text.format(0, 1 + below(text.length - 1), { strong: below(2) === 0 || null });
}

test("two who write at once, and are told of each other now and then, end with the same", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const below = numbers(seed);
    const [ana, bo, third] = [noted(), noted(), new Y.Doc()];
    for (let step = 0; step < 300; step++) {
      const [one, other] = below(2) === 0 ? [ana, bo] : [bo, ana];
      if (below(12) > 0) one.doc.transact(() => change(one.doc, below));
      else
        for (const update of one.edits.take()) {
          Y.applyUpdate(other.doc, update, REMOTE);
          Y.applyUpdate(third, update);
        }
    }
    for (const [one, other] of [
      [ana, bo],
      [bo, ana],
    ] as const)
      for (const update of one.edits.take()) {
        Y.applyUpdate(other.doc, update, REMOTE);
        Y.applyUpdate(third, update);
      }
    same(ana.doc, bo.doc);
    same(ana.doc, third);
    expect(ana.edits.nothing && bo.edits.nothing).toBe(true);
  }
});

test("a transaction alone is said as Yjs says it", () => {
  const { doc, edits } = noted();
  const said: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => said.push(update));
  const text = doc.getText("text");
  for (const act of [() => text.insert(0, "hello"), () => text.insert(3, "p"), () => text.delete(1, 3)]) {
    act();
    expect(edits.take()).toEqual([said.pop()!]);
  }
});

test("what was taken back before it was said is not said", () => {
  const { doc, edits } = noted();
  const text = doc.getText("text");
  text.insert(0, "secret");
  text.delete(0, 6);
  const [update] = edits.take();
  expect(new TextDecoder().decode(update)).not.toContain("secret");
});

test("an update is cut where one would be too large, and whoever has all pieces has all", () => {
  const { doc, edits } = noted();
  const text = doc.getText("text");
  for (let at = 0; at < 4_000; at++) text.insertEmbed(0, { image: "x".repeat(200), at });
  text.insert(0, "漢".repeat(60_000));
  text.insert(0, "字".repeat(60_000));
  text.delete(10, 100);
  const [updates, other] = [edits.take(), new Y.Doc()];
  expect(Math.max(...updates.map((update) => update.length))).toBeLessThanOrEqual(256 << 10);
  for (const update of updates) Y.applyUpdate(other, update);
  expect(other.getText("text").toDelta()).toEqual(text.toDelta());
});
