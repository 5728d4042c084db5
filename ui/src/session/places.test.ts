// The way around: which account a place is of, what lies beside, and what closing leads back to.
import { beforeEach, expect, test, vi } from "vitest";
import { Places } from "./places.svelte";

const id = (at: number) => `0190c1a0-0000-7000-8000-00000000000${at}`;
const [space, room, plan] = [id(1), id(2), id(3)];
let places: Places;
beforeEach(() => {
  localStorage.clear();
  history.pushState(null, "", "#/");
  places = new Places();
  places.host = "folk.example:4600";
});
const back = async (where: () => unknown) => {
  places.closeOver();
  await vi.waitFor(where);
};

test("a place names the account that is open, unless it names another", () => {
  places.go({ at: "room", space, room });
  expect(location.hash).toBe(`#/folk.example:4600/${space}/room/${room}`);
  places.go({ at: "room", host: "other.example", space, room });
  expect(places.route).toEqual({ at: "room", host: "other.example", space, room });
});

test("nothing is shown twice, and what is beside stays", () => {
  places.go({ at: "room", space, room });
  places.openAside({ at: "document", space, document: plan });
  expect([places.shows(room), places.shows(plan), places.asked]).toEqual([true, true, "panel"]);
  places.go({ at: "home", space });
  expect(places.aside).toMatchObject({ document: plan });
  places.go({ at: "document", space, document: plan });
  expect(places.aside).toBeUndefined();
});

test("a thread lies beside whatever is open, a list of threads as well", () => {
  const thread = { at: "thread", room, root: plan } as const;
  for (const route of [{ at: "room", space, room } as const, { at: "threads", space } as const]) {
    places.go(route, null);
    places.openAside(thread);
    expect([places.route, places.aside]).toMatchObject([route, thread]);
  }
});

test("what a link leads to takes its place, with what lies beside", async () => {
  places.go({ at: "home", space });
  places.go({ at: "room", space, room, message: plan });
  places.replace({ at: "room", space, room }, { at: "thread", room, root: plan });
  expect([places.aside?.at, places.asked, location.hash]).toEqual([
    "thread",
    "panel",
    `#/folk.example:4600/${space}/room/${room}`,
  ]);
  places.back();
  await vi.waitFor(() => expect(places.route.at).toBe("home"));
});

test("closing the settings leads back to where one was, with what was beside", async () => {
  places.go({ at: "room", space, room }, { at: "document", space, document: plan });
  places.goOver({ at: "settings" });
  places.goOver({ at: "settings", section: "account" });
  expect([places.route.at, places.aside]).toEqual(["settings", undefined]);
  await back(() => expect(places.route).toMatchObject({ at: "room", room }));
  expect(places.aside).toMatchObject({ document: plan });
});

test("settings that the window opened with close to home", () => {
  history.pushState(null, "", "#/settings");
  places = new Places();
  places.closeOver();
  expect(places.route).toEqual({ at: "home" });
});
