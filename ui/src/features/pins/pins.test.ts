// Pins: where a jump leads and what it does to the panel; and which keys are offered for whom.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import type { MessageItem, PinItem, PinsView, RoomView, Update } from "../../ipc/types/view";
import { actions } from "../../session/actions.svelte";
import { Places } from "../../session/places.svelte";
import type { Session } from "../../session/session.svelte";
import { show, type Subjects } from "../../session/subjects";
import { all } from "./actions";
import { Pins } from "./pins.svelte";

const [space, room, id] = [1, 2, 3].map((n) => `0190c1a0-0000-7000-8000-00000000000${n}`) as [string, string, string];
const item = { id } as PinItem;
let asked: Command[];
let told: (view: Partial<PinsView>) => void;
beforeEach(() => {
  history.replaceState({}, "", "#/");
  asked = [];
  carryBy({
    watch: (_view: unknown, tell: (update: Update) => void) => {
      told = (view) =>
        tell({ is: "snapshot", view: { room, space, pins: [], pins_max: 2, can_pin: true, ...view } } as Update);
      return { id: 1, stop: () => undefined };
    },
    dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })),
  } as unknown as Transport);
});
afterEach(() => carryBy(undefined));

const open = (session: Partial<Session> = {}) =>
  new Pins({ places: new Places(), canAct: true, ...session } as Session, room);

test("a jump opens the room at the message, and keeps the panel where that does not lie over it", () => {
  const pins = open();
  told({ pins: [item] });
  const { places } = pins.session;
  places.go({ at: "room", space, room });
  places.openAside({ at: "pins", room });
  pins.jump(item, false);
  expect([places.route, places.aside]).toEqual([
    { at: "room", space, room, message: id },
    { at: "pins", room },
  ]);
  pins.jump(item, true);
  expect(places.aside).toBeUndefined();
});

test("a jump to where one has come already goes there once more", () => {
  const pins = open();
  told({ pins: [item] });
  const moveTo = vi.fn();
  const gone = show({ room: { moveTo } as unknown as Subjects["room"] });
  pins.jump(item, false);
  expect(moveTo).not.toHaveBeenCalled();
  pins.jump(item, false);
  expect(moveTo).toHaveBeenCalledExactlyOnceWith({ to: "message", message: id });
  gone();
});

test.each([
  [true, true, true],
  [false, true, false],
  [true, false, false],
])("who may pin there (%s) and is signed in (%s) takes pins off: %s", (can_pin, canAct, may) => {
  const pins = open({ canAct });
  told({ can_pin, pins: [item] });
  expect([pins.may, pins.full]).toEqual([may, false]);
  const unpin = all.find((action) => action.id === "pins.unpin")!;
  expect(actions.for(unpin, { pins, item } as Subjects["pin"]) !== undefined).toBe(may);
});

test("a room with as many pins as there may be is full", () => {
  const pins = open();
  expect(pins.full).toBe(false);
  told({ pins: [item, { ...item, id: space }] });
  expect(pins.full).toBe(true);
});

test.each<[string, Partial<MessageItem>, Partial<RoomView>, string | undefined]>([
  ["is accepted", {}, {}, "Pin to room"],
  ["is pinned", { pinned: true }, {}, "Unpin"],
  ["is not there yet", { seq: null }, {}, undefined],
  ["is deleted", { deleted: true }, {}, undefined],
  ["is of a room where others pin", {}, { can_pin: false }, undefined],
])("of a message that %s", (_what, message, view, name) => {
  const action = all.find((action) => action.id === "pins.pin")!;
  const at = {
    talk: { room, session: { canAct: true }, view: { can_pin: true, ...view } },
    message: { id, seq: 1, deleted: false, pinned: false, ...message },
  } as Subjects["message"];
  const offered = actions.for(action, at);
  expect(offered?.name).toBe(name);
  offered?.act();
  expect(asked).toEqual(name ? [{ do: "pin", room, message: id, on: name !== "Unpin" }] : []);
});
