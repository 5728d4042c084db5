// A DEVELOPMENT AID ONLY: a scripted fake of the engine's socket, for looking at screens while there is no engine.
// It proves nothing: tests that count run on the real engine (tests/browser/). `node tests/dev/fake.mjs [PORT]`,
// then ws://127.0.0.1:PORT/SCENARIO with one of: ready offline refused empty first_run locked signed_out welcome.
import { WebSocketServer } from "ws";
import * as Y from "yjs";

const port = Number(process.argv[2] ?? 4650);
const id = (n) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const NOW = Date.now();
const MIN = 60_000;
const p = (n, name, colour, availability, at = null, me = false) => ({ id: id(n), name, colour, role: me ? "owner" : "member", availability, at, me });
const people = [p(1, "Ines Marchetti", 2, "away"), p(2, "Noor Haddad", 8, "online", id(101)), p(3, "Tomasz Reyes", 5, "online", id(102)), p(4, "Yoko Ono", 1, "online", id(101), true), p(5, "Bo Lindqvist", 7, "offline"), p(6, "Amara Okafor", 3, "online", id(101))];
const room = (n, name, access, more = {}) => ({ id: id(n), name, topic: "", access, archived: false, joined: true, unread: 0, mentions: 0, notify: "mentions", people: [], here: [], pending: 0, ...more });
const text = (t) => ({ inline: "text", text: t });
const para = (...inlines) => ({ block: "paragraph", inlines: inlines.map((i) => (typeof i === "string" ? text(i) : i)) });
let seq = 0;
const message = (n, author, minutesAgo, t, more = {}) => {
  const who = people[author - 1];
  seq++;
  return { id: id(n), seq, author: who.id, author_name: who.name, author_colour: who.colour, mine: who.me, at_ms: NOW - minutesAgo * MIN, blocks: typeof t === "string" ? [para(t)] : t, text: typeof t === "string" ? t : "…", names_me: false, reply_to: null, reactions: [], edited: null, deleted: false, standing: "accepted", change: "accepted", refused: [], can_edit: who.me, can_delete: true, ...more };
};

function world(scenario) {
  seq = 0;
  const offline = scenario === "offline" || scenario === "refused";
  const welcome = scenario === "welcome";
  const rooms = [
    room(101, "sync-engine", "public", { topic: "Protocol, storage and the relay", unread: 2, mentions: 1, here: [id(2), id(6)], pending: offline ? 1 : 0 }),
    room(102, "field-notes", "public", { unread: 7, here: [id(3)] }),
    room(103, "release-room", "private", { topic: "Only the release crew", mentions: 3, unread: 3 }),
    room(104, "welcome", "public", { topic: "Where everyone begins" }),
    room(108, "random", "public", { notify: "nothing", unread: 12 }),
    room(105, "Noor Haddad", "direct", { people: [id(2)], unread: 1, mentions: 1 }),
    room(106, "Ines Marchetti, Tomasz Reyes", "direct", { people: [id(1), id(3)] }),
  ];
  const open_rooms = [room(110, "gardening", "public", { joined: false, topic: "Tomatoes, mostly" }), room(111, "book-club", "public", { joined: false })];
  const documents = [
    { id: id(201), room: id(101), kind: "rich_text", title: "Sync protocol", archived: false, here: [id(2)] },
    { id: id(202), room: id(101), kind: "code", title: "apply.rs", archived: false, here: [] },
    { id: id(203), room: id(102), kind: "rich_text", title: "Rollout plan", archived: false, here: [] },
  ];
  const long = [];
  for (let n = 0; n < 5000; n++) long.push(message(10_000 + n, [1, 3, 1, 2][Math.floor(n / 3) % 4], 1600 + (5000 - n) * 3, `Note ${n}: compaction ran on the old log, nothing to see here.`));
  long.push(
    message(20_001, 1, 50, "The relay dropped my laptop for eleven minutes on the train and nothing was lost. First time I have not noticed an outage at all.", { reactions: [{ emoji: "🙌", names: ["Noor Haddad", "Yoko Ono", "Bo Lindqvist", "Amara Okafor"], mine: true }, { emoji: "🚆", names: ["Noor Haddad", "Bo Lindqvist"], mine: false }] }),
    message(20_002, 1, 49, [para("Draft of the protocol is in the ", { inline: "link", href: "folkmoot://localhost:4600/x/y", inlines: [text("document")] }, ", comments welcome before the 14:00 call. ", { inline: "strong", inlines: [text("Please read")] }, " and ", { inline: "emphasis", inlines: [text("mark")] }, " what ", { inline: "strike", inlines: [text("breaks")] }, " is unclear in ", { inline: "code", text: "apply()" }, ".")]),
    message(20_003, 3, 40, [para("Compaction threshold looks low. Numbers from the 2,000-room test:"), { block: "list", start: null, items: [{ checked: true, blocks: [para("cold open 41 ms")] }, { checked: false, blocks: [para("warm open")] }] }, { block: "code", language: "rust", text: "pub async fn apply(&self, u: Update) -> Result<()> {\n    self.log.append(\"room\", &u)?;\n    Ok(())\n}\n" }, { block: "quote", blocks: [para("Saved on this device is a state, not an apology.")] }], { edited: { by_name: "Noor Haddad", at_ms: NOW - 30 * MIN, by_other: true } }),
    message(20_004, 5, 30, "gone", { deleted: true }),
    message(20_005, 2, 12, [para({ inline: "mention", person: id(4), name: "Yoko Ono", me: true }, " could you check the restore permissions before the call?")], { names_me: true }),
    message(20_006, 4, 10, "Yes, reading it now. I would keep restore for room owners only.", { reply_to: { id: id(20_005), author_name: "Noor Haddad", excerpt: "@Yoko Ono could you check the restore permissions before the call?", deleted: false }, standing: offline ? "saved" : "accepted", seq: offline ? null : seq + 1 }),
  );
  if (scenario === "refused") long.push(message(20_007, 4, 2, "This one was too long for the server.", { standing: "refused", seq: null, refused: [{ event: id(30_001), what: "post", refusal: { code: "too_large", limit: 20_000 }, text: "This one was too long for the server." }] }));
  const messages = new Map([[id(101), long], [id(102), Array.from({ length: 9 }, (_, n) => message(40_000 + n, (n % 3) + 1, 90 - n, `Field note ${n}`))], [id(105), [message(50_000, 2, 8, "Do you have a minute?")]]]);
  return {
    rooms, open_rooms, documents, messages,
    app: {
      phase: ["first_run", "locked", "signed_out"].includes(scenario) ? scenario : "ready",
      me: scenario === "first_run" || scenario === "locked" ? null : people[3],
      spaces: scenario === "first_run" || scenario === "locked" ? [] : [{ id: id(100), name: "Northlight", unread: 9, mentions: 5 }],
      link: offline ? { state: "offline", retry_at_ms: Date.now() + 8_000, attempt: 3 } : { state: "online" },
      pending: offline ? 5 : 0, host: "folk.example:4600", secrets: "file", hosted: { address: "192.168.1.20:4600", open: false, running: true }, quarantined: null, notices: [],
    },
    space: { space: { id: id(100), name: "Northlight", unread: 9, mentions: 5 }, manages: true, guest: false, rooms: welcome ? rooms.filter((r) => r.name === "welcome") : rooms, open_rooms, documents: welcome ? [] : documents, people: welcome ? [people[3]] : people },
  };
}

const docs = new Map();
const doc = (d) => {
  if (!docs.has(d)) docs.set(d, { y: new Y.Doc(), ears: new Set() });
  return docs.get(d);
};
const bytesOf = (u) => Buffer.from(u.replaceAll("-", ""), "hex");
const textOf = (b) => b.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

new WebSocketServer({ port, host: "127.0.0.1" }).on("connection", (socket, request) => {
  const scenario = request.url.slice(1) || "ready";
  const w = world(scenario);
  const watches = new Map();
  let nextWatch = 1;
  let minted = 90_000;
  const mine = new Map();
  const send = (o) => socket.readyState === 1 && socket.send(JSON.stringify(o));
  const WINDOW = 120;

  function roomView(watch) {
    const r = w.rooms.find((x) => x.id === watch.view.room) ?? w.open_rooms.find((x) => x.id === watch.view.room);
    const all = w.messages.get(r.id) ?? [];
    if (watch.to === undefined) {
      const at = watch.view.at ? all.findIndex((m) => m.id === watch.view.at) : -1;
      watch.to = at >= 0 ? Math.min(all.length, at + 60) : all.length;
      watch.from = Math.max(0, watch.to - WINDOW);
      watch.first = r.id === id(101) && scenario !== "empty" ? id(20_005) : null;
    }
    if (watch.pinned !== false && watch.to >= all.length - 1) watch.to = all.length;
    return { room: r, space: id(100), manages: true, members: people, messages: scenario === "empty" ? [] : all.slice(watch.from, watch.to), older: scenario !== "empty" && watch.from > 0, newer: watch.to < all.length, loading: false, first_unread: watch.first, unread_at_opening: 1, head: all.length, typing: r.id === id(101) ? [id(2)] : [], held: true };
  }
  function viewOf(watch) {
    const v = watch.view;
    if (v.view === "app") return w.app;
    if (v.view === "space") return w.space;
    if (v.view === "room") return roomView(watch);
    const d = w.documents.find((x) => x.id === v.document);
    return { document: d, room: w.rooms.find((r) => r.id === d.room), space: id(100), standing: scenario === "offline" ? "saved" : "accepted", can_write: true, held: true, here: people.filter((x) => [id(2), id(4)].includes(x.id)) };
  }
  function refresh() {
    for (const [n, watch] of watches) send({ watch: n, update: patch(watch) });
  }
  function patch(watch) {
    const view = structuredClone(viewOf(watch));
    const before = watch.sent;
    watch.sent = view;
    if (!before) return { is: "snapshot", view };
    const fields = {};
    for (const [name, value] of Object.entries(view)) {
      if (JSON.stringify(value) === JSON.stringify(before[name])) continue;
      if (Array.isArray(value) && value.every((row) => row?.id) && Array.isArray(before[name])) {
        const held = new Map(before[name].map((row) => [row.id, JSON.stringify(row)]));
        fields[name] = { is: "rows", rows: value.filter((row) => held.get(row.id) !== JSON.stringify(row)), order: value.map((row) => row.id) };
      } else fields[name] = { is: "set", value };
    }
    return { is: "patch", fields };
  }
  function dispatch(c) {
    if (process.env.LOUD && c.do !== "present") console.log(JSON.stringify(c));
    const all = w.messages.get(c.room) ?? [];
    const find = () => all.findIndex((m) => m.id === c.message);
    const change = (more) => { const at = find(); all[at] = { ...all[at], ...more }; };
    switch (c.do) {
      case "inspect": return c.link.includes("/join/") ? { is: "inspected", link: { kind: "join", host: "folk.example:4600", space_name: "Northlight", role: "member", known: false } } : c.link.includes("localhost") ? { is: "inspected", link: { kind: "place", space: id(100), room: id(101), message: null, document: id(201) } } : { refused: { why: "bad_link" } };
      case "join": case "host": case "sign_in":
        if (c.password.length < 10) return { refused: { why: "password_too_short", least: 10 } };
        Object.assign(w.app, { phase: "ready", me: people[3], spaces: [{ id: id(100), name: "Northlight", unread: 0, mentions: 0 }] });
        return { is: "opened", stream: id(104) };
      case "unlock": return { refused: { why: "wrong_passphrase" } };
      case "post": {
        const m = message(++minted, 4, 0, c.text, { at_ms: Date.now(), text: c.text, standing: "sending", reply_to: c.reply_to ? { id: c.reply_to, author_name: "?", excerpt: all.find((x) => x.id === c.reply_to)?.text ?? "", deleted: false } : null });
        w.messages.set(c.room, [...all, m]);
        setTimeout(() => { const list = w.messages.get(c.room); list[list.findIndex((x) => x.id === m.id)] = { ...m, standing: "accepted" }; refresh(); }, 80);
        return { is: "minted", id: m.id };
      }
      case "edit": change({ text: c.text, blocks: [para(c.text)], edited: { by_name: "Yoko Ono", at_ms: Date.now(), by_other: false } }); return { is: "ok" };
      case "delete": change({ deleted: true }); return { is: "ok" };
      case "react": {
        const m = all[find()];
        const others = m.reactions.filter((r) => r.emoji !== c.emoji);
        const names = (m.reactions.find((r) => r.emoji === c.emoji)?.names ?? []).filter((n) => n !== "Yoko Ono");
        if (c.on) names.push("Yoko Ono");
        change({ reactions: names.length ? [...others, { emoji: c.emoji, names, mine: c.on }] : others });
        return { is: "ok" };
      }
      case "read_to": Object.assign(w.rooms.find((r) => r.id === c.room) ?? {}, { unread: 0, mentions: 0 }); return { is: "ok" };
      case "mark_unread": Object.assign(w.rooms.find((r) => r.id === c.room), { unread: 3 }); return { is: "ok" };
      case "notify": w.rooms.find((r) => r.id === c.room).notify = c.level; return { is: "ok" };
      case "invite": return { is: "link", link: "folkmoot://folk.example:4600/join/7Q2M-9KXD-ABCD?key=Zm9sa21vb3QtaXMtYS1uaWNlLW5hbWU" };
      case "open_room": w.rooms.push(room(++minted, c.name, c.access, { topic: c.topic })); return { is: "opened", stream: id(minted) };
      case "open_direct": return { is: "opened", stream: id(105) };
      case "join_room": { const r = w.open_rooms.find((x) => x.id === c.room); if (r) { w.open_rooms.splice(w.open_rooms.indexOf(r), 1); w.rooms.push({ ...r, joined: true }); } return { is: "ok" }; }
      case "create_document": w.documents.unshift({ id: id(++minted), room: c.room, kind: c.kind, title: c.title, archived: false, here: [] }); return { is: "opened", stream: id(minted) };
      case "change_document": Object.assign(w.documents.find((d) => d.id === c.document), { title: c.title, archived: c.archived }); return { is: "ok" };
      case "scroll": {
        const watch = watches.get(c.watch);
        const list = w.messages.get(watch.view.room) ?? [];
        if (c.to.to === "older") { watch.from = Math.max(0, watch.from - 60); watch.to = Math.min(watch.to, watch.from + 240); }
        else if (c.to.to === "newer") { watch.to = Math.min(list.length, watch.to + 60); watch.from = Math.max(watch.from, watch.to - 240); }
        else if (c.to.to === "latest") { watch.to = list.length; watch.from = Math.max(0, watch.to - WINDOW); }
        else if (c.to.to === "message") { const at = list.findIndex((m) => m.id === c.to.message); watch.from = Math.max(0, at - 60); watch.to = Math.min(list.length, at + 60); }
        return { is: "ok" };
      }
      case "find": {
        const q = c.query.toLowerCase();
        const items = [
          ...w.rooms.map((r) => ({ kind: "room", id: r.id, name: r.name, context: r.topic, space: id(100) })),
          ...w.documents.map((d) => ({ kind: "document", id: d.id, name: d.title, context: "#sync-engine", space: id(100) })),
          ...people.filter((x) => !x.me).map((x) => ({ kind: "person", id: x.id, name: x.name, context: "", space: id(100) })),
          ...w.open_rooms.map((r) => ({ kind: "open_room", id: r.id, name: r.name, context: r.topic, space: id(100) })),
        ];
        return { is: "found", items: items.filter((x) => x.name.toLowerCase().includes(q)).slice(0, q ? 20 : 6) };
      }
      case "open_to_network": w.app.hosted = { ...w.app.hosted, open: c.open }; return { is: "ok" };
      case "sign_out": return c.discard_unsent || w.app.pending === 0 ? (w.app.phase = "signed_out", { is: "ok" }) : { refused: { why: "unsent", count: w.app.pending } };
      default: return { is: "ok" };
    }
  }
  socket.on("message", (data, binary) => {
    if (binary) {
      const d = doc(textOf(data.subarray(0, 16)));
      if (data[16] === 0) Y.applyUpdate(d.y, data.subarray(17));
      for (const ear of d.ears) if (ear !== socket) ear.send(data);
      return;
    }
    const frame = JSON.parse(data);
    if (frame.dispatch) {
      const done = dispatch(frame.dispatch);
      refresh();
      send(done.refused ? { id: frame.id, refused: done.refused } : { id: frame.id, done });
    } else if (frame.watch) {
      const n = nextWatch++;
      const watch = { view: frame.watch };
      watches.set(n, watch);
      send({ id: frame.id, done: { watch: n } });
      send({ watch: n, update: patch(watch) });
    } else if (frame.unwatch) { watches.delete(frame.unwatch); send({ id: frame.id, done: null }); }
    else if (frame.doc_open) {
      const d = doc(frame.doc_open);
      d.ears.add(socket);
      mine.set(frame.doc_open, d);
      send({ id: frame.id, done: null });
      socket.send(Buffer.concat([bytesOf(frame.doc_open), Buffer.from([0]), Buffer.from(Y.encodeStateAsUpdate(d.y))]));
      socket.send(Buffer.concat([bytesOf(frame.doc_open), Buffer.from([2])]));
    } else if (frame.doc_close) { mine.get(frame.doc_close)?.ears.delete(socket); send({ id: frame.id, done: null }); }
  });
  socket.on("close", () => { for (const d of mine.values()) d.ears.delete(socket); });
});
console.log(`fake engine at ws://127.0.0.1:${port}/`);
