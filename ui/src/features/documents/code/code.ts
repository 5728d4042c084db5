// CodeMirror over the document's Text: colours from the tokens, carets of others, undo that is per person.
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
  type LanguageSupport,
} from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  type KeyBinding,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import * as Y from "yjs";
import { styleNonce } from "../../../ipc/nonce";
import { colouredAwareness } from "../carets";
import { BODY, type OpenDocument } from "../document.svelte";
import { lineEnds, textOnly, unitsOf, withoutReturns } from "./line_ends";
import { PIECE_UNITS, pieces } from "../paste";

const language = new Compartment();
const editable = new Compartment();

const colours = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword],
    color: "var(--code-keyword)",
    fontWeight: "560",
  },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: "var(--code-type)" },
  { tag: [tags.number, tags.bool, tags.atom, tags.null], color: "var(--code-number)" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.macroName, tags.heading],
    color: "var(--code-fn)",
  },
  { tag: tags.link, textDecoration: "underline" },
  { tag: tags.strong, fontWeight: "680" },
  { tag: tags.emphasis, fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--t-13)", color: "var(--ink)", backgroundColor: "var(--bg-surface)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.6", fontVariantLigatures: "none" },
  ".cm-content": { caretColor: "var(--ink)", paddingBlock: "var(--s-3) 30vh" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--bg-surface)", color: "var(--ink-3)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { paddingInline: "var(--s-5) var(--s-3)", minWidth: "48px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--bg-hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--accent-wash)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--line-strong)",
  },
  ".cm-ySelectionInfo": {
    opacity: "1",
    fontFamily: "var(--font-ui)",
    fontSize: "var(--t-11)",
    fontWeight: "680",
    fontStyle: "normal",
    padding: "0 5px",
    borderRadius: "var(--r-1)",
    color: "var(--on-p)",
    top: "-1.35em",
  },
  ".cm-sign": { color: "var(--ink-3)" },
  ".cm-ySelectionCaretDot": { display: "none" },
});

export function codeEditor(
  parent: HTMLElement,
  open: Pick<OpenDocument, "doc"> & { provider: Pick<OpenDocument["provider"], "awareness"> },
  label: string,
): { view: EditorView; close: () => void } {
  const text = open.doc.getText(BODY);
  const undoManager = new Y.UndoManager(text);
  const asText = textOnly(text);
  const nonce = styleNonce();
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: unitsOf(text),
      extensions: [
        lineEnds,
        nonce === "" ? [] : EditorView.cspNonce.of(nonce),
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(colours),
        EditorState.tabSize.of(4),
        indentUnit.of("    "),
        language.of([]),
        editable.of([]),
        // Tab indents; Esc and then Tab leaves the editor, as CodeMirror has it.
        keymap.of([...yUndoManagerKeymap.map(whereWritten), ...defaultKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        yCollab(text, colouredAwareness(open.provider.awareness), { undoManager }),
        EditorView.domEventHandlers({ paste: (event, view) => pastedByPieces(event, view) }),
        theme,
      ],
    }),
  });
  return {
    view,
    close: () => {
      view.destroy();
      asText();
      undoManager.destroy();
    },
  };
}

/** Undo changes the document: not for whoever only reads it. */
const whereWritten = ({ run, ...key }: KeyBinding): KeyBinding => ({
  ...key,
  run: (view) => view.state.readOnly || (run?.(view) ?? false),
});

/** Each piece is an update of its own. Undo takes them back together: they follow each other at once. */
function pastedByPieces(event: ClipboardEvent, view: EditorView): boolean {
  const text = withoutReturns(event.clipboardData?.getData("text/plain") ?? "");
  if (text.length <= PIECE_UNITS || view.state.readOnly) return false;
  event.preventDefault();
  for (const piece of pieces(text))
    view.dispatch(view.state.replaceSelection(piece), { userEvent: "input.paste", scrollIntoView: true });
  return true;
}

export function setLanguage(view: EditorView, support: LanguageSupport | undefined): void {
  view.dispatch({ effects: language.reconfigure(support ?? []) });
}

export function setEditable(view: EditorView, may: boolean): void {
  view.dispatch({ effects: editable.reconfigure([EditorView.editable.of(may), EditorState.readOnly.of(!may)]) });
}
