// The settings: which sections there are, pausing notifications, and what is said to who is offline or signed out.
import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test } from "vitest";
import { carryBy, type Transport } from "../../ipc/transport";
import type { Command } from "../../ipc/types/command";
import type { AppView, PersonItem, RoomItem, SpaceView } from "../../ipc/types/view";
import type { SettingsPart } from "../../session/manifest";
import { registered } from "../../session/registered";
import type { Session } from "../../session/session.svelte";
import { gathered } from "./gathered";
import Wrapped from "./Wrapped.test.svelte";

/** Loaded at once: that takes its time, which is no test's. */
const [start, own, people, notifications, connection] = await Promise.all([
  import("../start/parts"),
  import("./parts"),
  import("../people/parts"),
  import("../notifications/parts"),
  import("../connection/parts"),
]);
type Feature = { parts: readonly SettingsPart[] };

const settings = async (...all: Feature[]) => {
  registered.features = all.map((parts) => ({ settings: () => Promise.resolve(parts) }));
  return (await gathered()).map(({ id, parts }) => `${id} ${parts.length}`);
};

test("sections stand in their order with the parts of all features, and none that is empty", async () => {
  expect(await settings(start, own, people, notifications)).toEqual([
    "appearance 1",
    "notifications 2",
    "account 3",
    "device 1",
    "about 1",
  ]);
  expect(await settings(connection)).toEqual(["device 1"]);
});

let asked: Command[];
beforeEach(() => {
  asked = [];
  carryBy({
    dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })),
  } as unknown as Transport);
});
afterEach(() => {
  cleanup();
  carryBy(undefined);
});

const me = { id: "p", name: "Ana", colour: 2, status: null, me: true } as unknown as PersonItem;
const room = (name: string, more: Partial<RoomItem>) => ({ id: name, name, access: "public", ...more }) as RoomItem;
const session = (more: Partial<Session> = {}, app: Partial<AppView> = {}) =>
  ({
    app: { paused_until_ms: null, pending: 0, host: "folk.example:4600", secrets: "file", ...app },
    space: {
      rooms: [
        room("quiet", { notify: "nothing" }),
        room("usual", { notify: "mentions" }),
        room("bo", { notify: "all", access: "direct" }),
      ],
    } as unknown as SpaceView,
    spaceId: "s",
    canAct: true,
    online: true,
    me,
    ...more,
  }) as unknown as Session;

const part = (feature: Feature, at: number, of: Session) =>
  render(Wrapped, { session: of, part: feature.parts[at]!.component });

test("notifications are paused for so long, and go on", async () => {
  part(notifications, 0, session());
  await fireEvent.click(screen.getByRole("button", { name: "1 hour" }));
  expect(screen.queryByRole("button", { name: "Resume notifications" })).toBeNull();
  cleanup();
  part(notifications, 0, session({}, { paused_until_ms: Date.now() + 60_000 }));
  expect(screen.getByRole("status")).toHaveTextContent(/^Paused until \d\d:\d\d/);
  await fireEvent.click(screen.getByRole("button", { name: "Resume notifications" }));
  expect(asked).toEqual([
    { do: "pause_notifications", pause: "an_hour" },
    { do: "pause_notifications", pause: "over" },
  ]);
  cleanup();
  part(notifications, 0, session({}, { paused_until_ms: Date.now() - 1 }));
  expect(screen.getByRole("status")).toHaveTextContent("They are shown as they come.");
});

test("rooms with a level of their own are named", () => {
  part(notifications, 1, session());
  expect(screen.getAllByRole("link").map((link) => link.textContent?.trim())).toEqual(["#quiet"]);
});

test("a name is saved if it changed, and who is offline is told when others see it", async () => {
  part(people, 0, session({ online: false }));
  const save = screen.getByRole("button", { name: "Save" });
  expect(save).toBeDisabled();
  expect(screen.getByText(/You are offline/)).toBeInTheDocument();
  await fireEvent.input(screen.getByLabelText("Name"), { target: { value: "Ana Maria" } });
  expect(save).toBeEnabled();
  await fireEvent.click(save);
  expect(asked).toEqual([{ do: "change_profile", space: "s", name: "Ana Maria", colour: 2 }]);
  cleanup();
  part(people, 0, session({ canAct: false }));
  expect(screen.getByText("Sign in to change this.")).toBeInTheDocument();
  expect(screen.queryByRole("textbox")).toBeNull();
});

test("signing out asks once more, and says what is given up and what the server is not told", async () => {
  part(start, 0, session({ online: false }, { pending: 2 }));
  await fireEvent.click(screen.getByRole("button", { name: "Sign out…" }));
  expect(asked).toEqual([]);
  expect(screen.getByText(/^2 changes are saved here/)).toBeInTheDocument();
  expect(screen.getByText(/The server cannot be told/)).toBeInTheDocument();
  await fireEvent.click(screen.getByRole("button", { name: "Sign out and give them up" }));
  expect(asked).toEqual([{ do: "sign_out", discard_unsent: true }]);
});

test("whether other computers may connect is said and changed where this one hosts", async () => {
  const hosted = { address: "127.0.0.1:4600", open: false, running: true };
  part(connection, 0, session({}, { hosted }));
  expect(screen.getByRole("status")).toHaveTextContent("Only this computer can connect.");
  await fireEvent.click(screen.getByRole("button", { name: "Open to the network" }));
  expect(asked).toEqual([{ do: "open_to_network", open: true }]);
});
