// A message's tree as it is drawn: nothing of it is left out.
import { cleanup, render } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { Block } from "../../../ipc/types/markdown";
import Blocks from "./Blocks.svelte";

vi.mock("../../../session/session.svelte", () => ({ getSession: () => ({}) }));
afterEach(cleanup);
const paragraph = (text: string): Block => ({ block: "paragraph", inlines: [{ inline: "text", text }] });

test("what stands beside a code fence is read, and numbers are those that were typed", () => {
  const items = [
    { number: 3, checked: null, blocks: [paragraph("tea")] },
    { number: 7, checked: null, blocks: [paragraph("milk")] },
    { number: 8, checked: true, blocks: [paragraph("done")] },
  ];
  const { container } = render(Blocks, {
    blocks: [
      { block: "code", language: "hello there", text: "world" },
      { block: "list", start: 3, items },
    ],
  });
  expect(container.querySelector("pre")).toHaveTextContent("hello thereworld");
  expect([...container.querySelectorAll("li")].map((item) => item.value)).toEqual([3, 7, 8]);
  expect(container.querySelectorAll("li")[2]).toHaveTextContent("8. done");
});
