// What can be set of oneself.
import type { SettingsPart } from "../../session/manifest";
import Profile from "./Profile.svelte";
import StatusSetting from "./StatusSetting.svelte";

export const parts: readonly SettingsPart[] = [
  { section: "account", component: Profile, when: (session) => session.spaceId !== undefined },
  { section: "account", component: StatusSetting, when: (session) => session.spaceId !== undefined },
];
