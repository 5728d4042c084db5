// Writing: the list under `@`, what Enter means with and without it, and markup by keys.
import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepCompositions } from "../../../design/composing";
import type { PersonItem } from "../../../ipc/types/view";
import { actions } from "../../../session/actions.svelte";
import { listen } from "../../../session/keys";
import { all } from "../actions";
import TextBox from "./TextBox.svelte";

const person = (id: string, name: string, me = false) =>
  ({ id, name, colour: 2, role: "member", availability: "online", at: null, me }) as PersonItem;
const people = () => [person("1", "Noor Haddad"), person("2", "Ines Marchetti"), person("3", "Nora Me", true)];

actions.all = all;
let stop: () => void;
beforeEach(() => (stop = listen()));
afterEach(() => {
  stop();
  cleanup();
});

function box(text = "", members = people) {
  const onkeydown = vi.fn();
  render(TextBox, { text, people: members, label: "Message", onkeydown });
  const area = screen.getByRole<HTMLTextAreaElement>("textbox");
  const type = async (value: string) => {
    area.value = value;
    area.setSelectionRange(value.length, value.length);
    await fireEvent.input(area);
  };
  return { area, onkeydown, type };
}

test("@ lists the members that fit, never oneself, and Enter takes the chosen one", async () => {
  const { area, onkeydown, type } = box();
  await type("hi @no");
  const options = await screen.findAllByRole("option");
  expect(options.map((option) => option.textContent?.replace("NH", "").trim())).toEqual(["Noor Haddad"]);
  expect(area).toHaveAttribute("aria-activedescendant", options[0]!.id);
  await fireEvent.keyDown(area, { key: "Enter" });
  expect(area.value).toBe("hi @Noor Haddad ");
  expect(onkeydown).not.toHaveBeenCalled();
});

test("Esc closes the list, and only then are keys the caller's", async () => {
  const { area, onkeydown, type } = box();
  await type("@i");
  await screen.findByRole("listbox");
  await fireEvent.keyDown(area, { key: "Escape" });
  expect(screen.queryByRole("listbox")).toBeNull();
  await fireEvent.keyDown(area, { key: "Enter" });
  expect(onkeydown).toHaveBeenCalledOnce();
});

test("Ctrl+B puts a mark around the selection", async () => {
  const { area } = box("so true");
  area.setSelectionRange(3, 7);
  await fireEvent.keyDown(area, { key: "b", ctrlKey: true });
  await vi.waitFor(() => expect(area.value).toBe("so **true**"));
});

test("a key of a running composition is nobody's", async () => {
  const stop = keepCompositions();
  const { area, onkeydown } = box("にほ");
  await fireEvent.keyDown(area, { key: "Enter", isComposing: true });
  await fireEvent.keyDown(area, { key: "Enter", isComposing: false, keyCode: 229 });
  stop();
  expect(onkeydown).not.toHaveBeenCalled();
});

const anas = () => [person("1", "Ana"), person("2", "Ana Lima"), person("3", "Bo", true)];

test("a whole name is taken before a longer one, and the next Enter is the caller's", async () => {
  const { area, onkeydown, type } = box("", anas);
  await type("@Ana");
  expect((await screen.findAllByRole("option"))[0]).toHaveAttribute("aria-selected", "true");
  await fireEvent.keyDown(area, { key: "Enter" });
  expect(area.value).toBe("@Ana ");
  await fireEvent.keyDown(area, { key: "Enter" });
  expect([area.value, onkeydown.mock.calls.length]).toEqual(["@Ana ", 1]);
});

test.each(["see you @", "@Bo"])("Enter after %j is the caller's, and arrows still choose", async (text) => {
  const { area, onkeydown, type } = box("", () => [...anas(), person("4", "Bo Berg")]);
  await type(text);
  await screen.findAllByRole("option");
  await fireEvent.keyDown(area, { key: "Enter" });
  expect([area.value, onkeydown.mock.calls.length]).toEqual([text, 1]);
  await fireEvent.keyDown(area, { key: "ArrowDown" });
  await fireEvent.keyDown(area, { key: "Enter" });
  expect(area.value).not.toBe(text);
});

test("what is written by keys and taken from the list is typed, so that it can be undone", async () => {
  const typed: [string, string | undefined][] = [];
  document.execCommand = (what, _shown, by) => {
    typed.push([what, by]);
    const area = document.activeElement as HTMLTextAreaElement;
    area.setRangeText(by ?? "", area.selectionStart, area.selectionEnd, "end");
    return area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const { area, type } = box("hello world", anas);
  area.setSelectionRange(6, 11);
  await fireEvent.keyDown(area, { key: "b", ctrlKey: true });
  await vi.waitFor(() =>
    expect([area.value, area.selectionStart, area.selectionEnd]).toEqual(["hello **world**", 8, 13]),
  );
  await fireEvent.keyDown(area, { key: "b", ctrlKey: true });
  await vi.waitFor(() => expect([area.value, area.selectionStart, area.selectionEnd]).toEqual(["hello world", 6, 11]));
  await type("hi @an");
  await screen.findAllByRole("option");
  await fireEvent.keyDown(area, { key: "Enter" });
  expect(typed).toEqual([
    ["insertText", "**world**"],
    ["insertText", "world"],
    ["insertText", "@Ana "],
  ]);
  // @ts-expect-error jsdom has none
  delete document.execCommand;
});
