// What can be done with a message: one list for the toolbar on hover, the menu and the keys.
import Copy from "@lucide/svelte/icons/link";
import MailOpen from "@lucide/svelte/icons/mail-open";
import Pencil from "@lucide/svelte/icons/pencil";
import Reply from "@lucide/svelte/icons/reply";
import Smile from "@lucide/svelte/icons/smile-plus";
import Retry from "@lucide/svelte/icons/rotate-cw";
import Trash from "@lucide/svelte/icons/trash-2";
import TakeBack from "@lucide/svelte/icons/message-square-x";
import { overlays, type MenuItem } from "../../design/overlays.svelte";
import type { MessageItem, RefusedItem } from "../../ipc/types/view";
import { acts } from "../../words/acts";
import { attempt } from "../../session/attempt";
import type { Room } from "../rooms";

export interface Action extends MenuItem {
  /** The key that does it while the message has the focus. */
  key: string;
  icon: NonNullable<MenuItem["icon"]>;
  /** Is it in the toolbar, not in the menu alone? */
  near: boolean;
}

/** `anchor` is the message's element: where the emoji appear and the focus returns to. */
export function actionsFor(room: Room, message: MessageItem, anchor: HTMLElement): Action[] {
  const post = message.refused.find((refused) => refused.what === "post");
  if (post) return hinted(refusedActions(room, message, post));
  const may = room.writable;
  const actions: (Action | false)[] = [
    may &&
      !message.deleted && {
        key: "+",
        near: true,
        label: acts.react,
        icon: Smile,
        run: () => pickReaction(room, message, anchor),
      },
    may &&
      !message.deleted && {
        key: "r",
        near: !message.untouched,
        label: acts.reply,
        icon: Reply,
        run: () => setTimeout(() => room.reply(message)),
      },
    may &&
      message.can_edit &&
      !message.deleted && {
        key: "e",
        near: true,
        label: acts.edit,
        icon: Pencil,
        run: () => setTimeout(() => room.edit(message)),
      },
    may &&
      message.seq !== null && {
        key: "u",
        near: false,
        label: acts.markUnread,
        icon: MailOpen,
        run: () => room.markUnread(message),
      },
    message.seq !== null && {
      key: "l",
      near: false,
      label: acts.copyLink,
      icon: Copy,
      run: () => void room.copyLink(message),
    },
    message.untouched &&
      !message.deleted && {
        key: "Delete",
        near: true,
        label: acts.takeBack,
        icon: TakeBack,
        run: () => void room.takeBack(message),
      },
    may &&
      message.can_delete &&
      !message.deleted &&
      !message.untouched && {
        key: "Delete",
        near: false,
        label: acts.remove,
        icon: Trash,
        danger: true,
        run: () => confirmDelete(room, message),
      },
  ];
  return hinted(actions.filter((action) => action !== false));
}

/** What can be done with a message that the server did not take. */
const refusedActions = (room: Room, message: MessageItem, post: RefusedItem): Action[] => [
  { key: "r", near: true, label: acts.retry, icon: Retry, run: () => void attempt({ do: "retry", event: post.event }) },
  ...(room.writable
    ? [{ key: "e", near: true, label: acts.edit, icon: Pencil, run: () => void room.takeUp(message, post) }]
    : []),
  {
    key: "Delete",
    near: true,
    label: acts.discard,
    icon: Trash,
    danger: true,
    run: () => void attempt({ do: "discard", event: post.event }),
  },
];

const hinted = (actions: Action[]): Action[] =>
  actions.map((action) => ({ ...action, hint: action.key === "Delete" ? "Del" : action.key.toUpperCase() }));

export function showActions(room: Room, message: MessageItem, anchor: HTMLElement, button: HTMLElement = anchor): void {
  const actions = actionsFor(room, message, anchor);
  overlays.showMenu(button, acts.actions, [
    actions.filter((action) => !action.danger),
    actions.filter((action) => action.danger),
  ]);
}

/** A key came on a focused message. */
export function actOn(key: string, room: Room, message: MessageItem, anchor: HTMLElement): void {
  if (key === "Enter" || key === "ContextMenu" || key === "F10") showActions(room, message, anchor);
  else
    actionsFor(room, message, anchor)
      .find((action) => action.key === key)
      ?.run();
}

function pickReaction(room: Room, message: MessageItem, anchor: HTMLElement): void {
  const pick = (emoji: string) => room.react(message, emoji);
  setTimeout(() =>
    overlays.showPopover(anchor, acts.react, () => import("../reactions/EmojiPicker.svelte"), { pick }, "end"),
  );
}

function confirmDelete(room: Room, message: MessageItem): void {
  overlays.showDialog(() => import("./ConfirmDelete.svelte"), { message, room });
}
