// What waits in the spaces that are not open is seen where one changes between them, and two may have one name.
import { cleanup, render, screen } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import Menu from "../../design/Menu.svelte";
import type { SpaceItem } from "../../ipc/types/view";
import type { Session } from "../../session/session.svelte";
import SpaceMenu from "./SpaceMenu.svelte";
import { spaceMenu } from "./space_menu";

let session: Session;
vi.mock("../../session/session.svelte", () => ({ getSession: () => session }));
afterEach(cleanup);

const space = (id: string, unread: number, mentions: number, name = id) =>
  ({ id, name, unread, mentions }) as SpaceItem;
const open = (...spaces: SpaceItem[]) =>
  (session = {
    canAct: true,
    spaceId: "north",
    app: { spaces },
    space: { space: { name: "north" }, guest: true },
  } as unknown as Session);
const button = () => screen.getByRole("button", { name: "north: menu" });

test.each([
  [[space("north", 7, 2)], "", ""],
  [[space("north", 7, 2), space("south", 0, 0)], "", ""],
  [[space("north", 0, 0), space("south", 3, 0)], "", "In other spaces: new"],
  [[space("north", 9, 9), space("south", 3, 1), space("east", 5, 2)], "3", "In other spaces: 3 mentions"],
])("%j: %j", (spaces, count, said) => {
  open(...spaces);
  const { container } = render(SpaceMenu);
  expect(container.querySelector(".count")?.textContent ?? "").toBe(count);
  expect(container.querySelector(".dot") !== null).toBe(count === "" && said !== "");
  expect(button()).toHaveAccessibleDescription(said);
});

test("the menu says it of each, also of two of one name", async () => {
  open(space("north", 0, 0), space("a", 3, 0, "South"), space("b", 4, 2, "South"));
  render(Menu, { menu: { anchor: document.body, label: "Spaces", sections: spaceMenu(session) } });
  const items = await screen.findAllByRole("menuitemcheckbox");
  expect(items.map((item) => item.textContent?.replaceAll(/\s+/g, " ").trim())).toEqual([
    "north",
    "South 3 unread messages",
    "South 2 mentions",
  ]);
});
