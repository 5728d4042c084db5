// Routes and links: what is written can be read again, and what is damaged is nothing.
import { expect, test } from "vitest";
import { formatLink, parseLink } from "./link";
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
  { space, room },
  { space, room, message: third },
  { space, room, document: third },
])("%j survives a link", (place) => {
  expect(parseLink(formatLink("folk.example:4600", place))).toEqual({
    kind: "place",
    host: "folk.example:4600",
    ...place,
  });
});

test("a join link is known by its form", () => {
  expect(parseLink(" folkmoot://folk.example:4600/join/7Q2M?key=abc ")).toEqual({
    kind: "join",
    host: "folk.example:4600",
  });
});

test.each([
  "https://folk.example/join/x",
  "folkmoot://",
  "folkmoot://h/",
  `folkmoot://h/${space}`,
  `folkmoot://h/${space}/nonsense`,
  `folkmoot://h/${space}/${room}/document`,
  `folkmoot://h/${space}/${room}/document/x`,
  "javascript:alert(1)",
])("%s leads nowhere", (link) => {
  expect(parseLink(link)).toBeUndefined();
});

test("an id is its 16 bytes", () => {
  expect(uuidText(uuidBytes(space))).toBe(space);
  expect(uuidBytes(space)).toHaveLength(16);
});
