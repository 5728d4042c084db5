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
import { attempt } from "../../session/attempt";
import type { Room } from "./room.svelte";

export function roomMenu(room: Room): MenuItem[][] {
  const { room: item, manages } = room.view!;
  const may = room.session.canAct && item.joined;
  const notify = (level: NotifyLevel, label: string): MenuItem => ({
    label: `${acts.notify}: ${label.toLocaleLowerCase()}`,
    checked: item.notify === level,
    run: () => void attempt({ do: "notify", room: item.id, level }),
  });
  const lasting = item.access !== "direct";
  const guest = room.session.space?.guest === true;
  return [
    may
      ? [notify("all", acts.notifyAll), notify("mentions", acts.notifyMentions), notify("nothing", words.notifyNothing)]
      : [],
    [
      { label: acts.copyRoomLink, icon: Link, run: () => void room.copyLink() },
      ...(may && lasting && manages && !item.archived
        ? [
            {
              label: acts.everyoneEdits,
              checked: item.everyone_edits,
              run: () => void attempt({ do: "let_everyone_edit", room: item.id, everyone: !item.everyone_edits }),
            },
          ]
        : []),
      ...(may && lasting && !guest && !item.archived
        ? [
            {
              label: acts.renameRoom,
              icon: Pencil,
              run: () => overlays.showDialog(() => import("./ChangeRoom.svelte"), { room: item }),
            },
          ]
        : []),
    ],
    may && lasting
      ? [
          ...(manages
            ? [
                {
                  label: item.archived ? words.unarchive : acts.archive,
                  icon: Archive,
                  run: () => void attempt({ do: "archive_room", room: item.id, archived: !item.archived }),
                },
              ]
            : []),
          {
            label: acts.leave,
            icon: LogOut,
            danger: true,
            run: () => void attempt({ do: "leave_room", room: item.id }),
          },
        ]
      : [],
  ];
}
