// How much the window loads to show a room: the JavaScript and CSS of the entry and all that it imports at once, in
// gzip. Fonts, editors, dialogs and the emoji come later. Fails above the bound.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const WANTED_KB = 60;
const MOST_KB = 75;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const files = new Set();
const take = (key) => {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const imported of chunk.imports ?? []) take(imported);
};
take("index.html");

let sum = 0;
for (const file of files) {
  const text = readFileSync(new URL(file, dist), "utf8").replaceAll(/@font-face\{[^}]*\}/g, "");
  const kb = gzipSync(text, { level: 9 }).length / 1000;
  sum += kb;
  console.log(`${kb.toFixed(1).padStart(7)} KB  ${file}`);
}
console.log(`${sum.toFixed(1).padStart(7)} KB  in all (wanted ${WANTED_KB}, at most ${MOST_KB})`);
if (sum > MOST_KB) process.exit(1);
