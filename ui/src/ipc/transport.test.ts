// The doors over both transports: what goes up, what comes down, and what a refusal becomes.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RefusedError } from "./refused";
import { SocketTransport } from "./socket";
import { uuidBytes } from "./uuid_bytes";

const DOCUMENT = "0190c1a0-0000-7000-8000-000000000001";

/** A socket whose other end is the test. */
class Socket {
  static readonly OPEN = 1;
  static last: Socket;
  readonly sent: unknown[] = [];
  readyState = 0;
  binaryType = "";
  onopen = () => {};
  onmessage = (_: { data: unknown }) => {};
  onclose = () => {};
  constructor(readonly url: string) {
    Socket.last = this;
  }
  send(frame: unknown) {
    this.sent.push(typeof frame === "string" ? JSON.parse(frame) : frame);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  say(frame: unknown) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

beforeEach(() => vi.stubGlobal("WebSocket", Socket));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
const open = () => {
  const transport = new SocketTransport("ws://x/");
  Socket.last.open();
  return { transport, socket: Socket.last };
};

test("a command is answered, or refused", async () => {
  const { transport, socket } = open();
  const done = transport.dispatch({ do: "try_now" });
  expect(socket.sent).toEqual([{ id: 1, dispatch: { do: "try_now" } }]);
  socket.say({ id: 1, done: { is: "ok" } });
  expect(await done).toEqual({ is: "ok" });
  const refused = transport.dispatch({ do: "try_now" });
  socket.say({ id: 2, refused: { why: "offline" } });
  await expect(refused).rejects.toEqual(new RefusedError({ why: "offline" }));
});

test("what is asked before the socket opens goes up when it does", () => {
  const transport = new SocketTransport("ws://x/");
  void transport.dispatch({ do: "try_now" });
  expect(Socket.last.sent).toEqual([]);
  Socket.last.open();
  expect(Socket.last.sent).toHaveLength(1);
});

test("an update that overtakes its watch's answer is not lost, and a stopped watch hears nothing", async () => {
  const { transport, socket } = open();
  const heard: unknown[] = [];
  const watching = transport.watch(
    { view: "app" },
    (update) => heard.push(update),
    () => {},
  );
  socket.say({ watch: 7, update: { is: "snapshot", view: 1 } });
  socket.say({ id: 1, done: { watch: 7 } });
  await Promise.resolve();
  expect(watching.id).toBe(7);
  socket.say({ watch: 7, update: { is: "snapshot", view: 2 } });
  expect(heard).toEqual([
    { is: "snapshot", view: 1 },
    { is: "snapshot", view: 2 },
  ]);
  watching.stop();
  expect(socket.sent.at(-1)).toEqual({ id: 2, unwatch: 7 });
  socket.say({ watch: 7, update: { is: "snapshot", view: 3 } });
  expect(heard).toHaveLength(2);
});

test("a document's frames carry its id, both ways", () => {
  const { transport, socket } = open();
  const heard: number[][] = [];
  const wire = transport.openDocument(
    DOCUMENT,
    (frame) => heard.push([...frame]),
    () => {},
  );
  void wire.send(Uint8Array.of(0, 9));
  expect([...(socket.sent.at(-1) as Uint8Array)]).toEqual([...uuidBytes(DOCUMENT), 0, 9]);
  socket.onmessage({ data: Uint8Array.of(...uuidBytes(DOCUMENT), 2).buffer });
  expect(heard).toEqual([[2]]);
  wire.close();
  socket.onmessage({ data: Uint8Array.of(...uuidBytes(DOCUMENT), 2).buffer });
  expect(heard).toHaveLength(1);
});

test("when the socket comes back, views and documents are opened anew", () => {
  vi.useFakeTimers();
  const { transport, socket } = open();
  transport.watch(
    { view: "app" },
    () => {},
    () => {},
  );
  transport.openDocument(
    DOCUMENT,
    () => {},
    () => {},
  );
  socket.onclose();
  vi.advanceTimersByTime(1_000);
  expect(Socket.last).not.toBe(socket);
  Socket.last.open();
  expect(Socket.last.sent).toMatchObject([{ watch: { view: "app" } }, { doc_open: DOCUMENT }]);
});
