// What can be done about the connection to the server.
import CircleAlert from "@lucide/svelte/icons/circle-alert";
import RotateCw from "@lucide/svelte/icons/rotate-cw";
import Wifi from "@lucide/svelte/icons/wifi";
import { overlays } from "../../design/overlays.svelte";
import { about } from "../../session/actions.svelte";
import { attempt } from "../../session/attempt";
import { notSentWords } from "../../words/connection";
import { stripWords } from "../../words/lacking";
import { words } from "../../words/network";

export const all = about("window", [
  {
    id: "connection.not_sent",
    group: "connection",
    name: notSentWords.title,
    icon: CircleAlert,
    offered: (session) => (session.app?.not_sent.length ?? 0) > 0,
    run: (session) => overlays.showDialog(() => import("./NotSent.svelte"), { session }),
  },
  {
    id: "connection.try_now",
    group: "connection",
    name: stripWords.tryNow,
    icon: RotateCw,
    offered: (session) => session.app?.link.state === "offline",
    run: () => void attempt({ do: "try_now" }),
  },
  {
    id: "connection.network",
    group: "connection",
    name: words.open,
    icon: Wifi,
    offered: (session) => session.canAct && Boolean(session.app?.hosted),
    run: ({ places }) => places.goOver({ at: "settings", section: "device" }),
  },
]);
