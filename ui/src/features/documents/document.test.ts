// When an open document may be shown: as it is held, also without a link; what was never held, once it has come.
import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { FRAME } from "../../ipc/documents";
import { carryBy, type Transport } from "../../ipc/transport";
import type { DocumentView, Update } from "../../ipc/types/view";
import type { Session } from "../../session/session.svelte";
import { BODY, OpenDocument } from "./document.svelte";

let say: (view: Partial<DocumentView>) => void;
let frame: (kind: number, bytes?: Uint8Array) => void;
afterEach(() => carryBy(undefined));

function opened(): OpenDocument {
  carryBy({
    watch: (_view: unknown, told: (update: Update) => void) => {
      say = (view) => told({ is: "snapshot", view });
      return { id: 1, stop: () => undefined };
    },
    openDocument: (_document: string, onFrame: (frame: Uint8Array) => void) => {
      frame = (kind, bytes = new Uint8Array()) => onFrame(Uint8Array.of(kind, ...bytes));
      return { send: () => Promise.resolve(), close: () => undefined };
    },
  } as unknown as Transport);
  return new OpenDocument({} as Session, "d", () => undefined);
}
const state = (text: string) => {
  const doc = new Y.Doc();
  doc.getText(BODY).insert(0, text);
  return Y.encodeStateAsUpdate(doc);
};

test("what is held is shown as soon as it is given, whatever the link does", () => {
  const open = opened();
  say({ held: true });
  expect(open.ready).toBe(false);
  frame(FRAME.update, state("held"));
  expect([open.ready, open.doc.getText(BODY).toString()]).toEqual([true, "held"]);
  open.close();
});

test("what was never held is shown once all of it has come, and not before", () => {
  const open = opened();
  frame(FRAME.update, Y.encodeStateAsUpdate(new Y.Doc()));
  say({ held: false });
  frame(FRAME.update, state("half"));
  say({ held: true });
  expect(open.ready).toBe(false);
  frame(FRAME.synced);
  expect(open.ready).toBe(true);
  open.close();
});
