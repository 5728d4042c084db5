// How much the window loads to show a room: the JavaScript and CSS of the entry and all that it imports at once, in
// gzip. Fonts, editors, dialogs and the emoji come later. Fails above the bound.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** 60 KB of 1,024 bytes. */
const MOST = 61_440;
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
  const bytes = gzipSync(text, { level: 9 }).length;
  sum += bytes;
  console.log(`${bytes.toLocaleString("en").padStart(7)} bytes  ${file}`);
}
console.log(`${sum.toLocaleString("en").padStart(7)} bytes  in all (at most ${MOST.toLocaleString("en")})`);
if (sum > MOST) process.exit(1);
