// Texts as other Yjs clients write them, each of their UTF-16 units at the same position in CodeMirror: it would join `\r\n`,
// and then everything behind it would be written in the wrong place. Lines end with `\n` alone; a `\r` before it belongs to
// the line's end, where no caret comes between them, and any other is shown as a sign. So is what is no text.
import {
  EditorSelection,
  EditorState,
  type Extension,
  RangeSet,
  type RangeValue,
  type Text,
  type Transaction,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import type * as Y from "yjs";

/** Stands for an embed, which code has no way to show. */
const EMBED = "\u{fffc}";

/** The text with a unit for each of its positions in Yjs. */
export function unitsOf(text: Y.Text): string {
  return (text.toDelta() as { insert: unknown }[])
    .map(({ insert }) => (typeof insert === "string" ? insert : EMBED))
    .join("");
}

/** What comes is text for all who look at it after this: call it before an editor is bound. Gives what ends it. */
export function textOnly(text: Y.Text): () => void {
  const replace = (event: Y.YTextEvent) => {
    for (const change of event.delta)
      if (change.insert !== undefined && typeof change.insert !== "string") change.insert = EMBED;
  };
  text.observe(replace);
  return () => text.unobserve(replace);
}

/** What is pasted or dropped has line ends of its own. */
export const withoutReturns = (text: string): string => text.replace(/\r\n?/g, "\n");

export const lineEnds: Extension = [
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of(withoutReturns),
  EditorState.transactionFilter.of((tr) => (tr.selection || tr.docChanged ? [tr, ...beforeReturns(tr)] : tr)),
  shown(),
];

const RETURN = 13;

const codeAt = (doc: Text, at: number): number =>
  at < 0 || at >= doc.length ? 0 : doc.sliceString(at, at + 1).charCodeAt(0);

/** A selection that would end between `\r` and `\n` ends before both. */
function beforeReturns({ newDoc, newSelection }: Transaction): { selection: typeof newSelection; sequential: true }[] {
  const isBetween = (at: number) => codeAt(newDoc, at - 1) === RETURN && newDoc.lineAt(at).to === at;
  if (!newSelection.ranges.some(({ anchor, head }) => isBetween(anchor) || isBetween(head))) return [];
  const before = (at: number) => (isBetween(at) ? at - 1 : at);
  const ranges = newSelection.ranges.map(({ anchor, head }) => EditorSelection.range(before(anchor), before(head)));
  return [{ selection: EditorSelection.create(ranges, newSelection.mainIndex), sequential: true }];
}

class Sign extends WidgetType {
  constructor(readonly sign: string) {
    super();
  }

  override eq({ sign }: Sign): boolean {
    return sign === this.sign;
  }

  toDOM(): HTMLElement {
    const element = document.createElement("span");
    element.className = "cm-sign";
    element.textContent = this.sign;
    return element;
  }
}

/** Draws what is no letter, and lets the caret jump over a line's end as over one. */
function shown(): Extension {
  const signs = new MatchDecorator({
    regexp: /[\r\ufffc]/g,
    decoration: ([match], view, at) => {
      if (match !== "\r") return Decoration.replace({ widget: new Sign("□") });
      return Decoration.replace(
        view.state.doc.lineAt(at).to === at + 1 && at + 1 < view.state.doc.length ? {} : { widget: new Sign("↵") },
      );
    },
  });
  return ViewPlugin.fromClass(
    class {
      signs: DecorationSet;
      ends: RangeSet<RangeValue>;
      constructor(view: EditorView) {
        this.signs = signs.createDeco(view);
        this.ends = endsOf(this.signs, view.state.doc);
      }
      update(update: ViewUpdate) {
        // A line's last `\r` is looked at again when the line changes, and only there can it become another's.
        this.signs = signs.updateDeco(update, this.signs);
        this.ends = endsOf(this.signs, update.state.doc);
      }
    },
    {
      decorations: (plugin) => plugin.signs,
      provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.ends ?? RangeSet.empty),
    },
  );
}

/** From each `\r` at a line's end to the next line. */
function endsOf(signs: DecorationSet, doc: Text): RangeSet<RangeValue> {
  const ends = [];
  for (let cursor = signs.iter(); cursor.value; cursor.next())
    if (codeAt(doc, cursor.from) === RETURN && codeAt(doc, cursor.from + 1) === 10)
      ends.push(Decoration.mark({}).range(cursor.from, cursor.from + 2));
  return RangeSet.of<RangeValue>(ends);
}
