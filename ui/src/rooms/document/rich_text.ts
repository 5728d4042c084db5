// What a rich text may hold, and how it is shared: Tiptap's parts, bound to the document's fragment and awareness.
// Undo is Yjs's, so that each person takes back only what they did.
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { TaskItem, TaskList } from "@tiptap/extension-list";
import { Placeholder } from "@tiptap/extensions";
import StarterKit from "@tiptap/starter-kit";
import { words } from "../../words/documents";
import { caretElement, caretUser } from "./carets";
import { BODY, type OpenDocument } from "./document.svelte";

/** What may be a link: the same as in messages. */
const LINK = /^(https?|mailto|folkmoot):/i;

export function extensions(open: OpenDocument) {
  return [
    StarterKit.configure({
      undoRedo: false,
      underline: false,
      heading: { levels: [1, 2, 3] },
      link: { openOnClick: false, autolink: true, isAllowedUri: (uri) => LINK.test(uri), HTMLAttributes: { rel: "noreferrer", target: null } },
    }),
    TaskList,
    TaskItem.configure({ nested: true }),
    Placeholder.configure({ placeholder: words.placeholder }),
    Collaboration.configure({ fragment: open.doc.getXmlFragment(BODY) }),
    CollaborationCaret.configure({
      provider: { awareness: open.provider.awareness },
      user: open.user,
      render: caretElement,
      selectionRender: (user) => ({ class: "caret-selection", style: `background-color: ${caretUser(user).wash}` }),
    }),
  ];
}
