// All actions of all features: named once, keyed without doubt, found by words; and which of them a key means where.
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { overlays } from "../../design/overlays.svelte";
import { about, actions, type Action } from "../../session/actions.svelte";
import { keyName, partsOf } from "../../session/key_names";
import { actionFor, means } from "../../session/keys";
import type { Session } from "../../session/session.svelte";
import { show, subject, type Subjects } from "../../session/subjects";
import { GROUPS } from "../../words/actions";
import { gathered } from ".";
import { fitting, titled } from "./titled";

let all: Action[];
beforeAll(async () => void (all = await gathered()));
afterEach(() => {
  actions.all = [];
  document.body.replaceChildren();
});

test("every action has a name and a group, and its id says whose it is", () => {
  expect(all.length).toBeGreaterThan(50);
  for (const { id, name, group } of all) {
    expect(id).toMatch(/^[a-z]+\.[a-z_0-9]+$/);
    expect(name, id).toMatch(/^\S.*\S$/);
    expect(GROUPS[group], id).toBeTruthy();
  }
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
});

test("no two actions about the same have one key, nor one name", () => {
  const keys = all.flatMap(({ at, keys }) => (keys ?? []).map((key) => `${at} ${key}`));
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  const names = all.map(({ at, name }) => `${at} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test("what cannot be run is a key that a field takes, and what a key alone does is about what has the focus", () => {
  for (const { id, at, run, bound, keys } of all) {
    if (!run) expect([bound, keys?.length], id).toEqual([true, 1]);
    const alone = keys?.some((key) => partsOf(key).every((part) => !["Ctrl", "Alt"].includes(part)));
    if (alone && !bound) expect(at === "window" ? keys : [], id).toSatisfy(onlyNamed);
  }
});
/** No letter is taken from whoever types one. */
const onlyNamed = (keys: string[]) => keys.every((key) => partsOf(key).at(-1)!.length > 1);

test("those of one title stand together, in the order in which they first come", () => {
  const titles = titled(all).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.indexOf("Message")).toBeLessThan(titles.indexOf("Going around"));
});

test.each([
  ["arch", ["Archive room", "Archive document"]],
  ["document arch", ["Archive document"]],
  ["leave", ["Leave room"]],
  ["zzz", []],
])("%s finds %j", (query, found) => {
  expect(fitting(all, query).map(({ name }) => name)).toEqual(found);
});

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more }) as KeyboardEvent;

test.each([
  ["Ctrl+K", press("k", { ctrlKey: true }), true],
  ["Ctrl+K", press("k", { metaKey: true }), true],
  ["Ctrl+K", press("K", { ctrlKey: true, shiftKey: true }), false],
  ["Ctrl+K", press("k"), false],
  ["Ctrl+/", press("/", { ctrlKey: true, shiftKey: true }), true],
  ["+", press("+", { shiftKey: true }), true],
  ["Alt+Shift+ArrowUp", press("ArrowUp", { altKey: true, shiftKey: true }), true],
  ["Alt+ArrowUp", press("ArrowUp", { altKey: true, shiftKey: true }), false],
  ["r", press("R"), true],
  ["r", press("R", { shiftKey: true }), false],
])("%s is meant by %j: %s", (keys, event, meant) => {
  expect(means(keys, event)).toBe(meant);
});

test("keys are called as they are printed", () => {
  expect(["Ctrl+Shift+X", "Alt+ArrowUp", "+", "Delete", "r"].map(keyName)).toEqual([
    "Ctrl Shift X",
    "Alt ↑",
    "+",
    "Del",
    "R",
  ]);
});

function scene() {
  const ran = vi.fn();
  actions.all = [
    ...about("message", [
      { id: "t.reply", group: "message", name: "Reply", keys: ["r"], run: () => ran("reply") },
      { id: "t.gone", group: "message", name: "Gone", keys: ["g"], offered: () => false, run: () => ran("gone") },
    ]),
    ...about("window", [
      { id: "t.jump", group: "go", name: "Jump", keys: ["Ctrl+K"], over: true, run: () => ran("jump") },
      { id: "t.up", group: "go", name: "Up", keys: ["Alt+ArrowUp"], run: () => ran("up") },
    ]),
  ];
  const [article, button] = [document.createElement("article"), document.createElement("button")];
  article.append(button);
  document.body.append(article);
  subject(() => ({ message: {} as Subjects["message"] }))(article);
  const gone = show({ window: {} as Session });
  const on = (target: Element, event: KeyboardEvent) => {
    actionFor({ ...event, target })?.();
    return ran.mock.lastCall?.[0];
  };
  return { article, button, on, ran, gone };
}

test("a key alone means what has the focus, and nothing on what lies in it", () => {
  const { article, button, on, ran, gone } = scene();
  expect(on(button, press("r"))).toBeUndefined();
  expect(on(document.body, press("r"))).toBeUndefined();
  expect(on(article, press("r"))).toBe("reply");
  ran.mockClear();
  expect(on(article, press("g"))).toBeUndefined();
  expect(on(button, press("k", { ctrlKey: true }))).toBe("jump");
  gone();
});

test("over the page only the keys count that say so", () => {
  const { article, on, ran, gone } = scene();
  expect(on(article, press("ArrowUp", { altKey: true }))).toBe("up");
  ran.mockClear();
  overlays.showDialog(() => Promise.reject(new Error("none")));
  expect(on(article, press("ArrowUp", { altKey: true }))).toBeUndefined();
  expect(on(article, press("k", { ctrlKey: true }))).toBe("jump");
  overlays.closeDialog();
  gone();
});
