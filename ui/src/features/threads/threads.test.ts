// Threads: where a reply goes, what counts as read, what is told, where a jump leads; and which keys are offered for whom.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { live } from "../../design/live.svelte";
import { overlays } from "../../design/overlays.svelte";
import { RefusedError } from "../../ipc/dispatch";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import type { MessageItem, ThreadItem, ThreadView, Update } from "../../ipc/types/view";
import { actions } from "../../session/actions.svelte";
import { Places } from "../../session/places.svelte";
import type { Session } from "../../session/session.svelte";
import type { Subjects } from "../../session/subjects";
import { all } from "./actions";
import { Thread } from "./thread.svelte";
import { Threads } from "./threads.svelte";

const [space, room, root, id] = [1, 2, 3, 4].map((n) => `0190c1a0-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];
let asked: Command[];
let refuse = false;
let told: (view: Partial<ThreadView>) => void;
beforeEach(() => {
  history.replaceState({}, "", "#/");
  [asked, refuse] = [[], false];
  vi.useFakeTimers();
  carryBy({
    watch: (_view: unknown, tell: (update: Update) => void) => {
      told = (view) => tell({ is: "snapshot", view: { ...nothing, ...view } } as Update);
      return { id: 1, stop: () => undefined };
    },
    dispatch: (command: Command) => {
      asked.push(command);
      return refuse ? Promise.reject(new RefusedError({ why: "locked" })) : Promise.resolve({ is: "ok" });
    },
  } as unknown as Transport);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  overlays.facts = [];
  carryBy(undefined);
});

const nothing = {
  room: { id: room, name: "quay", access: "public", joined: true, archived: false },
  space,
  root: null,
  messages: [],
  replies: 0,
  older: false,
  newer: false,
  unread: 0,
  head: 0,
  draft: null,
  edits: [],
  first_unread: null,
  can_reply: true,
};
const open = (session: Partial<Session> = {}) =>
  new Thread({ canAct: true, places: new Places(), ...session } as Session, room, root, undefined);
const message = (more: Partial<MessageItem> = {}) =>
  ({
    id,
    at_ms: 1,
    mine: false,
    author_name: "Bo",
    in_thread: null,
    thread: null,
    deleted: false,
    ...more,
  }) as MessageItem;
const inThread = (also_in_room: boolean) =>
  ({ subject: { message: root }, root: { id: root }, also_in_room }) as MessageItem["in_thread"];

test("a reply goes to its thread, and to the room only if that was asked for, each time anew", async () => {
  const thread = open();
  told({});
  await thread.post("for the thread");
  thread.also = true;
  await thread.post("for both");
  await thread.post("for the thread again");
  expect(asked.map((command) => command.do === "post" && [command.thread, command.room])).toEqual(
    [false, true, false].map((also_in_room) => [{ subject: { message: root }, also_in_room }, room]),
  );
});

test("a reply that was refused is for the room, too, when it is sent once more", async () => {
  const thread = open();
  told({});
  [thread.also, refuse] = [true, true];
  expect(await thread.post("too soon")).toBe(false);
  expect(thread.also).toBe(true);
});

test("each thread has a draft of its own, and none has the room's", () => {
  const other = new Thread(open().session, room, id, undefined);
  const thread = open();
  thread.draft.text = "half a thought";
  void thread.draft.keep();
  expect([other.draft.text, open().draft.text]).toEqual(["", "half a thought"]);
  expect(asked).toEqual([{ do: "draft", room, text: "half a thought", reply_to: null, thread: { message: root } }]);
});

test("it is read up to the room's last place, once its end is seen and the window has the keyboard", () => {
  const looking = vi.spyOn(document, "hasFocus").mockReturnValue(false);
  const thread = open();
  told({ unread: 2, head: 40 });
  thread.seen();
  thread.atEnd = true;
  thread.seen();
  looking.mockReturnValue(true);
  thread.seen();
  vi.advanceTimersByTime(10);
  told({ unread: 0, head: 41 });
  thread.seen();
  vi.advanceTimersByTime(2_000);
  expect(asked).toEqual([{ do: "read_thread_to", room, subject: { message: root }, seq: 40 }]);
});

test("a jump to the message that it hangs on asks nobody", async () => {
  const thread = open();
  told({});
  thread.toRoot = vi.fn();
  await thread.moveTo({ to: "message", message: root });
  expect([thread.marked, asked]).toEqual([root, []]);
  expect(thread.toRoot).toHaveBeenCalledOnce();
  await thread.moveTo({ to: "message", message: id });
  expect(asked).toEqual([{ do: "scroll", watch: 1, to: { to: "message", message: id } }]);
});

test("the first reply stands under a day only if that is another than its message's, or if others are before it", () => {
  const thread = open();
  const noon = new Date(2026, 10, 20, 12).getTime();
  const day = 24 * 3_600_000;
  const days = (at_ms: number, older = false) => {
    told({
      root: message({ id: root, at_ms: noon }),
      messages: [message({ at_ms, in_thread: inThread(false) })],
      older,
    });
    return thread.rows.map((row) => [row.day, row.grouped]);
  };
  expect([days(noon + 1), days(noon + day), days(noon + 1, true)]).toEqual([
    [[false, false]],
    [[true, false]],
    [[true, false]],
  ]);
});

test.each([
  [true, false, 1],
  [false, false, 1],
  [true, true, 0],
  [false, true, 1],
])(
  "with its room on the screen (%s), a reply that is in both (%s) is told %i times by the thread",
  (on, both, times) => {
    const count = vi.spyOn(live, "count").mockReturnValue();
    const thread = open();
    if (on) thread.session.places.go({ at: "room", space, room });
    told({ messages: [message({ id: root })] });
    thread.announce();
    told({ messages: [message({ id: root }), message({ at_ms: 2, in_thread: inThread(both) })] });
    thread.announce();
    expect(count).toHaveBeenCalledTimes(times);
  },
);

test.each<[string, Partial<MessageItem>, object, string | undefined, object]>([
  ["of a room", {}, {}, "Reply in thread", { root: id }],
  ["that is also in its thread", { in_thread: inThread(true) }, {}, "Reply in thread", { root, message: id }],
  ["in a thread", {}, { thread: { message: root } }, undefined, {}],
  ["where nobody writes", {}, { writable: false }, undefined, {}],
  [
    "where nobody writes any more",
    { thread: {} as MessageItem["thread"] },
    { writable: false },
    "Open thread",
    { root: id },
  ],
  ["that is deleted", { deleted: true }, {}, undefined, {}],
  [
    "that is deleted, with replies",
    { deleted: true, thread: {} as MessageItem["thread"] },
    {},
    "Reply in thread",
    { root: id },
  ],
])("of a message %s", (_what, more, where, name, led) => {
  const action = all.find((action) => action.id === "threads.reply")!;
  let opened = {};
  const openThread = (root: string, message?: string) => (opened = { root, ...(message && { message }) });
  const at = { talk: { thread: null, writable: true, openThread, ...where }, message: message(more) };
  const offered = actions.for(action, at as unknown as Subjects["message"]);
  expect(offered?.name).toBe(name);
  offered?.act();
  expect(opened).toEqual(led);
});

test("of the list one is opened beside, and left", () => {
  const threads = new Threads(open().session, space);
  const item = { id: root, room, subject: { message: root } } as ThreadItem;
  threads.session.places.go({ at: "threads", space });
  expect(threads.shows(item)).toBe(false);
  threads.open(item);
  expect([threads.shows(item), threads.session.places.route]).toEqual([true, { at: "threads", space }]);
  threads.unfollow(item);
  expect(asked).toEqual([{ do: "follow_thread", room, subject: { message: root }, on: false }]);
});
