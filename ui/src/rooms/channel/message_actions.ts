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
import { attempt } from "../attempt";
import type { Channel } from "./channel.svelte";

export interface Action extends MenuItem {
  /** The key that does it while the message has the focus. */
  key: string;
  icon: NonNullable<MenuItem["icon"]>;
  /** Is it in the toolbar, not in the menu alone? */
  near: boolean;
}

/** `anchor` is the message's element: where the emoji appear and the focus returns to. */
export function actionsFor(channel: Channel, message: MessageItem, anchor: HTMLElement): Action[] {
  const post = message.refused.find((refused) => refused.what === "post");
  if (post) return hinted(refusedActions(channel, message, post));
  const may = channel.writable;
  const actions: (Action | false)[] = [
    may &&
      !message.deleted && {
        key: "+",
        near: true,
        label: acts.react,
        icon: Smile,
        run: () => pickReaction(channel, message, anchor),
      },
    may &&
      !message.deleted && {
        key: "r",
        near: !message.untouched,
        label: acts.reply,
        icon: Reply,
        run: () => setTimeout(() => channel.reply(message)),
      },
    may &&
      message.can_edit &&
      !message.deleted && {
        key: "e",
        near: true,
        label: acts.edit,
        icon: Pencil,
        run: () => setTimeout(() => channel.edit(message)),
      },
    may &&
      message.seq !== null && {
        key: "u",
        near: false,
        label: acts.markUnread,
        icon: MailOpen,
        run: () => channel.markUnread(message),
      },
    message.seq !== null && {
      key: "l",
      near: false,
      label: acts.copyLink,
      icon: Copy,
      run: () => void channel.copyLink(message),
    },
    message.untouched &&
      !message.deleted && {
        key: "Delete",
        near: true,
        label: acts.takeBack,
        icon: TakeBack,
        run: () => void channel.takeBack(message),
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
        run: () => confirmDelete(channel, message),
      },
  ];
  return hinted(actions.filter((action) => action !== false));
}

/** What can be done with a message that the server did not take. */
const refusedActions = (channel: Channel, message: MessageItem, post: RefusedItem): Action[] => [
  { key: "r", near: true, label: acts.retry, icon: Retry, run: () => void attempt({ do: "retry", event: post.event }) },
  ...(channel.writable
    ? [{ key: "e", near: true, label: acts.edit, icon: Pencil, run: () => void channel.takeUp(message, post) }]
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

export function showActions(
  channel: Channel,
  message: MessageItem,
  anchor: HTMLElement,
  button: HTMLElement = anchor,
): void {
  const actions = actionsFor(channel, message, anchor);
  overlays.showMenu(button, acts.actions, [
    actions.filter((action) => !action.danger),
    actions.filter((action) => action.danger),
  ]);
}

/** A key came on a focused message. */
export function actOn(key: string, channel: Channel, message: MessageItem, anchor: HTMLElement): void {
  if (key === "Enter" || key === "ContextMenu" || key === "F10") showActions(channel, message, anchor);
  else
    actionsFor(channel, message, anchor)
      .find((action) => action.key === key)
      ?.run();
}

function pickReaction(channel: Channel, message: MessageItem, anchor: HTMLElement): void {
  const pick = (emoji: string) => channel.react(message, emoji);
  setTimeout(() => overlays.showPopover(anchor, acts.react, () => import("./EmojiPicker.svelte"), { pick }, "end"));
}

function confirmDelete(channel: Channel, message: MessageItem): void {
  overlays.showDialog(() => import("./ConfirmDelete.svelte"), { message, channel });
}
