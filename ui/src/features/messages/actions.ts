// What can be done with a message, with one that was not sent, in the list of them, and in the text of one.
import AtSign from "@lucide/svelte/icons/at-sign";
import Bold from "@lucide/svelte/icons/bold";
import Code from "@lucide/svelte/icons/code";
import Copy from "@lucide/svelte/icons/link";
import Italic from "@lucide/svelte/icons/italic";
import MailOpen from "@lucide/svelte/icons/mail-open";
import Pencil from "@lucide/svelte/icons/pencil";
import Reply from "@lucide/svelte/icons/reply";
import Retry from "@lucide/svelte/icons/rotate-cw";
import SmileMessage from "@lucide/svelte/icons/smile-plus";
import Smile from "@lucide/svelte/icons/smile";
import Strikethrough from "@lucide/svelte/icons/strikethrough";
import TakeBack from "@lucide/svelte/icons/message-square-x";
import Trash from "@lucide/svelte/icons/trash-2";
import { overlays } from "../../design/overlays.svelte";
import { about, type Action } from "../../session/actions.svelte";
import { menuOf } from "../../session/action_menu";
import { attempt } from "../../session/attempt";
import { messageWords } from "../../words/messages";
import { words } from "../../words/chat";
import type { Writing } from "./compose/writing.svelte";
import { copyLink, reply, takeBack, takeUp } from "./doings";
import { subjectOfMessage, type ListAt, type MessageAt } from "./subject";

export function showActions(at: MessageAt, button: HTMLElement = at.anchor): void {
  const { message, refused } = subjectOfMessage(at);
  overlays.showMenu(button, messageWords.actions, message ? menuOf("message", message) : menuOf("refused", refused!));
}

const stays = ({ message }: MessageAt) => !message.deleted;
const writable = (at: MessageAt) => at.talk.writable && stays(at);
const MENU_KEYS = ["Enter", "ContextMenu", "Shift+F10"];

function pickReaction({ talk, message, anchor }: MessageAt): void {
  const pick = (emoji: string) => talk.react(message, emoji);
  setTimeout(() =>
    overlays.showPopover(anchor, messageWords.react, () => import("../reactions/EmojiPicker.svelte"), { pick }, "end"),
  );
}

const message = about("message", [
  {
    id: "messages.react",
    group: "answer",
    name: messageWords.react,
    icon: SmileMessage,
    keys: ["+"],
    in: ["menu", "toolbar"],
    offered: writable,
    run: pickReaction,
  },
  {
    id: "messages.reply",
    group: "answer",
    name: messageWords.reply,
    icon: Reply,
    keys: ["r"],
    as: ({ message }) => ({ in: message.untouched ? ["menu"] : ["menu", "toolbar"] }),
    offered: writable,
    run: ({ talk, message }) => setTimeout(() => reply(talk, message)),
  },
  {
    id: "messages.edit",
    group: "message",
    name: messageWords.edit,
    icon: Pencil,
    keys: ["e"],
    in: ["menu", "toolbar"],
    offered: (at) => writable(at) && at.message.can_edit,
    run: ({ talk, message }) => setTimeout(() => talk.edit(message)),
  },
  {
    id: "messages.unread",
    group: "message",
    name: messageWords.markUnread,
    icon: MailOpen,
    keys: ["u"],
    in: ["menu"],
    offered: ({ talk, message }) => talk.writable && talk.markUnread !== undefined && message.seq !== null,
    run: ({ talk, message }) => talk.markUnread?.(message),
  },
  {
    id: "messages.copy_link",
    group: "message",
    name: messageWords.copyLink,
    icon: Copy,
    keys: ["l"],
    in: ["menu"],
    offered: ({ message }) => message.seq !== null,
    run: ({ talk, message }) => void copyLink(talk, message),
  },
  {
    id: "messages.remove",
    group: "messageEnd",
    name: messageWords.removeOrTakeBack,
    keys: ["Delete"],
    as: ({ message }) =>
      message.untouched
        ? { name: messageWords.takeBack, icon: TakeBack, in: ["menu", "toolbar"] }
        : { name: messageWords.remove, icon: Trash, danger: true, in: ["menu"] },
    offered: (at) => stays(at) && (at.message.untouched || (at.talk.writable && at.message.can_delete)),
    run: ({ talk, message }) =>
      message.untouched
        ? void takeBack(talk, message)
        : overlays.showDialog(() => import("./ConfirmDelete.svelte"), { message, talk }),
  },
  {
    id: "messages.actions",
    group: "message",
    name: messageWords.actions,
    keys: MENU_KEYS,
    unlisted: true,
    run: (at) => showActions(at),
  },
]);

const refused = about("refused", [
  {
    id: "messages.retry",
    group: "refused",
    name: messageWords.retry,
    icon: Retry,
    keys: ["r"],
    in: ["menu", "toolbar"],
    run: ({ post }) => void attempt({ do: "retry", event: post.event }),
  },
  {
    id: "messages.take_up",
    group: "refused",
    name: messageWords.edit,
    icon: Pencil,
    keys: ["e"],
    in: ["menu", "toolbar"],
    offered: ({ talk }) => talk.writable,
    run: ({ talk, message, post }) => void takeUp(talk, message, post),
  },
  {
    id: "messages.discard",
    group: "refused",
    name: messageWords.discard,
    icon: Trash,
    danger: true,
    keys: ["Delete"],
    in: ["menu", "toolbar"],
    run: ({ post }) => void attempt({ do: "discard", event: post.event }),
  },
  {
    id: "messages.refused_actions",
    group: "refused",
    name: messageWords.actions,
    keys: MENU_KEYS,
    unlisted: true,
    run: (at) => showActions(at),
  },
]);

const list = about(
  "list",
  (
    [
      ["above", messageWords.messageAbove, "ArrowUp", (at) => at.step(-1)],
      ["below", messageWords.messageBelow, "ArrowDown", (at) => at.step(1)],
      ["first", messageWords.messageFirst, "Home", (at) => at.end("first")],
      ["last", messageWords.messageLast, "End", (at) => at.end("last")],
    ] as [string, string, string, (at: ListAt) => void][]
  ).map(([id, name, key, run]) => ({
    id: `messages.${id}`,
    group: "list",
    name,
    keys: [key],
    unlisted: true,
    run,
  })),
);

const text = about("text", [
  {
    id: "messages.send",
    group: "send",
    name: words.send,
    keys: ["Enter"],
    bound: true,
  },
  {
    id: "messages.new_line",
    group: "send",
    name: messageWords.newLine,
    keys: ["Shift+Enter"],
    bound: true,
  },
  {
    id: "messages.edit_last",
    group: "send",
    name: messageWords.editLast,
    keys: ["ArrowUp"],
    bound: true,
  },
  ...(
    [
      ["bold", Bold, "Ctrl+B"],
      ["italic", Italic, "Ctrl+I"],
      ["code", Code, "Ctrl+E"],
      ["strike", Strikethrough, "Ctrl+Shift+X"],
    ] as const
  ).map(([mark, icon, key]) => ({
    id: `messages.${mark}`,
    group: "marks" as const,
    name: messageWords[mark],
    icon,
    keys: [key],
    in: mark === "strike" ? [] : (["toolbar"] as const),
    run: (writing: Writing) => void writing.mark(mark),
  })),
  {
    id: "messages.mention",
    group: "insert",
    name: messageWords.mention,
    icon: AtSign,
    keys: ["@"],
    bound: true,
    in: ["toolbar"],
    run: (writing) => writing.sign("@"),
  },
  {
    id: "messages.emoji",
    group: "insert",
    name: messageWords.emoji,
    icon: Smile,
    keys: [":"],
    bound: true,
    in: ["toolbar"],
    run: (writing, from) => {
      const pick = (emoji: string) => setTimeout(() => writing.insert(emoji));
      const anchor = from ?? writing.area;
      if (anchor)
        overlays.showPopover(anchor, messageWords.emoji, () => import("../reactions/EmojiPicker.svelte"), { pick });
    },
  },
]);

export const all: Action[] = [...message, ...refused, ...list, ...text];
