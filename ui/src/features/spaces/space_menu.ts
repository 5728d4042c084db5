// What the space's menu offers: one's spaces and what waits in each, inviting, one's own name and colour, the network, appearance, signing out.
import Keyboard from "@lucide/svelte/icons/keyboard";
import Link from "@lucide/svelte/icons/link";
import LogOut from "@lucide/svelte/icons/log-out";
import Moon from "@lucide/svelte/icons/moon";
import Palette from "@lucide/svelte/icons/palette";
import UserPen from "@lucide/svelte/icons/user-pen";
import UserPlus from "@lucide/svelte/icons/user-plus";
import Users from "@lucide/svelte/icons/users";
import Wifi from "@lucide/svelte/icons/wifi";
import { overlays, type MenuItem } from "../../design/overlays.svelte";
import type { SpaceItem } from "../../ipc/types/view";
import { acts } from "../../words/acts";
import { words as chat } from "../../words/chat";
import { chooseStatusWords, peopleWords } from "../../words/dialogs";
import type { Session } from "../../session/session.svelte";

const waitsIn = ({ mentions, unread }: SpaceItem): string =>
  mentions > 0 ? chat.mentions(mentions) : unread > 0 ? chat.unread(unread) : "";

export function spaceMenu(session: Session): MenuItem[][] {
  const ready = session.canAct;
  const acting = ready && session.spaceId !== undefined;
  const spaces = session.app?.spaces ?? [];
  return [
    spaces.length > 1
      ? spaces.map((space) => ({
          label: space.name,
          hint: waitsIn(space),
          checked: space.id === session.spaceId,
          run: () => session.places.go({ at: "home", space: space.id }, undefined),
        }))
      : [],
    [
      ...(ready && session.space?.guest === false
        ? [
            {
              label: acts.invite,
              icon: UserPlus,
              run: () => overlays.showDialog(() => import("./Invite.svelte"), { session }),
            },
          ]
        : []),
      ...(session.space
        ? [
            {
              label: peopleWords.open,
              icon: Users,
              run: () => overlays.showDialog(() => import("./SpacePeople.svelte"), { session }),
            },
          ]
        : []),
      ...(acting
        ? [
            {
              label: chooseStatusWords.open,
              icon: Moon,
              run: () => overlays.showDialog(() => import("../people/ChooseStatus.svelte"), { session }),
            },
          ]
        : []),
      ...(acting
        ? [
            {
              label: acts.profile,
              icon: UserPen,
              run: () => overlays.showDialog(() => import("../people/Profile.svelte"), { session }),
            },
          ]
        : []),
      ...(ready && session.app?.hosted
        ? [
            {
              label: acts.network,
              icon: Wifi,
              run: () => overlays.showDialog(() => import("../connection/Network.svelte"), { session }),
            },
          ]
        : []),
    ],
    [
      ...(ready
        ? [
            {
              label: acts.joinByLink,
              icon: Link,
              run: () => overlays.showDialog(() => import("../start/LinkDialog.svelte"), { session }),
            },
          ]
        : []),
      {
        label: acts.appearance,
        icon: Palette,
        run: () => overlays.showDialog(() => import("../settings/AppearanceChoice.svelte")),
      },
      {
        label: acts.shortcuts,
        icon: Keyboard,
        hint: "Ctrl /",
        run: () => globalThis.dispatchEvent(new Event("folkmoot-shortcuts")),
      },
    ],
    ready
      ? [
          {
            label: acts.signOut,
            icon: LogOut,
            run: () => overlays.showDialog(() => import("../start/SignOut.svelte"), { session }),
          },
        ]
      : [],
  ];
}
