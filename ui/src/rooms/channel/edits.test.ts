// An edit is kept until it is saved or left, and its message's deletion is said at once.
import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { MessageItem } from "../../ipc/types/view";
import type { Channel } from "./channel.svelte";
import EditMessage from "./EditMessage.svelte";
import { beginEdit, editOf, endEdit } from "./edits.svelte";

afterEach(cleanup);
const message = { id: "m", text: "before", deleted: false } as MessageItem;
const added = vi.fn();
const channel = { room: "r", view: undefined, draft: { add: added } } as unknown as Channel;

test("what is begun goes on, wherever its box was meanwhile", async () => {
  beginEdit("m", "before");
  const shown = render(EditMessage, { message, channel, edit: editOf("m")! });
  await fireEvent.input(screen.getByRole("textbox"), { target: { value: "half a" } });
  shown.unmount();
  beginEdit("other", "x");
  beginEdit("m", "before");
  render(EditMessage, { message, channel, edit: editOf("m")! });
  expect(screen.getByRole("textbox")).toHaveValue("half a");
  expect(screen.getByRole("textbox")).toHaveFocus();
  endEdit("m");
  expect([editOf("m"), editOf("other")?.text]).toEqual([undefined, "x"]);
});

test("a deletion is said at once, and what was written goes to the composer", async () => {
  beginEdit("m", "  half a");
  const { rerender } = render(EditMessage, { message, channel, edit: editOf("m")! });
  expect(screen.getByRole("status")).not.toHaveTextContent("deleted");
  await rerender({ message: { ...message, text: "", deleted: true } });
  expect(screen.getByRole("status")).toHaveTextContent("This message was deleted meanwhile.");
  expect(screen.getByRole("textbox")).toHaveValue("  half a");
  await fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
  expect(added).toHaveBeenCalledWith("  half a");
  expect(editOf("m")).toBeUndefined();
});
