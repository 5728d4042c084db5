// What a rich text may hold, and how it is shared: Tiptap's parts, bound to the document's fragment and awareness.
// Undo is Yjs's, so that each person takes back only what they did.
import { Extension, type Extensions } from "@tiptap/core";
import { TaskItem, TaskList } from "@tiptap/extension-list";
import { Placeholder } from "@tiptap/extensions";
import { Plugin } from "@tiptap/pm/state";
import StarterKit from "@tiptap/starter-kit";
import type { Awareness } from "y-protocols/awareness";
import { words } from "../../../words/documents";
import type { Binding } from "../binding/binding";
import { ForeignBlock, ForeignInline, ForeignMark } from "../binding/foreign";
import { othersCarets } from "../binding/others";
import { PastedParser } from "./pasted_html";
import { TaskRule } from "./task_rule";

/** What may be a link: the same as in messages. */
const LINK = /^(https?|mailto|folkmoot):/i;

/** The parts of an editor of this document, in which others show their carets. */
export function extensions(binding: Binding, awareness: Awareness): Extensions {
  return [
    StarterKit.configure({
      undoRedo: false,
      underline: false,
      trailingNode: false,
      heading: { levels: [1, 2, 3] },
      link: {
        openOnClick: false,
        autolink: true,
        isAllowedUri: (uri) => LINK.test(uri),
        HTMLAttributes: { rel: "noreferrer", target: null },
      },
    }),
    TaskList,
    TaskItem.configure({ nested: true }),
    TaskRule,
    ForeignBlock,
    ForeignInline,
    ForeignMark,
    Placeholder.configure({ placeholder: words.placeholder }),
    shared(binding, awareness),
  ];
}

const shared = (binding: Binding, awareness: Awareness) =>
  Extension.create({
    name: "shared",
    priority: 1000,
    addCommands: () => ({
      // They change Yjs, which changes the editor: the command's own transaction would come too late.
      undo:
        () =>
        ({ tr, dispatch }) =>
          done(tr, dispatch, binding.undoManager.undoStack, () => binding.undo()),
      redo:
        () =>
        ({ tr, dispatch }) =>
          done(tr, dispatch, binding.undoManager.redoStack, () => binding.redo()),
    }),
    addKeyboardShortcuts() {
      const { commands } = this.editor;
      return { "Mod-z": () => commands.undo(), "Mod-y": () => commands.redo(), "Shift-Mod-z": () => commands.redo() };
    },
    addProseMirrorPlugins() {
      const pasted = new Plugin({ props: { clipboardParser: new PastedParser(this.editor.schema) } });
      return [binding.plugin(), othersCarets(binding, awareness), pasted];
    },
  });

function done(
  tr: { setMeta(key: string, value: unknown): unknown },
  dispatch: unknown,
  stack: unknown[],
  act: () => boolean,
): boolean {
  tr.setMeta("preventDispatch", true);
  if (stack.length === 0) return false;
  return dispatch ? act() : true;
}
