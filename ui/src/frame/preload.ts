// What a click, a key or the pointer may ask for next, fetched once the window has nothing else to do: the shell stays
// small, and nothing flashes or is waited for. Not the editors and the emoji, which weigh more than all of this together,
// nor what is shown before there are rooms. tests/house.test.ts finds what is missing here.

const LATER: (() => Promise<unknown>)[] = [
  () => import("../design/Tip.svelte"),
  () => import("../design/Facts.svelte"),
  () => import("../rooms/sidebar/FirstSync.svelte"),
  () => import("../rooms/sidebar/LeftOut.svelte"),
  () => import("../rooms/channel/suggest"),
  () => import("../rooms/channel/markup"),
  () => import("../rooms/channel/MessageTools.svelte"),
  () => import("../rooms/channel/message_actions"),
  () => import("../rooms/channel/EditMessage.svelte"),
  () => import("../rooms/channel/EditsElsewhere.svelte"),
  () => import("../rooms/channel/EmptyRoom.svelte"),
  () => import("../rooms/LinkStrip.svelte"),
  () => import("../rooms/channel/NotHeld.svelte"),
  () => import("./NoRoom.svelte"),
  () => import("./presence.svelte"),
  () => import("./Switcher.svelte"),
  () => import("../design/Menu.svelte"),
  () => import("../rooms/links"),
  () => import("../rooms/channel/room_menu"),
  () => import("../rooms/sidebar/space_menu"),
  () => import("../design/Popover.svelte"),
  () => import("../rooms/channel/Members.svelte"),
  () => import("../rooms/channel/EmojiPicker.svelte"),
  () => import("../rooms/sidebar/Connection.svelte"),
  () => import("../rooms/sidebar/NewRoom.svelte"),
  () => import("../rooms/sidebar/BrowseRooms.svelte"),
  () => import("../rooms/sidebar/NewDirect.svelte"),
  () => import("../rooms/sidebar/NewDocument.svelte"),
  () => import("../rooms/channel/ConfirmDelete.svelte"),
  () => import("../rooms/channel/Refusals.svelte"),
  () => import("../rooms/sidebar/NotSent.svelte"),
  () => import("../rooms/in_words"),
  () => import("../rooms/channel/ChangeRoom.svelte"),
  () => import("../rooms/channel/AddPeople.svelte"),
  () => import("../rooms/sidebar/Invite.svelte"),
  () => import("../rooms/sidebar/SpacePeople.svelte"),
  () => import("../rooms/sidebar/ChooseStatus.svelte"),
  () => import("../rooms/sidebar/Profile.svelte"),
  () => import("../rooms/sidebar/Network.svelte"),
  () => import("../rooms/sidebar/AppearanceChoice.svelte"),
  () => import("../rooms/sidebar/SignOut.svelte"),
  () => import("./Shortcuts.svelte"),
  () => import("./SignedOut.svelte"),
  () => import("./LinkScreen.svelte"),
  () => import("../rooms/start/SignInDialog.svelte"),
  () => import("../rooms/start/LinkDialog.svelte"),
  () => import("../rooms/Failed.svelte"),
  () => import("../rooms/Absent.svelte"),
  () => import("./Panel.svelte"),
];

/** WebKitGTK does not tell when it is idle: a pause for each will do. */
const idle = (): Promise<unknown> =>
  new Promise((go) =>
    "requestIdleCallback" in globalThis ? globalThis.requestIdleCallback(go, { timeout: 1_000 }) : setTimeout(go, 50),
  );

/** One after the other, so that a click in between waits for one at most. */
export async function preload(): Promise<void> {
  for (const load of LATER) {
    await idle();
    // What cannot be fetched now is fetched when it is asked for, and fails there.
    await load().catch(() => undefined);
  }
}
