// An edit is kept until it is saved or left, and its message's deletion is said at once.
import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { MessageItem } from "../../../ipc/types/view";
import type { Room } from "../../rooms";
import EditMessage from "./EditMessage.svelte";
import { carryBy, type Transport } from "../../../ipc/transport";
import type { Command } from "../../../ipc/types/command";
import { beginEdit, editOf, editsIn, endEdit, takeEdits } from "./edits.svelte";

let asked: Command[];
beforeEach(() => {
  asked = [];
  carryBy({
    dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })),
  } as unknown as Transport);
});
afterEach(() => {
  cleanup();
  for (const { message } of editsIn("r")) endEdit(message);
  carryBy(undefined);
});
const message = { id: "m", text: "before", deleted: false } as MessageItem;
const added = vi.fn();
const room = { id: "r", view: undefined, draft: { add: added } } as unknown as Room;

test("what is begun goes on, wherever its box was meanwhile", async () => {
  beginEdit("r", "m", "before");
  const shown = render(EditMessage, { message, room, edit: editOf("m")! });
  await fireEvent.input(screen.getByRole("textbox"), { target: { value: "half a" } });
  shown.unmount();
  beginEdit("r", "other", "x");
  beginEdit("r", "m", "before");
  render(EditMessage, { message, room, edit: editOf("m")! });
  expect(screen.getByRole("textbox")).toHaveValue("half a");
  expect(screen.getByRole("textbox")).toHaveFocus();
  endEdit("m");
  expect([editOf("m"), editOf("other")?.text]).toEqual([undefined, "x"]);
});

test("it is kept as it is written, and no more once it is left", async () => {
  const kept = () =>
    asked.map((command) =>
      command.do === "draft_edit" ? `${command.room} ${command.message} ${command.text}` : command.do,
    );
  beginEdit("r", "m", "before");
  render(EditMessage, { message, room, edit: editOf("m")! });
  globalThis.dispatchEvent(new Event("blur"));
  expect(kept()).toEqual([]);
  await fireEvent.input(screen.getByRole("textbox"), { target: { value: "half a" } });
  globalThis.dispatchEvent(new Event("blur"));
  expect(kept()).toEqual(["r m half a"]);
  await fireEvent.keyDown(screen.getByRole("textbox"), { key: "Escape" });
  expect([editOf("m"), ...kept()]).toEqual([undefined, "r m half a", "r m "]);
  globalThis.dispatchEvent(new Event("blur"));
  expect(asked).toHaveLength(2);
});

test("what was kept before is begun again, takes no focus, and writes over nothing", () => {
  beginEdit("r", "begun", "as it stands");
  takeEdits("r", [
    { message: "m", text: "half a" },
    { message: "begun", text: "older" },
  ]);
  expect([editOf("m")?.text, editOf("begun")?.text, editsIn("r").length, editsIn("other").length]).toEqual([
    "half a",
    "as it stands",
    2,
    0,
  ]);
  render(EditMessage, { message, room, edit: editOf("m")! });
  expect(screen.getByRole("textbox")).toHaveValue("half a");
  expect(screen.getByRole("textbox")).not.toHaveFocus();
  globalThis.dispatchEvent(new Event("blur"));
  expect(asked).toEqual([]);
});

test("a deletion is said at once, and what was written goes to the composer", async () => {
  beginEdit("r", "m", "  half a");
  const { rerender } = render(EditMessage, { message, room, edit: editOf("m")! });
  expect(screen.getByRole("status")).not.toHaveTextContent("deleted");
  await rerender({ message: { ...message, text: "", deleted: true } });
  expect(screen.getByRole("status")).toHaveTextContent("This message was deleted meanwhile.");
  expect(screen.getByRole("textbox")).toHaveValue("  half a");
  await fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
  expect(added).toHaveBeenCalledWith("  half a");
  expect(editOf("m")).toBeUndefined();
});
