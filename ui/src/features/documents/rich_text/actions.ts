// What the text of a document can be made of. The keys are Tiptap's own: rich_text.test.ts compares.
import Bold from "@lucide/svelte/icons/bold";
import Code from "@lucide/svelte/icons/code";
import Heading1 from "@lucide/svelte/icons/heading-1";
import Heading2 from "@lucide/svelte/icons/heading-2";
import Heading3 from "@lucide/svelte/icons/heading-3";
import Italic from "@lucide/svelte/icons/italic";
import Link from "@lucide/svelte/icons/link";
import List from "@lucide/svelte/icons/list";
import ListOrdered from "@lucide/svelte/icons/list-ordered";
import ListTodo from "@lucide/svelte/icons/list-todo";
import Quote from "@lucide/svelte/icons/quote";
import Redo from "@lucide/svelte/icons/redo-2";
import SquareCode from "@lucide/svelte/icons/square-code";
import Strikethrough from "@lucide/svelte/icons/strikethrough";
import Undo from "@lucide/svelte/icons/undo-2";
import type { Editor } from "@tiptap/core";
import { overlays } from "../../../design/overlays.svelte";
import { about, type Action } from "../../../session/actions.svelte";
import type { Group } from "../../../words/actions";
import { words } from "../../../words/documents";

declare module "../../../session/subjects" {
  interface Subjects {
    /** The editor that the caret is in. */
    richText: Editor;
  }
}

type Chain = ReturnType<Editor["chain"]>;
type Icon = NonNullable<Action["icon"]>;

const act = (editor: Editor, what: (chain: Chain) => Chain) => void what(editor.chain().focus()).run();

/** `on`: what it is called by where the caret stands, if that is something that a text can have. */
const format = (
  group: Group,
  id: string,
  name: string,
  keys: string | undefined,
  icon: Icon,
  what: (chain: Chain) => Chain,
  on?: [name: string, attributes?: Record<string, unknown>],
): Omit<Action<"richText">, "at"> => ({
  id: `documents.${id}`,
  group,
  name,
  icon,
  bound: true,
  in: ["toolbar"],
  run: (editor) => act(editor, what),
  ...(keys && { keys: [keys] }),
  ...(on && { as: (editor: Editor) => ({ checked: editor.isActive(...on) }) }),
});

function askLink(editor: Editor, anchor: HTMLElement): void {
  const set = (href: string) =>
    act(editor, (chain) =>
      href === "" ? chain.extendMarkRange("link").unsetLink() : chain.extendMarkRange("link").setLink({ href }),
    );
  overlays.showPopover(anchor, words.linkAddress, () => import("./LinkField.svelte"), {
    href: (editor.getAttributes("link")["href"] as string | undefined) ?? "",
    set,
  });
}

export const formats = about("richText", [
  { id: "documents.toolbar", group: "history", name: words.toToolbar, keys: ["Alt+F10"], bound: true },
  format("history", "undo", words.undo, "Ctrl+Z", Undo, (chain) => chain.undo()),
  format("history", "redo", words.redo, "Ctrl+Shift+Z", Redo, (chain) => chain.redo()),
  ...([1, 2, 3] as const).map((level) =>
    format(
      "headings",
      `heading_${level}`,
      words.heading(level),
      `Ctrl+Alt+${level}`,
      [Heading1, Heading2, Heading3][level - 1]!,
      (chain) => chain.toggleHeading({ level }),
      ["heading", { level }],
    ),
  ),
  format("format", "bold", words.bold, "Ctrl+B", Bold, (chain) => chain.toggleBold(), ["bold"]),
  format("format", "italic", words.italic, "Ctrl+I", Italic, (chain) => chain.toggleItalic(), ["italic"]),
  format("format", "strike", words.strike, "Ctrl+Shift+S", Strikethrough, (chain) => chain.toggleStrike(), ["strike"]),
  format("format", "code", words.inlineCode, "Ctrl+E", Code, (chain) => chain.toggleCode(), ["code"]),
  {
    ...format("format", "link", words.link, undefined, Link, (chain) => chain, ["link"]),
    run: (editor, from) => askLink(editor, from ?? editor.view.dom),
  },
  format("blocks", "bullets", words.bullets, "Ctrl+Shift+8", List, (chain) => chain.toggleBulletList(), ["bulletList"]),
  format("blocks", "numbers", words.numbers, "Ctrl+Shift+7", ListOrdered, (chain) => chain.toggleOrderedList(), [
    "orderedList",
  ]),
  format("blocks", "tasks", words.tasks, "Ctrl+Shift+9", ListTodo, (chain) => chain.toggleTaskList(), ["taskList"]),
  format("blocks", "quote", words.quote, "Ctrl+Shift+B", Quote, (chain) => chain.toggleBlockquote(), ["blockquote"]),
  format("blocks", "code_block", words.codeBlock, "Ctrl+Alt+C", SquareCode, (chain) => chain.toggleCodeBlock(), [
    "codeBlock",
  ]),
]);
