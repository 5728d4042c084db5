// What one says of oneself.
import Moon from "@lucide/svelte/icons/moon";
import UserPen from "@lucide/svelte/icons/user-pen";
import { overlays } from "../../design/overlays.svelte";
import { about } from "../../session/actions.svelte";
import { words } from "../../words/account";
import { chooseStatusWords } from "../../words/people";
import type { Session } from "../../session/session.svelte";

const acting = (session: Session) => session.canAct && session.spaceId !== undefined;

export const all = about("window", [
  {
    id: "people.status",
    group: "account",
    name: chooseStatusWords.open,
    icon: Moon,
    in: ["account"],
    offered: acting,
    run: (session) => overlays.showDialog(() => import("./ChooseStatus.svelte"), { session }),
  },
  {
    id: "people.profile",
    group: "account",
    name: words.profile,
    icon: UserPen,
    offered: acting,
    run: ({ places }) => places.goOver({ at: "settings", section: "account" }),
  },
]);
