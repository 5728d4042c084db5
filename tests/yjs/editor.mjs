// A webview's Y.Doc without a webview: the yjs that the app ships, told what to do line by line.
// {"apply": base64} · {"edit": n} answers {"updates": [base64]} · {"text": true} answers {"text": string}
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [ui, kind, seed] = process.argv.slice(2);
const Y = createRequire(`${ui}/package.json`)("yjs");

let state = Number(seed) >>> 0;
function random(below) {
  // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % below;
}

const doc = new Y.Doc();
const body = kind === "code" ? doc.getText("content") : doc.getXmlFragment("content");
const words = ["moot ", "é", "日本", "🌲", "\n", "spruce and stone ", "x"];
const word = () => words[random(words.length)];

let updates = [];
doc.on("update", (update, origin) => {
  if (origin !== "remote") updates.push(Buffer.from(update).toString("base64"));
});

function editText(text) {
  const length = text.length;
  if (length > 4 && random(3) === 0) text.delete(random(length - 3), 1 + random(3));
  else if (length > 4 && kind !== "code" && random(4) === 0) text.format(random(length - 3), 3, { bold: true });
  else text.insert(random(length + 1), word());
}

function edit() {
  if (kind === "code") return editText(body);
  const paragraphs = body.length;
  if (paragraphs === 0 || random(5) === 0) {
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText(word())]);
    return body.insert(random(paragraphs + 1), [paragraph]);
  }
  if (paragraphs > 3 && random(8) === 0) return body.delete(random(paragraphs), 1);
  const text = body.get(random(paragraphs)).get(0);
  if (text) editText(text);
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  let answer = {};
  if (said.apply) Y.applyUpdate(doc, Buffer.from(said.apply, "base64"), "remote");
  if (said.edit) {
    for (let n = 0; n < said.edit; n++) edit();
    answer = { updates };
    updates = [];
  }
  if (said.text) answer = { text: body.toString(), pending: doc.store.pendingStructs !== null };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
