// The tokens: every text pair at least 4.5:1, every boundary at least 3:1, in each theme and contrast.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const css = readFileSync(join(import.meta.dirname, "../src/design/tokens.css"), "utf8");

function block(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start + selector.length + 2, css.indexOf("}", start));
  return Object.fromEntries([...body.matchAll(/(--[\w-]+): (#[0-9a-f]+)/gi)].map(([, name, value]) => [name!, value!]));
}
const light = block(':root,\n[data-theme="light"]');
const dark = block('[data-theme="dark"]');
const themes = {
  light,
  dark,
  "light, more contrast": { ...light, ...block('[data-contrast="more"][data-theme="light"]') },
  "dark, more contrast": { ...dark, ...block('[data-contrast="more"][data-theme="dark"]') },
};

type Rgb = [number, number, number];
function rgba(hex: string): [Rgb, number] {
  const full = hex.length === 4 ? `#${[...hex.slice(1)].map((digit) => digit + digit).join("")}` : hex;
  const at = (from: number) => parseInt(full.slice(from, from + 2), 16);
  return [[at(1), at(3), at(5)], full.length === 9 ? at(7) / 255 : 1];
}
function over(hex: string, under: Rgb): Rgb {
  const [colour, alpha] = rgba(hex);
  return colour.map((part, at) => part * alpha + under[at]! * (1 - alpha)) as Rgb;
}
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  ) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const ratio = (one: Rgb, other: Rgb) =>
  (Math.max(luminance(one), luminance(other)) + 0.05) / (Math.min(luminance(one), luminance(other)) + 0.05);

const surfaces = ["--bg-frame", "--bg-surface", "--bg-raised", "--bg-sunken"];
const washes = ["--accent-wash", "--mark-wash", "--danger-wash"];
const people = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => `--p${index}`);
const text: [string, string][] = [
  ...surfaces.flatMap((under) =>
    ["--ink", "--ink-2", "--ink-3", "--accent", "--danger"].map((on): [string, string] => [on, under]),
  ),
  ...washes.flatMap((under) => ["--ink", "--ink-2"].map((on): [string, string] => [on, under])),
  ["--accent", "--accent-wash"],
  ["--danger", "--danger-wash"],
  ["--mark-ink", "--bg-surface"],
  ["--mark-ink", "--bg-raised"],
  ["--mark-ink", "--mark-wash"],
  ["--on-accent", "--accent"],
  ["--on-accent", "--accent-hover"],
  ["--on-mark", "--mark"],
  ["--bg-surface", "--ink"],
  ...people.map((person): [string, string] => ["--on-p", person]),
  ...["keyword", "string", "comment", "type", "number", "fn"].map((kind): [string, string] => [
    `--code-${kind}`,
    "--bg-surface",
  ]),
];
const boundaries: [string, string][] = [
  ...surfaces.map((under): [string, string] => ["--line-strong", under]),
  ...surfaces.map((under): [string, string] => ["--focus", under]),
  ...surfaces.map((under): [string, string] => ["--accent", under]),
  ["--ok", "--bg-frame"],
  ["--mark-ink", "--bg-frame"],
];

for (const [name, theme] of Object.entries(themes)) {
  const paint = (token: string, under: Rgb = [0, 0, 0]) => over(theme[token as keyof typeof theme]!, under);
  test.each(text)(`${name}: %s on %s can be read`, (on, under) => {
    expect(ratio(paint(on), paint(under))).toBeGreaterThanOrEqual(4.5);
  });
  test.each(boundaries)(`${name}: %s on %s can be seen`, (on, under) => {
    expect(ratio(paint(on), paint(under))).toBeGreaterThanOrEqual(3);
  });
  // Hovered and active rows lie over the surfaces.
  test.each(surfaces.flatMap((under) => ["--bg-hover", "--bg-active"].map((over): [string, string] => [over, under])))(
    `${name}: text on %s over %s can be read`,
    (wash, under) => {
      expect(ratio(paint("--ink-2"), paint(wash, paint(under)))).toBeGreaterThanOrEqual(4.5);
    },
  );
}
