// The carets and selections of others, and what they are told of ours: as y-prosemirror says it, so that any Tiptap page
// shows ours and we theirs.
import type { Node } from "@tiptap/pm/model";
import { Plugin, PluginKey, Selection, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { caretElement, caretUser } from "../carets";
import { type Binding, SHOWS } from "./binding";

const CARETS = new PluginKey<DecorationSet>("carets");

/** The field of an awareness state in which Tiptap pages say where they are. */
const FIELD = "cursor";

interface Said {
  anchor: unknown;
  head: unknown;
}

export function othersCarets(binding: Binding, awareness: Awareness): Plugin<DecorationSet> {
  return new Plugin<DecorationSet>({
    key: CARETS,
    state: {
      init: () => DecorationSet.empty,
      apply: (tr, set) =>
        isAnew(tr) ? drawn(binding, awareness, tr.doc) : tr.docChanged ? set.map(tr.mapping, tr.doc) : set,
    },
    props: { decorations: (state): DecorationSet | undefined => CARETS.getState(state) },
    view: (view) => told(view, binding, awareness),
  });
}

const isAnew = (tr: Transaction): boolean => tr.getMeta(SHOWS) === true || tr.getMeta(CARETS) === true;

function told(view: EditorView, binding: Binding, awareness: Awareness) {
  const say = () => {
    const said = awareness.getLocalState()?.[FIELD] as Said | null | undefined;
    const now = binding.selection && {
      anchor: Y.relativePositionToJSON(binding.selection.anchor) as unknown,
      head: Y.relativePositionToJSON(binding.selection.head) as unknown,
    };
    if (!view.hasFocus() || !binding.readable || !now) {
      if (said) awareness.setLocalStateField(FIELD, null);
      return;
    }
    if (JSON.stringify(said) !== JSON.stringify(now)) awareness.setLocalStateField(FIELD, now);
  };
  const moved = (_change: unknown, origin: unknown) => {
    // Our own state changes within a view's update, and draws nothing here.
    if (origin !== "local" && !view.isDestroyed) view.dispatch(view.state.tr.setMeta(CARETS, true));
  };
  awareness.on("change", moved);
  view.dom.addEventListener("focusin", say);
  view.dom.addEventListener("focusout", say);
  return {
    update: say,
    destroy: () => {
      awareness.off("change", moved);
      view.dom.removeEventListener("focusin", say);
      view.dom.removeEventListener("focusout", say);
    },
  };
}

function drawn({ places, readable }: Binding, awareness: Awareness, document: Node): DecorationSet {
  const all: Decoration[] = [];
  for (const [client, state] of awareness.getStates()) {
    const said = client === awareness.clientID || !readable ? undefined : (state[FIELD] as Said | null | undefined);
    const [anchor, head] = [position(places, said?.anchor), position(places, said?.head)];
    if (anchor === undefined || head === undefined || Math.max(anchor, head) > document.content.size) continue;
    const user: unknown = state["user"];
    // Who selects all has a caret between blocks, which is drawn in the next one.
    const $head = document.resolve(head);
    const place = $head.parent.inlineContent ? head : Selection.near($head, -1).head;
    all.push(
      Decoration.widget(place, () => caretElement(user), { key: `${client} ${JSON.stringify(user)}`, side: 10 }),
    );
    const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
    if (from < to)
      all.push(
        Decoration.inline(
          from,
          to,
          { class: "caret-selection", style: `background-color: ${caretUser(user).wash}` },
          { inclusiveEnd: true },
        ),
      );
  }
  return DecorationSet.create(document, all);
}

/** What others say may be anything. */
function position(places: Binding["places"] | undefined, said: unknown): number | undefined {
  if (!places || typeof said !== "object" || said === null) return undefined;
  try {
    return places.position(Y.createRelativePositionFromJSON(said));
  } catch {
    return undefined;
  }
}
