// How the window looks.
import Palette from "@lucide/svelte/icons/palette";
import { overlays } from "../../design/overlays.svelte";
import { about } from "../../session/actions.svelte";
import { acts } from "../../words/acts";

export const all = about("window", [
  {
    id: "settings.appearance",
    group: "app",
    name: acts.appearance,
    icon: Palette,
    in: ["menu"],
    run: () => overlays.showDialog(() => import("./AppearanceChoice.svelte")),
  },
]);
