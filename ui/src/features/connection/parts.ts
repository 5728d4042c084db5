// The server that this computer hosts.
import type { SettingsPart } from "../../session/manifest";
import Network from "./Network.svelte";

export const parts: readonly SettingsPart[] = [
  { section: "device", component: Network, when: ({ app }) => Boolean(app?.hosted) },
];
