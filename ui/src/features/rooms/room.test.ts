// One open room: what counts as read, and where a jump leads.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import type { RoomView, Update } from "../../ipc/types/view";
import type { Session } from "../../session/session.svelte";
import { Room } from "./room.svelte";

let asked: Command[];
let show: (view: Partial<RoomView>) => void;
beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  const watch = (_view: unknown, told: (update: Update) => void) => {
    show = (view) =>
      told({
        is: "snapshot",
        view: {
          room: { joined: true, unread: 1, mentions: 0 },
          members: [],
          messages: [],
          draft: null,
          edits: [],
          first_unread: null,
          ...view,
        },
      });
    return { id: 1, stop: () => undefined };
  };
  carryBy({
    watch,
    dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })),
  } as unknown as Transport);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  carryBy(undefined);
});

const open = (id = "room") => new Room({ canAct: true } as Session, id, undefined);
const read = () => asked.flatMap((command) => (command.do === "read_to" ? command.seq : []));
const looking = (is: boolean) => vi.spyOn(document, "hasFocus").mockReturnValue(is);

/** A room of which the message of place `head` is seen, and its reading is to be reported in a moment. */
function seen(head: number): Room {
  const room = open();
  looking(true);
  room.atEnd = true;
  show({ head: head - 1 });
  room.seen();
  vi.advanceTimersByTime(10);
  show({ head });
  room.seen();
  return room;
}

test("what comes once the window has lost the keyboard is not read, and what was seen before is", () => {
  const room = seen(7);
  looking(false);
  show({ head: 8 });
  room.seen();
  vi.advanceTimersByTime(2_000);
  expect(read()).toEqual([6, 7]);
});

test("what was seen is read, also by who leaves the room at once", () => {
  seen(7).close();
  expect(read()).toEqual([6, 7]);
});

test("a message that is jumped to is brought to the screen, also once more", async () => {
  const room = open();
  const shown: string[] = [];
  room.reveal = (message) => shown.push(message);
  show({});
  await room.moveTo({ to: "message", message: "m" });
  await room.moveTo({ to: "latest" });
  await room.moveTo({ to: "message", message: "m" });
  expect(shown).toEqual(["m", "m"]);
});
