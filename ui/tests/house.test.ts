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
  session: ["design", "ipc", "words"],
  features: ["session", "design", "ipc", "words"],
  frame: ["features", "session", "design", "ipc", "words"],
};

/** Of which feature the file at this path is; undefined if of none. */
const featureOf = (path: string) => /^features\/(\w+)/.exec(path)?.[1];

/** What the file at `name` imports of our own: the path, and whether it is loaded at once, later, or is a type alone. */
const imports = (name: string, text: string) =>
  [
    ...text.matchAll(/((?:import|export) type [^;"]*from|import\(|(?:import|export) (?:[^;"]*from)?) ?\s*"(\.[^"]+)"/g),
  ].map(([, how, from]) => ({
    target: relative(src, join(src, name, "..", from!)),
    how: how === "import(" ? "later" : /^\w+ type/.test(how!) ? "type" : "at once",
  }));

test.each(own)("%s takes of another feature only what its index.ts gives, or what it loads later", (name, text) => {
  for (const { target, how } of imports(name, text)) {
    const feature = featureOf(target);
    if (feature && feature !== featureOf(name) && how !== "later") expect(target).toBe(`features/${feature}`);
  }
});

test("no feature needs another one that needs it", () => {
  const needs = new Map<string, Set<string>>();
  for (const [name, text] of own.filter(([name]) => featureOf(name))) {
    const others = imports(name, text).flatMap(({ target, how }) => (how === "type" ? [] : (featureOf(target) ?? [])));
    const known = needs.get(featureOf(name)!) ?? new Set();
    needs.set(featureOf(name)!, new Set([...known, ...others.filter((other) => other !== featureOf(name))]));
  }
  expect(needs.get("rooms")).toContain("messages");
  const free = new Set<string>();
  for (let before = -1; before < free.size;) {
    before = free.size;
    for (const [feature, others] of needs) if ([...others].every((other) => free.has(other))) free.add(feature);
  }
  expect([...needs.keys()].filter((feature) => !free.has(feature))).toEqual([]);
});

test("the frame knows each feature, by its manifest alone", () => {
  const folders = new Set(own.flatMap(([name]) => featureOf(name) ?? []));
  const [, list] = own.find(([name]) => name === "frame/features.ts")!;
  expect(new Set(imports("frame/features.ts", list).flatMap(({ target }) => featureOf(target) ?? []))).toEqual(folders);
  // What heads and foots the sidebar is no section of it, and the strip over an empty main area no screen.
  const others = own.filter(([name]) => /^frame\/(?!features\.ts|sidebar\/|Home|.*\.test)/.test(name));
  for (const [name, text] of others)
    expect(
      imports(name, text).filter(({ target }) => featureOf(target)),
      name,
    ).toEqual([]);
});

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

test.each(own.filter(([name]) => /\.(svelte|css)$/.test(name) && name !== "design/tokens.css"))(
  "%s takes its layers and breakpoints from the design",
  (_name, text) => {
    expect(text).not.toMatch(/z-index: *[\d-]/);
    expect(text).not.toMatch(/@(media|container)[^{]*(width|height)/);
  },
);

test.each(own.filter(([name]) => !name.endsWith(".test.ts") && name !== "design/tokens.css"))(
  "%s opens with what it is",
  (_name, text) => {
    expect(text.trimStart()).toMatch(/^(\/\/|<!--|\/\*)/);
  },
);

test.each(own.filter(([name]) => name.endsWith(".svelte")))("%s is at most 200 lines", (_name, text) => {
  expect(text.split("\n").length).toBeLessThanOrEqual(200);
});

/** What is fetched when it is asked for, since it weighs much or is needed before there are rooms; and the actions, which are
 *  fetched with the first screen. */
const ASKED =
  /^(ipc\/socket|frame\/actions|features\/\w+\/(actions|preload)$|features\/people\/presence|ipc\/from_shell|frame\/preload|features\/documents\/(?!NewDocument)|features\/start\/(Start|FirstRun|Locked|Column)\.)/;

test("what is loaded later is loaded when the window is idle", () => {
  const loaded = (name: string, text: string) =>
    imports(name, text).flatMap(({ target, how }) => (how === "later" ? target : []));
  const lists = own.filter(([name]) => name.endsWith("/preload.ts"));
  const later = own.filter((one) => !lists.includes(one)).flatMap(([name, text]) => loaded(name, text));
  const idle = lists.flatMap(([name, text]) => loaded(name, text));
  expect(idle.toSorted()).toEqual([...new Set(later.filter((module) => !ASKED.test(module)))].toSorted());
});

test("what is said of what is lacking weighs nothing on the first screen", () => {
  const first = new Set<string>();
  const take = (name: string) => {
    const [path, text] = named.find(([other]) => [name, `${name}.ts`, `${name}/index.ts`].includes(other)) ?? [];
    if (path === undefined || text === undefined || first.has(path)) return;
    first.add(path);
    for (const { target, how } of imports(path, text)) if (how === "at once") take(target);
  };
  take("main.ts");
  expect(first).toContain("features/rooms/Room.svelte");
  expect([...first].filter((name) => /Empty|Failed|Absent|Strip|lacking/.test(name))).toEqual([]);
});

test.each(own)("%s sets no HTML", (_name, text) => {
  expect(text).not.toMatch(/\{@html|innerHTML|insertAdjacentHTML|document\.write/);
});
