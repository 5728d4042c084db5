// Coming in and going out.
import Link from "@lucide/svelte/icons/link";
import LogIn from "@lucide/svelte/icons/log-in";
import LogOut from "@lucide/svelte/icons/log-out";
import { overlays } from "../../design/overlays.svelte";
import { about } from "../../session/actions.svelte";
import { spaceWords } from "../../words/spaces";
import { words as account } from "../../words/account";
import { words } from "../../words/start";

export const all = about("window", [
  {
    id: "start.join",
    group: "space",
    name: spaceWords.joinByLink,
    icon: Link,
    in: ["menu"],
    offered: (session) => session.canAct,
    run: (session) => overlays.showDialog(() => import("./LinkDialog.svelte"), { session }),
  },
  {
    id: "start.sign_in",
    group: "account",
    name: words.signInAction,
    icon: LogIn,
    in: ["account"],
    offered: (session) => session.app?.phase === "signed_out",
    run: (session) => overlays.showDialog(() => import("./SignInDialog.svelte"), { session }),
  },
  {
    id: "start.sign_out",
    group: "accountEnd",
    name: account.signOut,
    icon: LogOut,
    offered: (session) => session.canAct,
    run: ({ places }) => places.goOver({ at: "settings", section: "account" }),
  },
]);
