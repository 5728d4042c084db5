// Words of the settings. What a feature lets be set has its words with the feature.

/** The sections, in their order. */
export const SECTIONS = {
  appearance: "Appearance",
  notifications: "Notifications",
  account: "Account",
  device: "This device",
  about: "About",
} as const;

export type SectionId = keyof typeof SECTIONS;

export const words = {
  to: (section: string) => `Settings: ${section}`,
  sections: "Sections of the settings",
  close: "Close the settings",
  theme: "Theme",
  themeSystem: "Like the system",
  themeLight: "Light",
  themeDark: "Dark",
  density: "Density",
  densityComfortable: "Comfortable",
  densityCompact: "Compact",
  ofDevice: "Kept on this device, for this device.",
  keys: "How what is kept here is sealed",
  quarantined: "A damaged store was put aside",
  version: "Version",
  licence: "Licence",
  licenceName: "Apache License 2.0",
  website: "Website",
};
