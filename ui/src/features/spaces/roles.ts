// Who may change whose role, as the rules have it: only so that what would be refused is not offered. The rules decide.
import type { Role } from "../../ipc/types/model";
import type { PersonItem } from "../../ipc/types/view";

const manages = (role: Role): boolean => role === "owner" || role === "admin";

/** The roles that somebody of this role may give. */
export const rolesFor = (own: Role): Role[] =>
  own === "owner" ? ["owner", "admin", "member", "guest"] : ["admin", "member", "guest"];

/** An owner's role only another owner changes. */
export const mayChangeRole = (own: Role, person: Pick<PersonItem, "role" | "me">): boolean =>
  manages(own) && (person.role !== "owner" || (own === "owner" && !person.me));

/** Everybody may leave but an owner: a space without one could never have one again. */
export const mayRemove = (own: Role, person: Pick<PersonItem, "role" | "me">): boolean =>
  person.me ? person.role !== "owner" : manages(own) && (person.role !== "owner" || own === "owner");
