// Routes and links: what is written of a route can be read again.
import { expect, test } from "vitest";
import { formatLink } from "./link";
import { formatHash, parseHash, type Route } from "./route";
import { uuidBytes, uuidText } from "./uuid_bytes";

const [space, room, third] = [
  "0190c1a0-0000-7000-8000-000000000001",
  "0190c1a0-0000-7000-8000-000000000002",
  "0190c1a0-0000-7000-8000-000000000003",
];

test.each<Route>([
  { at: "home" },
  { at: "home", space },
  { at: "room", space, room },
  { at: "room", space, room, message: third },
  { at: "document", space, document: third },
  { at: "room", host: "folk.example:4600", space, room, message: third },
  { at: "home", host: "[::1]:4600", space },
  { at: "home", host: "folk.example:4600" },
  { at: "threads", space },
  { at: "threads", host: "folk.example:4600", space },
  { at: "thread", room, root: third },
  { at: "thread", host: "folk.example:4600", room, root: third, message: space },
  { at: "pins", room },
  { at: "pins", host: "folk.example:4600", room },
  { at: "settings" },
  { at: "settings", host: "folk.example:4600", section: "appearance" },
  { at: "link", link: "folkmoot://h:1/join/A-B?key=x/y" },
])("%j survives the fragment", (route) => {
  expect(parseHash(formatHash(route))).toEqual(route);
});

test.each([
  [{ space, room }, ""],
  [{ space, room, message: third }, `/${third}`],
  [{ space, room, document: third }, `/document/${third}`],
])("a link to %j", (place, end) => {
  expect(formatLink("folk.example:4600", place)).toBe(`folkmoot://folk.example:4600/${space}/${room}${end}`);
});

test("an id is its 16 bytes", () => {
  expect(uuidText(uuidBytes(space))).toBe(space);
  expect(uuidBytes(space)).toHaveLength(16);
});
