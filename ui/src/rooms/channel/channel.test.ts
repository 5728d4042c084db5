// One open room: what counts as read, and what is being answered.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import type { MessageItem, RoomView, Update } from "../../ipc/types/view";
import type { Session } from "../session.svelte";
import { Channel } from "./channel.svelte";

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

const open = (room = "room") => new Channel({ canAct: true } as Session, room, undefined);
const read = () => asked.flatMap((command) => (command.do === "read_to" ? command.seq : []));
const looking = (is: boolean) => vi.spyOn(document, "hasFocus").mockReturnValue(is);

/** A room of which the message of place `head` is seen, and its reading is to be reported in a moment. */
function seen(head: number): Channel {
  const channel = open();
  looking(true);
  channel.atEnd = true;
  show({ head: head - 1 });
  channel.seen();
  vi.advanceTimersByTime(10);
  show({ head });
  channel.seen();
  return channel;
}

test("what comes once the window has lost the keyboard is not read, and what was seen before is", () => {
  const channel = seen(7);
  looking(false);
  show({ head: 8 });
  channel.seen();
  vi.advanceTimersByTime(2_000);
  expect(read()).toEqual([6, 7]);
});

test("what was seen is read, also by who leaves the room at once", () => {
  seen(7).close();
  expect(read()).toEqual([6, 7]);
});

test("what is being answered is shown as it is now", () => {
  const channel = open("answering");
  const message = { id: "m", author_name: "Ana", text: "secret\nplan", deleted: false } as MessageItem;
  show({ messages: [message] });
  channel.reply(message);
  expect(channel.answered?.excerpt).toBe("secret");
  show({ messages: [{ ...message, text: "", deleted: true }] });
  expect(channel.answered).toEqual({ id: "m", author_name: "Ana", excerpt: "", deleted: true });
  // It has left what is shown, and the engine says what became of it.
  const gone = { id: "m", author_name: "Ana", excerpt: "", deleted: true };
  show({ messages: [], draft: { text: "", reply_to: gone } });
  expect(channel.answered).toEqual(gone);
});
