// House rules that a reader should not have to check: imports go downward, colours come from tokens, files say what
// they are, components stay small, and nothing is set as HTML.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");
const walk = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) =>
    statSync(join(folder, name)).isDirectory() ? walk(join(folder, name)) : [join(folder, name)],
  );
const files = walk(src).filter((file) => /\.(ts|svelte|css)$/.test(file));
const named = files.map((file) => [relative(src, file), readFileSync(file, "utf8")] as const);
const own = named.filter(([name]) => !name.startsWith("ipc/types/"));

/** What each layer may import, besides itself. `words` are words alone; `ipc/types` are types alone. */
const MAY: Record<string, string[]> = {
  ipc: [],
  words: ["ipc"],
  design: ["words"],
  rooms: ["design", "ipc", "words"],
  frame: ["rooms", "design", "ipc", "words"],
};

test.each(own)("%s imports only downward", (name, text) => {
  const layer = name.split("/")[0]!;
  if (!(layer in MAY)) return;
  for (const [, from] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
    const target = relative(src, join(src, name, "..", from!)).split("/")[0]!;
    expect([layer, ...MAY[layer]!], `${name} imports ${from}`).toContain(target);
  }
});

test.each(own.filter(([name]) => name !== "design/tokens.css"))("%s takes its colours from tokens", (_name, text) => {
  expect(
    text.match(/#[0-9a-f]{3,8}\b/gi)?.filter((hex) => /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(hex)) ?? [],
  ).toEqual([]);
  expect(text).not.toMatch(/\b(rgba?|hsla?|oklch)\(/);
});

test.each(own.filter(([name]) => !name.endsWith(".test.ts") && name !== "design/tokens.css"))(
  "%s opens with what it is",
  (_name, text) => {
    expect(text.trimStart()).toMatch(/^(\/\/|<!--|\/\*)/);
  },
);

test.each(own.filter(([name]) => name.endsWith(".svelte")))("%s is at most 200 lines", (_name, text) => {
  expect(text.split("\n").length).toBeLessThanOrEqual(200);
});

/** What is fetched when it is asked for, since it weighs much or is needed before there are rooms. */
const ASKED = /^(ipc\/socket|ipc\/from_shell|frame\/preload|rooms\/document\/|rooms\/start\/(Start|Locked|Column)\.)/;

test("what is loaded later is loaded when the window is idle", () => {
  const loaded = (name: string, text: string) =>
    [...text.matchAll(/import\("(\.[^"]+)"\)/g)].map(([, from]) => relative(src, join(src, name, "..", from!)));
  const [, idle] = own.find(([name]) => name === "frame/preload.ts")!;
  const later = own.filter(([name]) => name !== "frame/preload.ts").flatMap(([name, text]) => loaded(name, text));
  expect(new Set(loaded("frame/preload.ts", idle))).toEqual(new Set(later.filter((module) => !ASKED.test(module))));
});

test("what is said of what is lacking weighs nothing on the first screen", () => {
  const first = new Set<string>();
  const take = (name: string) => {
    const text = named.find(([other]) => other === name || other === `${name}.ts`)?.[1];
    if (text === undefined || first.has(name)) return;
    first.add(name);
    for (const [, from] of text.matchAll(/^ *import (?!type)(?:[^;"]* from )?"(\.[^"]+)"/gm))
      take(relative(src, join(src, name, "..", from!)));
  };
  take("main.ts");
  expect(first).toContain("rooms/channel/Room.svelte");
  expect([...first].filter((name) => /Empty|Failed|Absent|Strip|lacking/.test(name))).toEqual([]);
});

test.each(own)("%s sets no HTML", (_name, text) => {
  expect(text).not.toMatch(/\{@html|innerHTML|insertAdjacentHTML|document\.write/);
});
