// The account that one is signed in to.
import type { SettingsPart } from "../../session/manifest";
import SignedIn from "./SignedIn.svelte";

export const parts: readonly SettingsPart[] = [{ section: "account", component: SignedIn }];
