// Words of one's account in the settings.
export const words = {
  profile: "Name and colour",
  profileNote: "As others in this space see you.",
  name: "Name",
  colour: "Colour",
  colourNumber: (index: number) => `Colour ${index}`,
  save: "Save",
  saved: "Saved on this device.",
  savedOffline: "Saved on this device. Others see it when you are back online.",
  offline: "You are offline: others see a change when you are back.",
  signedOut: "Sign in to change this.",
  status: "Status",
  noStatus: "You have set none.",
  signedIn: "Signed in",
  on: "Server",
  signOut: "Sign out…",
  signOutNote: "What is on this device stays readable. You can sign in again at any time.",
  signOutOffline:
    "The server cannot be told while you are offline: it takes this device for signed in until its session ends.",
  signOutAction: "Sign out",
  signOutUnsent: (changes: string, one: boolean) =>
    `${changes} ${one ? "is" : "are"} saved here and not sent yet. Signing out gives them up.`,
  signOutDiscard: "Sign out and give them up",
};
