// The sections of the settings, with what the features have in each.
import type { SettingsPart } from "../../session/manifest";
import { registered } from "../../session/registered";
import { SECTIONS, type SectionId } from "../../words/settings";

export interface SettingsSection {
  id: SectionId;
  parts: SettingsPart[];
}

/** In their order; none that is empty. */
export async function gathered(): Promise<SettingsSection[]> {
  const lists = await Promise.all(registered.features.map(async ({ settings }) => (await settings?.())?.parts ?? []));
  const parts = lists.flat();
  return (Object.keys(SECTIONS) as SectionId[])
    .map((id) => ({ id, parts: parts.filter(({ section }) => section === id) }))
    .filter(({ parts }) => parts.length > 0);
}
