// An edit is kept until it is saved or left, and its message's deletion is said at once.
import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { MessageItem } from "../../../ipc/types/view";
import EditMessage from "./EditMessage.svelte";
import { carryBy, type Transport } from "../../../ipc/transport";
import type { Command } from "../../../ipc/types/command";
import type { Talk } from "../talk.svelte";
import { beginEdit, editOf, editsIn, endEdit, leaveEdits, takeEdits } from "./edits.svelte";

let asked: Command[];
beforeEach(() => {
  asked = [];
  carryBy({
    dispatch: (command: Command) => (asked.push(command), Promise.resolve({ is: "ok" })),
  } as unknown as Transport);
});
afterEach(() => {
  cleanup();
  leaveEdits(thread);
  for (const { message } of editsIn(room)) endEdit(message);
  carryBy(undefined);
});
const message = { id: "m", text: "before", deleted: false } as MessageItem;
const added = vi.fn();
const talk = { room: "r", place: "main", thread: null, view: undefined, draft: { add: added } };
const room = talk as unknown as Talk;
const thread = { ...talk, place: "panel", thread: { message: "root" } } as unknown as Talk;

test("what is begun goes on, wherever its box was meanwhile", async () => {
  beginEdit(room, "m", "before");
  const shown = render(EditMessage, { message, talk: room, edit: editOf("m", room)! });
  await fireEvent.input(screen.getByRole("textbox"), { target: { value: "half a" } });
  shown.unmount();
  beginEdit(room, "other", "x");
  beginEdit(room, "m", "before");
  render(EditMessage, { message, talk: room, edit: editOf("m", room)! });
  expect(screen.getByRole("textbox")).toHaveValue("half a");
  expect(screen.getByRole("textbox")).toHaveFocus();
  endEdit("m");
  expect([editOf("m", room), editOf("other", room)?.text]).toEqual([undefined, "x"]);
});

test("it is kept as it is written, and no more once it is left", async () => {
  const kept = () =>
    asked.map((command) =>
      command.do === "draft_edit" ? `${command.room} ${command.message} ${command.text}` : command.do,
    );
  beginEdit(room, "m", "before");
  render(EditMessage, { message, talk: room, edit: editOf("m", room)! });
  globalThis.dispatchEvent(new Event("blur"));
  expect(kept()).toEqual([]);
  await fireEvent.input(screen.getByRole("textbox"), { target: { value: "half a" } });
  globalThis.dispatchEvent(new Event("blur"));
  expect(kept()).toEqual(["r m half a"]);
  await fireEvent.keyDown(screen.getByRole("textbox"), { key: "Escape" });
  expect([editOf("m", room), ...kept()]).toEqual([undefined, "r m half a", "r m "]);
  globalThis.dispatchEvent(new Event("blur"));
  expect(asked).toHaveLength(2);
});

test("what was kept before is begun again, takes no focus, and writes over nothing", () => {
  beginEdit(room, "begun", "as it stands");
  takeEdits("r", [
    { message: "m", text: "half a" },
    { message: "begun", text: "older" },
  ]);
  expect([
    editOf("m", room)?.text,
    editOf("begun", room)?.text,
    editsIn(room).length,
    editsIn({ ...room, room: "other" } as Talk).length,
  ]).toEqual(["half a", "as it stands", 2, 0]);
  render(EditMessage, { message, talk: room, edit: editOf("m", room)! });
  expect(screen.getByRole("textbox")).toHaveValue("half a");
  expect(screen.getByRole("textbox")).not.toHaveFocus();
  globalThis.dispatchEvent(new Event("blur"));
  expect(asked).toEqual([]);
});

test("a deletion is said at once, and what was written goes to the composer", async () => {
  beginEdit(room, "m", "  half a");
  const { rerender } = render(EditMessage, { message, talk: room, edit: editOf("m", room)! });
  expect(screen.getByRole("status")).not.toHaveTextContent("deleted");
  await rerender({ message: { ...message, text: "", deleted: true } });
  expect(screen.getByRole("status")).toHaveTextContent("This message was deleted meanwhile.");
  expect(screen.getByRole("textbox")).toHaveValue("  half a");
  await fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
  expect(added).toHaveBeenCalledWith("  half a");
  expect(editOf("m", room)).toBeUndefined();
});

test("the box of a message that is shown in two places stands where it was begun, and in the other once that has closed", () => {
  beginEdit(thread, "m", "before");
  const boxes = () => [room, thread].map((talk) => [editOf("m", talk)?.text, editsIn(talk).length]);
  expect(boxes()).toEqual([
    [undefined, 0],
    ["before", 1],
  ]);
  leaveEdits(thread);
  expect(boxes()).toEqual([
    ["before", 1],
    ["before", 0],
  ]);
});
