// The window opens where the person was, and a space that is changed to where they were in it.
import { beforeEach, expect, test } from "vitest";
import { keepPlace, lastPlace } from "./last_places";
import { Places } from "./places.svelte";

beforeEach(() => localStorage.clear());

test("nobody was anywhere at first, nor where what was kept cannot be read", () => {
  expect(lastPlace()).toBeUndefined();
  for (const kept of ["", "{", "7", '["#/", "#/link/x", 3]']) {
    localStorage.setItem("folkmoot.places", kept);
    expect(lastPlace()).toBeUndefined();
  }
});

test("the last place at all, and the last in each space, without the message one came to", () => {
  const places = new Places();
  places.go({ at: "room", space: "north", room: "notes", message: "m" });
  places.go({ at: "document", space: "south", document: "plan" });
  places.replace({ at: "home", space: "north" });
  expect(lastPlace()).toEqual({ at: "document", space: "south", document: "plan" });
  expect(lastPlace("north")).toEqual({ at: "room", space: "north", room: "notes" });
  expect(lastPlace("east")).toBeUndefined();
  places.go({ at: "room", space: "north", room: "welcome" });
  expect([lastPlace(), lastPlace("south")].map((place) => place?.at)).toEqual(["room", "document"]);
});

test("of many spaces the last ones are remembered", () => {
  for (let space = 0; space < 30; space++) keepPlace({ at: "room", space: `s${space}`, room: "r" });
  expect([lastPlace("s29")?.space, lastPlace("s10")?.space, lastPlace("s9")]).toEqual(["s29", "s10", undefined]);
});
