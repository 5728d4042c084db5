// A Yjs client that is not ours: yjs and y-websocket from npm, with an editor bound to the document, told what to do
// line by line. `node foreign.mjs UI ADDRESS EDITOR`, where EDITOR is `text`, `codemirror` or `tiptap`.
// {"type": text} · {"until": text} answers once the document holds it · {"caret": object} · {"sees": name} answers once
// somebody of that name shows a caret, with their state · {"gone": name} once nobody does · {"closed": true} answers once the server has closed, with the code
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [ui, address, editor] = process.argv.slice(2);
const from = createRequire(`${ui}/package.json`);
const { JSDOM } = from("jsdom");
const page = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true, url: "http://localhost" });
// What an editor expects of a browser. What node has itself stays.
for (const name of Object.getOwnPropertyNames(page.window)) if (!(name in globalThis)) globalThis[name] = page.window[name];
const Y = from("yjs");
const { WebsocketProvider } = from("y-websocket");
const WebSocket = from("ws");

const [, server, room, ticket] = /^(.*\/yjs)\/([^?]+)\?ticket=(.*)$/.exec(address);
const doc = new Y.Doc();
const body = editor === "tiptap" ? doc.getXmlFragment("content") : doc.getText("content");
let closed = null;
class Socket extends WebSocket {
  constructor(...given) {
    super(...given);
    this.on("close", (code, reason) => (closed ??= { code, reason: String(reason) }));
    this.on("unexpected-response", (_, answer) => (closed ??= { code: answer.statusCode, reason: "" }));
  }
}
const provider = new WebsocketProvider(server, room, doc, { params: { ticket }, WebSocketPolyfill: Socket, disableBc: true });

function bound() {
  const element = page.window.document.body.appendChild(page.window.document.createElement("div"));
  if (editor === "codemirror") {
    const { EditorView } = from("@codemirror/view");
    const { EditorState } = from("@codemirror/state");
    const { yCollab } = from("y-codemirror.next");
    const state = EditorState.create({ doc: body.toString(), extensions: [yCollab(body, provider.awareness)] });
    const view = new EditorView({ state, parent: element });
    return {
      type: (text) => view.dispatch({ changes: { from: view.state.doc.length, insert: text } }),
      text: () => view.state.doc.toString(),
    };
  }
  if (editor === "tiptap") {
    const { Editor } = from("@tiptap/core");
    const StarterKit = from("@tiptap/starter-kit").default;
    const Collaboration = from("@tiptap/extension-collaboration").default;
    const made = new Editor({ element, extensions: [StarterKit.configure({ undoRedo: false }), Collaboration.configure({ fragment: body })] });
    return {
      type: (text) => made.commands.insertContentAt(made.state.doc.content.size, { type: "paragraph", content: [{ type: "text", text }] }),
      text: () => made.getText(),
    };
  }
  return { type: (text) => body.insert(body.length, text), text: () => body.toString() };
}

const until = async (hoped) => {
  for (;;) {
    const met = hoped();
    if (met) return met;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

// An editor is bound to what is there, as in a page that waits for its provider.
await until(() => provider.synced || closed);
const here = bound();
process.stdout.write(`${JSON.stringify({ synced: provider.synced, closed })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  let answer = {};
  if (said.type) here.type(said.type);
  if (said.until) answer = { text: await until(() => here.text().includes(said.until) && here.text()) };
  if (said.caret) provider.awareness.setLocalState(said.caret);
  if (said.sees) {
    const isTheirs = (state) => state.user?.name === said.sees && "cursor" in state;
    answer = await until(() => [...provider.awareness.getStates().values()].find(isTheirs));
  }
  if (said.gone) await until(() => ![...provider.awareness.getStates().values()].some((state) => state.user?.name === said.gone));
  if (said.closed) answer = await until(() => closed);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
