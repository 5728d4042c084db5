// What a manager is offered is what the rules would permit.
import { expect, test } from "vitest";
import type { Role } from "../../ipc/types/model";
import { mayChangeRole, mayRemove, rolesFor } from "./roles";

const person = (role: Role, me = false) => ({ role, me });

test.each<[Role, Role, boolean, boolean, boolean]>([
  ["owner", "owner", false, true, true],
  ["owner", "owner", true, false, false],
  ["owner", "guest", false, true, true],
  ["admin", "owner", false, false, false],
  ["admin", "admin", false, true, true],
  ["admin", "admin", true, true, true],
  ["member", "guest", false, false, false],
  ["member", "member", true, false, true],
  ["guest", "guest", true, false, true],
])("%s of %s (oneself: %s): role %s, out %s", (own, role, me, change, out) => {
  expect([mayChangeRole(own, person(role, me)), mayRemove(own, person(role, me))]).toEqual([change, out]);
});

test("only owners make owners", () => {
  expect(rolesFor("owner")).toContain("owner");
  expect(rolesFor("admin")).not.toContain("owner");
});
