// What can be set of notifications.
import type { SettingsPart } from "../../session/manifest";
import Pausing from "./Pausing.svelte";
import WhatNotifies from "./WhatNotifies.svelte";

export const parts: readonly SettingsPart[] = [
  { section: "notifications", component: Pausing },
  { section: "notifications", component: WhatNotifies },
];
