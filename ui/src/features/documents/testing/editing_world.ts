// Two or more who write in one rich text at random, now and then apart, and an oracle that knows who typed what and who
// deleted it. The same seed is the same history.
import { lines, select, Table, block } from "./editors";

export interface World {
  people: number;
  acts: number;
  /** Without these only words are typed and types changed. */
  structure: boolean;
  undo: boolean;
  /** Do words come letter by letter, with what others do in between? */
  letters: boolean;
}

export interface Told {
  typed: number;
  lost: string[];
  twice: string[];
  /** Do all show the same? */
  equal: boolean;
  /** Is there a block that fits no schema? */
  foreign: boolean;
  log: string[];
}

/** A repeatable source of numbers below a bound (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const BEGINNING = ["Alpha beta ", "", "Gamma delta epsilon ", "Zeta "];

/** Plays one history. `passes` lets that many milliseconds pass. */
export function play(seed: number, world: World, passes: (ms: number) => void): Told {
  const below = numbers(seed);
  const table = new Table(
    world.people,
    () => BEGINNING.map((text) => block("paragraph", text === "" ? [] : [text])),
    1 + seed * 100,
  );
  const typed = new Set(BEGINNING.flatMap((text) => text.split(" ").filter(Boolean)));
  const deleted = new Set<string>();
  const log: string[] = [];
  /** What each is still going to type where their caret is. */
  const unwritten: string[][] = Array.from({ length: world.people }, () => []);
  let [count, apart] = [0, -1];

  /** Every place between two words of this person's document. */
  const places = (seat: number): number[] => {
    const all: number[] = [];
    table.seats[seat]!.editor.state.doc.descendants((node, at) => {
      if (!node.isTextblock) return;
      all.push(at + 1);
      for (let n = 0; n < node.textContent.length; n++) if (node.textContent[n] === " ") all.push(at + 2 + n);
    });
    return all;
  };
  const goesSomewhere = (seat: number): number => {
    const all = places(seat);
    const at = all[below(all.length)]!;
    select(table.seats[seat]!.editor, at);
    return at;
  };
  const writes = (seat: number) => {
    goesSomewhere(seat);
    const word = `${"abc"[seat]}${count++}x`;
    typed.add(word);
    unwritten[seat] = [...`${word} `];
    if (!world.letters) goesOn(seat, unwritten[seat].splice(0).join(""));
    return word;
  };
  const goesOn = (seat: number, text: string) => {
    const { view, state } = table.seats[seat]!.editor;
    view.dispatch(state.tr.insertText(text));
  };
  const changes = (seat: number) => {
    goesSomewhere(seat);
    const { commands } = table.seats[seat]!.editor;
    const all = [
      () => commands.toggleHeading({ level: 2 }),
      () => commands.toggleBulletList(),
      () => commands.toggleOrderedList(),
      () => commands.toggleBlockquote(),
      () => commands.toggleCodeBlock(),
      () => commands.toggleTaskList(),
    ];
    const how = below(all.length);
    all[how]!();
    return String(how);
  };
  const deletes = (seat: number) => {
    const from = goesSomewhere(seat);
    const { editor } = table.seats[seat]!;
    const rest = editor.state.selection.$from.parent.textContent.slice(editor.state.selection.$from.parentOffset);
    const word = /^\S+ /.exec(rest)?.[0];
    if (!word) return "";
    deleted.add(word.trim());
    editor.view.dispatch(editor.state.tr.delete(from, from + word.length));
    return word;
  };
  const act = (seat: number): string => {
    const { editor } = table.seats[seat]!;
    const letter = unwritten[seat]!.shift();
    if (letter) return `goes on ${goesOn(seat, letter)}`;
    const kind = below(world.structure ? 14 : 8);
    if (kind < 4) return `writes ${writes(seat)}`;
    if (kind < 7) return `changes ${changes(seat)}`;
    if (kind === 7) {
      if (!world.undo) return `writes ${writes(seat)}`;
      // What somebody takes back need not be there.
      const before = wordsOf(lines(editor));
      const done = below(3) > 0 ? editor.commands.undo() : editor.commands.redo();
      const after = wordsOf(lines(editor));
      for (const word of before) if (!after.has(word) && word.startsWith("abc"[seat]!)) deleted.add(word);
      return `takes back ${done}`;
    }
    if (kind < 10) return `splits ${goesSomewhere(seat)} ${editor.commands.splitBlock()}`;
    if (kind < 12) return `joins ${goesSomewhere(seat)} ${editor.commands.joinBackward()}`;
    return `deletes ${deletes(seat)}`;
  };
  for (let n = 0; n < world.acts; n++) {
    if (below(12) === 0) apart = apart < 0 ? below(world.people) : -1;
    const seat = below(world.people);
    log.push(`${n} ${"abc"[seat]} ${act(seat)}`);
    for (let other = 0; other < world.people; other++)
      while (other !== apart && table.due(other) > 0 && below(2) === 0) table.deliver(other);
    if (below(8) === 0) passes(500);
  }
  unwritten.forEach((letters, seat) => letters.length > 0 && goesOn(seat, letters.join("")));
  const until = () => {
    table.settle();
    passes(25_000);
  };
  for (let n = 0; n < 4; n++) until();
  table.settle();
  const shown = table.seats.map(({ editor }) => lines(editor));
  const text = shown[0]!.join("\n");
  const told: Told = {
    typed: typed.size,
    lost: [...typed].filter((word) => !deleted.has(word) && !text.includes(word)),
    twice: [...typed].filter((word) => text.split(word).length > 2),
    foreign: text.includes("foreign"),
    equal: shown.every((one) => one.join("\n") === text),
    log: [...log, ...shown[0]!],
  };
  table.close();
  return told;
}

const wordsOf = (all: string[]): Set<string> => new Set(all.flatMap((line) => line.replace(/^.*?: /, "").split(" ")));
