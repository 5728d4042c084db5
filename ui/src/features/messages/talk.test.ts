// A talk, be it of a room or of a thread: what is being answered, where a jump leads, and whose box an edit has.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command, Done } from "../../ipc/types/command";
import type { MessageItem, Update } from "../../ipc/types/view";
import { Places } from "../../session/places.svelte";
import type { Session } from "../../session/session.svelte";
import { reply } from "./doings";
import { Talk, type TalkView } from "./talk.svelte";

const [space, room, root, id] = [1, 2, 3, 4].map((n) => `0190c1a0-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];

class Some extends Talk {
  readonly place = "main";
  readonly unread = 0;
  readonly label = "";
  readonly composing = "";
  protected reading(): Command {
    return { do: "try_now" };
  }
}

let done: Done;
let show: (view: Partial<TalkView>) => void;
beforeEach(() => {
  history.replaceState({}, "", "#/");
  done = { is: "ok" };
  carryBy({
    watch: (_view: unknown, told: (update: Update) => void) => {
      show = (view) =>
        told({
          is: "snapshot",
          view: {
            room: { joined: true },
            members: [],
            messages: [],
            draft: null,
            edits: [],
            first_unread: null,
            ...view,
          },
        });
      return { id: 1, stop: () => undefined };
    },
    dispatch: () => Promise.resolve(done),
  } as unknown as Transport);
});
afterEach(() => carryBy(undefined));

const open = (of = room) =>
  new Some(
    { canAct: true, places: new Places() } as Session,
    of,
    null,
    { view: "room", room: of, at: null },
    undefined,
  );

test("what is being answered is shown as it is now", () => {
  const talk = open("answering");
  const message = { id: "m", author_name: "Ana", text: "secret\nplan", deleted: false } as MessageItem;
  show({ messages: [message] });
  reply(talk, message);
  expect(talk.answered?.excerpt).toBe("secret");
  show({ messages: [{ ...message, text: "", deleted: true }] });
  expect(talk.answered).toEqual({ id: "m", author_name: "Ana", excerpt: "", deleted: true });
  // It has left what is shown, and the engine says what became of it.
  const gone = { id: "m", author_name: "Ana", excerpt: "", deleted: true };
  show({ messages: [], draft: { text: "", reply_to: gone } });
  expect(talk.answered).toEqual(gone);
});

test("an address of a message that is in a thread alone leads into that, and can be followed once more", async () => {
  const talk = open();
  show({});
  const { places } = talk.session;
  const reveal = vi.fn();
  talk.reveal = reveal;
  done = { is: "in_thread", subject: { message: root } };
  for (const time of ["once", "once more"]) {
    places.go({ at: "room", space, room, message: id }, null);
    await talk.moveTo({ to: "message", message: id });
    expect([time, places.route, places.aside, places.asked]).toEqual([
      time,
      { at: "room", space, room },
      { at: "thread", room, root, message: id },
      "panel",
    ]);
  }
  expect(reveal).not.toHaveBeenCalled();
});

test("a quote that is in a thread alone opens that beside, and leaves the address as it is", async () => {
  const talk = open();
  show({});
  const { places } = talk.session;
  places.go({ at: "room", space, room, message: root });
  done = { is: "in_thread", subject: { message: root } };
  await talk.moveTo({ to: "message", message: id });
  expect([places.route, places.aside]).toEqual([
    { at: "room", space, room, message: root },
    { at: "thread", room, root, message: id },
  ]);
});
