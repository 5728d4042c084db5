// What can be done in a space as a whole.
import UserPlus from "@lucide/svelte/icons/user-plus";
import Users from "@lucide/svelte/icons/users";
import { overlays } from "../../design/overlays.svelte";
import { about } from "../../session/actions.svelte";
import { peopleWords, spaceWords } from "../../words/spaces";

export const all = about("window", [
  {
    id: "spaces.invite",
    group: "space",
    name: spaceWords.invite,
    icon: UserPlus,
    in: ["menu"],
    offered: (session) => session.canAct && session.space?.manages === true,
    run: (session) => overlays.showDialog(() => import("./Invite.svelte"), { session }),
  },
  {
    id: "spaces.people",
    group: "space",
    name: peopleWords.open,
    icon: Users,
    in: ["menu"],
    offered: (session) => session.space !== undefined,
    run: (session) => overlays.showDialog(() => import("./SpacePeople.svelte"), { session }),
  },
]);
