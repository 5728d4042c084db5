// What a room's menu offers.
import Archive from "@lucide/svelte/icons/archive";
import Link from "@lucide/svelte/icons/link";
import LogOut from "@lucide/svelte/icons/log-out";
import Pencil from "@lucide/svelte/icons/pencil";
import type { MenuItem } from "../../design/overlays.svelte";
import { overlays } from "../../design/overlays.svelte";
import type { NotifyLevel } from "../../ipc/types/model";
import { acts } from "../../words/acts";
import { words } from "../../words/chat";
import { attempt } from "../attempt";
import type { Channel } from "./channel.svelte";

export function roomMenu(channel: Channel): MenuItem[][] {
  const { room, manages } = channel.view!;
  const may = channel.session.canAct && room.joined;
  const notify = (level: NotifyLevel, label: string): MenuItem => ({
    label: `${acts.notify}: ${label.toLocaleLowerCase()}`,
    checked: room.notify === level,
    run: () => void attempt({ do: "notify", room: room.id, level }),
  });
  const lasting = room.access !== "direct";
  const guest = channel.session.space?.guest === true;
  return [
    may
      ? [notify("all", acts.notifyAll), notify("mentions", acts.notifyMentions), notify("nothing", words.notifyNothing)]
      : [],
    [
      { label: acts.copyRoomLink, icon: Link, run: () => void channel.copyLink() },
      ...(may && lasting && manages && !room.archived
        ? [
            {
              label: acts.everyoneEdits,
              checked: room.everyone_edits,
              run: () => void attempt({ do: "let_everyone_edit", room: room.id, everyone: !room.everyone_edits }),
            },
          ]
        : []),
      ...(may && lasting && !guest && !room.archived
        ? [
            {
              label: acts.renameRoom,
              icon: Pencil,
              run: () => overlays.showDialog(() => import("./ChangeRoom.svelte"), { room }),
            },
          ]
        : []),
    ],
    may && lasting
      ? [
          ...(manages
            ? [
                {
                  label: room.archived ? words.unarchive : acts.archive,
                  icon: Archive,
                  run: () => void attempt({ do: "archive_room", room: room.id, archived: !room.archived }),
                },
              ]
            : []),
          {
            label: acts.leave,
            icon: LogOut,
            danger: true,
            run: () => void attempt({ do: "leave_room", room: room.id }),
          },
        ]
      : [],
  ];
}
