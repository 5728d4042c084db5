// Stepping through rooms by keys, and the groups of the switcher.
import { expect, test } from "vitest";
import type { FoundItem } from "../ipc/types/command";
import type { RoomItem } from "../ipc/types/view";
import { orderedRooms, stepped } from "../session/room_order";
import { foundId, grouped } from "./switcher/switcher";
import { titleOf } from "./title";

const room = (id: string, unread = 0, more: Partial<RoomItem> = {}) =>
  ({ id, unread, access: "public", archived: false, ...more }) as RoomItem;
const rooms = [room("a"), room("b", 2), room("c"), room("d", 1)];

test.each([
  [0, 1, false, "b"],
  [3, 1, false, "a"],
  [0, -1, false, "d"],
  [0, 1, true, "b"],
  [1, 1, true, "d"],
  [3, 1, true, "b"],
  [-1, 1, true, "b"],
  [-1, -1, false, "d"],
])("from %i by %i, unread only %s: %s", (at, by, unreadOnly, id) => {
  expect(stepped(rooms, at, by, unreadOnly)?.id).toBe(id);
});

test("nowhere to go is nowhere", () => {
  expect(stepped([room("a")], 0, 1, false)).toBeUndefined();
  expect(
    stepped(
      rooms.map((one) => ({ ...one, unread: 0 })),
      0,
      1,
      true,
    ),
  ).toBeUndefined();
});

test("direct rooms come before the others, archived ones not at all", () => {
  expect(
    orderedRooms([room("x", 0, { access: "direct" }), room("a"), room("z", 0, { archived: true })]).map(
      (one) => one.id,
    ),
  ).toEqual(["x", "a"]);
});

test("what was found is grouped by kind, in the order in which it fits", () => {
  const item = (kind: FoundItem["kind"], id: string) => ({ kind, id }) as FoundItem;
  const items = [item("person", "1"), item("room", "2"), item("person", "3")];
  expect(grouped(items, false).map((group) => [group.kind, group.items.length])).toEqual([
    ["person", 2],
    ["room", 1],
  ]);
  expect(grouped(items, true)).toHaveLength(1);
  expect(grouped([], true)).toHaveLength(0);
});

test("what fits well stands above what has only the letters, whatever its kind, and a person of two spaces is there twice", () => {
  const item = (kind: FoundItem["kind"], id: string, scattered = false, space = "s") =>
    ({ kind, id, scattered, space }) as FoundItem;
  const items = [
    item("room", "1"),
    item("document", "2"),
    item("person", "3"),
    item("person", "3", false, "t"),
    item("room", "4", true),
    item("document", "5", true),
  ];
  expect(grouped(items, false).map((group) => [group.kind, group.items.map((one) => one.id).join("")])).toEqual([
    ["room", "1"],
    ["document", "2"],
    ["person", "33"],
    ["scattered", "45"],
  ]);
  expect(new Set(items.map(foundId)).size).toBe(items.length);
});

test.each([
  [2, 5, { at: "room", space: "s", room: "a" }, "(2) #notes – Northlight – Folkmoot"],
  [0, 5, { at: "document", space: "s", document: "d" }, "• Plan – Northlight – Folkmoot"],
  [0, 0, { at: "settings" }, "Settings – Northlight – Folkmoot"],
  [0, 0, { at: "home" }, "Northlight – Folkmoot"],
] as const)("%i mentions, %i unread, at %j: %s", (mentions, unread, route, title) => {
  const space = { space: { name: "Northlight" }, documents: [{ id: "d", title: "Plan" }] };
  const session = {
    app: { spaces: [{ mentions, unread }] },
    space,
    places: { route },
    room: () => ({ ...room("a"), name: "notes" }),
  };
  expect(titleOf(session as unknown as Parameters<typeof titleOf>[0])).toBe(title);
});
