// What a click, a key or the pointer may ask for next, fetched once the window has nothing else to do: the shell stays
// small, and nothing flashes or is waited for. Not the editors and the emoji, which weigh more than all of this together,
// nor what is shown before there are rooms. tests/house.test.ts finds what is missing here.

const LATER: (() => Promise<unknown>)[] = [
  () => import("../design/Tip.svelte"),
  () => import("../design/Facts.svelte"),
  () => import("../features/connection/FirstSync.svelte"),
  () => import("../features/connection/LeftOut.svelte"),
  () => import("../features/messages/compose/suggest"),
  () => import("../features/messages/compose/markup"),
  () => import("../features/messages/MessageTools.svelte"),
  () => import("../session/action_menu"),
  () => import("../features/messages/compose/EditMessage.svelte"),
  () => import("../features/messages/compose/EditsElsewhere.svelte"),
  () => import("../features/rooms/EmptyRoom.svelte"),
  () => import("../features/connection/LinkStrip.svelte"),
  () => import("../features/rooms/NotHeld.svelte"),
  () => import("./NoRoom.svelte"),
  () => import("../features/people/presence.svelte"),
  () => import("./switcher/Switcher.svelte"),
  () => import("../design/Menu.svelte"),
  () => import("./links"),
  () => import("../features/spaces/space_menu"),
  () => import("../design/Popover.svelte"),
  () => import("../features/rooms/Members.svelte"),
  () => import("../features/reactions/EmojiPicker.svelte"),
  () => import("../features/connection/Connection.svelte"),
  () => import("../features/rooms/NewRoom.svelte"),
  () => import("../features/rooms/BrowseRooms.svelte"),
  () => import("../features/rooms/NewDirect.svelte"),
  () => import("../features/documents/NewDocument.svelte"),
  () => import("../features/messages/ConfirmDelete.svelte"),
  () => import("../features/messages/Refusals.svelte"),
  () => import("../features/connection/NotSent.svelte"),
  () => import("../session/in_words"),
  () => import("../features/rooms/ChangeRoom.svelte"),
  () => import("../features/rooms/AddPeople.svelte"),
  () => import("../features/spaces/Invite.svelte"),
  () => import("../features/spaces/SpacePeople.svelte"),
  () => import("../features/people/ChooseStatus.svelte"),
  () => import("../features/people/Profile.svelte"),
  () => import("../features/connection/Network.svelte"),
  () => import("../features/settings/AppearanceChoice.svelte"),
  () => import("../features/start/SignOut.svelte"),
  () => import("./Shortcuts.svelte"),
  () => import("./SignedOut.svelte"),
  () => import("./LinkScreen.svelte"),
  () => import("../features/start/SignInDialog.svelte"),
  () => import("../features/start/LinkDialog.svelte"),
  () => import("../session/Failed.svelte"),
  () => import("../session/Absent.svelte"),
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
