// What can be set of the window and the device, and what there is to know of the app.
import type { SettingsPart } from "../../session/manifest";
import About from "./About.svelte";
import Appearance from "./Appearance.svelte";
import Device from "./Device.svelte";

export const parts: readonly SettingsPart[] = [
  { section: "appearance", component: Appearance },
  { section: "device", component: Device },
  { section: "about", component: About },
];
